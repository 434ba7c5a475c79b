//! One rule as text, with what its file says about it.

use std::path::PathBuf;
use std::sync::Arc;

use daemoneye_bus::alert::Severity;
use daemoneye_bus::control::{LOCAL, RuleWords};
use daemoneye_bus::event::Field;
use daemoneye_pack_format::{Rule, Text};

use super::{Described, Refusal};
use crate::plugin::{About, Diagnostic};

/// The longest id of a loose rule, bytes.
const MAX_ID_BYTES: usize = 200;

/// One rule, not compiled yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Where the text stands.
    pub file: PathBuf,
    /// The pack it came in.
    pub pack: String,
    /// The name of its language.
    pub language: String,
    /// The text.
    pub text: String,
    /// The line of the file on which the text begins, from 1.
    pub text_line: u32,
    /// For how many seconds an event counts, where the text does not say; 0 is alone, whatever the
    /// text says.
    pub window: Option<u32>,
    /// What the file says besides the text; of a file that is nothing but text, the name is its id
    /// unless the text has another.
    pub about: About,
    /// What its author says of it besides.
    pub words: RuleWords,
}

impl Source {
    /// A rule of a pack.
    pub(super) fn of_pack(pack: &str, rule: &Rule, text: &Text, file: PathBuf) -> Self {
        let Text { language, text, line } = text.clone();
        Source {
            file,
            pack: pack.to_owned(),
            language,
            text,
            text_line: line,
            window: rule.window,
            about: about(rule),
            words: words(rule),
        }
    }

    /// What finds the rows that a component sees. Each event counts alone: whether the component
    /// sees one would else depend on what came before it, and be another thing after each restart.
    pub(super) fn of_prefilter(pack: &str, rule: &Rule, text: &Text, file: PathBuf) -> Self {
        Source { window: Some(0), ..Source::of_pack(pack, rule, text, file) }
    }

    /// A file that is nothing but text.
    pub(super) fn of_text(file: PathBuf, language: &str, text: String) -> Self {
        let (pack, language) = (LOCAL.to_owned(), language.to_owned());
        let about = About::default();
        let words = RuleWords::default();
        Source { file, pack, language, text, text_line: 1, window: None, about, words }
    }

    /// What languages call the rule: its id, or the name of its file.
    pub fn name(&self) -> String {
        self.about.id.clone().unwrap_or_else(|| stem(&self.file))
    }

    /// That it is no rule after all.
    pub(super) fn refusal(&self, diagnostics: Vec<Diagnostic>) -> Refusal {
        Refusal { id: self.name(), file: self.file.clone(), diagnostics }
    }

    /// What alerts would say of the rule, columns aside.
    pub(crate) fn describe(&self, text: About) -> Result<Described, String> {
        self.described(text, Vec::new())
    }

    /// What alerts say: the file's word goes before the text's.
    pub(super) fn described(
        &self,
        text: About,
        shown: Vec<(String, Field)>,
    ) -> Result<Described, String> {
        let file = self.about.clone();
        let id = checked(file.id.or(text.id).unwrap_or_else(|| stem(&self.file)))?;
        let techniques = if file.techniques.is_empty() { text.techniques } else { file.techniques };
        Ok(Described {
            title: file.title.or(text.title).unwrap_or_else(|| id.clone()),
            id,
            pack: self.pack.clone(),
            severity: file.severity.or(text.severity).unwrap_or(Severity::Medium),
            techniques,
            shown,
            words: Arc::new(RuleWords { text: Some(self.text.clone()), ..self.words.clone() }),
        })
    }
}

fn about(rule: &Rule) -> About {
    About {
        id: Some(rule.id.to_string()),
        title: Some(rule.title.clone()),
        severity: Some(rule.severity),
        techniques: rule.techniques.iter().map(|t| t.as_str().to_owned()).collect(),
    }
}

/// But for its text.
fn words(rule: &Rule) -> RuleWords {
    RuleWords {
        why: Some(rule.why.clone()),
        false_positives: rule.false_positives.clone(),
        references: rule.references.clone(),
        text: None,
    }
}

/// What alerts say about a rule that has no text.
pub(super) fn described(pack: &str, rule: &Rule) -> Described {
    Described {
        id: rule.id.to_string(),
        title: rule.title.clone(),
        pack: pack.to_owned(),
        severity: rule.severity,
        techniques: about(rule).techniques,
        shown: Vec::new(),
        words: Arc::new(words(rule)),
    }
}

/// The name of the file without its ending.
pub(super) fn stem(file: &std::path::Path) -> String {
    file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn checked(id: String) -> Result<String, String> {
    let fits = !id.trim().is_empty() && id.len() <= MAX_ID_BYTES && !id.contains(char::is_control);
    if fits {
        Ok(id)
    } else {
        Err(format!("id {id:?} is not one line of 1 to {MAX_ID_BYTES} bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_goes_before_the_text_and_the_text_before_the_default() {
        let mut source = Source::of_text("a/b.yml".into(), "sigma", String::new());
        let plain = source.described(About::default(), Vec::new()).expect("an id");
        assert_eq!((&*plain.id, &*plain.title), ("b", "b"));
        assert_eq!((plain.severity, &*plain.pack), (Severity::Medium, LOCAL));

        let text = About { id: Some("x".into()), title: Some("T".into()), ..About::default() };
        let told = source.described(text.clone(), Vec::new()).expect("an id");
        assert_eq!((&*told.id, &*told.title), ("x", "T"));

        source.about.title = Some("F".into());
        assert_eq!(source.described(text, Vec::new()).expect("an id").title, "F");
    }

    #[test]
    fn an_id_is_one_short_line() {
        let long = "x".repeat(200);
        for good in ["a", "bed26dea-4525-47f4-b24a-76e30e44ffb0", "Ä b", &long] {
            assert!(checked(good.to_owned()).is_ok(), "{good}");
        }
        for bad in ["", " ", "a\nb", "\u{1b}[2J", &format!("{long}x")] {
            assert!(checked(bad.to_owned()).is_err(), "{bad:?}");
        }
    }
}
