//! Events are written before they are published: batches into the write-ahead log, what they were
//! into the ledger. What comes back as acknowledged is not sent again by any later run.
//!
//! Invariant: what is handed out to be published is on disk.
//! Invariant: collecting never waits for the disk: what finds no room waits in the outbox.

mod credit;
mod draft;
mod loss;
mod notes;
mod numbering;
mod teller;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use daemoneye_bus::event::Event;
use daemoneye_bus::message::SourceBatch;
use daemoneye_ledger::Fact;
use daemoneye_wal::{CommitError, Cursor, Directory, Entry, Wal};
use tokio::sync::mpsc;
use tokio::task::block_in_place;

use crate::outbox::Inbox;
use crate::sensor::Counters;
use crate::state::State;
use credit::Credit;
use numbering::Numbering;
use teller::Teller;

pub use loss::losses;
pub use notes::{Note, Notes, notes};

/// How long an event may wait for others, so that they travel together.
const COALESCE: Duration = Duration::from_millis(3);
/// Events that are taken from the queue at once.
const TAKE: usize = 4096;
/// Bytes that are flushed together; a longer batch is flushed alone.
const GROUP_BYTES: usize = 4 << 20;
/// Between flushes of the ledger, and looks at what can be released or tried again.
const TICK: Duration = Duration::from_secs(1);

/// A batch that is to be published.
#[derive(Debug)]
pub struct Outgoing {
    /// Its sequence in the log.
    pub sequence: u64,
    /// Where to.
    pub topic: String,
    /// What.
    pub batch: SourceBatch,
}

/// What is to be flushed together.
#[derive(Debug, Default)]
struct Group {
    records: Vec<(u64, Vec<u8>)>,
    facts: Vec<Fact>,
    bytes: usize,
}

/// Writes, hands out and forgets.
pub struct Journal {
    wal: Wal<Directory>,
    teller: Teller,
    _lock: std::fs::File,
    counters: Arc<Counters>,
    numbering: Numbering,
    cursor: Cursor,
    /// Whether the log may have more than was handed out.
    has_unread: bool,
    /// What could not be flushed yet.
    pending: VecDeque<Group>,
    credit: Credit,
}

impl Journal {
    /// Goes on where the last run has ended; the ledger is told what it does not know yet.
    pub fn new(id: &str, state: State, counters: Arc<Counters>) -> Self {
        let State { wal, ledger, lock, recovery, found } = state;
        let numbering = Numbering {
            source: source(id, &wal),
            events: i64::try_from(wal.mark()).unwrap_or(i64::MAX),
            lost: 0,
        };
        let mut journal = Journal {
            cursor: Cursor::after(wal.acknowledged()),
            wal,
            teller: Teller::new(ledger),
            _lock: lock,
            counters,
            numbering,
            has_unread: true,
            pending: VecDeque::new(),
            credit: Credit::default(),
        };
        journal.catch_up();
        let sentences = losses(&recovery, &found).into_iter();
        journal.teller.tell(sentences.map(|loss| Fact::act("recovered", loss)));
        journal.weigh();
        journal
    }

    /// Who the batches of this log are of, now.
    pub fn source(&self) -> &str {
        &self.numbering.source
    }

    /// Notes in the ledger that something was done.
    pub fn note(&mut self, act: &str, detail: String) {
        self.teller.note(act, detail);
    }

    fn note_for(&mut self, Note { act, detail, written }: Note) {
        let is_written = self.teller.note_or_refuse(&act, detail);
        let _nobody_waits_any_more = written.send(is_written);
    }

    /// What a crash has kept from the ledger is in the log.
    fn catch_up(&mut self) {
        let mut cursor = Cursor::after(self.teller.last_record());
        let mut facts = Vec::new();
        while let Ok(Some(entry)) = self.wal.read(&mut cursor) {
            let fact = draft::decode(&entry.payload)
                .and_then(|(_, batch)| draft::fact(entry.sequence, &batch));
            facts.extend(fact.ok());
        }
        self.teller.tell(facts);
    }

    /// Writes and hands out until no more events come and everything that was handed out is
    /// acknowledged, or nobody publishes any more. Returns how many batches are left in the log.
    pub async fn run(
        mut self,
        mut events: Inbox,
        outgoing: mpsc::Sender<Outgoing>,
        mut acknowledged: mpsc::UnboundedReceiver<u64>,
        mut acts: mpsc::Receiver<Note>,
    ) -> u64 {
        let mut outgoing = Some(outgoing);
        let mut taken = Vec::with_capacity(TAKE);
        let mut tick = tokio::time::interval(TICK);
        let (mut is_fed, mut is_heard) = (true, true);
        loop {
            let is_done = !is_fed && self.pending.is_empty() && !self.has_unread;
            if is_done || !is_heard {
                outgoing = None;
            }
            tokio::select! {
                () = events.take(&mut taken, TAKE), if is_fed && self.pending.is_empty() => {
                    is_fed = !taken.is_empty();
                    gather(&mut events, &mut taken).await;
                    block_in_place(|| self.write(taken.drain(..)));
                }
                sequence = acknowledged.recv() => match sequence {
                    Some(sequence) => block_in_place(|| self.acknowledge(sequence)),
                    None => break,
                },
                permit = reserve(outgoing.as_ref()), if outgoing.is_some() && self.has_unread => {
                    is_heard = permit.is_some();
                    block_in_place(|| self.hand_out(permit));
                }
                Some(note) = acts.recv() => block_in_place(|| self.note_for(note)),
                _ = tick.tick() => block_in_place(|| self.tick()),
            }
        }
        while is_fed {
            events.take(&mut taken, TAKE).await;
            is_fed = !taken.is_empty();
            block_in_place(|| self.write(taken.drain(..)));
        }
        block_in_place(|| self.end())
    }

