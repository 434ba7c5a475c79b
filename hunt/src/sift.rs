//! Which segments a condition may be true in, by what is known of their columns.

use std::cmp::Ordering;

use daemoneye_bus::event::Field;
use daemoneye_plan::{
    ColumnType, Comparison, Literal, Node, NodeId, Operand, OperandId, Plan, TIME, Test,
};
use daemoneye_store::Digest;

/// Whether digests can deny anything that the condition asks for.
pub(crate) fn is_worth_it(plan: &Plan) -> bool {
    plan.nodes().iter().any(|node| match node {
        Node::Leaf { test: Test::Compare { left, right, .. }, .. } => {
            let columns = [column(plan, *left), column(plan, *right)];
            columns.into_iter().flatten().any(|(field, _)| field.name() != TIME)
        }
        Node::Leaf { test: Test::In { operand, .. }, .. } => column(plan, *operand).is_some(),
        _ => false,
    })
}

/// Whether the node may be true of an event of the segment. A plan's depth bounds this recursion.
pub(crate) fn may_be(plan: &Plan, node: NodeId, digest: &Digest) -> bool {
    match &plan.nodes()[node.index()] {
        Node::And(children) => children.iter().all(|child| may_be(plan, *child, digest)),
        Node::Or(children) => children.iter().any(|child| may_be(plan, *child, digest)),
        Node::IfNull { node, truth: false } => may_be(plan, *node, digest),
        Node::IfNull { .. } | Node::Not { .. } => true,
        Node::Leaf { test, .. } => may_pass(plan, test, digest),
    }
}

fn may_pass(plan: &Plan, test: &Test, digest: &Digest) -> bool {
    match test {
        Test::Compare { comparison, left, right, .. } => {
            let sides = [(left, right, *comparison), (right, left, turned(*comparison))];
            sides.into_iter().all(|(side, other, comparison)| {
                let (Some(side), Some(literal)) = (column(plan, *side), literal(plan, *other))
                else {
                    return true;
                };
                may_compare(digest, side, comparison, literal)
            })
        }
        Test::In { operand, list, .. } => column(plan, *operand).is_none_or(|side| {
            list.iter().any(|literal| may_compare(digest, side, Comparison::Equal, literal))
        }),
        _ => true,
    }
}

/// Whether a value of the column may compare so with the literal. What is converted first is not
/// known.
fn may_compare(
    digest: &Digest,
    (field, column_type): (Field, ColumnType),
    comparison: Comparison,
    literal: &Literal,
) -> bool {
    match (column_type, literal) {
        (_, Literal::Null) => false,
        (ColumnType::Text, Literal::Text(text)) if comparison == Comparison::Equal => {
            digest.may_have_text(field, text)
        }
        (ColumnType::Integer, Literal::Integer(number)) => {
            let bounds = digest.integers(field);
            bounds.is_some_and(|bounds| may_be_within(bounds, comparison, *number))
        }
        _ => digest.has(field),
    }
}

fn may_be_within((least, greatest): (i64, i64), comparison: Comparison, number: i64) -> bool {
    let orders = (least.cmp(&number), greatest.cmp(&number));
    match comparison {
        Comparison::Equal => orders.0.is_le() && orders.1.is_ge(),
        Comparison::NotEqual => orders != (Ordering::Equal, Ordering::Equal),
        Comparison::Less => orders.0.is_lt(),
        Comparison::LessOrEqual => orders.0.is_le(),
        Comparison::Greater => orders.1.is_gt(),
        Comparison::GreaterOrEqual => orders.1.is_ge(),
    }
}

/// The comparison with its sides exchanged.
fn turned(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same => same,
    }
}

fn column(plan: &Plan, operand: OperandId) -> Option<(Field, ColumnType)> {
    let Operand::Column(column) = &plan.operands()[operand.index()] else { return None };
    let column = &plan.columns()[column.index()];
    Some((Field::named(&column.name)?, column.column_type))
}

fn literal(plan: &Plan, operand: OperandId) -> Option<&Literal> {
    match &plan.operands()[operand.index()] {
        Operand::Literal(literal) => Some(literal),
        _ => None,
    }
}
