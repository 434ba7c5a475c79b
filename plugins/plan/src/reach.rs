//! Whether a condition can ever be true where some columns never have a value.
//!
//! Every operand is either certainly NULL or may be anything; every node has the set of truths that
//! it may have. What comes out errs on one side only: a rule that can fire is never called dead.

use crate::function::Function;
use crate::node::{Node, Test};
use crate::operand::{Literal, Operand};
use crate::{NodeId, OperandId, Plan};

/// A set of truths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Truths {
    yes: bool,
    no: bool,
    null: bool,
}

const NULL: Truths = Truths { yes: false, no: false, null: true };
const ANY: Truths = Truths { yes: true, no: true, null: true };
const KNOWN: Truths = Truths { yes: true, no: true, null: false };

impl Plan {
    /// The columns without which the rule can never match, if `is_provided` says of enough columns
    /// that they never have a value; nothing if the rule may match.
    pub fn lacking(&self, is_provided: impl Fn(&str) -> bool) -> Vec<&str> {
        let missing = |name: &&str| !is_provided(name);
        let missing: Vec<&str> = self.columns.iter().map(|c| &*c.name).filter(missing).collect();
        let reach = Reach { plan: self, missing: &missing };
        if missing.is_empty() || reach.can_match() { Vec::new() } else { missing }
    }
}

struct Reach<'a> {
    plan: &'a Plan,
    missing: &'a [&'a str],
}

impl Reach<'_> {
    /// A sequence needs each of its stages.
    fn can_match(&self) -> bool {
        let root = self.plan.root();
        let stages = self.plan.correlation().map_or(1, |correlation| correlation.stages.len());
        match &self.plan.nodes[root.index()] {
            Node::Or(nodes) if stages > 1 => nodes.iter().all(|node| self.node(*node).yes),
            _ => self.node(root).yes,
        }
    }

    /// A plan's depth bounds this recursion.
    fn node(&self, id: NodeId) -> Truths {
        match &self.plan.nodes[id.index()] {
            Node::And(nodes) => nodes.iter().map(|node| self.node(*node)).fold(
                Truths { yes: true, no: false, null: false },
                |all, one| Truths {
                    yes: all.yes && one.yes,
                    no: all.no || one.no,
                    null: all.null && (one.yes || one.null) || one.null && (all.yes || all.null),
                },
            ),
            Node::Or(nodes) => nodes.iter().map(|node| self.node(*node)).fold(
                Truths { yes: false, no: true, null: false },
                |any, one| Truths {
                    yes: any.yes || one.yes,
                    no: any.no && one.no,
                    null: any.null && (one.no || one.null) || one.null && (any.no || any.null),
                },
            ),
            Node::Not { node, .. } => {
                let Truths { yes, no, null } = self.node(*node);
                Truths { yes: no, no: yes, null }
            }
            Node::IfNull { node, truth } => {
                let Truths { yes, no, null } = self.node(*node);
                Truths { yes: yes || null && *truth, no: no || null && !*truth, null: false }
            }
            Node::Leaf { test, .. } => self.test(test),
        }
    }

    fn test(&self, test: &Test) -> Truths {
        match test {
            Test::Constant(truth) => Truths {
                yes: *truth == Some(true),
                no: *truth == Some(false),
                null: truth.is_none(),
            },
            Test::IsNull(operand) if self.is_null(*operand) => {
                Truths { yes: true, no: false, null: false }
            }
            Test::IsNull(_) => KNOWN,
            Test::In { list, .. } if list.is_empty() => {
                Truths { yes: false, no: true, null: false }
            }
            test if test.operands().any(|operand| self.is_null(operand)) => NULL,
            _ => ANY,
        }
    }

    /// Whether the operand is NULL in every row.
    fn is_null(&self, id: OperandId) -> bool {
        match &self.plan.operands[id.index()] {
            Operand::Column(column) => self.is_missing(column.index()),
            Operand::Literal(literal) => *literal == Literal::Null,
            Operand::Coalesce(parts) => parts.iter().all(|part| self.is_null(*part)),
            Operand::Truth(node) => self.node(*node) == NULL,
            Operand::Process { key, column } => {
                self.is_null(*key) || self.is_missing(column.index())
            }
            Operand::Call { function: Function::Case | Function::Hex, .. } => false,
            Operand::Call { function: Function::NullIf, arguments, .. } => {
                self.is_null(arguments[0])
            }
            Operand::Call { arguments, .. } => arguments.iter().any(|part| self.is_null(*part)),
            Operand::Aggregate(_) => false,
        }
    }

    fn is_missing(&self, column: usize) -> bool {
        self.missing.contains(&&*self.plan.columns[column].name)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Builder, Case, ColumnType, NodeId, Plan, Test};

    fn is(plan: &mut Builder, name: &str) -> NodeId {
        let operand = plan.column(name, ColumnType::Text);
        plan.leaf(
            None,
            Test::In { operand, list: vec![crate::Literal::Integer(1)], case: Case::Ignored },
        )
    }

    /// Built over `here`, which has values, and `gone`, which never has.
    fn lacking(build: impl Fn(&mut Builder)) -> Vec<String> {
        let mut plan = Builder::new();
        build(&mut plan);
        let plan: Plan = plan.finish().expect("a plan");
        plan.lacking(|name| name != "gone").into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_rule_that_needs_a_missing_column_says_which() {
        let both = lacking(|plan| {
            let nodes = vec![is(plan, "here"), is(plan, "gone")];
            plan.and(nodes);
        });
        assert_eq!(both, ["gone"]);
        let not = lacking(|plan| {
            let node = is(plan, "gone");
            plan.not(None, node);
        });
        assert_eq!(not, ["gone"], "NOT of NULL is NULL");
    }

    #[test]
    fn a_rule_that_may_match_without_it_lacks_nothing() {
        let either = lacking(|plan| {
            let nodes = vec![is(plan, "here"), is(plan, "gone")];
            plan.or(nodes);
        });
        assert!(either.is_empty());
        let known = lacking(|plan| {
            let node = is(plan, "gone");
            let known = plan.if_null(node, false);
            plan.not(None, known);
        });
        assert!(known.is_empty(), "NOT COALESCE(gone = 1, 0) is true");
        let null = lacking(|plan| {
            let operand = plan.column("gone", ColumnType::Text);
            plan.leaf(None, Test::IsNull(operand));
        });
        assert!(null.is_empty());
    }
}
