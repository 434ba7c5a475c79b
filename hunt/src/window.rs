//! From when to when, as far as segments can tell.

use daemoneye_plan::{Comparison, Literal, Node, Operand, OperandId, Plan, TIME, Test};
use daemoneye_store::Span;

/// Times in microseconds since the Unix epoch; nothing is no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// Events that are not older.
    pub since: Option<i64>,
    /// Events that are older.
    pub until: Option<i64>,
}

impl Window {
    /// The same, and what a condition asks of the time besides: a comparison of the column with a
    /// whole number, by itself or joined to others by AND.
    pub fn narrowed(mut self, plan: &Plan) -> Self {
        let mut nodes = vec![plan.root()];
        while let Some(node) = nodes.pop() {
            match &plan.nodes()[node.index()] {
                Node::And(children) => nodes.extend(children),
                Node::Leaf { test: Test::Compare { comparison, left, right, .. }, .. } => {
                    if let (true, Some(time)) = (is_time(plan, *left), whole(plan, *right)) {
                        self.narrow(*comparison, time);
                    }
                }
                _ => {}
            }
        }
        self
    }

    fn narrow(&mut self, comparison: Comparison, time: i64) {
        use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
        if matches!(comparison, Equal | Greater | GreaterOrEqual) {
            self.since = Some(self.since.map_or(time, |since| since.max(time)));
        }
        if matches!(comparison, Equal | Less | LessOrEqual) {
            let until = time.saturating_add(1);
            self.until = Some(self.until.map_or(until, |other| other.min(until)));
        }
    }

    /// Whether the time is within it.
    pub fn has(&self, time: i64) -> bool {
        self.since.is_none_or(|since| time >= since) && self.until.is_none_or(|until| time < until)
    }

    /// Whether the segment may have events of this window.
    pub fn may_have(&self, span: &Span) -> bool {
        self.since.is_none_or(|since| span.last_time >= since)
            && self.until.is_none_or(|until| span.first_time < until)
    }
}

fn is_time(plan: &Plan, operand: OperandId) -> bool {
    match &plan.operands()[operand.index()] {
        Operand::Column(column) => plan.columns()[column.index()].name == TIME,
        _ => false,
    }
}

fn whole(plan: &Plan, operand: OperandId) -> Option<i64> {
    match &plan.operands()[operand.index()] {
        Operand::Literal(Literal::Integer(number)) => Some(*number),
        _ => None,
    }
}
