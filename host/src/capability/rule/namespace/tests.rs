//! Bounds and undoing of a namespace.

use proptest::prelude::*;

use super::*;

fn namespace(entries: usize, bytes: usize) -> Namespace {
    let namespace = Namespace::new(KeyValueGrant { entries, bytes });
    namespace.begin();
    namespace
}

fn held(namespace: &Namespace) -> BTreeMap<String, Vec<u8>> {
    let space = namespace.lock();
    space.entries.iter().map(|(key, entry)| (key.to_string(), entry.value.clone())).collect()
}

#[test]
fn there_is_writing_during_a_call_and_at_no_other_time() {
    let namespace = namespace(10, 1_000);
    assert_eq!(namespace.set("a", vec![1]), Ok(()));
    namespace.end(true);
    assert_eq!(namespace.set("a", vec![2]), Err(WriteError::ReadOnly));
    assert_eq!(namespace.add("n", 1), Err(WriteError::ReadOnly));
    assert_eq!(namespace.delete("a"), Err(WriteError::ReadOnly));
    assert_eq!(namespace.get("a"), Some(vec![1]));
}

#[test]
fn a_key_and_a_value_are_as_long_as_they_may_be_and_not_longer() {
    let namespace = namespace(10, 100_000);
    let long = |length| "k".repeat(length);
    assert_eq!(namespace.set(&long(MAX_KEY), Vec::new()), Ok(()));
    assert_eq!(namespace.set("v", vec![0; MAX_VALUE]), Ok(()));
    let refused = [
        namespace.set("", Vec::new()),
        namespace.set(&long(MAX_KEY + 1), Vec::new()),
        namespace.set("v", vec![0; MAX_VALUE + 1]),
    ];
    assert!(refused.iter().all(|said| matches!(said, Err(WriteError::TooLarge(_)))), "{refused:?}");
    let tight = self::namespace(10, 4);
    assert_eq!(tight.set("abc", vec![0]), Ok(()));
    assert!(matches!(tight.set("abc", vec![0; 2]), Err(WriteError::TooLarge(_))));
}

#[test]
fn what_was_written_longest_ago_goes_when_there_is_no_more_room() {
    let by_number = namespace(2, 1_000);
    for key in ["a", "b", "a", "c"] {
        by_number.set(key, Vec::new()).expect("room");
    }
    assert_eq!(held(&by_number).into_keys().collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!(by_number.evicted(), 1);
    let by_size = namespace(100, 10);
    for key in ["a", "b", "c"] {
        by_size.set(key, vec![0; 4]).expect("room");
    }
    assert_eq!(held(&by_size).into_keys().collect::<Vec<_>>(), ["b", "c"]);
}

#[test]
fn numbers_are_added_to_and_other_values_are_not() {
    let namespace = namespace(10, 1_000);
    assert_eq!(namespace.add("n", 5), Ok(5));
    assert_eq!(namespace.add("n", -7), Ok(-2));
    assert_eq!(namespace.add("n", i64::MIN), Ok(i64::MIN));
    namespace.set("t", b"text".to_vec()).expect("room");
    assert_eq!(namespace.add("t", 1), Err(WriteError::NoNumber("t".to_owned())));
}

#[test]
fn a_smaller_grant_takes_over_what_is_newest() {
    let before = namespace(10, 1_000);
    for key in ["a", "b", "c"] {
        before.set(key, Vec::new()).expect("room");
    }
    let after = Namespace::new(KeyValueGrant { entries: 2, bytes: 1_000 });
    after.take_over(&before);
    assert_eq!(held(&after).into_keys().collect::<Vec<_>>(), ["b", "c"]);
    assert_eq!(held(&before).len(), 3, "the other is as it was");
}

#[derive(Debug, Clone)]
enum Act {
    Set(u8, usize),
    Add(u8, i64),
    Delete(u8),
}

fn act() -> impl Strategy<Value = Act> {
    let key = 0..6_u8;
    prop_oneof![
        (key.clone(), 0..12_usize).prop_map(|(key, length)| Act::Set(key, length)),
        (key.clone(), any::<i64>()).prop_map(|(key, by)| Act::Add(key, by)),
        key.prop_map(Act::Delete),
    ]
}

fn perform(namespace: &Namespace, acts: &[Act]) {
    namespace.begin();
    for act in acts {
        let _refused_is_fine = match act {
            Act::Set(key, length) => namespace.set(&key.to_string(), vec![7; *length]).map(|()| 0),
            Act::Add(key, by) => namespace.add(&key.to_string(), *by),
            Act::Delete(key) => namespace.delete(&key.to_string()).map(i64::from),
        };
    }
}

proptest! {
    /// Whatever a call did before its fault, evictions included: afterwards it is as if it had never
    /// been, also for what goes first later on.
    #[test]
    fn a_call_that_is_undone_has_never_been(
        before in prop::collection::vec(act(), 0..20),
        undone in prop::collection::vec(act(), 0..20),
        after in prop::collection::vec(act(), 0..20),
    ) {
        let grant = KeyValueGrant { entries: 4, bytes: 40 };
        let (one, other) = (Namespace::new(grant), Namespace::new(grant));
        for namespace in [&one, &other] {
            perform(namespace, &before);
            namespace.end(true);
        }
        perform(&one, &undone);
        one.end(false);
        prop_assert_eq!(held(&one), held(&other));
        prop_assert_eq!(one.evicted(), other.evicted());
        for namespace in [&one, &other] {
            perform(namespace, &after);
            namespace.end(true);
            let space = namespace.lock();
            let bytes: usize = space.entries.iter().map(|(k, e)| k.len() + e.value.len()).sum();
            prop_assert_eq!(bytes, space.bytes);
            prop_assert!(space.entries.len() <= 4 && bytes <= 40);
            prop_assert_eq!(space.by_age.len(), space.entries.len());
        }
        prop_assert_eq!(held(&one), held(&other));
    }
}
