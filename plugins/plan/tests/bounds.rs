//! Whatever the bytes: a plan, or an error that says why not.

use daemoneye_plan::{
    Builder, Case, ColumnType, Comparison, DecodeError, Literal, MAX_BYTES, MAX_DEPTH, MAX_NODES,
    Node, NodeId, Operand, Pattern, Plan, PlanError, Test, VERSION,
};
use proptest::prelude::*;

fn leaf(plan: &mut Builder) -> NodeId {
    let operand = plan.column("name", ColumnType::Text);
    plan.leaf(None, Test::IsNull(operand))
}

/// So many negations above a test.
fn nested(levels: usize) -> Result<Plan, PlanError> {
    let mut plan = Builder::new();
    let mut node = leaf(&mut plan);
    for _ in 1..levels {
        node = plan.not(None, node);
    }
    plan.finish()
}

/// So many tests below one OR.
fn wide(tests: usize) -> Result<Plan, PlanError> {
    let mut plan = Builder::new();
    let leaves = (0..tests).map(|_| plan.leaf(None, Test::Constant(None))).collect();
    plan.or(leaves);
    plan.finish()
}

fn example() -> Plan {
    let mut plan = Builder::new();
    let view = leaf(&mut plan);
    let clause = plan.clause("COALESCE(name, 'x') <> 'ssh%'");
    let (name, x) =
        (plan.column("name", ColumnType::Text), plan.literal(Literal::Text("x".into())));
    let (left, right) = (plan.coalesce(vec![name, x]), plan.literal(Literal::Float(0.5)));
    let comparison = Comparison::NotEqual;
    let test = Test::Compare { comparison, left, right, case: Case::Ignored };
    let compared = plan.leaf(Some(clause), test);
    let operand = plan.column("pid", ColumnType::Integer);
    let pattern = Pattern::like("%1_", None).expect("no escape");
    let like = plan.leaf(Some(clause), Test::Like { operand, pattern, case: Case::Observed });
    let not = plan.not(Some(clause), like);
    let either = plan.or(vec![compared, not]);
    let known = plan.if_null(either, false);
    plan.and(vec![view, known]);
    plan.finish().expect("a tree")
}

#[test]
fn depth_is_bounded() {
    assert!(nested(MAX_DEPTH).is_ok());
    assert_eq!(nested(MAX_DEPTH + 1), Err(PlanError::TooDeep));
    assert_eq!(nested(100_000), Err(PlanError::TooDeep));
}

#[test]
fn the_number_of_nodes_is_bounded() {
    assert!(wide(MAX_NODES - 1).is_ok());
    assert_eq!(wide(MAX_NODES), Err(PlanError::TooLarge(MAX_NODES + 1)));
}

#[test]
fn nodes_and_operands_make_one_tree() {
    let mut shared = Builder::new();
    let node = leaf(&mut shared);
    shared.and(vec![node, node]);
    let uses = |what, number, uses| Err(PlanError::NotATree { what, number, uses });
    assert_eq!(shared.finish(), uses("node", 0, 2));

    let mut lost = Builder::new();
    leaf(&mut lost);
    leaf(&mut lost);
    assert_eq!(lost.finish(), uses("node", 0, 0));

    let mut unused = Builder::new();
    unused.literal(Literal::Null);
    leaf(&mut unused);
    assert_eq!(unused.finish(), uses("operand", 0, 0));

    let mut empty = Builder::new();
    empty.and(vec![]);
    assert_eq!(empty.finish(), Err(PlanError::EmptyList("AND")));
    assert_eq!(Builder::new().finish(), Err(PlanError::Empty));
}

#[test]
fn an_id_of_another_plan_is_refused() {
    let mut other = Builder::new();
    leaf(&mut other);
    let stranger = leaf(&mut other);
    let mut plan = Builder::new();
    plan.node(Node::Not { clause: None, node: stranger });
    assert_eq!(plan.finish(), Err(PlanError::Dangling { what: "node", number: 1 }));
}

#[test]
fn a_float_that_is_no_number_is_refused() {
    let mut plan = Builder::new();
    let operand = plan.operand(Operand::Literal(Literal::Float(f64::NAN)));
    plan.leaf(None, Test::IsNull(operand));
    assert_eq!(plan.finish(), Err(PlanError::NotANumber));
}

#[test]
fn another_version_is_refused_by_its_number() {
    let mut bytes = example().to_bytes().expect("small");
    assert!(Plan::from_bytes(&bytes).is_ok());
    bytes[..2].copy_from_slice(&(VERSION + 1).to_le_bytes());
    let error = Plan::from_bytes(&bytes).expect_err("a version of the future");
    assert_eq!(error.to_string(), "plan of version 3, not 2");
}

#[test]
fn a_plan_is_neither_shorter_nor_longer_than_it_is() {
    let bytes = example().to_bytes().expect("small");
    for length in 0..bytes.len() {
        assert!(Plan::from_bytes(&bytes[..length]).is_err(), "cut to {length}");
    }
    let longer = [bytes, vec![0]].concat();
    assert_eq!(Plan::from_bytes(&longer), Err(DecodeError::Trailing(1)));
    let far_too_long = vec![0; MAX_BYTES + 1];
    assert_eq!(Plan::from_bytes(&far_too_long), Err(DecodeError::TooLong(MAX_BYTES + 1)));
}

proptest! {
    #[test]
    fn garbage_is_an_error(mut bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Plan::from_bytes(&bytes).is_err() || !bytes.is_empty());
        bytes.splice(0..0, VERSION.to_le_bytes());
        if let Ok(plan) = Plan::from_bytes(&bytes) {
            prop_assert_eq!(Plan::from_bytes(&plan.to_bytes().expect("small")), Ok(plan));
        }
    }

    #[test]
    fn a_damaged_plan_is_an_error_or_a_plan(at in any::<prop::sample::Index>(), bit in 0..8_u32) {
        let mut bytes = example().to_bytes().expect("small");
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        if let Ok(plan) = Plan::from_bytes(&bytes) {
            prop_assert!(!plan.nodes().is_empty());
            prop_assert!(plan.root().index() < plan.nodes().len());
        }
    }
}
