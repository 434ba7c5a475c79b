//! A regular expression, and what is cheap to know about the values that it matches: how long they
//! are at least, and a long run of bytes that they must have.

use std::sync::Arc;

use daemoneye_plan::Case;
use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};
use rustc_hash::FxHashMap;

use super::RuleError;
use crate::steps::{Spent, Steps};

/// Most bytes of one compiled expression.
const REGEX_BYTES: usize = 1 << 20;
/// Most bytes of the tables that one expression builds while it searches. Less makes expressions with
/// counted repetitions many times slower; few expressions ever need so much.
const REGEX_CACHE_BYTES: usize = 2 << 20;
/// A shorter run rules out too little to be looked for.
const LEAST_RUN: usize = 16;

/// A regular expression, ready to be searched for.
#[derive(Debug, Clone)]
pub(crate) struct Regexp {
    /// As the author wrote it.
    pub(crate) expression: Box<str>,
    search: Search,
    pub(crate) case: Case,
    least_bytes: usize,
    run: Option<Run>,
}

/// How a match is found.
#[derive(Debug, Clone)]
enum Search {
    /// The expression is `.{n,}`: so many characters without a line break.
    Characters(usize),
    Automaton(Regex),
}

/// Bytes of one kind, so many one after the other.
#[derive(Debug, Clone)]
struct Run {
    kind: Box<[bool; 256]>,
    least: usize,
}

/// Expressions that are compiled, each once: rules of one kind often have the same.
#[derive(Debug, Default)]
pub(crate) struct Regexps(FxHashMap<(Box<str>, Case), Arc<Regexp>>);

impl Regexps {
    /// The expression, compiled now if it was not before.
    pub(super) fn get(&mut self, expression: &str, case: Case) -> Result<Arc<Regexp>, RuleError> {
        let key = (expression.into(), case);
        if let Some(known) = self.0.get(&key) {
            return Ok(Arc::clone(known));
        }
        let regexp = Arc::new(Regexp::new(expression, case)?);
        self.0.insert(key, Arc::clone(&regexp));
        Ok(regexp)
    }
}

impl Regexp {
    fn new(expression: &str, case: Case) -> Result<Self, RuleError> {
        let mut parser =
            ParserBuilder::new().utf8(false).case_insensitive(case == Case::Ignored).build();
        let parsed = parser.parse(expression).ok();
        let search = match parsed.as_ref().and_then(any_run) {
            Some(least) => Search::Characters(least),
            None => Search::Automaton(regex(expression, case)?),
        };
        Ok(Regexp {
            expression: expression.into(),
            search,
            case,
            least_bytes: parsed.as_ref().and_then(|p| p.properties().minimum_len()).unwrap_or(0),
            run: parsed.as_ref().and_then(longest_run),
        })
    }

    /// Whether the text has a match.
    pub(crate) fn is_match(&self, text: &[u8], steps: &mut Steps) -> Result<bool, Spent> {
        steps.read(text.len())?;
        if text.len() < self.least_bytes || self.run.as_ref().is_some_and(|run| !run.is_in(text)) {
            return Ok(false);
        }
        match &self.search {
            Search::Characters(least) => Ok(has_line(text, *least)),
            // An automaton takes each byte by itself, where others look at 16 at once.
            Search::Automaton(regex) => {
                steps.spend_unevenly(text.len() as u64).map(|()| regex.is_match(text))
            }
        }
    }
}

/// The expression, compiled within its limits.
pub(crate) fn regex(expression: &str, case: Case) -> Result<Regex, RuleError> {
    let compiled = RegexBuilder::new(expression)
        .case_insensitive(case == Case::Ignored)
        .size_limit(REGEX_BYTES)
        .dfa_size_limit(REGEX_CACHE_BYTES)
        .build();
    compiled.map_err(|source| RuleError::Regex { expression: expression.to_owned(), source })
}

impl Run {
    /// Looks at the last byte of where a run could be first, and goes on behind the byte that is of
    /// another kind: most bytes are never looked at, and none twice without success.
    fn is_in(&self, text: &[u8]) -> bool {
        let mut start = 0;
        while let Some(window) = text.get(start..start + self.least) {
            match window.iter().rposition(|byte| !self.kind[usize::from(*byte)]) {
                None => return true,
                Some(other) => start += other + 1,
            }
        }
        false
    }
}

