//! The words of a condition, and the patterns among them.

/// A bracket, a bar, or whatever else stands between spaces.
#[derive(Debug)]
pub(super) struct Word<'t> {
    pub(super) text: &'t str,
    /// The byte where it begins.
    pub(super) start: usize,
    /// The character where it begins, counted from 0.
    pub(super) place: usize,
}

impl Word<'_> {
    /// Whether it is this keyword, in whatever case.
    pub(super) fn is(&self, keyword: &str) -> bool {
        self.text.eq_ignore_ascii_case(keyword)
    }
}

const ALONE: [char; 3] = ['(', ')', '|'];

pub(super) fn words(text: &str) -> Vec<Word<'_>> {
    let mut words: Vec<Word<'_>> = Vec::new();
    let mut goes_on = false;
    for (place, (start, character)) in text.char_indices().enumerate() {
        let end = start + character.len_utf8();
        match words.last_mut() {
            _ if character.is_whitespace() => goes_on = false,
            Some(word) if goes_on && !ALONE.contains(&character) => {
                word.text = &text[word.start..end];
            }
            _ => {
                words.push(Word { text: &text[start..end], start, place });
                goes_on = !ALONE.contains(&character);
            }
        }
    }
    words
}

/// Whether the name fits the pattern, in which each `*` stands for any characters.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(place) => rest = &rest[place + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_are_words_of_their_own() {
        let found: Vec<_> =
            words("not (ä or 1 of b_*)").iter().map(|word| (word.text, word.place)).collect();
        let expected = [
            ("not", 0),
            ("(", 4),
            ("ä", 5),
            ("or", 7),
            ("1", 10),
            ("of", 12),
            ("b_*", 15),
            (")", 18),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_pattern_covers_the_whole_name() {
        let table = [
            ("selection", "selection", true),
            ("selection", "selection_1", false),
            ("selection_*", "selection_1", true),
            ("*_img", "selection_img", true),
            ("a*a", "a", false),
            ("a*b*c", "aXbYc", true),
            ("*", "", true),
        ];
        for (pattern, name, expected) in table {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
