//! One test of a selection as one test of a plan.

use daemoneye_plan::{
    Case, Comparison, Function, Literal, NodeId, OperandId, Pattern, Segment, Test as Planned,
};
use daemoneye_sdk::language::FieldType;

use super::Emitter;
use crate::expression::{Check, Relation, Test};

impl Emitter<'_> {
    /// The test; one of a keyword is a test of each column with text.
    pub(super) fn test(&mut self, test: &Test) -> NodeId {
        if let Some(field) = &test.field {
            return self.of_field(test, field);
        }
        let schema = self.schema;
        let texts = schema.fields().iter().filter(|field| field.type_ == FieldType::Text);
        let nodes: Vec<_> = texts.map(|field| self.of_field(test, &field.name)).collect();
        match nodes.len() {
            0 => self.builder.leaf(None, Planned::Constant(None)),
            _ => self.any(nodes),
        }
    }

    fn of_field(&mut self, test: &Test, field: &str) -> NodeId {
        // Once there is no room the plan is dropped, whatever stands in it.
        if !self.pay(size(&test.check)) {
            return self.builder.leaf(None, Planned::Constant(None));
        }
        let clause = self.clause(&test.clause);
        let planned = self.planned(&test.check, field);
        let node = self.builder.leaf(Some(clause), planned);
        match test.check {
            Check::Present => self.builder.not(Some(clause), node),
            _ => node,
        }
    }

    fn planned(&mut self, check: &Check, field: &str) -> Planned {
        let operand = self.field(field);
        match check {
            Check::Null | Check::Present => Planned::IsNull(operand),
            Check::Equal(literals, case) => match &**literals {
                [literal] => {
                    let right = self.builder.literal(literal.clone());
                    let comparison = Comparison::Equal;
                    Planned::Compare { comparison, left: operand, right, case: *case }
                }
                list => Planned::In { operand, list: list.to_vec(), case: *case },
            },
            Check::Like(pattern, case) => {
                Planned::Like { operand, pattern: pattern.clone(), case: *case }
            }
            Check::Regexp(expression, case) => {
                Planned::Regexp { operand, expression: expression.clone(), case: *case }
            }
            Check::Compare(comparison, literal) => {
                self.compared(*comparison, operand, literal.clone(), Case::Ignored)
            }
            Check::Network(network) => {
                let network = self.builder.literal(Literal::Text((**network).to_owned()));
                let arguments = vec![operand, network];
                Planned::IsTrue(self.call(Function::CidrMatch, arguments))
            }
            Check::Reference(other, relation, case) => {
                self.related(operand, field, other, *relation, *case)
            }
            Check::Part(format, comparison, number) => {
                let part = self.part(operand, field, format);
                self.compared(*comparison, part, Literal::Integer(*number), Case::Ignored)
            }
        }
    }

    fn compared(
        &mut self,
        comparison: Comparison,
        left: OperandId,
        literal: Literal,
        case: Case,
    ) -> Planned {
        let right = self.builder.literal(literal);
        Planned::Compare { comparison, left, right, case }
    }

    fn related(
        &mut self,
        operand: OperandId,
        field: &str,
        other: &str,
        relation: Relation,
        case: Case,
    ) -> Planned {
        let other_operand = self.field(other);
        match relation {
            Relation::Equal => {
                let comparison = Comparison::Equal;
                Planned::Compare { comparison, left: operand, right: other_operand, case }
            }
            Relation::Contains | Relation::StartsWith => {
                let arguments = vec![self.folded(operand, case), self.folded(other_operand, case)];
                let position = self.call(Function::Position, arguments);
                let (comparison, number) = match relation {
                    Relation::StartsWith => (Comparison::Equal, 1),
                    _ => (Comparison::Greater, 0),
                };
                self.compared(comparison, position, Literal::Integer(number), case)
            }
            Relation::EndsWith => {
                let start = self.end_start(field, other);
                let end = self.call(Function::Substring, vec![operand, start]);
                // A call has no collation of its own.
                Planned::Compare {
                    comparison: Comparison::Equal,
                    left: end,
                    right: other_operand,
                    case,
                }
            }
        }
    }

    /// Where the end of the field begins that is as long as the other one: `length(a) - length(b) + 1`.
    fn end_start(&mut self, field: &str, other: &str) -> OperandId {
        let lengths = [field, other].map(|name| {
            let operand = self.field(name);
            self.call(Function::Length, vec![operand])
        });
        let rest = self.call(Function::Subtract, lengths.to_vec());
        let one = self.builder.literal(Literal::Integer(1));
        self.call(Function::Add, vec![rest, one])
    }

    fn folded(&mut self, operand: OperandId, case: Case) -> OperandId {
        match case {
            Case::Ignored => self.call(Function::Lower, vec![operand]),
            Case::Observed => operand,
        }
    }

    /// A part of a time as a number. Columns with whole numbers count microseconds since the epoch;
    /// text is a time as SQLite reads it.
    fn part(&mut self, operand: OperandId, field: &str, format: &str) -> OperandId {
        let mut arguments = vec![self.builder.literal(Literal::Text(format.to_owned()))];
        if self.schema.named(field).is_some_and(|field| field.type_ == FieldType::Integer) {
            let million = self.builder.literal(Literal::Integer(1_000_000));
            arguments.push(self.call(Function::Divide, vec![operand, million]));
            arguments.push(self.builder.literal(Literal::Text("unixepoch".to_owned())));
        } else {
            arguments.push(operand);
        }
        let part = self.call(Function::FormatTime, arguments);
        self.call(Function::CastInteger, vec![part])
    }

    pub(super) fn call(&mut self, function: Function, arguments: Vec<OperandId>) -> OperandId {
        self.builder.call(function, arguments, Case::Observed)
    }
}

/// Bytes of text in a test.
fn size(check: &Check) -> usize {
    let literal = |literal: &Literal| match literal {
        Literal::Text(text) => 16 + text.len(),
        _ => 16,
    };
    match check {
        Check::Equal(literals, _) => literals.iter().map(literal).sum(),
        Check::Like(pattern, _) => like(pattern),
        Check::Regexp(expression, _) => expression.len(),
        _ => 64,
    }
}

fn like(pattern: &Pattern) -> usize {
    let segment = |segment: &Segment| match segment {
        Segment::Text(text) => 32 + text.len(),
        _ => 32,
    };
    pattern.segments().iter().map(segment).sum()
}
