//! How a language puts a plan together, from the leaves up.

use crate::check::{PlanError, check};
use crate::correlation::Correlation;
use crate::function::Function;
use crate::node::{Case, Node, Test};
use crate::operand::{Literal, Operand};
use crate::{
    AggregateId, ClauseId, Column, ColumnId, ColumnType, KIND, NodeId, OperandId, PROCESS_KEY,
    Plan, TIME,
};

/// Bytes of one clause that are kept as evidence.
const LONGEST_CLAUSE: usize = 1024;

/// A plan in the making. Ids belong to the builder that gave them; each operand and each node must
/// be used exactly once, except for the last node, which is the condition.
#[derive(Debug, Default)]
pub struct Builder {
    columns: Vec<Column>,
    clauses: Vec<String>,
    operands: Vec<Operand>,
    nodes: Vec<Node>,
    correlation: Option<Correlation>,
}

impl Builder {
    /// A plan without anything yet.
    pub fn new() -> Self {
        Builder::default()
    }

    /// The value of a column, which the rule reads from now on.
    pub fn column(&mut self, name: &str, column_type: ColumnType) -> OperandId {
        let column = self.read(name, column_type);
        self.operand(Operand::Column(column))
    }

    fn read(&mut self, name: &str, column_type: ColumnType) -> ColumnId {
        let known = self.columns.iter().position(|column| column.name == name);
        let index = known.unwrap_or_else(|| {
            self.columns.push(Column { name: name.to_owned(), column_type });
            self.columns.len() - 1
        });
        ColumnId(number(index))
    }

    /// A literal.
    pub fn literal(&mut self, literal: Literal) -> OperandId {
        self.operand(Operand::Literal(literal))
    }

    /// The first of them that is not NULL.
    pub fn coalesce(&mut self, parts: Vec<OperandId>) -> OperandId {
        self.operand(Operand::Coalesce(parts))
    }

    /// What a function makes of its arguments. `case` is how it compares texts, if it does.
    pub fn call(&mut self, function: Function, arguments: Vec<OperandId>, case: Case) -> OperandId {
        self.operand(Operand::Call { function, arguments, case })
    }

    /// A node as a number.
    pub fn truth(&mut self, node: NodeId) -> OperandId {
        self.operand(Operand::Truth(node))
    }

    /// A column of the process that has the key. The rule reads from now on what a table of
    /// processes is made from: [`PROCESS_KEY`] and [`KIND`].
    pub fn process(&mut self, key: OperandId, name: &str, column_type: ColumnType) -> OperandId {
        self.read(PROCESS_KEY, ColumnType::Text);
        self.read(KIND, ColumnType::Text);
        let column = self.read(name, column_type);
        self.operand(Operand::Process { key, column })
    }

    /// An aggregate of [`Builder::correlate`]'s list.
    pub fn aggregate(&mut self, number: usize) -> OperandId {
        self.operand(Operand::Aggregate(AggregateId(self::number(number))))
    }

    /// Makes the plan ask this of several rows together; it reads [`TIME`] from now on.
    pub fn correlate(&mut self, correlation: Correlation) {
        self.read(TIME, ColumnType::Integer);
        self.correlation = Some(correlation);
    }

    /// Any operand.
    pub fn operand(&mut self, operand: Operand) -> OperandId {
        self.operands.push(operand);
        OperandId(number(self.operands.len() - 1))
    }

    /// The text of a clause as the author wrote it; a long one is cut at the end of a character and
    /// ends with U+2026. A negated test (`name NOT IN (..)`) is one clause for both of its nodes.
    pub fn clause(&mut self, text: &str) -> ClauseId {
        self.clauses.push(cut(text));
        ClauseId(number(self.clauses.len() - 1))
    }

    /// A test. `clause` is nothing for a test that no author wrote.
    pub fn leaf(&mut self, clause: Option<ClauseId>, test: Test) -> NodeId {
        self.node(Node::Leaf { clause, test })
    }

    /// All of them.
    pub fn and(&mut self, nodes: Vec<NodeId>) -> NodeId {
        self.node(Node::And(nodes))
    }

    /// Any of them.
    pub fn or(&mut self, nodes: Vec<NodeId>) -> NodeId {
        self.node(Node::Or(nodes))
    }

    /// Not this one.
    pub fn not(&mut self, clause: Option<ClauseId>, node: NodeId) -> NodeId {
        self.node(Node::Not { clause, node })
    }

    /// The node, and `truth` where it is NULL: COALESCE of a condition.
    pub fn if_null(&mut self, node: NodeId, truth: bool) -> NodeId {
        self.node(Node::IfNull { node, truth })
    }

    /// Any node.
    pub fn node(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        NodeId(number(self.nodes.len() - 1))
    }

    /// The plan; the condition is the node that was made last.
    ///
    /// # Errors
    /// If it is too large or too deep, or if operands and nodes do not form one tree.
    pub fn finish(self) -> Result<Plan, PlanError> {
        check(self.unchecked())
    }

    pub(crate) fn unchecked(self) -> Plan {
        let Builder { columns, clauses, operands, nodes, correlation } = self;
        Plan { columns, clauses, operands, nodes, correlation }
    }
}

/// Lists stay below `u32::MAX` because memory ends before; the check then refuses far fewer.
fn number(index: usize) -> u32 {
    u32::try_from(index).expect("fewer than four billion entries")
}

/// The clause, or as much of it as is kept.
fn cut(clause: &str) -> String {
    if clause.len() <= LONGEST_CLAUSE {
        return clause.to_owned();
    }
    let end = clause.floor_char_boundary(LONGEST_CLAUSE - '…'.len_utf8());
    format!("{}…", &clause[..end])
}