    /// Batches of these events, behind those that wait.
    fn write(&mut self, events: impl Iterator<Item = Event>) {
        let waiting: usize = self.pending.iter().map(|group| group.records.len()).sum();
        let first = self.wal.next() + waiting as u64;
        let lost = self.counters.lost.load(Ordering::Relaxed);
        let number = first - self.wal.base();
        let batches = self.numbering.batches(number, lost, events);
        for (sequence, (topic, batch)) in (first..).zip(batches) {
            self.draft(sequence, &topic, &batch);
        }
        self.flush();
    }

    fn draft(&mut self, sequence: u64, topic: &str, batch: &SourceBatch) {
        let mark = self.numbering.events.unsigned_abs();
        // Too long for a frame is too long for the agent. An empty record keeps its number, so that
        // those behind it keep theirs.
        let record = draft::encode(topic, batch).unwrap_or_else(|error| {
            tracing::error!(topic, number = batch.number, "not published: {error}");
            self.counters.lost.fetch_add(batch.batch.rows() as u64, Ordering::Relaxed);
            Vec::new()
        });
        let is_full = |group: &Group| group.bytes + record.len() > GROUP_BYTES;
        if self.pending.back().is_none_or(is_full) {
            self.pending.push_back(Group::default());
        }
        let group = self.pending.back_mut().expect("pushed above");
        group.bytes += record.len();
        group.facts.extend(draft::fact(sequence, batch).ok().filter(|_| !record.is_empty()));
        group.records.push((mark, record));
    }

    /// Whatever waits, in order, until the disk refuses one.
    fn flush(&mut self) {
        while let Some(group) = self.pending.front() {
            if let Err(error) = self.wal.commit(&group.records) {
                self.counters.stuck.store(true, Ordering::Relaxed);
                match error {
                    CommitError::Full { .. } => tracing::debug!("write-ahead {error}"),
                    _ => tracing::warn!("write-ahead {error}"),
                }
                break;
            }
            self.counters.stuck.store(false, Ordering::Relaxed);
            let group = self.pending.pop_front().expect("looked at above");
            self.has_unread = true;
            self.teller.tell(group.facts);
        }
        self.weigh();
    }

    fn hand_out(&mut self, permit: Option<mpsc::Permit<'_, Outgoing>>) {
        let Some(permit) = permit else { return };
        let Some(Entry { sequence, payload, missing, .. }) = self.read() else { return };
        if missing > 0 {
            tracing::error!(batches = missing, "damaged in the write-ahead log");
        }
        match draft::decode(&payload) {
            Ok((topic, batch)) => permit.send(Outgoing { sequence, topic, batch }),
            Err(error) => tracing::error!(record = sequence, "not published: {error}"),
        }
    }

    /// The next record. A disk that fails is asked again with the next tick.
    fn read(&mut self) -> Option<Entry> {
        let entry = self.wal.read(&mut self.cursor).unwrap_or_else(|error| {
            tracing::warn!("write-ahead log: {error}");
            None
        });
        self.has_unread = entry.is_some();
        entry
    }

    fn acknowledge(&mut self, sequence: u64) {
        if let Err(error) = self.wal.acknowledge(sequence) {
            tracing::warn!(sequence, "acknowledged, and a crash may forget it: {error}");
        }
        self.weigh();
    }

    fn tick(&mut self) {
        // Flushed before anything is released of which it tells.
        self.teller.tick();
        if let Err(error) = self.wal.release() {
            tracing::warn!("write-ahead log: {error}");
        }
        self.has_unread = true;
        self.flush();
    }

    fn weigh(&mut self) {
        let is_slow = self.credit.weigh(self.wal.used(), self.wal.limit());
        self.counters.slow.store(is_slow, Ordering::Relaxed);
        self.counters.waiting.store(self.left(), Ordering::Relaxed);
    }

    fn left(&self) -> u64 {
        self.wal.next() - 1 - self.wal.acknowledged()
    }

    fn end(&mut self) -> u64 {
        self.flush();
        if let Err(error) = self.wal.sync() {
            tracing::warn!("write-ahead log: {error}");
        }
        let left = self.left();
        self.teller.note("stop", format!("batches-left={left}"));
        left
    }
}

/// Another one for each log, and after the end of a log was damaged: then nobody knows which numbers
/// the agent has seen.
fn source(id: &str, wal: &Wal<Directory>) -> String {
    let short = (wal.id() ^ wal.id() >> 32) & 0xffff_ffff;
    match wal.base() {
        0 => format!("{id}:{short:08x}"),
        base => format!("{id}:{short:08x}.{base}"),
    }
}

/// Gives others the time to come along.
async fn gather(events: &mut Inbox, taken: &mut Vec<Event>) {
    if let (1.., room @ 1..) = (taken.len(), TAKE - taken.len()) {
        tokio::time::sleep(COALESCE).await;
        events.take_waiting(taken, room);
    }
}

async fn reserve(outgoing: Option<&mpsc::Sender<Outgoing>>) -> Option<mpsc::Permit<'_, Outgoing>> {
    outgoing?.reserve().await.ok()
}
