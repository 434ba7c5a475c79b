//! Why no literal finds a rule, in the words of its author.
//!
//! What no author wrote, such as the condition of a view, is never a reason.

use daemoneye_plan::{Comparison, Node, NodeId, Operand, Plan, Test};

use crate::index::necessary::{MAX_LITERALS, MIN_BITS};

/// The reason. `bits` says of each node how rare what it needs is, if it needs anything.
pub(super) fn always(plan: &Plan, bits: &[Option<f32>]) -> String {
    let mut written: Vec<bool> = Vec::with_capacity(plan.nodes().len());
    for node in plan.nodes() {
        let below = node.children().iter().any(|child| written[child.index()]);
        written.push(below || node.clause().is_some());
    }
    Walk { plan, bits, written }.down()
}

struct Walk<'a> {
    plan: &'a Plan,
    bits: &'a [Option<f32>],
    /// Whether the author wrote something of the node.
    written: Vec<bool>,
}

impl Walk<'_> {
    /// From the condition down to the first node that is itself the reason.
    fn down(&self) -> String {
        let (mut place, mut within) = (self.plan.root().index(), "");
        loop {
            let (below, found) = match &self.plan.nodes()[place] {
                Node::And(children) => match self.of_and(children) {
                    Ok(child) => (child, within),
                    Err(reason) => return [within, &reason].concat(),
                },
                Node::IfNull { node, truth: false } => (*node, within),
                Node::Or(children) => match self.without_literal(children) {
                    Some(child) => (child, "its OR has a branch without a literal: "),
                    None => return [within, &self.too_frequent(place)].concat(),
                },
                node => return [within, &self.of_node(place, node)].concat(),
            };
            (place, within) = (below.index(), found);
        }
    }

    /// The only part that the author wrote, or the reason why none of several helps.
    fn of_and(&self, children: &[NodeId]) -> Result<NodeId, String> {
        let parts = children.iter().copied().filter(|child| self.written[child.index()]);
        let parts: Vec<NodeId> = parts.collect();
        let rarest = parts.iter().filter(|part| self.bits[part.index()].is_some());
        let rarest = rarest.max_by(|a, b| {
            let bits = |part: &NodeId| self.bits[part.index()].unwrap_or_default();
            bits(a).total_cmp(&bits(b))
        });
        match (&parts[..], rarest) {
            ([], _) => Err("it has no condition of its own".to_owned()),
            ([only], _) => Ok(*only),
            (_, Some(rarest)) => Err(self.too_frequent(rarest.index())),
            (parts, None) => {
                let reasons: Vec<String> = parts
                    .iter()
                    .map(|part| self.of_node(part.index(), &self.plan.nodes()[part.index()]))
                    .collect();
                Err(format!("no part of its AND needs a literal: {}", reasons.join("; ")))
            }
        }
    }

    fn without_literal(&self, children: &[NodeId]) -> Option<NodeId> {
        children.iter().copied().find(|child| self.bits[child.index()].is_none())
    }

    fn of_node(&self, place: usize, node: &Node) -> String {
        let clause = self.clause(place);
        match node {
            _ if self.bits[place].is_some() => self.too_frequent(place),
            Node::Not { .. } => format!("{clause} is a negation"),
            Node::IfNull { .. } => format!("{clause} is true where there is no value"),
            Node::Leaf { test, .. } => format!("{clause} {}", self.of_test(test)),
            Node::And(_) | Node::Or(_) => format!("{clause} and what stands with it need none"),
        }
    }

    fn of_test(&self, test: &Test) -> &'static str {
        let computed = |operand: &Operand| {
            !matches!(operand, Operand::Column(_) | Operand::Literal(_) | Operand::Process { .. })
        };
        let operands = || test.operands().map(|id| &self.plan.operands()[id.index()]);
        if matches!(test, Test::Constant(_)) {
            return "is the same for every event";
        }
        if operands().any(computed) {
            return "computes the value that it looks at";
        }
        if operands().any(|operand| matches!(operand, Operand::Process { .. })) {
            return "looks at another process";
        }
        match test {
            Test::Compare { comparison: Comparison::Equal, .. } | Test::In { .. } => {
                "does not compare a text column with texts"
            }
            Test::Compare { .. } => "is an inequality",
            Test::IsNull(_) | Test::IsTrue(_) => "asks for no text",
            _ => "has no text that every match has",
        }
    }

    fn too_frequent(&self, place: usize) -> String {
        match self.bits[place] {
            Some(bits) if bits < MIN_BITS => {
                let events = bits.max(0.0).exp2();
                format!("its literals are too frequent: about 1 event in {events:.1} has one")
            }
            _ => format!("its OR has more than {MAX_LITERALS} literals"),
        }
    }

    /// What the author wrote first of a node, in quotes.
    fn clause(&self, place: usize) -> String {
        let mut place = place;
        loop {
            let node = &self.plan.nodes()[place];
            if let Some(clause) = node.clause() {
                return format!("`{}`", self.plan.clauses()[clause.index()]);
            }
            match node.children().iter().find(|child| self.written[child.index()]) {
                Some(child) => place = child.index(),
                None => return "a test of the table".to_owned(),
            }
        }
    }
}
