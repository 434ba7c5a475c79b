//! `FROM sequence(by => .., within => '60 s', step => (..), step => (..))`, and `all_of(..)`, whose
//! steps come in any order.

use super::{operands, refused, values};
use crate::condition::{self, Condition};
use crate::emit::Emitter;
use crate::name::Names;
use crate::outline::{self, Select};
use crate::rows::{self, Base, Rows, Text, With};
use crate::script::Script;
use crate::view;
use crate::window;
use daemoneye_plan::{Complete, Correlation, MAX_STAGES, NodeId, Stage};
use daemoneye_sdk::language::Diagnostic;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;
use std::ops::Range;
use std::rc::Rc;

/// What steps read unless `of` names another table.
const DEFAULT: &str = "process_starts";
const FEWEST_STEPS: usize = 2;
const ARGUMENTS: &str = "the arguments are by => column, within => '60 s', step => (condition) \
                         and of => table";

/// How the steps of a sequence follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Ordered,
    Unordered,
}

/// Rows of one group that together make a match.
#[derive(Debug)]
pub(crate) struct Sequence<'s> {
    kind: Kind,
    /// The rows that each step chooses from.
    of: Rc<Rows<'s>>,
    window: Option<u64>,
    steps: Vec<Step>,
    at: usize,
}

#[derive(Debug)]
struct Step {
    /// What makes the group.
    by: Vec<Range<usize>>,
    condition: Condition,
}

/// The table function with this name.
pub(crate) fn named(name: &str) -> Option<Kind> {
    match name.to_ascii_lowercase().as_str() {
        "sequence" => Some(Kind::Ordered),
        "all_of" => Some(Kind::Unordered),
        _ => None,
    }
}

/// The table function that is called where FROM begins.
pub(crate) fn at(script: &Script<'_>, from: &Range<usize>) -> Option<Kind> {
    match script.token(from.start) {
        Token::Word(word) if *script.token(from.start + 1) == Token::LParen => named(&word.value),
        _ => None,
    }
}

/// Reads the call and its alias.
pub(crate) fn read<'s>(
    text: Text<'s>,
    with: &[With<'s>],
    select: &Select,
    kind: Kind,
) -> Result<Rows<'s>, Diagnostic> {
    let (script, open) = (text.script, select.from.start + 1);
    let close = text.brackets.partner(open);
    let qualifier = alias(script, close + 1..select.from.end)?;
    nothing_more(script, select)?;
    let Arguments { of, window, steps, by: _ } = Arguments::read(text, open + 1..close)?;
    let (name, place) = match of.map(|place| (script.token(place), place)) {
        Some((Token::Word(word), place)) => (word.value.as_str(), place),
        Some((_, place)) => ("", place),
        None => (DEFAULT, open),
    };
    let Some(rows) = rows::named(text, with, name, qualifier) else {
        let help = view::instead_of(name);
        let message = format!("unknown table {}", script.quoted(place..place + 1));
        return refused(script, place, &message, &help);
    };
    let table = rows.names.tables[0].clone();
    let sequence = Sequence { kind, of: Rc::new(rows), window, steps, at: select.from.start };
    Ok(Rows::plain(text, Base::Sequence(sequence), table))
}

fn nothing_more(script: &Script<'_>, select: &Select) -> Result<(), Diagnostic> {
    let has = [&select.condition, &select.having];
    let more = has.into_iter().flatten().chain(&select.groups).map(|range| range.start).min();
    more.map_or(Ok(()), |more| {
        let help = "write what a row must meet into its step => (condition)";
        refused(script, more - 1, "a sequence with more than its steps", help)
    })
}

fn alias(script: &Script<'_>, rest: Range<usize>) -> Result<String, Diagnostic> {
    let name = rest.start + usize::from(script.keyword(rest.start) == Keyword::AS);
    match script.token(name) {
        _ if rest.is_empty() => Ok("sequence".to_owned()),
        Token::Word(word) if name + 1 == rest.end => Ok(word.value.clone()),
        _ => refused(
            script,
            rest.start,
            &format!("{} after a sequence", script.quoted(rest.start..rest.start + 1)),
            "a rule reads one sequence and nothing beside it",
        ),
    }
}

