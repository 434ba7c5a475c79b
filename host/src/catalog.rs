//! From packs on disk to compiled rules.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use daemoneye_bus::alert::Severity;
use daemoneye_bus::control::PackStatus;
use daemoneye_bus::event::Field;
use daemoneye_pack_format::{Pack, PackError, Rule, Trust};

use crate::plugin::{Diagnostic, Language, LoadError, Plan, Sandbox};

/// The rule languages: THE LIST. Each is `NAME.wasm` in the folder of plugins.
const LANGUAGES: &[&str] = &["sql"];

/// What an alert says about its rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Its id.
    pub id: String,
    /// One line for people.
    pub title: String,
    /// The pack it came in.
    pub pack: String,
    /// How bad its findings are.
    pub severity: Severity,
    /// ATT&CK techniques.
    pub techniques: Vec<String>,
    /// The columns that its alerts show, by label.
    pub shown: Vec<(String, Field)>,
}

/// Every rule of every pack, compiled.
#[derive(Debug, Default)]
pub struct Catalog {
    /// What alerts say about the rules.
    pub rules: Vec<Arc<Described>>,
    /// What the engine runs, in the same order.
    pub plans: Vec<Plan>,
    /// The packs that are in.
    pub packs: Vec<PackStatus>,
}

/// Why a pack is not in the catalog.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogError {
    /// It cannot be read or is not trusted.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// A rule is in a language that nobody here speaks.
    #[error("pack {pack}: rule {rule}: unknown language {language:?}, known are {known}")]
    Language {
        /// The pack.
        pack: String,
        /// The rule.
        rule: String,
        /// The language.
        language: String,
        /// Those that are loaded.
        known: String,
    },
    /// A rule does not compile.
    #[error("pack {pack}: rule {rule}: {}", join(.diagnostics))]
    Compile {
        /// The pack.
        pack: String,
        /// The rule.
        rule: String,
        /// All that is wrong with it; lines are those of the rule's file.
        diagnostics: Vec<Diagnostic>,
    },
    /// A rule shows a column that events do not have.
    #[error("pack {pack}: rule {rule}: language shows unknown column {column:?}")]
    Shown {
        /// The pack.
        pack: String,
        /// The rule.
        rule: String,
        /// The column.
        column: String,
    },
    /// Another pack has a rule of the same id.
    #[error("pack {pack}: rule {rule} is in pack {other} already")]
    Twice {
        /// The pack.
        pack: String,
        /// The rule.
        rule: String,
        /// The pack that was first.
        other: String,
    },
}

fn join(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

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
        cause: std::io::Error,
    },
    /// A component is no language.
    #[error(transparent)]
    Load(#[from] LoadError),
}

/// The rule languages, by name.
pub struct Languages(BTreeMap<String, Language>);

impl Languages {
    /// Loads every language from the folder of plugins.
    ///
    /// # Errors
    /// If a component is missing or is no language.
    pub fn load(sandbox: &Sandbox, plugins: &Path) -> Result<Self, LanguagesError> {
        let mut languages = BTreeMap::new();
        for name in LANGUAGES {
            let path = plugins.join(format!("{name}.wasm"));
            let bytes =
                std::fs::read(&path).map_err(|cause| LanguagesError::Read { path, cause })?;
            let language = Language::load(sandbox, name, &bytes)?;
            languages.insert(language.name().to_owned(), language);
        }
        Ok(Languages(languages))
    }

    /// The language of this name.
    pub fn get(&mut self, name: &str) -> Option<&mut Language> {
        self.0.get_mut(name)
    }

    fn names(&self) -> String {
        self.0.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
    }
}

impl Catalog {
    /// Reads every folder in `packs`, in the order of their names. A pack that is refused costs
    /// only itself; why is in the list beside the catalog.
    pub fn load_all(packs: &Path, trust: &Trust, languages: &mut Languages) -> (Self, Vec<String>) {
        let mut catalog = Catalog::default();
        let mut refused = Vec::new();
        match folders(packs) {
            Ok(folders) => {
                for folder in folders {
                    let added = catalog.add(&folder, trust, languages);
                    refused.extend(added.err().map(|error| error.to_string()));
                }
            }
            Err(error) => refused.push(format!("packs {packs:?}: {error}")),
        }
        (catalog, refused)
    }

    /// Adds one pack: all of its rules or none.
    ///
    /// # Errors
    /// If the pack is not trusted or one of its rules does not compile.
    pub fn add(
        &mut self,
        folder: &Path,
        trust: &Trust,
        languages: &mut Languages,
    ) -> Result<(), CatalogError> {
        let pack = Pack::read(folder, trust)?;
        let id = pack.id.to_string();
        let mut compiled = Vec::new();
        for rule in &pack.rules {
            self.refuse_second(&id, rule)?;
            compiled.push(compile(&id, rule, languages)?);
        }
        self.packs.push(PackStatus {
            id,
            release: pack.release,
            signer: pack.signer.map(|signer| signer.to_string()),
            rules: pack.rules.len() as u64,
        });
        for (described, plan) in compiled {
            self.rules.push(Arc::new(described));
            self.plans.push(plan);
        }
        Ok(())
    }

    fn refuse_second(&self, pack: &str, rule: &Rule) -> Result<(), CatalogError> {
        let id = rule.id.to_string();
        match self.rules.iter().find(|described| described.id == id) {
            None => Ok(()),
            Some(first) => Err(CatalogError::Twice {
                pack: pack.to_owned(),
                rule: id,
                other: first.pack.clone(),
            }),
        }
    }
}

/// The folders in a folder, by name. Files beside them are no packs.
fn folders(packs: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = HashSet::new();
    for entry in packs.read_dir()? {
        let path = entry?.path();
        if path.is_dir() {
            found.insert(path);
        }
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort();
    Ok(found)
}

fn compile(
    pack: &str,
    rule: &Rule,
    languages: &mut Languages,
) -> Result<(Described, Plan), CatalogError> {
    let (pack, id) = (pack.to_owned(), rule.id.to_string());
    let known = languages.names();
    let Some(language) = languages.get(&rule.language) else {
        let language = rule.language.clone();
        return Err(CatalogError::Language { pack, rule: id, language, known });
    };
    let compiled = match language.compile(&id, &rule.text) {
        Ok(compiled) => compiled,
        Err(diagnostics) => {
            let in_file = |diagnostic: Diagnostic| Diagnostic {
                line: diagnostic.line + rule.text_line.saturating_sub(1),
                ..diagnostic
            };
            let diagnostics = diagnostics.into_iter().map(in_file).collect();
            return Err(CatalogError::Compile { pack, rule: id, diagnostics });
        }
    };
    let shown = shown(&compiled.shown).map_err(|column| {
        let (pack, rule) = (pack.clone(), id.clone());
        CatalogError::Shown { pack, rule, column }
    })?;
    let described = Described {
        id: id.clone(),
        title: rule.title.clone(),
        pack,
        severity: rule.severity,
        techniques: rule.techniques.iter().map(|t| t.as_str().to_owned()).collect(),
        shown,
    };
    Ok((described, Plan { rule: id, bytes: compiled.plan }))
}

/// The fields behind the columns that a language says are shown; the first that is none.
pub(crate) fn shown(columns: &[(String, String)]) -> Result<Vec<(String, Field)>, String> {
    let field = |(label, column): &(String, String)| {
        Field::named(column).map(|field| (label.clone(), field)).ok_or_else(|| column.clone())
    };
    columns.iter().map(field).collect()
}
