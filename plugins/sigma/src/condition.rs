//! The condition of a detection: names of selections, joined.

mod word;

use std::rc::Rc;

use crate::detection::Reader;
use crate::diagnostic::right;
use crate::yaml::Node;
use daemoneye_sdk::language::{Position, nearest, quoted};
use word::{Word, words};

/// What a condition asks for. A selection is known by its place.
#[derive(Debug, Clone)]
pub(crate) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    /// With what the author wrote.
    Not(Rc<str>, Box<Condition>),
    Selection(usize),
}

/// Most levels of brackets and negations.
const DEEPEST: usize = 24;
/// Most ways to choose `N of` some selections.
const MOST_CHOICES: usize = 1_000;
/// What a mention of a selection costs of the file's budget.
const MENTION: usize = 32;

const FORMS: &str = "a condition joins selections with and, or, not, brackets, `1 of x*`, \
                     `all of x*`, `1 of them` and `all of them`";

/// The condition, or any of several in a list.
pub(crate) fn read(node: &Node, names: &[&str], reader: &mut Reader<'_>) -> Condition {
    let mut conditions = Vec::new();
    for item in node.items() {
        let Some(scalar) = item.scalar() else {
            reader.refused.add(item.at, format!("{} as a condition", item.noun()), FORMS);
            continue;
        };
        let words = words(&scalar.text);
        let at = |place: usize| match scalar.indent {
            Some(indent) => right(item.at, indent + place),
            None => item.at,
        };
        let mut parser =
            Parser { text: &scalar.text, words: &words, next: 0, names, at: &at, reader, depth: 0 };
        match parser.whole() {
            Ok(condition) => conditions.push(condition),
            Err(Refused { at, message, help }) => reader.refused.add(at, message, help),
        }
    }
    any(conditions)
}

/// Nothing after an error in a condition makes sense.
struct Refused {
    at: Position,
    message: String,
    help: String,
}

struct Parser<'p, 'r> {
    text: &'p str,
    words: &'p [Word<'p>],
    next: usize,
    names: &'p [&'p str],
    at: &'p dyn Fn(usize) -> Position,
    reader: &'p mut Reader<'r>,
    depth: usize,
}

type Parsed = Result<Condition, Refused>;

