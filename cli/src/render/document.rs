//! Answers as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use super::escape::is_hostile;

/// One document, for people to read as well.
pub(crate) fn document(answer: &impl Serialize) -> String {
    let json = serde_json::to_string_pretty(answer).expect("answers have only text keys");
    harmless(&json, |character| character == '\n') + "\n"
}

/// One line without its end.
pub(crate) fn line(answer: &impl Serialize) -> String {
    let json = serde_json::to_string(answer).expect("answers have only text keys");
    harmless(&json, |_| false)
}

/// The same JSON, without characters that a terminal would obey: what is hostile can only stand
/// within a string, where it may as well be spelled out. `layout` is what stands between strings.
fn harmless(json: &str, layout: impl Fn(char) -> bool) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if is_hostile(character) && !layout(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(text, "\\u{unit:04x}").expect("memory");
            }
        } else {
            text.push(character);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn json_means_the_same_and_holds_nothing_hostile(texts: Vec<String>) {
            for json in [document(&texts), line(&texts)] {
                prop_assert_eq!(&serde_json::from_str::<Vec<String>>(&json).expect("JSON"), &texts);
                prop_assert!(!json.chars().any(|c| c != '\n' && is_hostile(c)), "{}", json);
            }
            prop_assert!(!line(&texts).contains('\n'));
        }
    }

    #[test]
    fn a_character_beyond_the_first_plane_is_two_units() {
        assert_eq!(line(&"\u{e0041}\u{9b}"), "\"\\udb40\\udc41\\u009b\"");
    }
}
