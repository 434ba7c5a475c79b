//! What an endpoint lets in, and what it remembers of it. Decides; reads and writes nothing.

use std::borrow::Cow;
use std::collections::BTreeMap;

use daemoneye_bus::handling::Act;
use serde::{Deserialize, Serialize};

use crate::id::PackId;
use crate::manifest::Digest;
use crate::pack::{Floors, Pack, PackError};
use crate::parcel::Parcel;
use crate::trust::{NewsError, RootError, Standing, Trust};

/// The version of the format of [`Remembered`].
const FORMAT: u32 = 1;

/// What must outlive the agent, so that nothing old is taken for new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remembered {
    format: u32,
    /// The highest release of each pack that has been active.
    floors: Floors,
    /// What operators have gone back from.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    rolled_back: BTreeMap<PackId, RolledBack>,
    /// The latest root and every revocation.
    trust: Option<Standing>,
}

/// An operator's word that an older release of a pack is to be in force, until there is a later one
/// than it was taken back from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RolledBack {
    /// The highest release that has been active.
    pub from: u64,
    /// The release that is to be in force.
    pub to: u64,
    /// The hash of its manifest: nothing else is let in as this release.
    manifest: Digest,
    /// Who, when and why.
    pub act: Act,
}

/// Why something is no memory.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RememberedError {
    /// Not JSON, or not its keys and values.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// Made by another version.
    #[error("format {0} is not format {FORMAT}")]
    Format(u32),
    /// Whom to believe makes no sense.
    #[error("root: {0}")]
    Root(#[from] RootError),
}

/// Believes packs, and learns from them whom to believe.
#[derive(Debug, Clone)]
pub struct Gate {
    trust: Trust,
    remembered: Remembered,
}

impl Default for Remembered {
    fn default() -> Self {
        Remembered {
            format: FORMAT,
            floors: Floors::new(),
            rolled_back: BTreeMap::new(),
            trust: None,
        }
    }
}

impl Remembered {
    /// Reads what [`Remembered::to_bytes`] wrote.
    ///
    /// # Errors
    /// If the bytes are anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Remembered, RememberedError> {
        let remembered: Remembered = serde_json::from_slice(bytes)?;
        if remembered.format != FORMAT {
            return Err(RememberedError::Format(remembered.format));
        }
        remembered.trust.as_ref().map_or(Ok(()), Standing::check)?;
        Ok(remembered)
    }

    /// All of it, as the bytes of a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("memory has only text keys");
        bytes.push(b'\n');
        bytes
    }
}

impl Gate {
    /// A gate that remembers nothing.
    pub fn new(trust: Trust) -> Gate {
        Gate { trust, remembered: Remembered::default() }
    }

    /// A gate that goes on where an earlier one was. What that one learnt about trust holds if the
    /// operator's roots are still those that it began with.
    pub fn resume(mut trust: Trust, remembered: Remembered) -> Gate {
        if let (Trust::Root(standing), Some(before)) = (&mut trust, &remembered.trust) {
            standing.resume(before);
        }
        Gate { trust, remembered }
    }

    /// Heeds the roots and revocations in a parcel. They are vouched for by their own signatures,
    /// whoever the parcel is from; so packs are admitted after the news of all has been heard.
    ///
    /// Returns why revocations were not heeded, if they were not: an older pack's may be signed by
    /// keys that a later root has replaced. What is revoked stays so.
    ///
    /// # Errors
    /// If a later root is not signed by enough keys of the root before it and of its own, or is no
    /// root. Nothing is learnt then.
    pub fn learn(&mut self, parcel: &Parcel) -> Result<Option<NewsError>, PackError> {
        Ok(self.trust.learn(&parcel.news()?)?)
    }

    /// The pack in a parcel, if enough of those who are trusted vouch for every byte of it, and it
    /// is neither revoked nor older than what has been active, or is what an operator has gone back
    /// to.
    ///
    /// # Errors
    /// Why it is not believed.
    pub fn admit(&self, parcel: &Parcel) -> Result<Pack, PackError> {
        Pack::believe(parcel, &self.trust, &self.floors(parcel))
    }

    /// What a parcel may not be older than.
    fn floors(&self, parcel: &Parcel) -> Cow<'_, Floors> {
        let manifest = parcel.manifest.as_deref().map(Digest::of);
        let mut rolled_back = self.remembered.rolled_back.iter();
        match rolled_back.find(|(_, back)| Some(back.manifest) == manifest) {
            None => Cow::Borrowed(&self.remembered.floors),
            Some((id, back)) => {
                let mut floors = self.remembered.floors.clone();
                floors.insert(id.clone(), back.to);
                Cow::Owned(floors)
            }
        }
    }

    /// The pack in a parcel, if it is believed but for being older than what has been active.
    ///
    /// # Errors
    /// Why it is not believed.
    pub fn admit_older(&self, parcel: &Parcel) -> Result<Pack, PackError> {
        Pack::believe(parcel, &self.trust, &Floors::new())
    }

    /// An operator goes back to the pack in a parcel, which has been admitted as an older one. All
    /// other releases stay as old as they are.
    ///
    /// # Panics
    /// If nobody has signed it.
    pub fn roll_back(&mut self, parcel: &Parcel, pack: &Pack, act: Act) {
        let manifest = parcel.manifest.as_deref().expect("only what is signed has a floor");
        let from = self.remembered.floors.get(&pack.id).copied().unwrap_or(pack.release);
        let (to, manifest) = (pack.release, Digest::of(manifest));
        let back = RolledBack { from, to, manifest, act };
        self.remembered.rolled_back.insert(pack.id.clone(), back);
    }

    /// The latest release of a pack counts again; what was said before, if anything.
    pub fn end_roll_back(&mut self, id: &PackId) -> Option<RolledBack> {
        self.remembered.rolled_back.remove(id)
    }

    /// What operators have gone back from.
    pub fn rolled_back(&self) -> &BTreeMap<PackId, RolledBack> {
        &self.remembered.rolled_back
    }

    /// The pack is active: from now on no older release of it is admitted. One that nobody vouches
    /// for raises no floor.
    pub fn activated(&mut self, pack: &Pack) {
        if !pack.signers.is_empty() {
            let floor = self.remembered.floors.entry(pack.id.clone()).or_default();
            *floor = pack.release.max(*floor);
        }
    }

    /// Whom the gate believes now.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// What the next gate has to know.
    pub fn remembered(&self) -> Remembered {
        let trust = match &self.trust {
            Trust::Root(standing) => Some((**standing).clone()),
            Trust::Keys(_) | Trust::AllowUnsigned => self.remembered.trust.clone(),
        };
        Remembered { trust, ..self.remembered.clone() }
    }
}