impl<'p> Parser<'p, '_> {
    fn whole(&mut self) -> Parsed {
        let condition = self.any()?;
        match self.peek() {
            None => Ok(condition),
            Some("|") => {
                let help = "write a correlation document";
                Err(self.refuse("an aggregation in a condition", help))
            }
            Some(word) => {
                Err(self.refuse(&format!("{} after a whole condition", quoted(word)), FORMS))
            }
        }
    }

    fn any(&mut self) -> Parsed {
        let mut parts = vec![self.all()?];
        while self.take("or") {
            parts.push(self.all()?);
        }
        Ok(any(parts))
    }

    fn all(&mut self) -> Parsed {
        let mut parts = vec![self.one()?];
        while self.take("and") {
            parts.push(self.one()?);
        }
        Ok(all(parts))
    }

    fn one(&mut self) -> Parsed {
        if self.depth >= DEEPEST {
            let message = format!("brackets and negations deeper than {DEEPEST}");
            return Err(self.refuse(&message, "write the condition flatter"));
        }
        self.depth += 1;
        let start = self.next;
        let parsed = if self.take("not") {
            let inner = self.one()?;
            Condition::Not(self.written(start).into(), Box::new(inner))
        } else if self.take("(") {
            let inner = self.any()?;
            if !self.take(")") {
                return Err(self.refuse("a bracket that is not closed", FORMS));
            }
            inner
        } else {
            self.selection()?
        };
        self.depth -= 1;
        Ok(parsed)
    }

    /// `name`, or `N of pattern`.
    fn selection(&mut self) -> Parsed {
        let Some(word) = self.peek() else {
            return Err(self.refuse("a condition that ends too early", FORMS));
        };
        if self.words.get(self.next + 1).is_some_and(|next| next.is("of")) {
            return self.several(word);
        }
        match self.names.iter().position(|name| *name == word) {
            Some(place) => {
                self.pay(1)?;
                self.next += 1;
                Ok(Condition::Selection(place))
            }
            None => Err(self.unknown(word)),
        }
    }

    fn several(&mut self, quantity: &str) -> Parsed {
        let count = match &*quantity.to_ascii_lowercase() {
            "all" => None,
            "any" => Some(1),
            number => match number.parse() {
                Ok(count) if count > 0 => Some(count),
                _ => return Err(self.refuse(&format!("{} of", quoted(quantity)), FORMS)),
            },
        };
        self.next += 2;
        let Some(pattern) = self.peek() else {
            return Err(self.refuse("`of` without selections", FORMS));
        };
        let found = self.matching(pattern);
        if found.is_empty() {
            return Err(self.unknown(pattern));
        }
        let choices = count.map_or(1, |count| choices(found.len(), count));
        self.pay(found.len().saturating_mul(choices))?;
        if choices == 0 || choices > MOST_CHOICES {
            let message = format!("{quantity} of {} selections", found.len());
            return Err(self.refuse(&message, "write out what is meant"));
        }
        self.next += 1;
        let found: Vec<_> = found.into_iter().map(Condition::Selection).collect();
        Ok(match count {
            None => all(found),
            Some(count) => at_least(count, &found),
        })
    }

    /// The places of the selections that a pattern names. A name that begins with `_` is found by its
    /// own pattern only.
    fn matching(&self, pattern: &str) -> Vec<usize> {
        let is_meant = |name: &str| match pattern {
            them if them.eq_ignore_ascii_case("them") => !name.starts_with('_'),
            _ => {
                word::matches(pattern, name) && (pattern.starts_with('_') || !name.starts_with('_'))
            }
        };
        let places = self.names.iter().enumerate();
        places.filter(|(_, name)| is_meant(name)).map(|(place, _)| place).collect()
    }

    fn peek(&self) -> Option<&'p str> {
        self.words.get(self.next).map(|word| word.text)
    }

    /// Goes on if the next word is this keyword.
    fn take(&mut self, keyword: &str) -> bool {
        let is_it = self.words.get(self.next).is_some_and(|word| word.is(keyword));
        self.next += usize::from(is_it);
        is_it
    }

    /// The text from this word up to where the parser is.
    fn written(&self, start: usize) -> &'p str {
        let (first, last) = (&self.words[start], &self.words[self.next - 1]);
        &self.text[first.start..last.start + last.text.len()]
    }

    fn pay(&mut self, mentions: usize) -> Result<(), Refused> {
        let refused = self.refuse("a condition that is too large", "split the rule into several");
        let is_paid = self.reader.pay(mentions.saturating_mul(MENTION), refused.at);
        if is_paid { Ok(()) } else { Err(refused) }
    }

    fn unknown(&self, word: &str) -> Refused {
        let help = match nearest(word, self.names.iter().copied()) {
            Some(known) => format!("did you mean `{known}`?"),
            None => FORMS.to_owned(),
        };
        self.refuse(&format!("no selection {}", quoted(word)), &help)
    }

    /// A refusal at the word where the parser is.
    fn refuse(&self, message: &str, help: &str) -> Refused {
        let end = self.text.chars().count();
        let place = self.words.get(self.next).map_or(end, |word| word.place);
        Refused { at: (self.at)(place), message: message.to_owned(), help: help.to_owned() }
    }
}

fn all(mut parts: Vec<Condition>) -> Condition {
    if parts.len() == 1 { parts.remove(0) } else { Condition::All(parts) }
}

fn any(mut parts: Vec<Condition>) -> Condition {
    if parts.len() == 1 { parts.remove(0) } else { Condition::Any(parts) }
}

/// Ways to choose so many of them.
fn choices(of: usize, count: usize) -> usize {
    if count > of {
        return 0;
    }
    let step = |ways: usize, taken: usize| ways.saturating_mul(of - taken) / (taken + 1);
    (0..count.min(of - count)).fold(1, step)
}

/// True if so many are: any way to choose them, all of which hold.
fn at_least(count: usize, parts: &[Condition]) -> Condition {
    let mut ways: Vec<(usize, Vec<Condition>)> = vec![(0, Vec::new())];
    for missing in (0..count).rev() {
        let longer = |(from, chosen): &(usize, Vec<Condition>)| {
            let with = |place: usize| {
                let next = std::slice::from_ref(&parts[place]);
                (place + 1, [chosen.as_slice(), next].concat())
            };
            // Enough must be left to choose from: there are never more beginnings than ways.
            (*from..parts.len() - missing).map(with).collect::<Vec<_>>()
        };
        ways = ways.iter().flat_map(longer).collect();
    }
    any(ways.into_iter().map(|(_, chosen)| all(chosen)).collect())
}
