//! A release of a pack, compiled and proved by its own tests.

use std::sync::{Arc, Mutex, PoisonError};

use daemoneye_pack_format::{Pack, PackId, Parcel};

use crate::catalog::{Catalog, CatalogError, Languages};
use crate::clock;
use crate::judge::{Judge, JudgeError};
use crate::plugin::{RuleTemplate, Sandbox};
use crate::proof;

/// A release that could be in force.
pub(crate) struct Release {
    /// What it was read from: what is trusted may change, and then it is asked again.
    pub(super) parcel: Parcel,
    /// Without its components, which are compiled.
    pub(super) pack: Pack,
    pub(super) rules: Catalog,
}

/// Why a pack that is believed is not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Unproved {
    /// It does not compile.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// Its rules do not load.
    #[error("pack {pack} release {release}: {cause}")]
    Judge {
        /// The pack.
        pack: PackId,
        /// Its release.
        release: u64,
        /// Why.
        cause: JudgeError,
    },
    /// Its tests do not hold on this host.
    #[error("pack {pack} release {release}: {failed} of {tests} tests do not hold here: {first}")]
    Tests {
        /// The pack.
        pack: PackId,
        /// Its release.
        release: u64,
        /// How many do not hold.
        failed: usize,
        /// Of so many.
        tests: usize,
        /// The first that does not, as `RULE: TEST: WHAT`.
        first: String,
    },
}

/// Compiles packs and runs their tests.
pub(crate) struct Prover {
    sandbox: Sandbox,
    engine: RuleTemplate,
    languages: Arc<Mutex<Languages>>,
}

impl Release {
    pub(super) fn id(&self) -> &PackId {
        &self.pack.id
    }
}

impl Prover {
    pub(crate) fn new(
        sandbox: &Sandbox,
        engine: &RuleTemplate,
        languages: &Arc<Mutex<Languages>>,
    ) -> Self {
        let (sandbox, engine) = (sandbox.clone(), engine.clone());
        Prover { sandbox, engine, languages: Arc::clone(languages) }
    }

    /// The release in a pack, if it compiles and its tests hold, under the limits that its rules will
    /// have. Rules that are inert here are not asked.
    ///
    /// # Errors
    /// Why it is not taken.
    pub(super) fn prove(&self, parcel: Parcel, mut pack: Pack) -> Result<Release, Unproved> {
        let mut rules = Catalog::default();
        {
            let mut languages = self.languages.lock().unwrap_or_else(PoisonError::into_inner);
            rules.add_pack(&pack, parcel.place(), &self.sandbox, &mut languages)?;
        }
        let mut judge = self.judge(&rules).map_err(|cause| {
            let (pack, release) = (pack.id.clone(), pack.release);
            Unproved::Judge { pack, release, cause }
        })?;
        test(&pack, &rules, &mut judge)?;
        rules.packs.iter_mut().for_each(|pack| pack.tested = Some(clock::now()));
        pack.components.clear();
        Ok(Release { parcel, pack, rules })
    }

    /// A judge that has these rules and no others.
    pub(super) fn judge(&self, rules: &Catalog) -> Result<Judge, JudgeError> {
        Ok(Judge::load(&self.engine, &mut rules.clone())?.0)
    }
}

fn test(pack: &Pack, rules: &Catalog, judge: &mut Judge) -> Result<(), Unproved> {
    let (mut tests, mut failures) = (0, Vec::new());
    for rule in pack.rules.iter().filter(|rule| !rules.is_idle(rule.id.as_str())) {
        for (test, failed) in proof::prove_rule(rule, judge) {
            tests += 1;
            failures.extend(failed.map(|what| format!("{}: {}: {what}", rule.id, test.name)));
        }
    }
    let failed = failures.len();
    match failures.into_iter().next() {
        None => Ok(()),
        Some(first) => {
            let (pack, release) = (pack.id.clone(), pack.release);
            Err(Unproved::Tests { pack, release, failed, tests, first })
        }
    }
}
