//! Secrets by the words in front of them: `--password x`, `--password=x`, `NAME_TOKEN=x`, and the
//! flags of programs that are known for it.

use super::Place;
use super::name::{is_secret, is_secret_variable};
use super::tools::{self, Part, Scope, Tool};
use super::words::{self, Word, is_operator};

/// Where secrets are, in these arguments and in scripts inside of them.
pub(super) fn find(arguments: &[String]) -> Vec<Place> {
    let words = arguments.iter().enumerate().map(|(number, text)| Word::argument(number, text));
    let words: Vec<Word<'_>> = words.collect();
    let mut search = Search { places: Vec::new(), has_scripts: true };
    search.all(&words);
    search.has_scripts = false;
    let scripts = arguments.iter().enumerate().filter(|(_, text)| text.contains(is_blank));
    for (number, text) in scripts {
        search.all(&words::shell(number, text));
        search.all(&words::flat(number, text));
    }
    search.places
}

fn is_blank(letter: char) -> bool {
    letter.is_ascii_whitespace()
}

struct Search {
    places: Vec<Place>,
    /// Whether a word may be a script, of whose assignments each ends at a blank.
    has_scripts: bool,
}

impl Search {
    fn all(&mut self, words: &[Word<'_>]) {
        let mut context = Context::default();
        for (number, word) in words.iter().enumerate() {
            let before = number.checked_sub(1).map(|before| words[before].text);
            let next = words.get(number + 1);
            context.see(word.text);
            self.assignment(word, before, next);
            // What follows a flag is its value, unless it is a flag itself or ends the command.
            let value = next.filter(|n| !n.text.starts_with('-') && !is_operator(n.text));
            self.flag(word, value);
            if let Some(tool) = context.tool.filter(|_| context.is_meant) {
                self.known(tool, word, value);
            }
        }
    }

    /// `NAME=value`, `--name=value`, `-Dname=value`, `/name:value`.
    fn assignment(&mut self, word: &Word<'_>, before: Option<&str>, next: Option<&Word<'_>>) {
        let inside = word.value(0);
        let text = &word.text[inside.clone()];
        let dash = text.starts_with(['-', '/']);
        let divider = |c: char| c == '=' || dash && c == ':';
        let Some((name, value)) = text.split_once(divider) else { return };
        let is_variable = !dash && is_secret_variable(name);
        if !(is_variable || is_secret(name)) || name.contains(is_blank) {
            return;
        }
        if value.is_empty() {
            return self.places.extend(next.filter(|next| next.is_glued).map(Word::whole));
        }
        // What a shell is told to run may begin with an assignment and go on with a command.
        if !(self.has_scripts && is_variable && value.contains(is_blank) && runs_script(before)) {
            let from = inside.start + name.len() + 1;
            let bytes = if inside.start > 0 { from..inside.end } else { word.value(from) };
            self.places.push(word.place(bytes));
        }
    }

    /// `--name value`.
    fn flag(&mut self, word: &Word<'_>, value: Option<&Word<'_>>) {
        let Some(value) = value else { return };
        let is_flag = word.text.starts_with('-') && !word.text.contains(['=', ':']);
        // `-pass 1` is how video is encoded twice.
        let is_count = word.text.ends_with("-pass") && matches!(value.text, "1" | "2" | "3");
        if is_flag && is_secret(word.text) && !is_count {
            self.places.push(value.whole());
        }
    }

    /// A flag of a program that is known for it.
    fn known(&mut self, tool: &Tool, word: &Word<'_>, value: Option<&Word<'_>>) {
        if let Some(value) = value.filter(|_| tool.separate.contains(&word.text)) {
            if tool.part == Part::All {
                self.places.push(value.whole());
            } else {
                self.part(tool, value, 0);
            }
        }
        let attached = tool.attached.iter().filter(|flag| word.text.starts_with(**flag));
        let Some(flag) = attached.max_by_key(|flag| flag.len()) else { return };
        match value.filter(|value| value.is_glued && word.text == *flag) {
            Some(value) => self.places.push(value.whole()),
            None => self.part(tool, word, flag.len()),
        }
    }

    fn part(&mut self, tool: &Tool, word: &Word<'_>, from: usize) {
        let value = word.value(from);
        if let Some(start) = tool.part.start(&word.text[value.clone()]) {
            self.places.push(word.place(value.start + start..value.end));
        }
    }
}

/// The program that the words belong to.
#[derive(Default)]
struct Context {
    tool: Option<&'static Tool>,
    /// Whether its flags are meant at this place.
    is_meant: bool,
}

impl Context {
    fn see(&mut self, word: &str) {
        if is_operator(word) {
            *self = Context::default();
        } else if !word.starts_with('-') {
            let tool = tools::named(word).or(self.tool);
            let is_new = tools::named(word).is_some();
            let is_meant = match tool.map(|tool| tool.scope) {
                Some(Scope::Everywhere) => true,
                Some(Scope::BeforeCommand) => is_new,
                Some(Scope::After(subcommand)) => word == subcommand || self.is_meant && !is_new,
                None => false,
            };
            *self = Context { tool, is_meant };
        }
    }
}

/// `sh -c`, `bash -lc`.
fn runs_script(before: Option<&str>) -> bool {
    before.is_some_and(|flag| {
        flag.len() <= 5 && flag.starts_with('-') && !flag.starts_with("--") && flag.ends_with('c')
    })
}
