//! What an endpoint remembers: what has been active, and what was revoked.

use daemoneye_pack_format::{
    Gate, NewsError, PackError, Parcel, Remembered, Revocations, Trust, Voucher,
};
use proptest::prelude::*;

use crate::fixture::{Fixture, keys};
use crate::house::{House, PLAN, id, key};

/// The gate of an agent that is started again, with what the earlier one wrote.
fn again(gate: &Gate, trust: Trust) -> Gate {
    let bytes = gate.remembered().to_bytes();
    Gate::resume(trust, Remembered::from_bytes(&bytes).unwrap())
}

fn revocations(gate: &Gate) -> &Revocations {
    match gate.trust() {
        Trust::Root(standing) => standing.revocations(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_older_release_than_has_been_active_is_refused_with_both_numbers() {
    let house = House::new();
    let mut gate = house.gate();
    let (old, new) = (house.pack(7, &[4, 5]), house.pack(8, &[4, 5]));
    // To be seen is not to be active.
    assert!(gate.admit(&new).is_ok() && gate.admit(&old).is_ok());
    let pack = gate.admit(&new).unwrap();
    gate.activated(&pack);
    let mut gate = again(&gate, Trust::load(house.path()).unwrap());
    let error = gate.admit(&old).unwrap_err();
    assert!(matches!(error, PackError::Rollback { release: 7, floor: 8, .. }), "{error}");
    for number in ["release 7", "release 8"] {
        assert!(error.to_string().contains(number), "{error}");
    }
    assert!(gate.admit(&new).is_ok());
    // Nor does an older one that got in before lower the floor.
    let pack = House::new().gate().admit(&old).unwrap();
    gate.activated(&pack);
    assert!(gate.admit(&old).is_err());
}

#[test]
fn the_floor_holds_for_plain_keys_too_and_is_not_raised_by_unsigned_packs() {
    let fixture = Fixture::signed();
    let parcel = Parcel::open(fixture.path()).unwrap();
    let trust = Trust::Keys(keys(&crate::fixture::key()));
    let mut gate = Gate::new(Trust::AllowUnsigned);
    let pack = gate.admit(&parcel).unwrap();
    gate.activated(&pack);
    assert_eq!(gate.remembered(), Remembered::default());

    let mut gate = Gate::new(trust.clone());
    let pack = gate.admit(&parcel).unwrap();
    gate.activated(&daemoneye_pack_format::Pack { release: 9, ..pack });
    let refused = again(&gate, trust).admit(&parcel);
    assert!(matches!(refused, Err(PackError::Rollback { release: 7, floor: 9, .. })));
}

#[test]
fn a_revoked_key_no_longer_counts_and_is_named_with_the_reason() {
    let house = House::new();
    house.revoke(1, &[4], &[], &[7]);
    let parcel = house.pack(7, &[4, 5]);
    let mut gate = House::new().gate();
    assert!(gate.admit(&parcel).is_ok(), "nobody has told the endpoint yet");
    assert!(gate.learn(&parcel).unwrap().is_none());
    let refused = gate.admit(&parcel).unwrap_err();
    assert!(matches!(&refused, PackError::RevokedKey { key, reason, .. }
        if *key == id(4) && reason == "stolen"));
    assert!(gate.admit(&house.pack(7, &[5, 6])).is_ok());
    assert!(gate.admit(&house.pack(7, &[4, 5, 6])).is_ok(), "the other two are enough");
    // It is heeded for good, whatever the next packs carry.
    let gate = again(&gate, Trust::load(House::new().path()).unwrap());
    assert!(gate.admit(&House::new().pack(9, &[4, 5])).is_err());
}

#[test]
fn a_revoked_release_is_refused_wherever_it_comes_from_and_others_are_not() {
    let house = House::new();
    let old = house.pack(7, &[4, 5]);
    house.revoke(1, &[], &[7], &[7]);
    let mut gate = House::new().gate();
    gate.learn(&house.pack(8, &[4, 5])).unwrap();
    let refused = gate.admit(&old).unwrap_err();
    assert!(
        matches!(&refused, PackError::Revoked { release: 7, reason, .. } if reason == "broken")
    );
    assert!(gate.admit(&house.pack(8, &[4, 5])).is_ok());
    assert!(gate.admit(&house.pack(6, &[4, 5])).is_ok());
}

#[test]
fn revocations_that_too_few_have_signed_are_not_heeded_and_cost_the_pack_nothing() {
    let house = House::new();
    house.revoke(1, &[4], &[7], &[1, 2, 4, 5]);
    let parcel = house.pack(7, &[4, 5]);
    let mut gate = House::new().gate();
    let told = gate.learn(&parcel).unwrap();
    assert!(matches!(told, Some(NewsError::NotVouched { voucher: Voucher::Revoke(1), .. })));
    assert_eq!(revocations(&gate), &Revocations::default());
    assert!(gate.admit(&parcel).is_ok());
}

#[test]
fn older_revocations_say_nothing_and_two_lists_with_one_version_are_told() {
    let house = House::new();
    house.revoke(1, &[4], &[], &[7]);
    let first = house.pack(7, &[5, 6]);
    house.revoke(2, &[4, 5], &[], &[7]);
    let second = house.pack(7, &[5, 6]);
    house.revoke(2, &[6], &[], &[7]);
    let fork = house.pack(7, &[5, 6]);
    let mut gate = House::new().gate();
    gate.learn(&second).unwrap();
    let known = revocations(&gate).clone();
    assert_eq!((known.version, known.keys.len()), (2, 2));
    assert!(gate.learn(&first).unwrap().is_none());
    assert!(matches!(gate.learn(&fork).unwrap(), Some(NewsError::Revocations { .. })));
    assert_eq!(revocations(&gate), &known);
}

#[test]
fn a_followed_root_outlives_the_agent_unless_the_operator_begins_anew() {
    let house = House::new();
    let endpoint = house.copy();
    house.rotate(2, [(1, &[1]), (1, &[9]), (1, &[7])], &[1, 2]);
    house.revoke(1, &[4], &[], &[7]);
    let parcel = house.pack(7, &[9]);
    let mut gate = endpoint.gate();
    gate.learn(&parcel).unwrap();
    assert!(gate.admit(&parcel).is_ok());
    let kept = again(&gate, Trust::load(endpoint.path()).unwrap());
    assert!(kept.admit(&parcel).is_ok() && revocations(&kept).version == 1);

    let other = House::new();
    other.rotate(2, PLAN, &[1, 2]);
    let ahead = again(&gate, Trust::load(other.path()).unwrap());
    assert!(ahead.admit(&parcel).is_err(), "the operator's own second root is another");

    let stranger = tempfile::tempdir().unwrap();
    let root = crate::house::root(1, [(1, &[20]), (1, &[21]), (1, &[22])]);
    let mut authority = daemoneye_pack_format::Authority::open(stranger.path()).unwrap();
    authority.found(&root, &[key(20)]).unwrap();
    let anew = again(&gate, Trust::load(stranger.path()).unwrap());
    assert!(anew.admit(&parcel).is_err());
    assert_eq!(revocations(&anew), &Revocations::default());
}

#[test]
fn a_damaged_memory_is_an_error() {
    let bytes = House::new().gate().remembered().to_bytes();
    assert!(Remembered::from_bytes(&bytes).is_ok());
    for length in 0..bytes.len() - 2 {
        assert!(Remembered::from_bytes(&bytes[..length]).is_err(), "torn at {length}");
    }
    let text = String::from_utf8(bytes).unwrap();
    let other = text.replacen("\"format\": 1", "\"format\": 2", 1);
    let error = Remembered::from_bytes(other.as_bytes()).unwrap_err().to_string();
    assert_eq!(error, "format 2 is not format 1");
    // A threshold of nobody would let everybody in.
    let open = text.replace("\"threshold\": 2", "\"threshold\": 0");
    let error = Remembered::from_bytes(open.as_bytes()).unwrap_err().to_string();
    assert!(error.starts_with("root: role root: threshold 0"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_floor_is_the_highest_release_that_was_active(releases in prop::collection::vec(1u64..50, 1..8)) {
        let fixture = Fixture::signed();
        let trust = Trust::Keys(keys(&crate::fixture::key()));
        let mut gate = Gate::new(trust.clone());
        let parcel = Parcel::open(fixture.path()).unwrap();
        let pack = gate.admit(&parcel).unwrap();
        for release in &releases {
            gate.activated(&daemoneye_pack_format::Pack { release: *release, ..pack.clone() });
            gate = again(&gate, trust.clone());
        }
        let highest = releases.iter().max().copied().unwrap();
        prop_assert_eq!(gate.admit(&parcel).is_ok(), highest <= 7);
    }
}
