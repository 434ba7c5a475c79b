//! Structured data, RFC 5424, section 6.3: escaped, and bounded in bytes.

use std::fmt::Write;

use daemoneye_format::safe;

/// Bytes of one value, escaped. With it, head and structured data fit into the 2,048 bytes that
/// every receiver should take.
const MAX_VALUE: usize = 128;

/// One element under construction.
pub(crate) struct Element(String);

impl Element {
    /// With this SD-ID, which the configuration has checked.
    pub(crate) fn new(id: &str) -> Self {
        Element(format!("[{id}"))
    }

    /// With one more parameter. Text of others keeps no control character, and what is too long ends
    /// with `…`.
    pub(crate) fn with(mut self, name: &str, value: Option<&str>) -> Self {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            let value = escaped(value);
            write!(self.0, " {name}=\"{value}\"").expect("a string takes everything");
        }
        self
    }

    pub(crate) fn end(self) -> String {
        self.0 + "]"
    }
}

fn escaped(value: &str) -> String {
    let mut escaped = String::new();
    for character in safe(value).chars() {
        let length = escaped.len();
        if matches!(character, '"' | '\\' | ']') {
            escaped.push('\\');
        }
        escaped.push(character);
        if escaped.len() > MAX_VALUE - '…'.len_utf8() {
            escaped.truncate(length);
            escaped.push('…');
            break;
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_a_value_is_escaped_and_what_ends_a_line_is_shown() {
        let element = Element::new("a@1").with("v", Some("\"x\" ]\\ \n\u{202e}")).with("n", None);
        assert_eq!(element.end(), r#"[a@1 v="\"x\" \]\\ \\u{a}\\u{202e}"]"#);
    }

    #[test]
    fn a_value_is_at_most_128_bytes_and_never_cut_within_a_character_or_an_escape() {
        for text in ["é".repeat(200), "]".repeat(200), "x".repeat(200), "\n".repeat(200)] {
            let escaped = escaped(&text);
            assert!(escaped.len() <= MAX_VALUE && escaped.ends_with('…'), "{escaped}");
            let body = escaped.trim_end_matches('…');
            let backslashes = body.len() - body.trim_end_matches('\\').len();
            assert!(backslashes.is_multiple_of(2), "{escaped}");
        }
    }
}
