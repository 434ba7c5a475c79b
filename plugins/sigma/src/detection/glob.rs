//! A text of Sigma: `*` and `?` are wildcards unless a backslash stands before them.

use daemoneye_plan::{Pattern, Segment};

use super::modifier::Change;

/// The pieces of a text in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glob(Vec<Segment>);

/// What may stand for a dash that begins an option of a Windows program.
const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];

impl Glob {
    /// A backslash before `*`, `?` or a backslash makes that character text; before anything else it
    /// is text itself.
    pub(crate) fn parse(text: &str) -> Self {
        let mut segments = Vec::new();
        let mut run = String::new();
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            let wildcard = match character {
                '*' => Segment::AnyRun,
                '?' => Segment::AnyOne,
                '\\' => {
                    run.push(characters.next_if(|next| "*?\\".contains(*next)).unwrap_or('\\'));
                    continue;
                }
                other => {
                    run.push(other);
                    continue;
                }
            };
            flush(&mut segments, &mut run);
            segments.push(wildcard);
        }
        flush(&mut segments, &mut run);
        Glob(segments)
    }

    pub(crate) fn text(text: String) -> Self {
        Glob(vec![Segment::Text(text)])
    }

    /// The text, if there is no wildcard in it.
    pub(crate) fn plain(&self) -> Option<&str> {
        match &*self.0 {
            [] => Some(""),
            [Segment::Text(text)] => Some(text),
            _ => None,
        }
    }

    pub(crate) fn pattern(&self) -> Pattern {
        Pattern::new(self.0.iter().cloned())
    }

    /// Open on the sides where more may stand.
    pub(crate) fn opened(mut self, change: Change) -> Self {
        let (before, after) = match change {
            Change::Contains => (true, true),
            Change::StartsWith => (false, true),
            Change::EndsWith => (true, false),
            _ => (false, false),
        };
        if before && self.0.first() != Some(&Segment::AnyRun) {
            self.0.insert(0, Segment::AnyRun);
        }
        if after && self.0.last() != Some(&Segment::AnyRun) {
            self.0.push(Segment::AnyRun);
        }
        self
    }

    /// Bytes of its texts.
    pub(crate) fn len(&self) -> usize {
        self.0
            .iter()
            .map(|segment| if let Segment::Text(text) = segment { text.len() } else { 1 })
            .sum()
    }

    /// How many texts [`Glob::dashed`] gives.
    pub(crate) fn dashings(&self) -> usize {
        let dashes: usize = self.texts().map(|text| dashes(text).len()).sum();
        DASHES.len().saturating_pow(u32::try_from(dashes).unwrap_or(u32::MAX))
    }

    /// The first `%name%` in it.
    pub(crate) fn placeholder(&self) -> Option<&str> {
        self.texts().find_map(|text| {
            let start = text.find('%')?;
            let length = text[start + 1..].find('%')?;
            (length > 0).then(|| &text[start..start + length + 2])
        })
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|segment| match segment {
            Segment::Text(text) => Some(&**text),
            _ => None,
        })
    }

    /// The text with each of its dashes as each dash that Windows programs take for one.
    pub(crate) fn dashed(&self) -> Vec<Glob> {
        let mut globs = vec![Vec::new()];
        for segment in &self.0 {
            let forms = match segment {
                Segment::Text(text) => dashed(text).into_iter().map(Segment::Text).collect(),
                other => vec![other.clone()],
            };
            let longer = |glob: &Vec<Segment>| {
                let add = |form: &Segment| [&**glob, std::slice::from_ref(form)].concat();
                forms.iter().map(add).collect::<Vec<_>>()
            };
            globs = globs.iter().flat_map(longer).collect();
        }
        globs.into_iter().map(Glob).collect()
    }
}

fn flush(segments: &mut Vec<Segment>, run: &mut String) {
    if !run.is_empty() {
        segments.push(Segment::Text(std::mem::take(run)));
    }
}

/// Where in the text a dash or slash stands before a word and not behind one.
fn dashes(text: &str) -> Vec<usize> {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    let begins = |(place, dash): &(usize, &str)| {
        let before = text[..*place].chars().next_back();
        let after = text[place + dash.len()..].chars().next();
        !before.is_some_and(is_word) && after.is_some_and(is_word)
    };
    text.match_indices(['-', '/']).filter(begins).map(|(place, _)| place).collect()
}

fn dashed(text: &str) -> Vec<String> {
    let mut texts = vec![String::new()];
    let mut done = 0;
    for place in dashes(text) {
        let with = |start: &String| {
            let add = |dash: char| format!("{start}{}{dash}", &text[done..place]);
            DASHES.map(add)
        };
        texts = texts.iter().flat_map(with).collect();
        done = place + 1;
    }
    texts.iter_mut().for_each(|start| start.push_str(&text[done..]));
    texts
}

#[cfg(test)]
mod tests {
    use super::Segment::{AnyOne, AnyRun, Text};
    use super::*;

    #[test]
    fn a_backslash_takes_the_meaning_from_wildcards_and_from_itself_only() {
        let text = |text: &str| Text(text.into());
        let table = [
            (r"C:\Windows\*.exe", vec![text(r"C:\Windows*.exe")]),
            (r"C:\Windows\\*.exe", vec![text(r"C:\Windows\"), AnyRun, text(".exe")]),
            (r"\addinutil.exe", vec![text(r"\addinutil.exe")]),
            (r"\\host\c$", vec![text(r"\host\c$")]),
            ("a?c", vec![text("a"), AnyOne, text("c")]),
            (r"what\?", vec![text("what?")]),
            (r"end\", vec![text(r"end\")]),
            ("", vec![]),
        ];
        for (written, expected) in table {
            assert_eq!(Glob::parse(written), Glob(expected), "{written}");
        }
    }

    #[test]
    fn a_dash_before_a_word_has_five_forms_and_one_inside_a_word_has_one() {
        let table =
            [(" -enc ", 5), ("-a /b", 25), ("co-op", 1), (" - ", 1), ("--long", 5), ("x* -a", 5)];
        for (text, forms) in table {
            let glob = Glob::parse(text);
            assert_eq!((glob.dashed().len(), glob.dashings()), (forms, forms), "{text}");
        }
        assert_eq!(dashed("a /b"), ["a -b", "a /b", "a –b", "a —b", "a ―b"]);
    }
}
