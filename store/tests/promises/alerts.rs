//! Alerts: recorded once, read by number and severity.

use daemoneye_bus::alert::{Alert, Severity};
use daemoneye_store::{Commit, NewAlert, Store};

use crate::disk::Disk;
use crate::samples::alert;

fn record(store: &Store, alerts: Vec<Alert>) -> Vec<u64> {
    let alerts = alerts.into_iter().map(NewAlert::from).collect();
    store.commit(&Commit { alerts, ..Commit::default() }).expect("a commit").alerts
}

#[test]
fn an_alert_is_recorded_once_however_often_it_comes() {
    let store = Store::with_backend(Disk::default()).expect("a store");
    let first = alert("a", Severity::High);
    assert_eq!(record(&store, vec![first.clone(), alert("b", Severity::Low)]), [1, 2]);
    let changed = Alert { title: "another".to_owned(), ..first.clone() };
    assert_eq!(record(&store, vec![changed, alert("c", Severity::Low)]), [1, 3]);
    assert_eq!(record(&store, vec![alert("d", Severity::Low), alert("d", Severity::Low)]), [4, 4]);
    assert_eq!(store.counts().expect("counts").alerts, 4);
    assert_eq!(store.alerts(0, Severity::High, 9).expect("alerts"), [(1, first)]);
}

#[test]
fn the_newest_alerts_above_a_number_come_oldest_first() {
    let store = Store::with_backend(Disk::default()).expect("a store");
    let severities = Severity::ALL.into_iter().chain(Severity::ALL);
    record(
        &store,
        severities.zip("abcdefghij".chars()).map(|(s, id)| alert(&id.to_string(), s)).collect(),
    );
    // After, at least, limit; numbers.
    let cases: &[(u64, Severity, usize, &[u64])] = &[
        (0, Severity::Info, 100, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        (0, Severity::Info, 3, &[8, 9, 10]),
        (0, Severity::High, 100, &[4, 5, 9, 10]),
        (4, Severity::High, 2, &[9, 10]),
        (9, Severity::Info, 100, &[10]),
        (10, Severity::Info, 100, &[]),
        (u64::MAX, Severity::Info, 100, &[]),
        (0, Severity::Info, 0, &[]),
    ];
    for (after, at_least, limit, expected) in cases {
        let found = store.alerts(*after, *at_least, *limit).expect("alerts");
        let numbers: Vec<u64> = found.into_iter().map(|(number, _)| number).collect();
        assert_eq!(numbers, *expected, "after {after}, at least {at_least}, limit {limit}");
    }
}
