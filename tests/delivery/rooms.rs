//! The rooms of delivery without the rest of the agent: many alerts, real sinks, counted transactions.

use std::net::{SocketAddr, TcpListener};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use daemoneye_bus::alert::{Alert, Severity};
use daemoneye_bus::control::BreakerState;
use daemoneye_host::config::Sink;
use daemoneye_host::delivery::{Delivery, Policy, Rooms};
use daemoneye_host::health::Health;
use daemoneye_host::plugin::Sandbox;
use daemoneye_host::writer::Writer;
use daemoneye_store::{Commit, NewAlert, SinkAccount, Store};
use daemoneye_tests::{cache, plugins};
use serde_json::json;
use tempfile::TempDir;

use super::disk::Disk;
use super::wait_until;
use super::witness::Witness;

/// Short, so that an outage in a test is over soon.
const POLICY: Policy = Policy {
    first_pause: Duration::from_millis(5),
    last_pause: Duration::from_millis(50),
    ..Policy::DEFAULT
};

/// A store, its writer, and sinks that are owed everything.
struct House {
    folder: TempDir,
    rooms: Rooms,
    delivery: Delivery,
    threads: Vec<JoinHandle<()>>,
}

impl House {
    /// With the file sink `file`, and one more for each mode, called like it.
    fn new(modes: &[&str]) -> Self {
        House::on(Disk::default(), modes)
    }

    fn on(disk: Disk, modes: &[&str]) -> Self {
        House::beside(disk, |folder| modes.iter().map(|mode| other(folder, mode)).collect())
    }

    /// With the file sink, and these beside it.
    fn beside(disk: Disk, others: impl FnOnce(&Path) -> Vec<Sink>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Arc::new(Store::with_backend(disk).expect("a store"));
        let (writer, thread) = Writer::spawn(store.clone()).expect("a thread");
        let (hearing, health) = (Arc::default(), Arc::new(Health::new("test".to_owned())));
        let rooms = Rooms { store, writer, hearing, health };
        let sinks: Vec<Sink> =
            std::iter::once(file(folder.path())).chain(others(folder.path())).collect();
        let sandbox = Sandbox::new(Some(&cache())).expect("a sandbox");
        let (delivery, mut threads) =
            Delivery::start(&sandbox, &plugins(), &sinks, &rooms, POLICY).expect("sinks");
        threads.push(thread);
        House { folder, rooms, delivery, threads }
    }

    fn witness(&self) -> Witness {
        Witness::new(self.folder.path().join("alerts"))
    }

    /// Records alerts as the judge does.
    fn record(&self, numbers: Range<u64>) {
        self.record_titled("Title", numbers);
    }

    fn record_titled(&self, title: &str, numbers: Range<u64>) {
        let alert = |number| Alert { title: title.to_owned(), ..alert(number) };
        let owed_to = self.delivery.sinks();
        let new = |number| NewAlert { alert: alert(number), owed_to: owed_to.clone() };
        let found = Commit { alerts: numbers.map(new).collect(), ..Commit::default() };
        let written = self.rooms.writer.judged(found);
        written.expect("a writer").expect("a commit");
        self.delivery.look();
    }

    fn account(&self, sink: &str) -> SinkAccount {
        let accounts = self.rooms.store.sinks().expect("accounts");
        accounts.into_iter().find(|(name, _)| name == sink).expect(sink).1
    }

    fn breaker(&self, sink: &str) -> BreakerState {
        let status = self.rooms.health.status();
        status.sinks.into_iter().find(|known| known.name == sink).expect(sink).breaker
    }

    /// Every thread ends, and what they have decided is on disk.
    fn end(self) -> (TempDir, Arc<Store>) {
        let House { folder, rooms, delivery, threads } = self;
        let store = rooms.store.clone();
        drop((rooms, delivery));
        threads.into_iter().for_each(|thread| thread.join().expect("no thread panics"));
        (folder, store)
    }
}

fn file(folder: &Path) -> Sink {
    let grants = json!({ "directory": folder.join("alerts") });
    let grants = serde_json::from_value(grants).expect("grants");
    let (name, plugin) = ("file".to_owned(), "file".to_owned());
    Sink { name, plugin, grants, config: Default::default() }
}

fn other(folder: &Path, mode: &str) -> Sink {
    let grants = json!({ "console": true, "directory": folder.join(mode) });
    let grants = serde_json::from_value(grants).expect("grants");
    let config = [("mode".to_owned(), mode.into())].into_iter().collect();
    Sink { name: mode.to_owned(), plugin: "test/ungranted".to_owned(), grants, config }
}

/// A webhook at this address, which has the patience of an operator who has too much.
fn webhook(address: SocketAddr) -> Sink {
    let grants = json!({ "http": { "hosts": [address], "plaintext": true, "timeout_s": 255 } });
    let grants = serde_json::from_value(grants).expect("grants");
    let config = [("url".to_owned(), format!("http://{address}/").into())].into_iter().collect();
    Sink { name: "hung".to_owned(), plugin: "webhook".to_owned(), grants, config }
}

/// Its id is its number, so that order can be seen.
fn alert(number: u64) -> Alert {
    Alert {
        id: format!("{number:032}"),
        time: 1,
        latency: 2,
        rule: "rule".to_owned(),
        title: "Title".to_owned(),
        pack: "pack".to_owned(),
        severity: Severity::High,
        techniques: Vec::new(),
        evidence: Vec::new(),
        shown: serde_json::Map::new(),
        event: serde_json::Map::new(),
        repeats: 0,
        witness: None,
        degraded: None,
    }
}

