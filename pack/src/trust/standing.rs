//! The root and the revocations that hold now, and how later ones replace them. Decides; reads
//! nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::{NewsError, Voucher};
use super::news::{News, Signed};
use super::revocations::Revocations;
use super::root::{RoleName, Root, RootError};
use crate::manifest::Digest;
use crate::quorum::Quorum;
use crate::signature::{Kind, Signatures};

/// Whom an organisation has told its endpoints to believe, up to now.
///
/// Invariant: every root since the first was signed by enough keys of its own root role, and but for
/// the first by enough of the one before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    root: Root,
    /// The hash of each root that has held, by its version.
    chain: BTreeMap<u64, Digest>,
    revocations: Revocations,
}

impl Standing {
    /// The root that holds.
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// What is revoked.
    pub fn revocations(&self) -> &Revocations {
        &self.revocations
    }

    /// Begins with the oldest root of what an operator has put there, and follows it.
    ///
    /// # Panics
    /// If there is no root.
    pub(crate) fn begin(news: &News) -> Result<Standing, NewsError> {
        let (version, signed) = news.roots.first_key_value().expect("asked for a root before");
        let root = parse(*version, signed)?;
        vouched(signed, Kind::Root, &root.quorum(RoleName::Root), Voucher::NewRoot(*version))?;
        let chain = BTreeMap::from([(*version, Digest::of(&signed.document))]);
        let mut standing = Standing { root, chain, revocations: Revocations::default() };
        match standing.learn(news)? {
            Some(ignored) => Err(ignored),
            None => Ok(standing),
        }
    }

    /// Follows later roots, and heeds revocations; all or nothing. Returns why revocations were not
    /// heeded: those of an older pack may be signed by keys that a later root has replaced.
    pub(super) fn learn(&mut self, news: &News) -> Result<Option<NewsError>, NewsError> {
        let mut next = self.clone();
        for (version, signed) in &news.roots {
            if *version > next.root.version() {
                next.follow(*version, signed)?;
            }
        }
        let ignored = news.revocations.as_ref().and_then(|signed| next.heed(signed).err());
        *self = next;
        Ok(ignored)
    }

    /// That what was kept is what [`Standing::learn`] could have learnt, as far as it tells.
    pub(crate) fn check(&self) -> Result<(), RootError> {
        self.root.check()
    }

    /// Continues with what was learnt before, if it belongs to the same roots.
    pub(crate) fn resume(&mut self, before: &Standing) {
        let shared = |(version, digest)| before.chain.get(version) == Some(digest);
        if !self.chain.iter().any(shared) {
            return;
        }
        self.revocations = self.revocations.and(&before.revocations);
        let here = self.root.version();
        let follows = before.chain.get(&here) == self.chain.get(&here);
        if follows && before.root.version() > here {
            self.root = before.root.clone();
            self.chain.extend(&before.chain);
        }
    }

    /// Those who may sign packs: revoked keys may not, and count for no threshold.
    pub(super) fn pack_quorum(&self) -> Quorum<'_> {
        let mut quorum = self.root.quorum(RoleName::Pack);
        quorum.keys.retain(|key, _| self.revocations.key(*key).is_none());
        quorum
    }

    fn follow(&mut self, version: u64, signed: &Signed) -> Result<(), NewsError> {
        let believed = self.root.version();
        if version != believed + 1 {
            return Err(NewsError::Gap { file: signed.file.clone(), version, believed });
        }
        let old = self.root.quorum(RoleName::Root);
        vouched(signed, Kind::Root, &old, Voucher::OldRoot(believed))?;
        let root = parse(version, signed)?;
        vouched(signed, Kind::Root, &root.quorum(RoleName::Root), Voucher::NewRoot(version))?;
        self.root = root;
        self.chain.insert(version, Digest::of(&signed.document));
        Ok(())
    }

    fn heed(&mut self, signed: &Signed) -> Result<(), NewsError> {
        let quorum = self.root.quorum(RoleName::Revoke);
        vouched(signed, Kind::Revocations, &quorum, Voucher::Revoke(self.root.version()))?;
        let heeded = Revocations::from_bytes(&signed.document)
            .and_then(|later| self.revocations.heed(&later))
            .map_err(|source| NewsError::Revocations { file: signed.file.clone(), source })?;
        self.revocations = heeded;
        Ok(())
    }
}

fn parse(version: u64, signed: &Signed) -> Result<Root, NewsError> {
    Root::from_bytes(version, &signed.document)
        .map_err(|source| NewsError::Root { file: signed.file.clone(), source })
}

fn vouched(
    signed: &Signed,
    kind: Kind,
    quorum: &Quorum<'_>,
    voucher: Voucher,
) -> Result<(), NewsError> {
    let file = || signed.file.clone();
    let signatures = Signatures::from_bytes(&signed.signatures).map_err(|source| {
        NewsError::Signatures { file: signed.file.with_extension("sig"), source }
    })?;
    quorum
        .met(kind, &signed.document, &signatures)
        .map(drop)
        .map_err(|source| NewsError::NotVouched { file: file(), voucher, source })
}
