//! What operators do is kept, all of it or nothing, and goes with what it is about.

use daemoneye_bus::alert::Severity;
use daemoneye_bus::handling::{Act, AlertState, Deed, Equal, Exception};
use daemoneye_store::{
    Change, Commit, Counted, Excepted, Fate, FindError, Keep, NewAct, NewAlert, Settled, Store,
    Tally,
};
use tempfile::TempDir;

use crate::samples::{alert, batch, write};

fn store() -> (TempDir, Store) {
    let directory = tempfile::tempdir().expect("a directory");
    let store = Store::open(&directory.path().join("store.redb")).expect("a store");
    (directory, store)
}

fn record(store: &Store, ids: &[&str]) {
    let owed = |id: &&str| NewAlert {
        alert: alert(id, Severity::High),
        owed_to: ["file".to_owned()].into(),
    };
    let alerts = ids.iter().map(owed).collect();
    store.commit(&Commit { alerts, ..Commit::default() }).expect("a commit");
}

fn act(deed: Deed, reason: &str) -> Act {
    Act {
        time: 5,
        uid: Some(0),
        user: Some("root".to_owned()),
        by: None,
        deed,
        subject: "alert a".to_owned(),
        reason: Some(reason.to_owned()),
    }
}

fn apply(store: &Store, deed: Deed, change: Change) -> bool {
    let acts = vec![NewAct { act: act(deed, "because"), change }];
    store.commit(&Commit { acts, ..Commit::default() }).expect("a commit").acted[0]
}

fn exception(number: u64) -> Exception {
    Exception {
        number,
        rule: "shell-dev-tcp".to_owned(),
        fields: vec![Equal { field: "name".to_owned(), value: "sh".to_owned() }],
        owner: "ops".to_owned(),
        reason: "a drill".to_owned(),
        created: 1,
        expires: 2,
        added_by: None,
        from_alert: None,
    }
}

#[test]
fn the_state_of_an_alert_changes_only_from_what_was_expected_and_every_change_is_kept() {
    use AlertState::{Acknowledged, Closed, Open};
    let (_directory, store) = store();
    record(&store, &["a", "b"]);
    let steps = [
        (Deed::Acknowledged, Open, Acknowledged, true),
        (Deed::Acknowledged, Open, Acknowledged, false),
        (Deed::Closed, Acknowledged, Closed, true),
        (Deed::Reopened, Acknowledged, Open, false),
        (Deed::Reopened, Closed, Open, true),
    ];
    for (deed, from, to, expected) in steps {
        let done = apply(&store, deed, Change::Alert { number: 1, from, to });
        assert_eq!(done, expected, "{deed:?} from {from:?}");
    }
    let fates = store.fates(1).expect("fates");
    let deeds: Vec<_> = fates.acts.iter().map(|act| act.deed).collect();
    assert_eq!(fates.state, Open);
    assert_eq!(deeds, [Deed::Acknowledged, Deed::Closed, Deed::Reopened]);
    assert!(store.fates(2).expect("fates").acts.is_empty());
}

#[test]
fn alerts_are_listed_by_state_and_a_limit_counts_only_those() {
    let (_directory, store) = store();
    record(&store, &["a", "b", "c"]);
    let (from, to) = (AlertState::Open, AlertState::Closed);
    assert!(apply(&store, Deed::Closed, Change::Alert { number: 3, from, to }));
    let numbers = |state, limit| -> Vec<u64> {
        let alerts = store.handled(state, Severity::Info, limit).expect("alerts");
        alerts.into_iter().map(|(number, ..)| number).collect()
    };
    assert_eq!(numbers(Some(AlertState::Open), 9), [1, 2]);
    assert_eq!(numbers(Some(AlertState::Open), 1), [2]);
    assert_eq!(numbers(Some(AlertState::Closed), 9), [3]);
    assert_eq!(numbers(None, 2), [2, 3]);
    assert!(store.handled(None, Severity::Critical, 9).expect("alerts").is_empty());
}

#[test]
fn an_alert_is_named_by_its_number_or_any_beginning_that_no_other_id_has() {
    let (_directory, store) = store();
    record(&store, &["abc1", "abd2", "17aa", "ab"]);
    let table = [
        ("1", Ok(1)),
        ("4", Ok(4)),
        ("abc", Ok(1)),
        ("abd2", Ok(2)),
        ("17", Ok(3)),
        ("ab", Ok(4)),
        ("a", Err("ab and abc1")),
        ("abx", Err("no alert \"abx\"")),
        ("5", Err("no alert \"5\"")),
        ("", Err("no alert \"\"")),
    ];
    for (name, expected) in table {
        match (store.find_alert(name), expected) {
            (Ok(number), Ok(expected)) => assert_eq!(number, expected, "{name}"),
            (Err(error @ (FindError::Unknown(_) | FindError::Ambiguous { .. })), Err(words)) => {
                assert!(error.to_string().contains(words), "{name}: {error}");
            }
            (found, _) => panic!("{name}: {found:?}"),
        }
    }
}

