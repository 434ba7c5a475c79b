//! What correlations ask of a plan.

use crate::row::{compiled, plan};
use crate::schema::schema;
use daemoneye_plan::{
    AggregateFunction, Comparison, Complete, Correlation, Function, Literal, Node, Operand, Plan,
    Test,
};
use daemoneye_sigma::compile;

const RULES: &str = "
title: Enumerates
name: who
logsource: {category: process_creation, product: linux}
detection:
    s:
        Image|endswith: [/who, /w]
    condition: s
---
title: Downloads
name: get
logsource: {category: process_creation, product: linux}
detection:
    s:
        Image|endswith: /curl
    condition: s
---
title: Together
id: 2ec1a9e1-36ae-4ba7-9eb8-7eaaa5a4a4d7
level: high
correlation:
";

fn file(correlation: &str) -> String {
    let lines: String = correlation.lines().map(|line| format!("    {line}\n")).collect();
    [RULES, &lines].concat()
}

fn correlation(plan: &Plan) -> &Correlation {
    plan.correlation().expect("a correlation")
}

fn names(plan: &Plan, operands: &[daemoneye_plan::OperandId]) -> Vec<String> {
    let name = |operand: &daemoneye_plan::OperandId| match &plan.operands()[operand.index()] {
        Operand::Column(column) => plan.columns()[column.index()].name.clone(),
        other => format!("{other:?}"),
    };
    operands.iter().map(name).collect()
}

#[test]
fn numbers_over_a_group_are_aggregates() {
    let table = [
        ("event_count", "{gte: 10}", AggregateFunction::Count, false, Comparison::GreaterOrEqual),
        (
            "value_count",
            "{field: User, gt: 10}",
            AggregateFunction::Count,
            true,
            Comparison::Greater,
        ),
        ("value_sum", "{field: pid, lt: 10}", AggregateFunction::Sum, false, Comparison::Less),
        (
            "value_avg",
            "{field: pid, lte: 10}",
            AggregateFunction::Average,
            false,
            Comparison::LessOrEqual,
        ),
        ("event_count", "{eq: 10}", AggregateFunction::Count, false, Comparison::Equal),
    ];
    for (kind, condition, function, distinct, comparison) in table {
        let text = file(&format!(
            "type: {kind}\nrules: [who, get]\ngroup-by: [ParentImage]\ntimespan: 5m\ncondition: {condition}"
        ));
        let compiled = compiled(&text);
        let plan = plan(&compiled);
        let correlation = correlation(&plan);
        assert_eq!(correlation.window, 300_000_000);
        assert_eq!(correlation.stages.len(), 1);
        assert_eq!(names(&plan, &correlation.stages[0].group), ["parent_path"]);
        let aggregate = &correlation.aggregates()[0];
        assert_eq!((aggregate.function, aggregate.distinct), (function, distinct), "{kind}");
        assert_eq!(aggregate.operand.is_some(), kind != "event_count");
        let having = &plan.nodes()[correlation.having().expect("a condition").index()];
        let Node::Leaf { test: Test::Compare { comparison: found, right, .. }, .. } = having else {
            panic!("{having:?}");
        };
        assert_eq!(*found, comparison);
        assert_eq!(plan.operands()[right.index()], Operand::Literal(Literal::Integer(10)));
        assert_eq!(compiled.about.title.as_deref(), Some("Together"));
    }
}

#[test]
fn a_temporal_correlation_has_a_stage_for_each_rule_in_its_order() {
    for (kind, complete) in
        [("temporal", Complete::EachStage), ("temporal_ordered", Complete::InOrder)]
    {
        let text = file(&format!(
            "type: {kind}\nrules: [get, who]\ngroup-by: [user]\ntimespan: 1h\n\
             aliases:\n    user: {{who: User, get: ParentUser}}"
        ));
        let plan = plan(&compiled(&text));
        let correlation = correlation(&plan);
        assert_eq!((correlation.window, &correlation.complete), (3_600_000_000, &complete));
        let groups: Vec<_> =
            correlation.stages.iter().map(|stage| names(&plan, &stage.group).concat()).collect();
        assert_eq!(groups, ["parent_user_name", "user_name"]);
        let Node::Or(stages) = &plan.nodes()[plan.root().index()] else { panic!("{plan:?}") };
        assert_eq!(stages.len(), 2);
        assert_eq!(plan.clauses()[0], "Image|endswith: '/curl'", "get comes first");
    }
}

#[test]
fn an_alias_in_one_group_is_the_field_of_the_rule_that_the_event_belongs_to() {
    let text = file(
        "type: event_count\nrules: [who, get]\ngroup-by: [user]\ntimespan: 30s\n\
         condition: {gte: 2, lt: 9.5}\naliases:\n    user: {who: User, get: ParentUser}",
    );
    let plan = plan(&compiled(&text));
    let group = correlation(&plan).stages[0].group[0];
    let Operand::Call { function: Function::Case, arguments, .. } = &plan.operands()[group.index()]
    else {
        panic!("{plan:?}");
    };
    assert_eq!(names(&plan, &[arguments[1], arguments[3]]), ["user_name", "parent_user_name"]);
}

#[test]
fn a_temporal_correlation_is_inert_with_one_rule_and_a_count_with_all() {
    let inert = |kind: &str, both: bool| {
        let text =
            file(&format!("type: {kind}\nrules: [who, get]\ntimespan: 5m\ncondition: {{gte: 2}}"));
        let text = text.replacen("process_creation", "file_event", if both { 2 } else { 1 });
        compile(&schema(), Some("linux"), &text).expect("it compiles").inert.is_some()
    };
    assert_eq!([inert("temporal", false), inert("temporal", true)], [true, true]);
    assert_eq!([inert("event_count", false), inert("event_count", true)], [false, true]);
}

#[test]
fn a_group_of_a_field_that_no_event_has_is_inert() {
    let text = file(
        "type: event_count\nrules: who\ngroup-by: SourceIp\ntimespan: 5m\ncondition: {gte: 2}",
    );
    // The other rule must not stand in the file.
    let text = text.replacen("name: get", "name: other", 1);
    assert!(compile(&schema(), None, &text).is_err());
    let text = text.replacen("rules: who", "rules: [who, other]", 1);
    let reason = "groups by the field SourceIp, which the sensor here does not provide";
    assert_eq!(compiled(&text).inert.as_deref(), Some(reason));
}
