//! The rule languages, and what they have compiled before.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::plans::Plans;
use super::{Source, at_start};
use crate::plugin::{Compiled, Diagnostic, Language, LoadError, Sandbox};
use crate::sight::Sight;

/// The rule languages: THE LIST. Each is `NAME.wasm` in the folder of plugins; one that is not there
/// is not spoken here.
const LANGUAGES: &[&str] = &["sql", "sigma"];

/// Why the rule languages are not there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LanguagesError {
    /// A component cannot be read.
    #[error("plugin {path:?}: {cause}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// There is no language at all.
    #[error("plugins {0:?}: no language is there, known are {known}", known = LANGUAGES.join(", "))]
    None(PathBuf),
    /// A component is no language.
    #[error(transparent)]
    Load(#[from] LoadError),
}

/// The rule languages, by name.
pub struct Languages {
    known: BTreeMap<String, Language>,
    plans: Plans,
}

impl Languages {
    /// Loads every language from the folder of plugins. What they compile is kept in `cache`, a
    /// directory that only the agent's user may write to.
    ///
    /// # Errors
    /// If a component cannot be read or is no language, or there is none.
    pub fn load(
        sandbox: &Sandbox,
        plugins: &Path,
        sight: Sight,
        cache: Option<&Path>,
    ) -> Result<Self, LanguagesError> {
        let mut known = BTreeMap::new();
        for name in LANGUAGES {
            let path = plugins.join(format!("{name}.wasm"));
            match std::fs::read(&path) {
                Ok(bytes) => {
                    let language = Language::load(sandbox, name, &bytes, sight)?;
                    known.insert(language.name().to_owned(), language);
                }
                Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                    tracing::info!("language {name} is not installed: no {}", path.display());
                }
                Err(cause) => return Err(LanguagesError::Read { path, cause }),
            }
        }
        if known.is_empty() {
            return Err(LanguagesError::None(plugins.to_owned()));
        }
        Ok(Languages { known, plans: Plans::open(cache.map(|cache| cache.join("plans"))) })
    }

    /// The language of this name.
    pub fn get(&mut self, name: &str) -> Option<&mut Language> {
        self.known.get_mut(name)
    }

    /// Which files are rules of which language.
    pub fn endings(&self) -> Endings {
        let of = |language: &Language| {
            let name = language.name().to_owned();
            let extensions = language.extensions().iter();
            let lower = extensions.map(|extension| extension.to_ascii_lowercase());
            lower.map(|extension| (extension, name.clone())).collect::<Vec<_>>()
        };
        Endings(self.known.values().flat_map(of).collect())
    }

    /// Compiles a rule, or remembers what became of it.
    ///
    /// # Errors
    /// All that is wrong with it; lines are those of its file.
    pub fn compile(&mut self, source: &Source) -> Result<Compiled, Vec<Diagnostic>> {
        let Some(language) = self.known.get_mut(&source.language) else {
            let known = self.known.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            let unknown = format!("unknown language {:?}, known are {known}", source.language);
            return Err(vec![at_start(unknown)]);
        };
        let name = source.name();
        let key = Plans::key(language.fingerprint(), &name, source.window, &source.text);
        if let Some(compiled) = self.plans.get(&key) {
            return Ok(compiled);
        }
        let compiled = language.compile(&name, &source.text, source.window);
        let compiled = compiled.map_err(|diagnostics| in_file(diagnostics, source.text_line))?;
        self.plans.put(key, &compiled);
        Ok(compiled)
    }

    /// Keeps what was compiled for the next start. The next start is slower if that fails.
    pub fn keep(&mut self) {
        if let Err(error) = self.plans.save() {
            tracing::warn!("compiled rules are not kept: {error}");
        }
    }

    /// How many rules were compiled and not remembered, so far.
    pub fn compiled(&self) -> u64 {
        self.plans.misses()
    }
}

/// Languages by the endings of their files, lower-case.
#[derive(Debug, Clone, Default)]
pub struct Endings(BTreeMap<String, String>);

impl Endings {
    /// The language of files whose names end so, after the dot.
    pub fn language(&self, ending: &str) -> Option<&str> {
        self.0.get(&ending.to_ascii_lowercase()).map(String::as_str)
    }
}

fn in_file(diagnostics: Vec<Diagnostic>, text_line: u32) -> Vec<Diagnostic> {
    let shift = text_line.saturating_sub(1);
    let in_file =
        |found: Diagnostic| Diagnostic { line: found.line.saturating_add(shift), ..found };
    diagnostics.into_iter().map(in_file).collect()
}
