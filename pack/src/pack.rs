//! A pack, read and believed.

mod believe;
mod components;
mod error;
mod folder;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::about::About;
use crate::document::Complaint;
use crate::id::PackId;
use crate::key::KeyId;
use crate::path::PackPath;
use crate::rule::{Expect, Rule};
use crate::trust::Trust;

pub use components::MAX_COMPONENT_BYTES;
pub use error::PackError;
pub(crate) use folder::{Folder, MANIFEST, SIGNATURE};
pub use folder::{MAX_FILE_BYTES, MAX_FILES, MAX_PACK_BYTES};

/// The file that describes a pack.
const ABOUT: &str = "pack.toml";
/// Everything below this folder is a rule.
const RULES: &str = "rules/";

/// A pack whose signature, hashes and texts hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Pack {
    /// Names the pack.
    pub id: PackId,
    /// Counts up from 1 with every release.
    pub release: u64,
    /// One line for people.
    pub title: String,
    /// What the pack is for.
    pub description: String,
    /// Who made it.
    pub authors: Vec<String>,
    /// The key that vouches for the pack; none if nobody was asked to ([`Trust::AllowUnsigned`]).
    pub signer: Option<KeyId>,
    /// In ascending order of their ids; at least one.
    pub rules: Vec<Rule>,
    /// The components that rules name, as they are in the pack.
    pub components: BTreeMap<PackPath, Arc<[u8]>>,
}

impl Pack {
    /// Reads the pack in this folder and believes it if a trusted key does.
    ///
    /// # Errors
    /// If the folder is no pack, differs from its manifest, or is not vouched for. The error names
    /// the file, and the place in it.
    pub fn read(folder: &Path, trust: &Trust) -> Result<Pack, PackError> {
        let folder = Folder::read(folder)?;
        match trust {
            Trust::AllowUnsigned => Pack::parse(&folder, None),
            Trust::Keys(keys) => {
                let (signer, manifest) = believe::believe(&folder, keys)?;
                let pack = Pack::parse(&folder, Some(signer))?;
                believe::agree(&folder, &manifest, &pack)?;
                Ok(pack)
            }
        }
    }

    /// The pack that these files say. Only for folders that are believed, or are about to be
    /// signed.
    pub(crate) fn parse(folder: &Folder, signer: Option<KeyId>) -> Result<Pack, PackError> {
        let About { id, release, title, description, authors } = about(folder)?;
        let rules = rules(folder)?;
        let components = components::of(folder, &rules)?;
        Ok(Pack { id, release, title, description, authors, signer, rules, components })
    }
}

/// What the folder's `pack.toml` says.
fn about(folder: &Folder) -> Result<About, PackError> {
    let (path, bytes) =
        folder.file(ABOUT).ok_or_else(|| PackError::Missing { file: folder.root.join(ABOUT) })?;
    About::from_bytes(bytes).map_err(|Complaint { at, problem }| PackError::Document {
        file: path.within(&folder.root),
        at,
        problem,
    })
}

/// Every rule of the folder; everything below `rules/` is one.
fn rules(folder: &Folder) -> Result<Vec<Rule>, PackError> {
    let named = |(path, bytes)| Some((path, PackPath::as_str(path).strip_prefix(RULES)?, bytes));
    let files = folder.files.iter().filter_map(named);
    let mut rules = files
        .map(|(path, name, bytes)| rule(path.within(&folder.root), name, bytes))
        .collect::<Result<Vec<Rule>, PackError>>()?;
    if rules.is_empty() {
        return Err(PackError::Empty { folder: folder.root.clone() });
    }
    rules.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(rules)
}

fn rule(file: PathBuf, name: &str, bytes: &[u8]) -> Result<Rule, PackError> {
    let Some(name) = name.strip_suffix(".toml").filter(|name| !name.contains('/')) else {
        return Err(PackError::NoRule { file });
    };
    match Rule::from_bytes(name, bytes) {
        Err(Complaint { at, problem }) => Err(PackError::Document { file, at, problem }),
        Ok(rule) => match missing_test(&rule) {
            Some(missing) => Err(PackError::NoTests { file, rule: rule.id, missing }),
            None => Ok(rule),
        },
    }
}

/// A rule shows both what it finds and what it leaves alone.
fn missing_test(rule: &Rule) -> Option<Expect> {
    let wanted = [Expect::Fire, Expect::Silent];
    wanted.into_iter().find(|expect| rule.tests.iter().all(|test| test.expect != *expect))
}
