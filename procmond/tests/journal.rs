//! The journal on a real disk: what it hands out, what it keeps, and when it asks for less.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use daemoneye_bus::event::{Event, Field, Kind};
use daemoneye_ledger::{Folder, audit};
use procmond::journal::{Journal, Outgoing};
use procmond::outbox::{Outbox, outbox};
use procmond::sensor::Counters;
use procmond::state::State;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

const PATIENCE: Duration = Duration::from_secs(60);
const LIMIT: u64 = 256 << 10;

/// A journal that runs, and both sides of it.
struct Run {
    outbox: Outbox,
    batches: mpsc::Receiver<Outgoing>,
    settled: mpsc::UnboundedSender<u64>,
    counters: Arc<Counters>,
    source: String,
    journal: JoinHandle<u64>,
}

async fn start(path: &Path) -> Run {
    let state = State::open(path, LIMIT, PATIENCE).await.expect("a state");
    let counters = Arc::new(Counters::default());
    let journal = Journal::new("procmond", state, counters.clone());
    let source = journal.source().to_owned();
    let (outbox, inbox) = outbox();
    let (outgoing, batches) = mpsc::channel(1);
    let (settled, acknowledged) = mpsc::unbounded_channel();
    let journal =
        tokio::spawn(journal.run(inbox, outgoing, acknowledged, procmond::journal::notes().1));
    Run { outbox, batches, settled, counters, source, journal }
}

impl Run {
    /// Puts an event and waits until it is on disk, or is not.
    async fn put(&self, text: &str) {
        let waiting = self.waiting();
        let event = Event::new(Kind::Exec, 1).with(Field::CommandLine, text);
        assert!(self.outbox.put(event), "the outbox has room");
        while self.waiting() == waiting && !self.is_stuck() {
            tokio::task::yield_now().await;
        }
    }

    fn waiting(&self) -> u64 {
        self.counters.waiting.load(Ordering::Relaxed)
    }

    fn is_stuck(&self) -> bool {
        self.counters.stuck.load(Ordering::Relaxed)
    }

    async fn take(&mut self) -> Outgoing {
        tokio::time::timeout(PATIENCE, self.batches.recv()).await.expect("in time").expect("one")
    }

    /// Sees no more; nobody publishes any more.
    async fn end(self) -> u64 {
        drop((self.outbox, self.batches, self.settled));
        self.journal.await.expect("no panic")
    }
}

fn command_lines(outgoing: &Outgoing) -> Vec<String> {
    let text = |event: Event| event.text(Field::CommandLine).unwrap_or_default().to_owned();
    outgoing.batch.batch.events().map(text).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_asks_for_less_at_70_percent_and_loses_nothing_when_it_is_full() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut run = start(directory.path()).await;
    let mut put = 0;
    let long = "x".repeat(4 << 10);
    while !run.counters.is_slow() {
        run.put(&long).await;
        put += 1;
    }
    let kept = put * long.len() as u64;
    assert!((LIMIT * 6 / 10..LIMIT * 7 / 10).contains(&kept), "{kept} of {LIMIT}");
    while !run.is_stuck() {
        run.put(&long).await;
        put += 1;
    }
    for number in 1..=put {
        let outgoing = run.take().await;
        assert_eq!((outgoing.batch.number, &outgoing.batch.source), (number, &run.source));
        run.settled.send(outgoing.sequence).expect("the journal listens");
    }
    while run.counters.is_slow() || run.is_stuck() || run.waiting() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(run.counters.lost.load(Ordering::Relaxed), 0);
    assert_eq!(run.end().await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_run_hands_out_what_is_left_and_goes_on_counting() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut run = start(directory.path()).await;
    for text in ["a", "b", "c"] {
        run.put(text).await;
    }
    let first = run.take().await;
    run.settled.send(first.sequence).expect("the journal listens");
    while run.waiting() > 2 {
        tokio::task::yield_now().await;
    }
    let source = run.source.clone();
    assert_eq!(run.end().await, 2);

    let mut run = start(directory.path()).await;
    assert_eq!(run.source, source);
    run.put("d").await;
    for (number, text) in [(2, "b"), (3, "c"), (4, "d")] {
        let outgoing = run.take().await;
        assert_eq!((outgoing.batch.number, command_lines(&outgoing)), (number, vec![text.into()]));
        let sequence = outgoing.batch.batch.integer(Field::Sequence, 0);
        assert_eq!(sequence, Some(number.cast_signed()), "events are counted on, too");
    }
    run.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_that_a_crash_took_from_the_ledger_are_made_again_from_the_log() {
    let directory = tempfile::tempdir().expect("a directory");
    let run = start(directory.path()).await;
    for text in ["a", "b", "c"] {
        run.put(text).await;
    }
    // No farewell: nothing is signed or flushed.
    run.journal.abort();
    let _aborted = run.journal.await;
    let folder = Folder::new(directory.path().join("ledger"));
    let before = fs::read_to_string(folder.entries()).expect("entries");
    let kept = before.lines().next().expect("three").len() + 1;
    fs::write(folder.entries(), &before[..kept + 20]).expect("room");

    assert_eq!(start(directory.path()).await.end().await, 3);
    let verifier = folder.verifier().expect("a key");
    let audit = audit(&folder, &verifier, &[]).expect("readable");
    assert_eq!(audit.findings, []);
    assert_eq!((audit.book.counts.0, audit.book.record), (3, 3));
}
