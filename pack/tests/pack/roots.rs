//! Whether a root is followed only by one that enough old and enough new keys have signed.

use std::fs;

use daemoneye_pack_format::{
    Gate, NewsError, PackError, Parcel, Trust, TrustError, Voucher, keygen, sign,
};

use crate::fixture::Fixture;
use crate::house::{House, PLAN, Plan, id};

/// Hears of a pack and admits it.
fn take(gate: &mut Gate, parcel: &Parcel) -> Result<daemoneye_pack_format::Pack, PackError> {
    gate.learn(parcel)?;
    gate.admit(parcel)
}

fn version(gate: &Gate) -> u64 {
    match gate.trust() {
        Trust::Root(standing) => standing.root().version(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_pack_needs_the_signatures_of_enough_keys_of_the_pack_role() {
    let house = House::new();
    let mut gate = house.gate();
    let pack = take(&mut gate, &house.pack(7, &[4, 6])).unwrap();
    let mut signers = [id(4), id(6)];
    signers.sort();
    assert_eq!(pack.signers, signers);
    assert!(take(&mut gate, &house.pack(7, &[4, 5, 6])).is_ok());
    let few = take(&mut gate, &house.pack(7, &[4]));
    assert!(matches!(few, Err(PackError::TooFew { counted: 1, threshold: 2, .. })));
    // Keys of other roles do not count, nor does the same key twice.
    for signers in [&[4, 1][..], &[4, 7], &[4, 4], &[4, 9]] {
        let few = take(&mut gate, &house.pack(7, signers));
        assert!(matches!(few, Err(PackError::TooFew { counted: 1, .. })), "{signers:?}");
    }
    let none = take(&mut gate, &house.pack(7, &[9]));
    assert!(matches!(none, Err(PackError::UnknownKey { key, .. }) if key == id(9)));
}

/// A new root role of which two must sign, and a new pack role of one.
const NEXT: Plan<'static> = [(2, &[3, 8, 9]), (1, &[4]), (1, &[7])];

#[test]
fn a_root_is_followed_when_enough_old_and_enough_new_keys_have_signed_it() {
    let house = House::new();
    let endpoint = house.copy();
    house.rotate(2, NEXT, &[2, 3, 8]);
    let mut gate = endpoint.gate();
    let parcel = house.pack(7, &[4]);
    assert!(gate.admit(&parcel).is_err());
    assert_eq!(take(&mut gate, &parcel).unwrap().signers, [id(4)]);
    assert_eq!(version(&gate), 2);
}

#[test]
fn a_root_that_too_few_have_signed_is_refused_and_the_old_one_holds() {
    // Who signs, and whose signatures are missing.
    let cases = [
        (&[1, 2][..], Voucher::NewRoot(2)),
        (&[8, 9], Voucher::OldRoot(1)),
        (&[1, 8, 9], Voucher::OldRoot(1)),
        (&[1, 2, 8], Voucher::NewRoot(2)),
        (&[3, 8], Voucher::OldRoot(1)),
        (&[4, 5, 6, 7], Voucher::OldRoot(1)),
    ];
    for (signers, missing) in cases {
        let house = House::new();
        let endpoint = house.copy();
        house.rotate(2, NEXT, signers);
        let mut gate = endpoint.gate();
        let refused = take(&mut gate, &house.pack(7, &[4, 5]));
        assert!(
            matches!(&refused, Err(PackError::News(NewsError::NotVouched { voucher, file, .. }))
                if *voucher == missing && file.ends_with("trust/root.2.json")),
            "{signers:?}: {refused:?}"
        );
        assert_eq!(version(&gate), 1, "{signers:?}");
        assert!(take(&mut gate, &endpoint.pack(7, &[4, 5])).is_ok());
        // Nor does an endpoint begin with such a root.
        assert!(matches!(Trust::load(house.path()), Err(TrustError::News(_))), "{signers:?}");
    }
}

#[test]
fn an_endpoint_that_missed_roots_follows_all_of_them_or_says_which_is_missing() {
    let house = House::new();
    let endpoint = house.copy();
    house.rotate(2, NEXT, &[1, 2, 3, 8]);
    house.rotate(3, [(1, &[1]), (1, &[5]), (1, &[7])], &[8, 9, 1]);
    let mut gate = endpoint.gate();
    assert!(take(&mut gate, &house.pack(7, &[5])).is_ok());
    assert_eq!(version(&gate), 3);

    for name in ["root.2.json", "root.2.sig"] {
        fs::remove_file(house.path().join(name)).unwrap();
    }
    let refused = take(&mut endpoint.gate(), &house.pack(7, &[5]));
    let error = refused.unwrap_err().to_string();
    assert!(error.ends_with("root 3 cannot follow root 1: root 2 is missing"), "{error}");
}

#[test]
fn every_flipped_byte_of_a_root_and_its_signatures_is_refused() {
    let house = House::new();
    // No signature more than needed: where there are more, one that is lost does no harm.
    house.rotate(2, NEXT, &[2, 3, 8]);
    house.revoke(1, &[5], &[], &[7]);
    for name in ["root.2.json", "root.2.sig", "revocations.json", "revocations.sig", "root.1.sig"] {
        let good = fs::read(house.path().join(name)).unwrap();
        for offset in 0..good.len() {
            let mut bad = good.clone();
            bad[offset] ^= 1;
            fs::write(house.path().join(name), &bad).unwrap();
            assert!(Trust::load(house.path()).is_err(), "{name}, byte {offset}");
        }
        fs::write(house.path().join(name), good).unwrap();
    }
    assert!(Trust::load(house.path()).is_ok());
}

#[test]
fn keys_and_a_root_beside_each_other_are_refused() {
    let house = House::new();
    keygen(house.path(), "stray").unwrap();
    assert!(matches!(Trust::load(house.path()), Err(TrustError::Both { .. })));
}

#[test]
fn plain_keys_hear_no_news_and_need_one_signature() {
    let house = House::new();
    house.revoke(1, &[4], &[7], &[7]);
    let folder = tempfile::tempdir().unwrap();
    let public = crate::house::key(4).public("four").unwrap();
    fs::write(folder.path().join("four.pub"), format!("{public}\n")).unwrap();
    let mut gate = Gate::new(Trust::load(folder.path()).unwrap());
    assert_eq!(take(&mut gate, &house.pack(7, &[4, 5])).unwrap().signers, [id(4)]);
}

#[test]
fn what_is_no_news_does_not_belong_into_trust() {
    for name in ["trust/README", "trust/root.json", "trust/root.01.json", "trust/ops.pub"] {
        let fixture = Fixture::new();
        fixture.write(name, "");
        let refused = sign(fixture.path(), &[crate::house::key(4)]);
        assert!(refused.unwrap_err().to_string().contains("belong into trust/"), "{name}");
    }
}

#[test]
fn the_first_root_is_one_that_its_own_keys_have_signed() {
    let house = House::new();
    let good = fs::read(house.path().join("root.1.sig")).unwrap();
    let of_one = House::new();
    of_one.authority().sign_root(&[crate::house::key(3)]).unwrap();
    assert!(Trust::load(of_one.path()).is_ok());
    let text = String::from_utf8(good).unwrap();
    let one: String = text.lines().take(3).map(|line| format!("{line}\n")).collect();
    fs::write(house.path().join("root.1.sig"), one).unwrap();
    let refused = Trust::load(house.path()).unwrap_err().to_string();
    assert!(
        refused.contains("role root of the new root 1: signed by 1 of the 2 keys"),
        "{refused}"
    );
    assert_eq!(PLAN[0].0, 2);
}
