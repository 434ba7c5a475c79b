//! A real file system without room, under the write-ahead log and under the store.

use std::path::Path;

use daemoneye_bus::client::Client;
use daemoneye_bus::event::{Event, Field};
use daemoneye_bus::message::Receipt;
use daemoneye_store::Store;
use daemoneye_tests::{Agent, Home, Impostor, SmallDisk};
use serde_json::Value as Json;

use super::{
    MARK, assert_exit, assert_whole, collector, is_degraded_by, numbered, publish, settle,
};

const RULE: &str = "kernel-thread-name";
/// The log removes whole segments, so that there has to be room for two of them.
const MEBIBYTES: u32 = 64;

fn is_stuck(status: &Json) -> bool {
    collector(status, "procmond")["heartbeat"]["stuck"] == true
}

#[test]
fn a_full_disk_under_the_log_loses_nothing_says_so_and_ends_with_the_shortage() {
    let home = Home::new();
    let disk = match SmallDisk::mount(&home, "data/procmond", MEBIBYTES) {
        Ok(disk) => disk,
        Err(why) => return eprintln!("SKIPPED: {why}"),
    };
    let mut agent = Agent::start_on(&home, &disk);
    let sensor = agent.sensor();
    disk.fill();
    let impostors = [(); 3].map(|()| Impostor::start());
    let status = agent.wait_until("stuck", is_stuck);
    assert!(is_degraded_by(&status, "procmond cannot write"), "{status:#}");
    assert_exit(&home, &["status"], 3);
    assert_eq!(agent.sensor(), sensor, "it goes on");

    disk.empty();
    agent.wait_until("room", |status| {
        !is_stuck(status) && !is_degraded_by(status, "procmond cannot write")
    });
    for impostor in &impostors {
        agent.wait_for_alert("seen while there was no room", impostor.is_in(RULE));
    }
    assert_eq!(agent.sensor(), sensor, "it is the same");
    settle(agent);
    assert_whole(&home, &disk.path(""), &home.path("data/store.redb"));
}

/// Publishes batches until one is not taken; returns the number of that one.
async fn publish_until_refused(client: &Client, first: u64) -> u64 {
    let mut number = first;
    loop {
        match publish(client, number).await {
            Receipt::Done => number += 1,
            Receipt::Busy(why) => {
                assert!(why.contains("disk full"), "{why}");
                return number;
            }
            other => panic!("{other:?}"),
        }
    }
}

async fn publish_until_taken(client: &Client, number: u64) {
    while publish(client, number).await != Receipt::Done {
        tokio::task::yield_now().await;
    }
}

/// The command lines in the store that begin so.
fn stored(store: &Path, mark: &str) -> Vec<String> {
    let store = Store::open(store).expect("a store");
    let mut lines = Vec::new();
    for segment in store.segments(.., false).expect("readable") {
        let (_, _, batch) = segment.expect("readable");
        let of_event = |event: Event| event.text(Field::CommandLine).map(str::to_owned);
        lines.extend(batch.events().filter_map(of_event).filter(|line| line.starts_with(mark)));
    }
    lines
}

#[test]
fn a_full_disk_under_store_and_log_loses_nothing_that_was_acknowledged() {
    let home = Home::new();
    let disk = match SmallDisk::mount(&home, "data", MEBIBYTES) {
        Ok(disk) => disk,
        Err(why) => return eprintln!("SKIPPED: {why}"),
    };
    let mut agent = Agent::start_on(&home, &disk);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let socket = home.socket();
    let client = runtime.block_on(Client::connect(&socket, "test")).expect("an agent");
    disk.fill();
    let refused = runtime.block_on(publish_until_refused(&client, 1));
    let impostor = Impostor::start();
    let status = agent.wait_until("told", |status| is_degraded_by(status, "store: "));
    assert!(is_degraded_by(&status, "collectors keep their events and try again"), "{status:#}");
    assert_exit(&home, &["status"], 3);

    disk.empty();
    runtime.block_on(publish_until_taken(&client, refused));
    agent.wait_until("room", |status| !is_degraded_by(status, "store: ") && !is_stuck(status));
    agent.wait_for_alert("seen while there was no room", impostor.is_in(RULE));
    settle(agent);
    assert_whole(&home, &disk.path("procmond"), &disk.path("store.redb"));
    let expected: Vec<_> = (1..=refused).map(numbered).collect();
    assert_eq!(stored(&disk.path("store.redb"), MARK), expected, "each batch once, in order");
}
