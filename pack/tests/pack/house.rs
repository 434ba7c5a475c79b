//! An organisation with roles, and the packs that it sends.

use std::fs;
use std::path::Path;

use daemoneye_pack_format::{
    Authority, Gate, KeyId, Parcel, PublicKey, Revocations, RevokedKey, RevokedRelease, Role,
    Roles, Root, SigningKey, Trust, sign,
};
use tempfile::TempDir;

use crate::fixture::{ABOUT, Fixture};

/// The key with this number.
pub(crate) fn key(number: u8) -> SigningKey {
    SigningKey::from_secret(&[number; 32])
}

pub(crate) fn id(number: u8) -> KeyId {
    key(number).id()
}

fn secrets(numbers: &[u8]) -> Vec<SigningKey> {
    numbers.iter().map(|number| key(*number)).collect()
}

fn role(threshold: usize, keys: &[u8]) -> Role {
    Role { threshold, keys: keys.iter().map(|number| id(*number)).collect() }
}

/// Thresholds and keys of the roles root, pack and revoke.
pub(crate) type Plan<'p> = [(usize, &'p [u8]); 3];

/// Two of the keys 1 to 3 sign roots, two of 4 to 6 packs, and 7 revocations.
pub(crate) const PLAN: Plan<'static> = [(2, &[1, 2, 3]), (2, &[4, 5, 6]), (1, &[7])];

pub(crate) fn root(version: u64, plan: Plan<'_>) -> Root {
    let mut numbers: Vec<u8> = plan.iter().flat_map(|(_, keys)| keys.iter().copied()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let public = |number: &u8| key(*number).public("a").unwrap();
    let keys: Vec<PublicKey> = numbers.iter().map(public).collect();
    let [root, pack, revoke] = plan.map(|(threshold, keys)| role(threshold, keys));
    Root::new(version, keys, Roles { root, pack, revoke }).unwrap()
}

/// The folder of an organisation's roots.
pub(crate) struct House(TempDir);

impl House {
    /// The root of [`PLAN`], signed by the keys 1 and 2.
    pub(crate) fn new() -> House {
        let house = House(tempfile::tempdir().unwrap());
        house.authority().found(&root(1, PLAN), &secrets(&[1, 2])).unwrap();
        house
    }

    /// The same organisation, from now on somewhere else.
    pub(crate) fn copy(&self) -> House {
        let copy = House(tempfile::tempdir().unwrap());
        for file in fs::read_dir(self.path()).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
        }
        copy
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn authority(&self) -> Authority {
        Authority::open(self.path()).unwrap()
    }

    pub(crate) fn rotate(&self, version: u64, plan: Plan<'_>, signers: &[u8]) {
        self.authority().follow(&root(version, plan), &secrets(signers)).unwrap();
    }

    pub(crate) fn revoke(&self, version: u64, keys: &[u8], releases: &[u64], signers: &[u8]) {
        let mut list = Revocations::default();
        list.version = version;
        let key = |number: &u8| RevokedKey { key: id(*number), reason: "stolen".to_owned() };
        list.keys.extend(keys.iter().map(key));
        list.keys.sort_by_key(|revoked| revoked.key);
        list.releases.extend(releases.iter().map(|release| RevokedRelease {
            pack: "small".parse().unwrap(),
            release: *release,
            reason: "broken".to_owned(),
        }));
        self.authority().revoke(&list, &secrets(signers)).unwrap();
    }

    /// Whom an endpoint believes that has this folder.
    pub(crate) fn gate(&self) -> Gate {
        Gate::new(Trust::load(self.path()).unwrap())
    }

    /// A release of the small pack with the news of this house.
    pub(crate) fn pack(&self, release: u64, signers: &[u8]) -> Parcel {
        let fixture = Fixture::new();
        let about = ABOUT.replace("release = 7", &format!("release = {release}"));
        fixture.write("pack.toml", about);
        self.authority().carry(fixture.path()).unwrap();
        sign(fixture.path(), &secrets(signers)).unwrap();
        Parcel::open(fixture.path()).unwrap()
    }
}
