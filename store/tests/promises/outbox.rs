//! What sinks are owed: recorded with the alert, gone with its fate, accounted for throughout.

use std::collections::BTreeMap;

use daemoneye_bus::alert::Severity;
use daemoneye_store::{
    Commit, Fate, MAX_DEAD_LETTERS, NewAlert, ReadError, Settled, SinkAccount, Store,
};
use proptest::prelude::*;
use redb::{Database, TableDefinition};

use crate::disk::Disk;
use crate::samples::alert;

const ALERTS: TableDefinition<u64, &[u8]> = TableDefinition::new("alerts");

fn owed_to(id: &str, sinks: &[&str]) -> NewAlert {
    let sinks = sinks.iter().map(|&sink| sink.to_owned()).collect();
    NewAlert { alert: alert(id, Severity::High), owed_to: sinks }
}

fn record(store: &Store, alerts: Vec<NewAlert>) {
    store.commit(&Commit { alerts, ..Commit::default() }).expect("a commit");
}

fn dead(why: &str) -> Fate {
    Fate::Dead { at: 7, tries: 3, why: why.to_owned() }
}

fn settle(store: &Store, sink: &str, number: u64, fate: Fate) -> bool {
    let settled = vec![Settled { sink: sink.to_owned(), number, fate }];
    store.commit(&Commit { settled, ..Commit::default() }).expect("a commit").settled[0]
}

fn numbers(store: &Store, sink: &str) -> Vec<u64> {
    store.owed_numbers(sink, usize::MAX).expect("what is owed")
}

fn account(store: &Store, sink: &str) -> SinkAccount {
    let accounts: BTreeMap<_, _> = store.sinks().expect("accounts").into_iter().collect();
    accounts.get(sink).copied().unwrap_or_default()
}

#[test]
fn an_alert_is_owed_to_each_of_its_sinks_until_that_sink_has_it() {
    let store = Store::with_backend(Disk::default()).expect("a store");
    record(&store, vec![owed_to("a", &["x", "y"]), owed_to("b", &["x"]), owed_to("c", &[])]);
    assert_eq!((numbers(&store, "x"), numbers(&store, "y")), (vec![1, 2], vec![1]));
    assert!(settle(&store, "x", 1, Fate::Delivered { at: 7 }));
    assert!(!settle(&store, "x", 1, Fate::Delivered { at: 7 }), "a receipt counts once");
    assert!(!settle(&store, "y", 2, Fate::Delivered { at: 7 }), "nobody owes that");
    assert_eq!((numbers(&store, "x"), numbers(&store, "y")), (vec![2], vec![1]));
    let x = SinkAccount { owed: 2, pending: 1, delivered: 1, ..SinkAccount::default() };
    assert_eq!(account(&store, "x"), x);
}

#[test]
fn an_alert_that_is_recorded_again_is_not_owed_again() {
    let store = Store::with_backend(Disk::default()).expect("a store");
    record(&store, vec![owed_to("a", &["x"])]);
    settle(&store, "x", 1, Fate::Delivered { at: 7 });
    record(&store, vec![owed_to("a", &["x", "y"])]);
    assert_eq!((numbers(&store, "x"), numbers(&store, "y")), (vec![], vec![]));
}

#[test]
fn what_is_owed_comes_oldest_first_within_the_limits() {
    let store = Store::with_backend(Disk::default()).expect("a store");
    record(&store, (1..=9).map(|n| owed_to(&n.to_string(), &["x", "xx"])).collect());
    let owed = |after, limit, bytes| {
        let owed = store.owed("x", after, limit, bytes).expect("what is owed");
        owed.into_iter().map(|owed| owed.number).collect::<Vec<_>>()
    };
    assert_eq!(owed(0, 100, usize::MAX), (1..=9).collect::<Vec<_>>());
    assert_eq!(owed(0, 2, usize::MAX), [1, 2]);
    assert_eq!(owed(7, 100, usize::MAX), [8, 9]);
    assert_eq!(owed(0, 100, 1), [1], "one is always taken");
    assert_eq!(owed(u64::MAX, 100, usize::MAX), Vec::<u64>::new());
    let newest = |sink| store.newest_owed(sink).expect("a read").map(|owed| owed.number);
    assert_eq!((newest("x"), newest("xxx")), (Some(9), None));
    assert_eq!(store.oldest_owed("x").expect("a time"), Some(1));
    assert_eq!(store.oldest_owed("y").expect("no time"), None);
}

#[test]
fn a_dead_letter_has_its_reason_and_is_owed_again_when_it_is_revived() {
    let store = Store::with_backend(Disk::default()).expect("a store");
    record(&store, vec![owed_to("a", &["x", "y"]), owed_to("b", &["x"])]);
    assert!(settle(&store, "x", 1, dead("no such channel")));
    assert_eq!(numbers(&store, "x"), [2]);
    let letters = store.dead_letters(None, 9).expect("letters");
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    assert_eq!((letter.sink.as_str(), letter.number, letter.died, letter.tries), ("x", 1, 7, 3));
    assert_eq!(letter.why, "no such channel");
    assert_eq!(letter.alert.as_ref().expect("an alert").id, "a");
    assert_eq!(store.dead_letters(Some("y"), 9).expect("letters").len(), 0);
    assert_eq!(store.dead_letters(Some("x"), 0).expect("letters").len(), 0);

    assert!(settle(&store, "x", 1, Fate::Revived));
    assert!(!settle(&store, "x", 1, Fate::Revived), "it is dead no more");
    assert_eq!(numbers(&store, "x"), [1, 2]);
    assert!(settle(&store, "x", 2, dead("again")) && settle(&store, "x", 2, Fate::Dropped));
    assert!(settle(&store, "x", 1, Fate::Dropped) && !settle(&store, "x", 1, Fate::Dropped));
    assert_eq!(account(&store, "x"), SinkAccount { owed: 2, dropped: 2, ..Default::default() });
}

