//! Arguments as words: each argument is one; and a script inside of an argument is many, split as a
//! shell splits, and once more wherever anything could divide two words, however deeply it is
//! quoted.

use std::ops::Range;

use super::Place;

/// A word and where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    argument: usize,
    start: usize,
    /// How far the word goes if all of it is one value: to the end of its quotes.
    reach: usize,
    /// Only quotes are between it and the word before it.
    pub(super) is_glued: bool,
}

impl<'a> Word<'a> {
    /// A whole argument.
    pub(super) fn argument(argument: usize, text: &'a str) -> Self {
        Word::of(argument, text, 0..text.len())
    }

    fn of(argument: usize, text: &'a str, bytes: Range<usize>) -> Self {
        let Range { start, end: reach } = bytes.clone();
        Word { text: &text[bytes], argument, start, reach, is_glued: false }
    }

    /// The bytes of the word from this one on, without quotes around them.
    pub(super) fn value(&self, from: usize) -> Range<usize> {
        let bytes = &self.text.as_bytes()[from..];
        let quote = bytes.first().filter(|first| QUOTES.contains(first));
        if bytes.len() >= 2 && quote.is_some() && bytes.last() == quote {
            return from + 1..self.text.len() - 1;
        }
        from..self.text.len()
    }

    /// Where these bytes of the word are.
    pub(super) fn place(&self, bytes: Range<usize>) -> Place {
        let bytes = self.start + bytes.start..self.start + bytes.end;
        Place { argument: self.argument, bytes }
    }

    /// Where all of the word is, as one value.
    pub(super) fn whole(&self) -> Place {
        if self.reach > self.start + self.text.len() {
            return Place { argument: self.argument, bytes: self.start..self.reach };
        }
        self.place(self.value(0))
    }
}

const QUOTES: &[u8] = b"'\"";

/// Whether the word only ends a command.
pub(super) fn is_operator(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(ends_command)
}

fn ends_command(byte: u8) -> bool {
    b";|&\n".contains(&byte)
}

/// Words as a shell splits them; quotes stay. A quote that is never closed is a letter.
pub(super) fn shell(argument: usize, text: &str) -> Vec<Word<'_>> {
    let bytes = text.as_bytes();
    let (mut words, mut start, mut at) = (Vec::new(), None, 0);
    let mut is_open_for_ever = [false; QUOTES.len()];
    while at < bytes.len() {
        if bytes[at].is_ascii_whitespace() || ends_command(bytes[at]) {
            words.extend(start.take().map(|start| Word::of(argument, text, start..at)));
            words.extend(ends_command(bytes[at]).then(|| Word::of(argument, text, at..at + 1)));
            at += 1;
            continue;
        }
        start.get_or_insert(at);
        let quote = QUOTES.iter().position(|quote| *quote == bytes[at]);
        at = match quote.filter(|quote| !is_open_for_ever[*quote]) {
            Some(quote) => closing(bytes, at).unwrap_or_else(|| {
                is_open_for_ever[quote] = true;
                at
            }),
            // Blanks are one byte each, so a step into the middle of a letter ends at no blank.
            None if bytes[at] == b'\\' => at + usize::from(at + 1 < bytes.len()),
            None => at,
        } + 1;
    }
    words.extend(start.map(|start| Word::of(argument, text, start..text.len())));
    words
}

/// Where the quote that opens here is closed.
fn closing(bytes: &[u8], open: usize) -> Option<usize> {
    let (quote, mut at) = (bytes[open], open + 1);
    while at < bytes.len() {
        match bytes[at] {
            byte if byte == quote => return Some(at),
            b'\\' if quote == b'"' => at += 2,
            _ => at += 1,
        }
    }
    None
}

/// Words between blanks, quotes, backslashes, brackets and operators. In quotes within quotes
/// nobody knows which quote closes which: a value that begins after a quote ends at the next one.
pub(super) fn flat(argument: usize, text: &str) -> Vec<Word<'_>> {
    let is_quote = |c: char| "'\"\\".contains(c);
    let divides = |c: char| c.is_whitespace() || is_quote(c) || "`();|&<>".contains(c);
    let (mut words, mut at, mut gap) = (Vec::new(), 0, 0);
    while let Some(letter) = text[at..].chars().next() {
        let end = text[at..].find(divides).map_or(text.len(), |length| at + length);
        if end > at {
            let is_quoted = text[..at].ends_with(is_quote);
            let quoted = is_quoted.then(|| text[end..].find(is_quote)).flatten();
            let is_glued = gap < at && text[gap..at].chars().all(is_quote);
            let reach = quoted.map_or(end, |length| end + length);
            words.push(Word { reach, is_glued, ..Word::of(argument, text, at..end) });
            (at, gap) = (end, end);
        } else {
            let end = at + letter.len_utf8();
            if letter.is_ascii() && ends_command(text.as_bytes()[at]) {
                words.push(Word::of(argument, text, at..end));
            }
            at = end;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts<'a>(words: &[Word<'a>]) -> Vec<&'a str> {
        words.iter().map(|word| word.text).collect()
    }

    #[test]
    fn a_script_is_split_as_a_shell_splits_it() {
        let table: [(&str, &[&str]); 6] = [
            ("a  b", &["a", "b"]),
            ("a 'b c'; d|e", &["a", "'b c'", ";", "d", "|", "e"]),
            (r#"a "b \" c" d"#, &["a", r#""b \" c""#, "d"]),
            ("don't stop", &["don't", "stop"]),
            (r"a\ b", &[r"a\ b"]),
            ("--p='x y'", &["--p='x y'"]),
        ];
        for (text, words) in table {
            assert_eq!(texts(&shell(0, text)), words, "{text}");
        }
    }

    #[test]
    fn nothing_that_could_divide_words_joins_them() {
        let words = flat(3, r#"f("mysql -px";'y')"#);
        assert_eq!(texts(&words), ["f", "mysql", "-px", ";", "y"]);
        assert_eq!(words[2].place(words[2].value(2)), Place { argument: 3, bytes: 11..12 });
    }

    #[test]
    fn a_value_in_quotes_within_quotes_ends_at_the_next_quote() {
        let text = r"A='\''x y'\'' z";
        let words = flat(0, text);
        assert_eq!(texts(&words), ["A=", "x", "y", "z"]);
        assert_eq!(&text[words[1].whole().bytes], "x y");
        let glued: Vec<_> = words.iter().map(|word| word.is_glued).collect();
        assert_eq!(glued, [false, true, false, false]);
    }

    #[test]
    fn a_value_has_no_quotes_around_it() {
        let word = Word::argument(0, "--p='x y'");
        assert_eq!(word.value(4), 5..8);
        assert_eq!(Word::argument(0, "'").value(0), 0..1);
    }
}
