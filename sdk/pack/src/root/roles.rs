//! The roles of a new root: those that were given, and those that stay.

use std::path::PathBuf;

use daemoneye_pack_format::{PublicKey, Role, RoleName, Roles, Root};

use super::Failed;

/// The keys and thresholds of roles.
#[derive(Debug, clap::Args)]
pub(super) struct Given {
    /// A public key (.pub) that signs roots; may be given several times, as all keys here.
    #[arg(long, value_name = "FILE")]
    root: Vec<PathBuf>,
    /// How many keys must sign a root [default: 1, or as before]
    #[arg(long, value_name = "N")]
    root_threshold: Option<usize>,
    /// A public key that signs packs.
    #[arg(long, value_name = "FILE")]
    pack: Vec<PathBuf>,
    /// How many keys must sign a pack [default: 1, or as before]
    #[arg(long, value_name = "N")]
    pack_threshold: Option<usize>,
    /// A public key that signs revocations.
    #[arg(long, value_name = "FILE")]
    revoke: Vec<PathBuf>,
    /// How many keys must sign revocations [default: 1, or as before]
    #[arg(long, value_name = "N")]
    revoke_threshold: Option<usize>,
}

/// The root with this version: what was given, and else what the old root says.
pub(super) fn root(version: u64, given: &Given, old: Option<&Root>) -> Result<Root, Failed> {
    let mut keys: Vec<PublicKey> = Vec::new();
    let mut role = |name: RoleName, files: &[PathBuf], threshold: Option<usize>| {
        let holders = holders(name, files, old)?;
        let threshold = threshold.or(old.map(|old| old.role(name).threshold)).unwrap_or(1);
        let role = Role { threshold, keys: holders.iter().map(PublicKey::id).collect() };
        for key in holders {
            if keys.iter().all(|known| known.id() != key.id()) {
                keys.push(key);
            }
        }
        Ok::<Role, Failed>(role)
    };
    let roles = Roles {
        root: role(RoleName::Root, &given.root, given.root_threshold)?,
        pack: role(RoleName::Pack, &given.pack, given.pack_threshold)?,
        revoke: role(RoleName::Revoke, &given.revoke, given.revoke_threshold)?,
    };
    Ok(Root::new(version, keys, roles)?)
}

fn holders(
    name: RoleName,
    files: &[PathBuf],
    old: Option<&Root>,
) -> Result<Vec<PublicKey>, Failed> {
    match (files, old) {
        ([], Some(old)) => {
            let keys = old.role(name).keys.iter();
            Ok(keys.filter_map(|key| old.key(*key).cloned()).collect())
        }
        (files, _) => {
            files.iter().map(|file| PublicKey::read(file).map_err(Failed::from)).collect()
        }
    }
}
