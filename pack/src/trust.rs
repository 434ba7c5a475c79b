//! Whom an operator believes: a folder of public keys, or a root that names keys and their roles.

mod error;
mod keys;
mod news;
mod revocations;
mod root;
mod standing;

use std::path::Path;

use crate::id::PackId;
use crate::key::KeyId;
use crate::quorum::Quorum;

pub use error::{NewsError, TrustError, Voucher};
pub use keys::TrustedKeys;
pub(crate) use news::{News, Signed};
pub use revocations::{Revocations, RevocationsError, RevokedKey, RevokedRelease};
pub use root::{Role, RoleName, Roles, Root, RootError};
pub use standing::Standing;

/// Whom to believe.
#[derive(Debug, Clone)]
pub enum Trust {
    /// Packs that one of these keys has signed.
    Keys(TrustedKeys),
    /// Packs that enough keys of a root's pack role have signed.
    Root(Box<Standing>),
    /// Any pack: neither manifest nor signatures are looked at. For authors at work, never for
    /// endpoints.
    AllowUnsigned,
}

impl Trust {
    /// Reads a trust directory: `*.pub` files, or `root.N.json` with its signatures and those of
    /// all later roots. Other files are not looked at.
    ///
    /// # Errors
    /// If the directory or one of the files cannot be read, may be written by every user, or does
    /// not hold what its name says; if there are keys and a root beside each other; if a root does
    /// not follow the one before it.
    pub fn load(directory: &Path) -> Result<Trust, TrustError> {
        let keys = TrustedKeys::load(directory)?;
        let news = News::load(directory)?;
        match (keys.is_empty(), news.has_root()) {
            (true, true) => Ok(Trust::Root(Box::new(Standing::begin(&news)?))),
            (false, true) => Err(TrustError::Both { directory: directory.into() }),
            (_, false) if news.revocations.is_some() => Err(missing_root(directory)),
            (_, false) => Ok(Trust::Keys(keys)),
        }
    }

    /// Heeds what a pack brings: later roots, and revocations. Keys without a root learn nothing.
    ///
    /// Returns why revocations were not heeded, if they were not.
    pub(crate) fn learn(&mut self, news: &News) -> Result<Option<NewsError>, NewsError> {
        match self {
            Trust::Root(standing) => standing.learn(news),
            Trust::Keys(_) | Trust::AllowUnsigned => Ok(None),
        }
    }

    /// Those who may sign packs; nobody is asked for unsigned ones.
    pub(crate) fn pack_quorum(&self) -> Option<Quorum<'_>> {
        match self {
            Trust::Keys(keys) => {
                let keys = keys.iter().map(|key| (key.id(), key)).collect();
                Some(Quorum { keys, threshold: 1 })
            }
            Trust::Root(standing) => Some(standing.pack_quorum()),
            Trust::AllowUnsigned => None,
        }
    }

    /// Why this key's signature of a pack no longer counts.
    pub(crate) fn revoked_key(&self, key: KeyId) -> Option<&str> {
        self.revocations()?.key(key)
    }

    /// Why this release is no longer believed.
    pub(crate) fn revoked_release(&self, pack: &PackId, release: u64) -> Option<&str> {
        self.revocations()?.release(pack, release)
    }

    fn revocations(&self) -> Option<&Revocations> {
        match self {
            Trust::Root(standing) => Some(standing.revocations()),
            Trust::Keys(_) | Trust::AllowUnsigned => None,
        }
    }
}

/// Revocations are heeded only if a root says who may revoke.
fn missing_root(directory: &Path) -> TrustError {
    NewsError::Half { file: directory.join("root.1.json") }.into()
}
