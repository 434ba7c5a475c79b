//! The literals that a match of a regular expression must contain.

use daemoneye_plan::Case;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::necessary::{Necessary, TextColumn, any};
use crate::literals::{Anchor, Literal};

/// The literals of which a value must have one to match the expression.
pub(super) fn necessary(column: TextColumn<'_>, text: &str, case: Case) -> Option<Necessary> {
    let case_insensitive = case == Case::Ignored;
    let mut parser = ParserBuilder::new().utf8(false).case_insensitive(case_insensitive).build();
    of_expression(column, &parser.parse(text).ok()?)
}

/// The parser bounds the depth of what it returns, and with it this recursion.
fn of_expression(column: TextColumn<'_>, expression: &Hir) -> Option<Necessary> {
    let mut walk = Walk { column, run: Vec::new(), best: None };
    walk.follow(expression);
    walk.end_run();
    walk.best
}

/// Along a concatenation: bytes that follow each other without a gap are one literal.
struct Walk<'a> {
    column: TextColumn<'a>,
    run: Vec<u8>,
    best: Option<Necessary>,
}

impl Walk<'_> {
    fn follow(&mut self, expression: &Hir) {
        match expression.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => self.run.extend(literal.0.to_ascii_lowercase()),
            HirKind::Capture(capture) => self.follow(&capture.sub),
            HirKind::Concat(parts) => parts.iter().for_each(|part| self.follow(part)),
            HirKind::Class(class) => match letter(class) {
                Some(letter) => self.run.push(letter),
                None => self.end_run(),
            },
            HirKind::Repetition(repetition) => {
                self.end_run();
                if repetition.min > 0 {
                    self.offer(of_expression(self.column, &repetition.sub));
                }
            }
            HirKind::Alternation(branches) => {
                self.end_run();
                let branches = branches.iter().map(|branch| of_expression(self.column, branch));
                self.offer(branches.collect::<Option<Vec<_>>>().and_then(any));
            }
        }
    }

    fn end_run(&mut self) {
        let run = std::mem::take(&mut self.run);
        let literal = Literal::new(&run, Anchor::Contains);
        self.offer(Necessary::any_of(self.column, vec![literal]));
    }

    fn offer(&mut self, set: Option<Necessary>) {
        self.best = match (self.best.take(), set) {
            (Some(best), Some(set)) => Some(best.rarer(set)),
            (best, set) => best.or(set),
        };
    }
}

/// The folded letter of a class that is one ASCII letter in either case, and nothing else.
fn letter(class: &Class) -> Option<u8> {
    let mut members = match class {
        Class::Unicode(class) => {
            class.iter().flat_map(|r| [r.start() as u32, r.end() as u32]).collect::<Vec<_>>()
        }
        Class::Bytes(class) => {
            class.iter().flat_map(|r| [u32::from(r.start()), u32::from(r.end())]).collect()
        }
    };
    members.dedup();
    match members[..] {
        [upper, lower] if lower == upper + 32 => {
            u8::try_from(upper).ok().filter(u8::is_ascii_uppercase).map(|l| l.to_ascii_lowercase())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literals(expression: &str, case: Case) -> Vec<String> {
        let column = TextColumn { number: 0, name: "command_line" };
        let set = necessary(column, expression, case);
        let literals = set.into_iter().flat_map(|set| set.literals);
        literals.map(|(_, literal)| String::from_utf8(literal.text).expect("UTF-8")).collect()
    }

    #[test]
    fn what_a_match_must_contain_is_found() {
        let table: &[(&str, Case, &[&str])] = &[
            (r"/dev/tcp/\d+", Case::Observed, &["/dev/tcp/"]),
            (r"(?:curl|wget)\s", Case::Observed, &["curl", "wget"]),
            (r"\bnc\b.*-e", Case::Observed, &["nc"]),
            (r"(?i)xmrig", Case::Observed, &["xmrig"]),
            (r"XMRig", Case::Observed, &["xmrig"]),
            (r"(a|bc)?foo(bar)+", Case::Observed, &["foo"]),
            (r"mimi\d*|", Case::Observed, &[]),
            (r".{1000,}", Case::Observed, &[]),
            // In Unicode, `s` is also the long s, which no folding of ASCII finds.
            (r"musl", Case::Ignored, &["mu"]),
        ];
        for (expression, case, expected) in table {
            assert_eq!(literals(expression, *case), *expected, "{expression}");
        }
    }
}