/// Whether a text has a line of so many characters. Looks for the last line break of where the line
/// could be first, and goes on behind it, so that most bytes are never looked at.
fn has_line(text: &[u8], least: usize) -> bool {
    let mut start = 0_usize;
    while let Some(window) = text.get(start..start.saturating_add(least)) {
        if let Some(end) = memchr::memrchr(b'\n', window) {
            start += end + 1;
            continue;
        }
        let rest = &text[start..];
        let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
        if has_characters(line, least) {
            return true;
        }
        start += line.len() + 1;
    }
    false
}

/// Whether a text has so many characters. No character has more than four bytes, and most have one.
fn has_characters(text: &[u8], least: usize) -> bool {
    let enough = &text[..text.len().min(least.saturating_mul(4))];
    let begins = |byte: &&u8| **byte & 0xC0 != 0x80;
    text.get(..least)
        .is_some_and(|first| first.is_ascii() || enough.iter().filter(begins).count() >= least)
}

/// The longest run along the concatenation that is the expression.
fn longest_run(expression: &Hir) -> Option<Run> {
    let runs = match expression.kind() {
        HirKind::Concat(parts) => parts.iter().filter_map(run).collect(),
        _ => Vec::from_iter(run(expression)),
    };
    runs.into_iter().filter(|run| run.least >= LEAST_RUN).max_by_key(|run| run.least)
}

fn run(part: &Hir) -> Option<Run> {
    let HirKind::Repetition(repetition) = part.kind() else { return None };
    let HirKind::Class(class) = repetition.sub.kind() else { return None };
    let mut kind = Box::new([false; 256]);
    match class {
        Class::Bytes(class) => class.iter().for_each(|range| {
            kind[usize::from(range.start())..=usize::from(range.end())].fill(true);
        }),
        // Every byte of a character beyond ASCII is 0x80 or above.
        Class::Unicode(class) => class.iter().for_each(|range| {
            let (start, end) = (range.start() as usize, range.end() as usize);
            (start..=end.min(0x7F)).for_each(|byte| kind[byte] = true);
            kind[0x80..].iter_mut().for_each(|byte| *byte |= end >= 0x80);
        }),
    }
    Some(Run { kind, least: usize::try_from(repetition.min).ok()? })
}

fn any_run(expression: &Hir) -> Option<usize> {
    let HirKind::Repetition(repetition) = expression.kind() else { return None };
    let is_any = *repetition.sub == Hir::dot(regex_syntax::hir::Dot::AnyCharExceptLF);
    let least = usize::try_from(repetition.min).ok()?;
    (is_any && repetition.max.is_none()).then_some(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expression by itself, without anything that is known about it.
    fn plainly(expression: &str, text: &str) -> bool {
        Regex::new(expression).expect(expression).is_match(text.as_bytes())
    }

    #[test]
    fn what_is_known_of_an_expression_never_changes_what_it_matches() {
        let hex = "0123456789abcdef".repeat(4);
        let expressions = [
            r".{20,}",
            r".{20,30}",
            r"\s[a-f0-9]{64}\s[a-f0-9]{16}",
            r"[^\x00-\x7f]{16}x",
            r"[é-ü]{18,}",
            r"(?s).{20,}",
            r"\w{12}|short",
            r"a{16}",
        ];
        let texts = [
            "short".to_owned(),
            "x".repeat(19),
            "x".repeat(20),
            format!("{}\n{}", "x".repeat(19), "y".repeat(19)),
            format!("{}\n{}\n", "é".repeat(19), "y".repeat(20)),
            "é".repeat(19),
            "é".repeat(20),
            format!("{}x", "日".repeat(16)),
            format!("run {hex} {}", &hex[..16]),
            format!("run {hex}{}", &hex[..16]),
            format!("{}b{}", "a".repeat(15), "a".repeat(16)),
            format!("{}b{}", "a".repeat(15), "a".repeat(15)),
        ];
        for expression in expressions {
            let regexp = Regexp::new(expression, Case::Observed).expect(expression);
            for text in &texts {
                let found = regexp.is_match(text.as_bytes(), &mut Steps::new(10_000));
                assert_eq!(found, Ok(plainly(expression, text)), "{expression} in {text:?}");
            }
        }
    }

    #[test]
    fn a_run_that_is_not_there_costs_a_sixteenth() {
        let regexp = Regexp::new(r"\s[a-f0-9]{64}\s", Case::Observed).expect("an expression");
        let text = "no hash in here ".repeat(100);
        assert_eq!(regexp.is_match(text.as_bytes(), &mut Steps::new(200)), Ok(false));
        let hash = format!("{text} {}", "a".repeat(64));
        assert_eq!(regexp.is_match(hash.as_bytes(), &mut Steps::new(200)), Err(Spent));
    }
}
