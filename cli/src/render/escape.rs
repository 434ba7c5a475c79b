//! Makes hostile text harmless: nothing that moves the cursor, changes colours, reorders or hides
//! what is on the screen.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Texts longer than this are cut in tables, characters. JSON has them whole.
const CUT: usize = 400;

/// Spells out control characters (C0, DEL, C1), marks of writing direction, separators of lines
/// and whatever is invisible.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            character if is_hostile(character) => {
                write!(escaped, "\\u{{{:x}}}", u32::from(character)).expect("memory");
            }
            character => escaped.push(character),
        }
    }
    Cow::Owned(escaped)
}

/// As [`escape`], and at most a few lines long.
pub(crate) fn cut(text: &str) -> String {
    let Some((end, _)) = text.char_indices().nth(CUT) else {
        return escape(text).into_owned();
    };
    let left = text[end..].chars().count();
    format!("{}… ({left} more)", escape(&text[..end]))
}

/// Whether a terminal shows something else than one visible character.
pub(crate) fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// What an author wrote as prose: where its lines were broken does not matter here.
pub(crate) fn prose(text: &str) -> String {
    cut(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hostile_characters_are_spelled_out_and_others_stay() {
        let cases = [
            ("ls -l /tmp", "ls -l /tmp"),
            ("größe 漢字 🦀", "größe 漢字 🦀"),
            ("a\nb\r\tc", "a\\nb\\r\\tc"),
            ("\x1b[31mred\x1b[0m", "\\u{1b}[31mred\\u{1b}[0m"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("gpj.\u{202e}exe", "gpj.\\u{202e}exe"),
            ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
            ("a\u{200b}b\u{feff}", "a\\u{200b}b\\u{feff}"),
            ("\0\x07\x7f", "\\u{0}\\u{7}\\u{7f}"),
            ("tag\u{e0041}", "tag\\u{e0041}"),
        ];
        for (text, expected) in cases {
            assert_eq!(escape(text), expected);
        }
    }

    #[test]
    fn long_text_is_cut_and_says_how_much_is_missing() {
        assert_eq!(cut(&"x".repeat(CUT)), "x".repeat(CUT));
        assert_eq!(cut(&"ü".repeat(CUT + 7)), format!("{}… (7 more)", "ü".repeat(CUT)));
    }

    proptest! {
        #[test]
        fn nothing_hostile_is_ever_left(text in any::<String>()) {
            prop_assert!(!escape(&text).chars().any(is_hostile));
            prop_assert!(!cut(&text).chars().any(is_hostile));
        }
    }
}
