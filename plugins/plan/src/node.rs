//! The condition of a rule: tests, and AND, OR, NOT over them.

use serde::{Deserialize, Serialize};

use crate::operand::Literal;
use crate::pattern::Pattern;
use crate::{ClauseId, NodeId, OperandId};

/// One node of the condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Node {
    /// True if all are, at least one.
    And(Vec<NodeId>),
    /// True if any is, at least one.
    Or(Vec<NodeId>),
    /// True if the other is false.
    Not {
        /// What the author wrote: `NOT (..)`, or the whole of `name NOT LIKE 'x%'`. Nothing if no
        /// author wrote it; such a negation is never evidence.
        clause: Option<ClauseId>,
        /// The negated node.
        node: NodeId,
    },
    /// The other, and this truth where the other is NULL: `COALESCE(name = 'x', 0)`.
    IfNull {
        /// The other node.
        node: NodeId,
        /// What NULL becomes.
        truth: bool,
    },
    /// A test of a row's values.
    Leaf {
        /// What the author wrote. Nothing if no author wrote it, such as the condition of a view;
        /// such a test is never evidence.
        clause: Option<ClauseId>,
        /// The test.
        test: Test,
    },
}

/// Whether upper and lower case ASCII letters are different.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Case {
    /// They are the same.
    Ignored,
    /// They are different.
    Observed,
}

/// How two operands are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A test of a row's values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Test {
    /// The same in every row; nothing is NULL.
    Constant(Option<bool>),
    /// Two operands compared.
    Compare {
        /// How.
        comparison: Comparison,
        /// The left side.
        left: OperandId,
        /// The right side.
        right: OperandId,
        /// For texts.
        case: Case,
    },
    /// The operand's text fits the whole pattern.
    Like {
        /// What is looked at.
        operand: OperandId,
        /// What it must look like.
        pattern: Pattern,
        /// ASCII letters of the pattern's texts.
        case: Case,
    },
    /// The expression is found anywhere in the operand's text.
    Regexp {
        /// What is looked at.
        operand: OperandId,
        /// In the syntax of the `regex` crate.
        expression: String,
        /// All letters of the expression.
        case: Case,
    },
    /// The operand equals one of the list. An empty list is false; else NULL on either side that
    /// could have decided makes NULL.
    In {
        /// What is looked at.
        operand: OperandId,
        /// The values, without affinity of their own.
        list: Vec<Literal>,
        /// For texts.
        case: Case,
    },
    /// The operand is NULL. Never NULL itself.
    IsNull(OperandId),
    /// The operand as a number is not 0; text counts as the number that it begins with.
    IsTrue(OperandId),
}

impl Node {
    /// The nodes right below this one.
    pub fn children(&self) -> &[NodeId] {
        match self {
            Node::And(nodes) | Node::Or(nodes) => nodes,
            Node::Not { node, .. } | Node::IfNull { node, .. } => std::slice::from_ref(node),
            Node::Leaf { .. } => &[],
        }
    }

    /// What the author wrote for this node alone.
    pub fn clause(&self) -> Option<ClauseId> {
        match self {
            Node::And(_) | Node::Or(_) | Node::IfNull { .. } => None,
            Node::Not { clause, .. } | Node::Leaf { clause, .. } => *clause,
        }
    }
}

impl Test {
    /// The operands that the test looks at.
    pub fn operands(&self) -> impl Iterator<Item = OperandId> {
        let (first, second) = match self {
            Test::Constant(_) => (None, None),
            Test::Compare { left, right, .. } => (Some(*left), Some(*right)),
            Test::Like { operand, .. }
            | Test::Regexp { operand, .. }
            | Test::In { operand, .. } => (Some(*operand), None),
            Test::IsNull(operand) | Test::IsTrue(operand) => (Some(*operand), None),
        };
        first.into_iter().chain(second)
    }
}
