//! What a rule asks of several rows together.
//!
//! ```text
//! groups      the groups of all rules, and their bounds
//! group       the rows of one group within the window
//! aggregate   numbers over the rows
//! key         values as bytes that are equal if the values are
//! kept        the groups as bytes
//! ```

mod aggregate;
pub(crate) mod group;
pub(crate) mod groups;
mod kept;
mod key;

use daemoneye_plan::{Complete as PlannedComplete, Node, OperandId, Plan, TIME};

pub(crate) use self::aggregate::{Aggregate, Sum};
use self::group::Row;
pub(crate) use self::groups::Groups;
pub(crate) use self::key::encode;
use crate::number::Number;
use crate::rule::{Constant, Operand, RuleError, Scope};
use crate::steps::{Spent, Steps};
use crate::view::Value;

/// A correlation, ready to run.
#[derive(Debug)]
pub(crate) struct Correlation {
    /// Of the whole plan.
    pub(crate) fingerprint: [u8; 32],
    /// Microseconds.
    window: i64,
    /// The engine's number of the column, if the rule reads it.
    time: Option<usize>,
    stages: Vec<Stage>,
    complete: Complete,
}

/// One kind of rows.
#[derive(Debug)]
struct Stage {
    /// The place of its condition in the rule's nodes.
    condition: usize,
    group: Vec<Operand>,
}

/// When a group matches.
#[derive(Debug)]
enum Complete {
    Having { aggregates: Vec<Aggregate>, condition: usize },
    EachStage,
    InOrder,
}

/// Why a row completed its group.
#[derive(Debug)]
pub(crate) struct Completed {
    /// The conditions that were true for the row, as places in the rule's nodes.
    pub(crate) conditions: Vec<usize>,
    /// The aggregates of the group.
    pub(crate) aggregates: Vec<Constant>,
}

impl Correlation {
    /// The plan's correlation, if it has one; `columns` are the engine's numbers of its columns.
    pub(crate) fn new(plan: &Plan, columns: &[usize]) -> Result<Option<Self>, RuleError> {
        let Some(planned) = plan.correlation() else { return Ok(None) };
        let operand = |id: &OperandId| Operand::new(plan, columns, *id);
        let conditions = match &plan.nodes()[plan.root().index()] {
            Node::Or(nodes) if planned.stages.len() > 1 => nodes.clone(),
            _ => vec![plan.root()],
        };
        let stages = planned.stages.iter().zip(conditions).map(|(stage, condition)| {
            let group = stage.group.iter().map(operand).collect::<Result<_, _>>()?;
            Ok(Stage { condition: condition.index(), group })
        });
        let complete = match &planned.complete {
            PlannedComplete::Having { aggregates, condition } => {
                let aggregates = aggregates.iter().map(|a| Aggregate::new(a, operand));
                let aggregates = aggregates.collect::<Result<_, _>>()?;
                Complete::Having { aggregates, condition: condition.index() }
            }
            PlannedComplete::EachStage => Complete::EachStage,
            PlannedComplete::InOrder => Complete::InOrder,
            other => unreachable!("plan version 2 has no way to complete {other:?}"),
        };
        let time = plan.columns().iter().position(|column| column.name == TIME);
        Ok(Some(Correlation {
            fingerprint: fingerprint(plan),
            window: i64::try_from(planned.window).expect("a checked window is at most MAX_WINDOW"),
            time: time.map(|place| columns[place]),
            stages: stages.collect::<Result<_, RuleError>>()?,
            complete,
        }))
    }

    pub(crate) fn aggregates(&self) -> &[Aggregate] {
        match &self.complete {
            Complete::Having { aggregates, .. } => aggregates,
            Complete::EachStage | Complete::InOrder => &[],
        }
    }

    /// Lets the row take part in the groups of the rule of this number, and says why it completed
    /// one. What the row is, is found out before any group is changed.
    pub(crate) fn follow(
        &self,
        rule: usize,
        groups: &mut Groups,
        scope: &Scope<'_>,
        steps: &mut Steps,
    ) -> Result<Option<Completed>, Spent> {
        let time = self.time(groups.newest(rule), scope);
        let (mut conditions, mut parts) = (Vec::new(), Vec::new());
        for (number, stage) in self.stages.iter().enumerate() {
            if scope.truth(stage.condition, steps)? == Some(true) {
                conditions.push(stage.condition);
                parts.push((stage.key(scope, steps)?, self.row(number, time, scope, steps)?));
            }
        }
        let mut keys = Vec::new();
        for (key, row) in parts {
            if groups.add(rule, self, &key, row, steps)? && !keys.contains(&key) {
                keys.push(key);
            }
        }
        let mut completed = None;
        for key in keys {
            if let Some(aggregates) = self.complete(rule, groups, &key, scope, steps)? {
                groups.restart(rule, &key);
                completed = Some(aggregates);
            }
        }
        conditions.extend(match self.complete {
            Complete::Having { condition, .. } => Some(condition),
            Complete::EachStage | Complete::InOrder => None,
        });
        Ok(completed.map(|aggregates| Completed { conditions, aggregates }))
    }

    /// A row without a time is as new as the newest before it.
    fn time(&self, newest: i64, scope: &Scope<'_>) -> i64 {
        match self.time.map(|column| scope.view.value(column, scope.row)) {
            Some(Value::Number(Number::Integer(time))) => time,
            _ => newest,
        }
    }

    fn row(
        &self,
        stage: usize,
        time: i64,
        scope: &Scope<'_>,
        steps: &mut Steps,
    ) -> Result<Row, Spent> {
        let values = self.aggregates().iter().map(|aggregate| aggregate.value(scope, steps));
        Ok(Row { time, stage, values: values.collect::<Result<_, _>>()? })
    }

    /// The aggregates of the group if it is complete.
    fn complete(
        &self,
        rule: usize,
        groups: &Groups,
        key: &[u8],
        scope: &Scope<'_>,
        steps: &mut Steps,
    ) -> Result<Option<Vec<Constant>>, Spent> {
        let Some(group) = groups.get(rule, key) else { return Ok(None) };
        let nothing = |is_complete: bool| is_complete.then(Vec::new);
        match &self.complete {
            Complete::EachStage => Ok(nothing(group.has_each_stage())),
            Complete::InOrder => group.has_order(steps).map(nothing),
            Complete::Having { aggregates, condition } => {
                let values = (0..).zip(aggregates).map(|(n, a)| group.aggregate(n, a, steps));
                let values: Vec<Constant> = values.collect::<Result<_, _>>()?;
                let truth = scope.of_group(&values).truth(*condition, steps)?;
                Ok((truth == Some(true)).then_some(values))
            }
        }
    }
}

/// What tells the plan from any other.
fn fingerprint(plan: &Plan) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    postcard::to_io(plan, &mut hasher).expect("a hasher takes all bytes of a plan");
    *hasher.finalize().as_bytes()
}

impl Stage {
    /// The group of the row. ASCII letters of texts are folded, as in all columns of events.
    fn key(&self, scope: &Scope<'_>, steps: &mut Steps) -> Result<Vec<u8>, Spent> {
        let mut bytes = Vec::new();
        for operand in &self.group {
            operand.look(scope, steps, |value, steps| {
                steps.read(value.len())?;
                key::encode(value, daemoneye_plan::Case::Ignored, &mut bytes);
                Ok(())
            })?;
        }
        Ok(bytes)
    }
}
