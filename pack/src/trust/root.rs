//! `root.N.json`: the keys of an organisation, and what each may sign.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::key::{KeyId, PublicKey};
use crate::quorum::Quorum;
use crate::signature::MAX_SIGNATURES;

/// The version of the format.
const FORMAT: u32 = 1;

/// Who may sign what. As JSON it is the file `root.N.json`, where `N` is its version.
///
/// Invariant: every key has a role, every role has at least as many keys as its threshold, and no
/// threshold is zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Root {
    format: u32,
    version: u64,
    keys: Vec<PublicKey>,
    roles: Roles,
}

/// The roles of a root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roles {
    /// Signs the next root.
    pub root: Role,
    /// Signs packs.
    pub pack: Role,
    /// Signs revocations.
    pub revoke: Role,
}

/// Who has a role, and how many of them must sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// How many must sign.
    pub threshold: usize,
    /// Who may.
    pub keys: Vec<KeyId>,
}

/// The name of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleName {
    /// Signs the next root.
    Root,
    /// Signs packs.
    Pack,
    /// Signs revocations.
    Revoke,
}

impl RoleName {
    /// Every role.
    pub const ALL: [RoleName; 3] = [RoleName::Root, RoleName::Pack, RoleName::Revoke];
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            RoleName::Root => "root",
            RoleName::Pack => "pack",
            RoleName::Revoke => "revoke",
        })
    }
}

/// Why something is no root.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RootError {
    /// Not JSON, or not a root's keys and values.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// Made by a later version.
    #[error("format {0} is not format {FORMAT}")]
    Format(u64),
    /// Its version is not the one of its file.
    #[error("version {found} is not {wanted}")]
    Version {
        /// The version that stands there.
        found: u64,
        /// The version that must.
        wanted: u64,
    },
    /// More keys than anybody has.
    #[error("{0} keys are more than {MAX_SIGNATURES}")]
    TooMany(usize),
    /// A key that is listed twice.
    #[error("key {0} is listed twice")]
    Twice(KeyId),
    /// A key without a role.
    #[error("key {0} has no role")]
    Idle(KeyId),
    /// A role names a key that is not listed.
    #[error("role {role} names key {key}, which is not listed")]
    Unlisted {
        /// The role.
        role: RoleName,
        /// The key.
        key: KeyId,
    },
    /// Nobody, or more than there are, would have to sign.
    #[error("role {role}: threshold {threshold} is not from 1 to {keys}, the number of its keys")]
    Threshold {
        /// The role.
        role: RoleName,
        /// How many must sign.
        threshold: usize,
        /// How many may.
        keys: usize,
    },
}

impl Root {
    /// A root with these keys and roles.
    ///
    /// # Errors
    /// If a key is listed twice or has no role, or a role cannot reach its threshold.
    pub fn new(version: u64, keys: Vec<PublicKey>, roles: Roles) -> Result<Root, RootError> {
        let root = Root { format: FORMAT, version, keys, roles };
        root.check()?;
        Ok(root)
    }

    /// Reads the root with this version.
    ///
    /// # Errors
    /// If the bytes are no JSON, a key of it is unknown or missing, its format or version is another
    /// one, or [`Root::new`] would refuse it.
    pub fn from_bytes(version: u64, bytes: &[u8]) -> Result<Root, RootError> {
        #[derive(Deserialize)]
        struct Versioned {
            format: u64,
        }
        let Versioned { format } = serde_json::from_slice(bytes)?;
        if format != u64::from(FORMAT) {
            return Err(RootError::Format(format));
        }
        let root: Root = serde_json::from_slice(bytes)?;
        if root.version != version {
            return Err(RootError::Version { found: root.version, wanted: version });
        }
        root.check()?;
        Ok(root)
    }

