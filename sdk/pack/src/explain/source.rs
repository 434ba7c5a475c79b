//! A rule file, and the language that its text is in.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use daemoneye_pack_format::{Body, Complaint, Rule, Text};
use daemoneye_sdk::language::Compiler;
use daemoneye_sigma::Sigma;
use daemoneye_sql::Sql;

/// The text of a rule and where it comes from.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    /// What the rule is called: its file without the extension.
    pub(super) name: String,
    pub(super) language: Language,
    pub(super) text: String,
    /// Seconds that an event counts where the text does not say.
    pub(super) window: Option<u32>,
    /// The line of the file on which the text begins, from 1.
    pub(super) first_line: u32,
}

/// The languages that the tool has the compilers of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Sql,
    Sigma,
}

/// Why there is no text of a rule.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum SourceError {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{}: no UTF-8 text", .0.display())]
    Encoding(PathBuf),
    #[error("{}: the name does not end with .sql, .yml, .yaml or .toml", .0.display())]
    Extension(PathBuf),
    #[error("{}:{complaint}", path.display())]
    Rule { path: PathBuf, complaint: Complaint },
    #[error("{}: the rule is a component without a prefilter: it has no text", .0.display())]
    Component(PathBuf),
    #[error("{}: language {language:?} is neither \"sql\" nor \"sigma\"", path.display())]
    Language { path: PathBuf, language: String },
}

impl Source {
    pub(super) fn read(path: &Path) -> Result<Self, SourceError> {
        let bytes =
            fs::read(path).map_err(|source| SourceError::Io { path: path.to_owned(), source })?;
        Source::of(path, bytes)
    }

    fn of(path: &Path, bytes: Vec<u8>) -> Result<Self, SourceError> {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
        if extension == "toml" {
            return Source::of_rule(path, name, &bytes);
        }
        let language = Language::of_extension(extension)
            .ok_or_else(|| SourceError::Extension(path.to_owned()))?;
        let text = String::from_utf8(bytes).map_err(|_| SourceError::Encoding(path.to_owned()))?;
        Ok(Source { path: path.to_owned(), name, language, text, window: None, first_line: 1 })
    }

    fn of_rule(path: &Path, name: String, bytes: &[u8]) -> Result<Self, SourceError> {
        let rule = Rule::from_bytes(&name, bytes)
            .map_err(|complaint| SourceError::Rule { path: path.to_owned(), complaint })?;
        let Rule { body, window, .. } = rule;
        let path = path.to_owned();
        // Of a component, only its prefilter is text.
        let text = match body {
            Body::Text(text) => Some(text),
            Body::Component(component) => component.prefilter,
        };
        let Some(Text { language, text, line: first_line }) = text else {
            return Err(SourceError::Component(path));
        };
        match Language::named(&language) {
            Some(language) => Ok(Source { path, name, language, text, window, first_line }),
            None => Err(SourceError::Language { path, language }),
        }
    }
}

impl Language {
    fn of_extension(extension: &str) -> Option<Self> {
        let is_of = |extensions: &[&str]| extensions.contains(&extension);
        match () {
            () if is_of(Sql::EXTENSIONS) => Some(Language::Sql),
            () if is_of(Sigma::EXTENSIONS) => Some(Language::Sigma),
            () => None,
        }
    }

    fn named(name: &str) -> Option<Self> {
        match name {
            Sql::NAME => Some(Language::Sql),
            Sigma::NAME => Some(Language::Sigma),
            _ => None,
        }
    }
}
