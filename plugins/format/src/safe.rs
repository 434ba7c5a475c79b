//! Text of others, made harmless for those who read it. Whoever starts a process chooses its command line.

use std::fmt::Write;

/// The text with every character escaped as `\u{..}` that would move the cursor, hide, or turn
/// around what stands beside it.
pub fn safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    text.chars().for_each(|character| push(&mut safe, character));
    safe
}

/// The same, at most `columns` characters long: what does not fit is counted, `… (+12 bytes)`.
pub fn safe_in(text: &str, columns: usize) -> String {
    let whole = safe(text);
    if whole.chars().count() <= columns {
        return whole;
    }
    let note = |bytes: usize| format!("… (+{bytes} bytes)");
    let room = columns.saturating_sub(note(text.len()).chars().count());
    let (mut kept, mut width, mut bytes) = (String::new(), 0, 0);
    for character in text.chars() {
        let length = kept.len();
        push(&mut kept, character);
        width += kept[length..].chars().count();
        if width > room {
            kept.truncate(length);
            break;
        }
        bytes += character.len_utf8();
    }
    kept + &note(text.len() - bytes)
}

fn push(safe: &mut String, character: char) {
    if is_harmless(character) {
        safe.push(character);
    } else {
        write!(safe, "\\u{{{:x}}}", u32::from(character)).expect("a string takes everything");
    }
}

fn is_harmless(character: char) -> bool {
    let hidden = matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    );
    !character.is_control() && !hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_fool_a_reader_is_shown_and_the_rest_stays() {
        let table = [
            ("bash -c 'id'", "bash -c 'id'"),
            (r"C:\Windows\notepad.exe", r"C:\Windows\notepad.exe"),
            ("naïve — 日本", "naïve — 日本"),
            ("\x1b[2J\x1b[31mred", r"\u{1b}[2J\u{1b}[31mred"),
            ("a\nCRITICAL  forged", r"a\u{a}CRITICAL  forged"),
            ("over\rwritten", r"over\u{d}written"),
            ("tab\tbell\x07del\x7f", r"tab\u{9}bell\u{7}del\u{7f}"),
            ("c1\u{9b}31m", r"c1\u{9b}31m"),
            ("gpj\u{202e}exe.\u{202a}\u{202c}", r"gpj\u{202e}exe.\u{202a}\u{202c}"),
            ("\u{2066}x\u{2069}\u{200e}\u{200f}", r"\u{2066}x\u{2069}\u{200e}\u{200f}"),
            ("zero\u{200b}width\u{feff}", r"zero\u{200b}width\u{feff}"),
        ];
        for (hostile, shown) in table {
            assert_eq!(safe(hostile), shown);
        }
    }

    #[test]
    fn what_fits_is_whole_and_what_does_not_is_counted() {
        assert_eq!(safe_in(&"x".repeat(40), 40), "x".repeat(40));
        let cut = safe_in(&"é".repeat(41), 40);
        assert_eq!(cut.chars().count(), 40);
        assert!(cut.ends_with("é… (+28 bytes)"), "{cut}");
        assert_eq!(safe_in(&"\x1b".repeat(41), 40), r"\u{1b}\u{1b}\u{1b}\u{1b}… (+37 bytes)");
    }
}