    /// The root as the bytes of its file: the same root always has the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("a root has only text keys");
        bytes.push(b'\n');
        bytes
    }

    /// Counts up from 1 with every change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Every key.
    pub fn keys(&self) -> &[PublicKey] {
        &self.keys
    }

    /// The key with this id.
    pub fn key(&self, id: KeyId) -> Option<&PublicKey> {
        self.keys.iter().find(|key| key.id() == id)
    }

    /// Who may sign what.
    pub fn roles(&self) -> &Roles {
        &self.roles
    }

    /// Who has this role.
    pub fn role(&self, name: RoleName) -> &Role {
        match name {
            RoleName::Root => &self.roles.root,
            RoleName::Pack => &self.roles.pack,
            RoleName::Revoke => &self.roles.revoke,
        }
    }

    pub(crate) fn quorum(&self, name: RoleName) -> Quorum<'_> {
        let role = self.role(name);
        let named = |key: &&PublicKey| role.keys.contains(&key.id());
        let keys = self.keys.iter().filter(named).map(|key| (key.id(), key)).collect();
        Quorum { keys, threshold: role.threshold }
    }

    pub(super) fn check(&self) -> Result<(), RootError> {
        if self.keys.len() > MAX_SIGNATURES {
            return Err(RootError::TooMany(self.keys.len()));
        }
        let listed: Vec<KeyId> = self.keys.iter().map(PublicKey::id).collect();
        unique(&listed)?;
        RoleName::ALL.iter().try_for_each(|name| self.check_role(*name, &listed))?;
        let busy = |key: &&KeyId| RoleName::ALL.iter().any(|n| self.role(*n).keys.contains(key));
        match listed.iter().find(|key| !busy(key)) {
            Some(idle) => Err(RootError::Idle(*idle)),
            None => Ok(()),
        }
    }

    fn check_role(&self, role: RoleName, listed: &[KeyId]) -> Result<(), RootError> {
        let Role { threshold, keys } = self.role(role);
        unique(keys)?;
        if let Some(key) = keys.iter().find(|key| !listed.contains(key)) {
            return Err(RootError::Unlisted { role, key: *key });
        }
        if !(1..=keys.len()).contains(threshold) {
            return Err(RootError::Threshold { role, threshold: *threshold, keys: keys.len() });
        }
        Ok(())
    }
}

fn unique(keys: &[KeyId]) -> Result<(), RootError> {
    let mut seen = BTreeSet::new();
    match keys.iter().find(|key| !seen.insert(**key)) {
        Some(twice) => Err(RootError::Twice(*twice)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SigningKey;

    fn key(number: u8) -> PublicKey {
        SigningKey::from_secret(&[number; 32]).public("a").expect("a name")
    }

    fn role(threshold: usize, keys: &[u8]) -> Role {
        Role { threshold, keys: keys.iter().map(|number| key(*number).id()).collect() }
    }

    fn root(keys: &[u8], root: Role, pack: Role) -> Result<Root, RootError> {
        let keys = keys.iter().map(|number| key(*number)).collect();
        Root::new(4, keys, Roles { root, pack, revoke: role(1, &[1]) })
    }

    #[test]
    fn a_root_is_read_back_from_its_bytes_and_only_as_its_version() {
        let good = root(&[1, 2], role(2, &[1, 2]), role(1, &[2])).unwrap();
        assert_eq!(Root::from_bytes(4, &good.to_bytes()).unwrap(), good);
        let error = Root::from_bytes(5, &good.to_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "version 4 is not 5");
    }

    #[test]
    fn a_root_whose_roles_cannot_sign_is_refused_by_role() {
        let one = || role(1, &[1]);
        let cases = [
            (root(&[1], role(0, &[1]), one()), "role root: threshold 0 is not from 1 to 1"),
            (root(&[1], role(2, &[1]), one()), "role root: threshold 2"),
            (root(&[1], one(), role(1, &[])), "role pack: threshold 1 is not from 1 to 0"),
            (root(&[1], one(), role(1, &[2])), "role pack names key"),
            (root(&[1, 2], one(), one()), "has no role"),
            (root(&[1, 1], one(), one()), "is listed twice"),
            (root(&[1], role(2, &[1, 1]), one()), "is listed twice"),
        ];
        for (refused, words) in cases {
            let error = refused.expect_err(words).to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn other_documents_are_no_root() {
        let good = root(&[1], role(1, &[1]), role(1, &[1])).unwrap().to_bytes();
        let good = String::from_utf8(good).unwrap();
        let cases = [
            ("\"format\": 1", "\"format\": 2", "format 2"),
            ("\"roles\"", "\"rolls\"", "rolls"),
            ("ed25519 ", "ed448 ", "public key"),
            ("}", "", "EOF"),
        ];
        for (from, to, words) in cases {
            let error = Root::from_bytes(4, good.replace(from, to).as_bytes()).expect_err(to);
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}