#[test]
fn dead_sinks_slow_no_other_and_receipts_cost_few_transactions() {
    let house = House::new(&["trap", "retry", "hang"]);
    let before = house.rooms.store.commits();
    for hundred in 0..10 {
        house.record(hundred * 100..(hundred + 1) * 100);
    }
    wait_until("the file sink has all", || house.account("file").delivered == 1_000);
    let transactions = house.rooms.store.commits() - before;
    assert!(transactions <= 10 + 10, "{transactions} transactions for 1,000 alerts");
    for dead in ["trap", "retry", "hang"] {
        let account = house.account(dead);
        assert_eq!((account.pending, account.dead), (1_000, 0), "{dead}: an outage kills no alert");
    }
    assert_eq!(house.breaker("file"), BreakerState::Closed);
    wait_until("the dead ones are left alone", || {
        ["trap", "retry"].into_iter().all(|dead| house.breaker(dead) != BreakerState::Closed)
    });
}

#[test]
fn an_endpoint_that_takes_requests_and_never_answers_costs_its_own_sink_and_no_other() {
    // The kernel completes the connections; nobody ever reads from them.
    let silent = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let address = silent.local_addr().expect("bound");
    let house = House::beside(Disk::default(), |_| vec![webhook(address)]);
    house.record(0..1);
    let asked = silent.accept().expect("the sink asks");
    for hundred in 0..10 {
        house.record(hundred * 100 + 1..(hundred + 1) * 100 + 1);
    }
    wait_until("the file sink has all", || house.account("file").delivered == 1_001);
    let hung = house.account("hung");
    assert_eq!((hung.delivered, hung.pending, hung.dead), (0, 1_001, 0));
    assert!(hung.is_closed());
    drop(asked);
}

#[test]
fn ten_thousand_alerts_are_drained_by_age_when_the_sink_is_back() {
    let house = House::new(&[]);
    let mut witness = house.witness();
    witness.block();
    for thousand in 0..10 {
        house.record(thousand * 1_000..(thousand + 1) * 1_000);
    }
    wait_until("the sink is down", || house.breaker("file") == BreakerState::Open);
    assert_eq!(house.account("file").pending, 10_000);
    let before = house.rooms.store.commits();
    witness.unblock();
    wait_until("all is delivered", || house.account("file").pending == 0);
    let transactions = house.rooms.store.commits() - before;
    assert!(transactions <= 200, "{transactions} transactions for 10,000 receipts");

    let mut ids = witness.ids();
    // The alert that showed that the sink is back may be any of the first window.
    ids.remove(0);
    assert!(ids.is_sorted(), "by age");
    assert_eq!(ids.len(), 9_999, "each once: nothing was killed");
    let account = house.account("file");
    assert_eq!((account.delivered, account.dead, account.is_closed()), (10_000, 0, true));
}

#[test]
fn at_the_end_every_receipt_is_on_disk_and_what_has_none_is_still_owed() {
    let house = House::new(&["retry"]);
    house.record(0..100);
    wait_until("the file sink has all", || house.account("file").delivered == 100);
    let (_folder, store) = house.end();
    let owed = |sink| store.owed_numbers(sink, 1_000).expect("what is owed").len();
    assert_eq!((owed("file"), owed("retry")), (0, 100));
}

#[test]
fn while_receipts_cannot_be_recorded_a_sink_is_offered_only_as_much_as_may_wait_for_its_receipt() {
    let disk = Disk::default();
    let house = House::on(disk.clone(), &[]);
    let mut witness = house.witness();
    witness.block();
    house.record(0..3_000);
    disk.fill();
    witness.unblock();
    wait_until("it has offered what it may", || witness.ids().len() >= 1_024);
    // After each refused commit there is a pause in which far more could be offered.
    let before = disk.refused();
    wait_until("refused again and again", || disk.refused() >= before + 10);
    let offered = witness.ids().len();
    assert!((1_024..1_024 + 64).contains(&offered), "{offered} alerts, none with a receipt");
    let told = house.rooms.health.status().degraded;
    assert!(
        told.iter().any(|why| why.contains("receipts are not recorded: disk full")),
        "{told:?}"
    );

    disk.empty();
    wait_until("all is delivered", || house.account("file").pending == 0);
    let mut ids = witness.ids();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), house.account("file").delivered), (3_000, 3_000));
}

#[test]
fn alerts_that_a_sink_never_takes_do_not_keep_others_waiting_and_die_in_the_end() {
    let house = House::new(&["picky"]);
    house.record_titled("poison", 0..1_500);
    wait_until("all that is in the window fails", || {
        house.breaker("picky") != BreakerState::Closed
    });
    let others = 1_500..1_510;
    house.record(others.clone());
    wait_until("the others are there", || house.account("picky").delivered == 10);
    // Only while others are taken can an alert be blamed.
    let mut next = others.end;
    wait_until("a poisoned one is dead", || {
        house.record(next..next + 1);
        next += 1;
        house.account("picky").dead > 0
    });
    let letters = house.rooms.store.dead_letters(Some("picky"), 1).expect("letters");
    assert_eq!(letters[0].alert.as_ref().expect("an alert").title, "poison");
    assert!(letters[0].why.contains("while others were taken; at last: poison"), "{letters:?}");
    assert!(house.account("picky").is_closed());
}