#[test]
fn dead_letters_beyond_the_limit_drop_the_oldest_of_that_sink_and_count_it() {
    let store = Store::with_backend(Disk::default()).expect("a store");
    let alerts = (0..=MAX_DEAD_LETTERS).map(|n| owed_to(&n.to_string(), &["x"]));
    record(&store, alerts.chain([owed_to("other", &["a", "z"])]).collect());
    settle(&store, "a", MAX_DEAD_LETTERS + 2, dead("full"));
    settle(&store, "z", MAX_DEAD_LETTERS + 2, dead("full"));
    let fate = |number| Settled { sink: "x".to_owned(), number, fate: dead("full") };
    let most = Commit { settled: (1..=MAX_DEAD_LETTERS).map(fate).collect(), ..Commit::default() };
    store.commit(&most).expect("a commit");
    assert_eq!(account(&store, "x").dropped, 0);
    settle(&store, "x", MAX_DEAD_LETTERS + 1, dead("full"));
    let of_x = account(&store, "x");
    assert_eq!((of_x.dead, of_x.dropped, of_x.is_closed()), (MAX_DEAD_LETTERS, 1, true));
    assert_eq!(store.dead_letters(Some("x"), 1).expect("letters")[0].number, 2);
    for sink in ["a", "z"] {
        assert_eq!(store.dead_letters(Some(sink), 9).expect("letters").len(), 1, "{sink}");
    }
}

#[test]
fn a_damaged_or_missing_alert_is_named_and_the_others_are_read() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("store.redb");
    let store = Store::open(&path).expect("a store");
    record(&store, ["a", "b", "c", "d"].map(|id| owed_to(id, &["x"])).into());
    settle(&store, "x", 4, dead("no room"));
    drop(store);
    let database = Database::open(&path).expect("a database");
    let transaction = database.begin_write().expect("a transaction");
    {
        let mut alerts = transaction.open_table(ALERTS).expect("alerts");
        alerts.insert(1, &b"{\"id\":"[..]).expect("room");
        alerts.remove(2).expect("removed");
        alerts.insert(4, &b"\xff"[..]).expect("room");
    }
    transaction.commit().expect("a commit");
    drop(database);

    let store = Store::open(&path).expect("the same store");
    let owed = store.owed("x", 0, 9, usize::MAX).expect("what is owed");
    let said: Vec<String> = owed
        .iter()
        .map(|owed| match &owed.parcel {
            Ok(parcel) => parcel.id.clone(),
            Err(error) => error.to_string(),
        })
        .collect();
    assert!(said[0].starts_with("alert 1: EOF"), "{said:?}");
    assert_eq!(said[1..], ["alert 2: is not in the store", "c"]);
    let letters = store.dead_letters(None, 9).expect("letters");
    assert!(matches!(letters[0].alert, Err(ReadError::Alert { number: 4, .. })), "{letters:?}");
}

/// Alerts for sinks 0 to 2, and what is settled: sink, number, which fate.
type Step = (Vec<Vec<u8>>, Vec<(u8, u64, u8)>);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let alerts = prop::collection::vec(prop::collection::vec(0u8..3, 0..3), 0..4);
    let settled = prop::collection::vec((0u8..3, 1u64..20, 0u8..4), 0..8);
    prop::collection::vec((alerts, settled), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_settled_every_account_is_closed_and_says_what_the_tables_hold(steps in steps()) {
        let store = Store::with_backend(Disk::default()).expect("a store");
        let mut next = 0;
        for (alerts, settled) in steps {
            let alert = |sinks: Vec<u8>| {
                next += 1;
                let mut sinks: Vec<String> = sinks.iter().map(u8::to_string).collect();
                sinks.sort();
                sinks.dedup();
                NewAlert { alert: alert(&next.to_string(), Severity::Low), owed_to: sinks.into() }
            };
            let alerts = alerts.into_iter().map(alert).collect();
            let settled = settled.into_iter().map(|(sink, number, fate)| {
                let fates = [Fate::Delivered { at: 7 }, dead("x"), Fate::Revived, Fate::Dropped];
                Settled { sink: sink.to_string(), number, fate: fates[usize::from(fate)].clone() }
            });
            let settled = settled.collect();
            store.commit(&Commit { alerts, settled, ..Commit::default() }).expect("a commit");
            for (sink, account) in store.sinks().expect("accounts") {
                prop_assert!(account.is_closed(), "{} {:?}", sink, account);
                prop_assert_eq!(account.pending, numbers(&store, &sink).len() as u64);
                let letters = store.dead_letters(Some(&sink), 99).expect("letters");
                prop_assert_eq!(account.dead, letters.len() as u64);
            }
        }
    }
}
