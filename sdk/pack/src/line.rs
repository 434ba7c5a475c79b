//! A line of output, whatever somebody else wrote in it.

use std::fmt::Write;

/// Adds a line to what is shown. A text that nobody has vouched for must not move the reader's cursor.
pub(crate) fn line(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            hostile if hostile.is_control() || mark(hostile) => {
                let _ = write!(out, "{}", hostile.escape_unicode());
            }
            plain => out.push(plain),
        }
    }
    out.push('\n');
}

/// Marks that change the direction of text (Unicode annex 9), and so the order that one reads.
fn mark(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_shown_and_never_obeyed() {
        let cases = [
            ("plain ä 日本", "plain ä 日本\n"),
            ("\u{1b}[2Jgone", "\\u{1b}[2Jgone\n"),
            ("one\ntwo\r", "one\\u{a}two\\u{d}\n"),
            ("\u{202e}txt.exe", "\\u{202e}txt.exe\n"),
            ("\u{9b}31m", "\\u{9b}31m\n"),
        ];
        for (text, shown) in cases {
            let mut out = String::new();
            line(&mut out, text);
            assert_eq!(out, shown);
        }
    }
}
