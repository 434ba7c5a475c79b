//! A correlation and its rules as one plan.

use daemoneye_plan::{
    Aggregate, AggregateFunction, Case, Complete, Correlation as Planned, Function, NodeId,
    OperandId, Stage, Test,
};

use super::Emitter;
use crate::correlation::{Bound, Correlation, Fields, Kind};
use crate::document::{File, Rule};

impl Emitter<'_> {
    /// The condition of the file: that of its rule, or those of the rules that it correlates. A rule
    /// whose events are not here never has one.
    pub(crate) fn file(&mut self, file: &File<'_>, platform: Option<&str>) -> NodeId {
        let Some(correlation) = &file.correlation else {
            return self.rule(&file.rules[0]);
        };
        let member = |emitter: &mut Self, rule: &Rule<'_>| match rule.source.absent(platform) {
            Some(_) => emitter.builder.leaf(None, Test::Constant(Some(false))),
            None => emitter.rule(rule),
        };
        let (stages, complete) = match &correlation.kind {
            Kind::Number { name, function, field, bounds } => {
                let group = (0..file.fields[0].group.len())
                    .map(|n| self.of_rules(file, |fields| fields.group[n]))
                    .collect();
                let operand = field.is_some().then(|| self.value(file));
                let distinct = *function == AggregateFunction::Count && operand.is_some();
                let (function, case) = (*function, Case::Ignored);
                let aggregates = vec![Aggregate { function, operand, distinct, case }];
                let condition = self.having(name, bounds);
                (vec![Stage { group }], Complete::Having { aggregates, condition })
            }
            Kind::Temporal => (self.stages(&file.fields), Complete::EachStage),
            Kind::Ordered => (self.stages(&file.fields), Complete::InOrder),
        };
        self.correlate(correlation, stages, complete);
        let nodes: Vec<_> = file.rules.iter().map(|rule| member(self, rule)).collect();
        self.any(nodes)
    }

    fn correlate(&mut self, correlation: &Correlation<'_>, stages: Vec<Stage>, complete: Complete) {
        self.builder.correlate(Planned { window: correlation.window, stages, complete });
    }

    fn stages(&mut self, fields: &[Fields<'_>]) -> Vec<Stage> {
        let stage = |fields: &Fields<'_>| Stage {
            group: fields.group.iter().map(|name| self.field(name)).collect(),
        };
        fields.iter().map(stage).collect()
    }

    fn value(&mut self, file: &File<'_>) -> OperandId {
        self.of_rules(file, |fields| fields.value.unwrap_or_default())
    }

    /// The field that each rule has in this place: that of the rule that an event belongs to.
    fn of_rules<'y>(
        &mut self,
        file: &File<'y>,
        name: impl Fn(&Fields<'y>) -> &'y str,
    ) -> OperandId {
        let names: Vec<_> = file.fields.iter().map(name).collect();
        if names.iter().all(|other| other.eq_ignore_ascii_case(names[0])) {
            return self.field(names[0]);
        }
        let mut arguments = Vec::new();
        for (rule, name) in file.rules.iter().zip(names) {
            let node = self.rule(rule);
            arguments.push(self.builder.truth(node));
            arguments.push(self.field(name));
        }
        self.call(Function::Case, arguments)
    }

    fn having(&mut self, name: &str, bounds: &[Bound]) -> NodeId {
        let nodes = bounds.iter().map(|(bound, comparison, literal)| {
            let number = match literal {
                daemoneye_plan::Literal::Float(float) => float.to_string(),
                daemoneye_plan::Literal::Integer(integer) => integer.to_string(),
                other => format!("{other:?}"),
            };
            let clause = self.builder.clause(&format!("{name} {bound}: {number}"));
            let left = self.builder.aggregate(0);
            let right = self.builder.literal(literal.clone());
            let (comparison, case) = (*comparison, Case::Observed);
            self.builder.leaf(Some(clause), Test::Compare { comparison, left, right, case })
        });
        let nodes = nodes.collect();
        self.all(nodes)
    }
}
