//! A pack, read and believed.

mod believe;
mod components;
mod error;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::about::{About, Requested};
use crate::api::ApiRange;
use crate::component::Interface;
use crate::day::Day;
use crate::document::Complaint;
use crate::gate::Gate;
use crate::id::PackId;
use crate::key::KeyId;
use crate::manifest::Plugin;
use crate::parcel::{ABOUT, PLUGINS, Parcel, RULES};
use crate::path::PackPath;
use crate::rule::{Expect, Rule};
use crate::trust::Trust;

pub(crate) use believe::{agree, compare, signed};
pub use error::PackError;

/// The highest release of each pack that has been active.
pub(crate) type Floors = BTreeMap<PackId, u64>;

/// A pack whose signatures, hashes and texts hold.
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
    /// For which agents it is.
    pub api: ApiRange,
    /// The day by which somebody should have looked at it again. A pack that is overdue stays
    /// active.
    pub review_by: Option<Day>,
    /// The keys that vouch for the pack, in ascending order; none if nobody was asked to
    /// ([`Trust::AllowUnsigned`]).
    pub signers: Vec<KeyId>,
    /// In ascending order of their ids; at least one.
    pub rules: Vec<Rule>,
    /// What its components are and ask for, in ascending order of their paths.
    pub plugins: Vec<Plugin>,
    /// The components that rules name, as they are in the pack.
    pub components: BTreeMap<PackPath, Arc<[u8]>>,
}

impl Pack {
    /// Reads the pack in this folder or `.pack` file and believes it if those who are trusted do.
    /// Roots and revocations that it brings are heeded for this one time.
    ///
    /// # Errors
    /// If it is no pack, differs from its manifest, or is not vouched for. The error names the
    /// file, and the place in it.
    pub fn read(place: &Path, trust: &Trust) -> Result<Pack, PackError> {
        let parcel = Parcel::open(place)?;
        let mut gate = Gate::new(trust.clone());
        gate.learn(&parcel)?;
        gate.admit(&parcel)
    }

    /// The pack in a parcel, if those who are trusted vouch for it.
    pub(crate) fn believe(
        parcel: &Parcel,
        trust: &Trust,
        floors: &Floors,
    ) -> Result<Pack, PackError> {
        let Some(quorum) = trust.pack_quorum() else { return Pack::parse(parcel, Vec::new()) };
        let (signers, manifest) = believe::believe(parcel, &quorum, trust, floors)?;
        let pack = Pack::parse(parcel, signers)?;
        agree(parcel, &manifest, &pack)?;
        Ok(pack)
    }

    /// The pack that these files say. Only for parcels that are believed, or are about to be
    /// signed.
    pub(crate) fn parse(parcel: &Parcel, signers: Vec<KeyId>) -> Result<Pack, PackError> {
        let About { id, release, title, description, authors, api, review_by, plugins: requested } =
            about(parcel)?;
        parcel.news()?;
        let (rules, plugins) = (rules(parcel)?, plugins(parcel, requested)?);
        let components = components::of(parcel, &rules)?;
        Ok(Pack {
            id,
            release,
            title,
            description,
            authors,
            api,
            review_by,
            signers,
            rules,
            plugins,
            components,
        })
    }
}

/// What the parcel's `pack.toml` says.
fn about(parcel: &Parcel) -> Result<About, PackError> {
    let (path, bytes) =
        parcel.file(ABOUT).ok_or_else(|| PackError::Missing { file: parcel.place.join(ABOUT) })?;
    About::from_bytes(bytes).map_err(|Complaint { at, problem }| PackError::Document {
        file: path.within(&parcel.place),
        at,
        problem,
    })
}

/// Every rule of the parcel; everything below `rules/` is one.
fn rules(parcel: &Parcel) -> Result<Vec<Rule>, PackError> {
    let mut rules = parcel
        .below(RULES)
        .map(|(name, path, bytes)| rule(path.within(&parcel.place), name, bytes))
        .collect::<Result<Vec<Rule>, PackError>>()?;
    if rules.is_empty() {
        return Err(PackError::Empty { folder: parcel.place.clone() });
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

/// Every component of the parcel, with what is asked for it; everything below `plugins/` is one.
fn plugins(parcel: &Parcel, mut requested: Vec<Requested>) -> Result<Vec<Plugin>, PackError> {
    let mut plugins = Vec::new();
    for (name, path, bytes) in parcel.below(PLUGINS) {
        let file = path.within(&parcel.place);
        if name.contains('/') || name.strip_suffix(".wasm").is_none_or(str::is_empty) {
            return Err(PackError::NoPlugin { file });
        }
        let interface =
            Interface::of(bytes).map_err(|source| PackError::Component { file, source })?;
        let asked = requested.iter().position(|one| one.path == *path);
        plugins.push(plugin(path, interface, asked.map(|at| requested.remove(at))));
    }
    match requested.first() {
        Some(nothing) => Err(PackError::Missing { file: nothing.path.within(&parcel.place) }),
        None => Ok(plugins),
    }
}

fn plugin(path: &PackPath, interface: Interface, asked: Option<Requested>) -> Plugin {
    let (fuel, memory) = asked.as_ref().map_or((None, None), |asked| (asked.fuel, asked.memory));
    Plugin {
        path: path.clone(),
        world: interface.world,
        imports: interface.imports,
        fuel,
        memory,
        capabilities: asked.map(|asked| asked.capabilities).unwrap_or_default(),
    }
}