#[test]
fn an_excepted_alert_is_owed_to_nobody_and_counted_on_its_exception() {
    let (_directory, store) = store();
    assert!(apply(&store, Deed::Added, Change::Except(exception(1))));
    assert!(!apply(&store, Deed::Added, Change::Except(exception(1))), "numbers only rise");
    let excepted = vec![Excepted { alert: alert("a", Severity::High), exception: 1 }];
    let hits = vec![
        Tally { of: 1, count: 4, last: 9 },
        Tally { of: 1, count: 1, last: 7 },
        Tally { of: 2, count: 1, last: 1 },
    ];
    let commit = Commit { excepted, hits, ..Commit::default() };
    for _ in 0..2 {
        store.commit(&commit).expect("a commit");
    }
    assert!(store.sinks().expect("accounts").is_empty());
    let fates = store.fates(1).expect("fates");
    assert_eq!((fates.state, fates.excepted_by), (AlertState::Excepted, Some(1)));
    assert_eq!(
        store.exceptions().expect("exceptions"),
        [(exception(1), Counted { count: 10, last: Some(9) })]
    );
    let covered = store.excepted(1, 9).expect("alerts");
    assert_eq!(covered, [(1, alert("a", Severity::High))]);

    assert!(apply(&store, Deed::Removed, Change::Unexcept(1)));
    assert!(!apply(&store, Deed::Removed, Change::Unexcept(1)));
    assert!(store.exceptions().expect("exceptions").is_empty());
    assert!(store.excepted(1, 9).expect("alerts").is_empty());
    assert_eq!(store.last_exception().expect("a number"), 1);
    assert!(!apply(&store, Deed::Added, Change::Except(exception(1))), "no number comes twice");
}

#[test]
fn an_alert_that_is_known_keeps_its_state_when_it_is_excepted_later() {
    let (_directory, store) = store();
    record(&store, &["a"]);
    let excepted = vec![Excepted { alert: alert("a", Severity::High), exception: 1 }];
    store.commit(&Commit { excepted, ..Commit::default() }).expect("a commit");
    assert_eq!(store.fates(1).expect("fates").state, AlertState::Open);
}

#[test]
fn repeats_are_counted_on_their_alert_and_deliveries_keep_their_time() {
    let (_directory, store) = store();
    record(&store, &["a", "b"]);
    let tally = |of: &str, count, last| Tally { of: of.to_owned(), count, last };
    let repeats = vec![tally("a", 2, 50), tally("a", 1, 40), tally("gone", 9, 9)];
    let settled =
        vec![Settled { sink: "file".to_owned(), number: 1, fate: Fate::Delivered { at: 77 } }];
    store.commit(&Commit { repeats, settled, ..Commit::default() }).expect("a commit");
    let (one, two) = (store.fates(1).expect("fates"), store.fates(2).expect("fates"));
    assert_eq!(one.repeats, Counted { count: 3, last: Some(50) });
    assert_eq!(one.delivered, [("file".to_owned(), 77)]);
    assert_eq!((two.repeats, two.pending), (Counted::default(), vec!["file".to_owned()]));
}

#[test]
fn a_rule_is_disabled_once_and_enabled_once() {
    let (_directory, store) = store();
    let rule = || "r".to_owned();
    let steps = [
        (Deed::Enabled, Change::Enable(rule()), false),
        (Deed::Disabled, Change::Disable(rule()), true),
        (Deed::Disabled, Change::Disable(rule()), false),
        (Deed::Enabled, Change::Enable(rule()), true),
        (Deed::Disabled, Change::Disable(rule()), true),
    ];
    for (deed, change, expected) in steps {
        assert_eq!(apply(&store, deed, change), expected, "{deed:?}");
    }
    let disabled = store.disabled_rules().expect("rules");
    assert_eq!(disabled, [(rule(), act(Deed::Disabled, "because"))]);
}

#[test]
fn what_is_known_of_an_alert_goes_with_it_and_of_the_others_stays() {
    let (_directory, store) = store();
    assert!(apply(&store, Deed::Added, Change::Except(exception(1))));
    let excepted =
        ["a", "b", "c"].map(|id| Excepted { alert: alert(id, Severity::High), exception: 1 });
    let repeats = ["a", "b"].map(|id| Tally { of: id.to_owned(), count: 1, last: 1 });
    let commit = Commit { excepted: excepted.into(), repeats: repeats.into(), ..Commit::default() };
    store.commit(&commit).expect("a commit");
    for number in [1, 3] {
        let (from, to) = (AlertState::Excepted, AlertState::Closed);
        assert!(apply(&store, Deed::Closed, Change::Alert { number, from, to }));
    }
    let keep = Keep { now: 99, alerts_since: Some(50), ..Keep::default() };
    assert_eq!(store.prune(&keep).expect("pruned").alerts, 2, "the last stays");
    assert_eq!(store.fates(1).expect("fates"), daemoneye_store::Fates::default());
    let last = store.fates(3).expect("fates");
    assert_eq!((last.state, last.acts.len()), (AlertState::Closed, 1));
    assert_eq!(store.excepted(1, 9).expect("alerts").len(), 1);
}

#[test]
fn what_was_observed_around_a_moment_is_found_without_reading_everything() {
    let (_directory, store) = store();
    write(&store, (1..=40).map(|number| batch("s", number, 3)).collect());
    let (batches, damaged) = store.between(1_001, 1_001, 7).expect("batches");
    assert_eq!((batches.len(), damaged), (7, 0), "at most so many");
    assert!(store.between(0, 999, 7).expect("batches").0.is_empty());
    assert!(store.between(1_003, 9_999, 7).expect("batches").0.is_empty());
}