/// What stands in the brackets of the call.
#[derive(Debug, Default)]
struct Arguments {
    of: Option<usize>,
    window: Option<u64>,
    /// What makes the group of the steps that follow.
    by: Vec<Range<usize>>,
    steps: Vec<Step>,
}

impl Arguments {
    fn read(text: Text<'_>, range: Range<usize>) -> Result<Self, Diagnostic> {
        let (script, open) = (text.script, range.start - 1);
        let mut arguments = Arguments::default();
        for item in outline::list(script, text.brackets, range) {
            arguments.set(text, item.start, item.start + 2..item.end)?;
        }
        arguments.check(script, open)?;
        Ok(arguments)
    }

    fn set(&mut self, text: Text<'_>, at: usize, value: Range<usize>) -> Result<(), Diagnostic> {
        let script = text.script;
        let Token::Word(name) = script.token(at) else {
            return refused(script, at, "an argument without a name", ARGUMENTS);
        };
        if *script.token(at + 1) != Token::RArrow || value.is_empty() {
            return refused(script, at, "an argument without =>", ARGUMENTS);
        }
        match name.value.to_ascii_lowercase().as_str() {
            "by" => self.by = columns(text, value),
            "of" if value.len() == 1 => self.of = Some(value.start),
            "within" => self.window = Some(duration(script, value)?),
            "step" => {
                let condition = condition::read(script, text.brackets, value)?;
                self.steps.push(Step { by: self.by.clone(), condition });
            }
            other => return refused(script, at, &format!("the argument `{other}`"), ARGUMENTS),
        }
        Ok(())
    }

    fn check(&self, script: &Script<'_>, open: usize) -> Result<(), Diagnostic> {
        let count = self.steps.len();
        if !(FEWEST_STEPS..=MAX_STAGES).contains(&count) {
            let message = format!("a sequence of {count} steps");
            let help = format!("a sequence has {FEWEST_STEPS} to {MAX_STAGES}");
            return refused(script, open, &message, &help);
        }
        if !self.steps.windows(2).all(|pair| pair[0].by.len() == pair[1].by.len()) {
            let help = "by => stands before the first step and counts for all after it; each by => \
                        names as many values";
            return refused(script, open, "steps whose groups differ", help);
        }
        Ok(())
    }
}

/// `by => column` or `by => (column, column)`.
fn columns(text: Text<'_>, value: Range<usize>) -> Vec<Range<usize>> {
    match text.brackets.closing(value.start) {
        Some(close)
            if close + 1 == value.end && *text.script.token(value.start) == Token::LParen =>
        {
            outline::list(text.script, text.brackets, value.start + 1..close)
        }
        _ => vec![value],
    }
}

fn duration(script: &Script<'_>, value: Range<usize>) -> Result<u64, Diagnostic> {
    let text = match script.token(value.start) {
        Token::SingleQuotedString(text) if value.len() == 1 => text.as_str(),
        _ => "",
    };
    window::parse(text).ok_or_else(|| {
        let message = format!("the window {}", script.quoted(value.clone()));
        Diagnostic::new(script.position(value.start), message, format!("write {}", window::HELP))
    })
}

impl<'s> Sequence<'s> {
    /// Emits the groups and the steps; the plan's condition is the last node.
    pub(crate) fn emit(
        &self,
        names: &Names<'s>,
        window: Option<u64>,
        emitter: &mut Emitter,
    ) -> Result<Correlation, Vec<Diagnostic>> {
        let window = self.window.or(window).ok_or_else(|| {
            let at = names.script.position(self.at);
            vec![Diagnostic::new(at, "a sequence without a window", "write within => '60 s'")]
        })?;
        let mut stages = Vec::new();
        for step in &self.steps {
            let group = values(names, &step.by)?;
            stages.push(Stage { group: operands(emitter, group) });
        }
        let nodes = self.steps.iter().map(|step| self.step(names, step, emitter)).collect();
        emitter.builder.or(nodes);
        let complete = match self.kind {
            Kind::Ordered => Complete::InOrder,
            Kind::Unordered => Complete::EachStage,
        };
        Ok(Correlation { window, stages, complete })
    }

    fn step(&self, names: &Names<'s>, step: &Step, emitter: &mut Emitter) -> NodeId {
        let mut nodes = Vec::new();
        self.of.emit(emitter, &mut nodes);
        nodes.push(emitter.condition(names, &step.condition, true));
        emitter.builder.and(nodes)
    }
}
