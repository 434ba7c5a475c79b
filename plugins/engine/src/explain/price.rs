//! Steps of one candidate, estimated from the plan alone: each test once, values of typical length.

use daemoneye_plan::{Operand, OperandId, Pattern, Plan, Segment, Test};

/// Typical bytes of a value where they are not [`TYPICAL_BYTES`].
const LONG_COLUMNS: &[(&str, usize)] =
    &[("ancestry", 512), ("command_line", 128), ("parent_command_line", 128)];
/// Typical bytes of every other value: a path, a name, a number.
const TYPICAL_BYTES: usize = 32;
/// Bytes of text that one step looks at.
const BYTES_PER_STEP: usize = 16;

/// Steps to judge one event if no test is spared.
pub(super) fn steps(plan: &Plan) -> u64 {
    let tests = plan.nodes().iter().map(|node| match node {
        daemoneye_plan::Node::Leaf { test, .. } => of_test(plan, test),
        _ => 0,
    });
    // Every operand has one parent, so that the flat list has the work of each exactly once.
    let operands = plan.operands().iter().map(|operand| of_operand(plan, operand));
    tests.chain(operands).fold(0, u64::saturating_add)
}

fn of_test(plan: &Plan, test: &Test) -> u64 {
    match test {
        Test::Constant(_) => 0,
        Test::Regexp { operand, .. } => reading(bytes(plan, *operand)),
        Test::Like { operand, pattern, .. } if looks_through(pattern) => {
            reading(bytes(plan, *operand))
        }
        Test::In { operand, list, .. } => {
            let halvings = list.len().max(1).ilog2() as usize;
            reading(bytes(plan, *operand) * (1 + halvings))
        }
        _ => 1,
    }
}

fn of_operand(plan: &Plan, operand: &Operand) -> u64 {
    match operand {
        Operand::Call { arguments, .. } => {
            reading(arguments.iter().map(|argument| bytes(plan, *argument)).sum())
        }
        Operand::Process { .. } => 1,
        _ => 0,
    }
}

/// Whether the text is not only compared at one of its ends.
fn looks_through(pattern: &Pattern) -> bool {
    !matches!(
        pattern.segments(),
        [] | [Segment::Text(_)]
            | [Segment::Text(_), Segment::AnyRun]
            | [Segment::AnyRun, Segment::Text(_)]
    )
}

fn bytes(plan: &Plan, operand: OperandId) -> usize {
    match &plan.operands()[operand.index()] {
        Operand::Column(column) | Operand::Process { column, .. } => {
            let name = &plan.columns()[column.index()].name;
            let long = LONG_COLUMNS.iter().find(|(long, _)| long == name);
            long.map_or(TYPICAL_BYTES, |(_, bytes)| *bytes)
        }
        Operand::Literal(_) | Operand::Truth(_) | Operand::Aggregate(_) => 0,
        _ => TYPICAL_BYTES,
    }
}

fn reading(bytes: usize) -> u64 {
    1 + (bytes / BYTES_PER_STEP) as u64
}
