//! A store with events of all sorts, and what is asked of it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use daemoneye_bus::event::{BatchBuilder, Event, Field, Kind};
use daemoneye_bus::message::SourceBatch;
use daemoneye_hunt::{Budget, HuntError, Parameters, Progress, Question, Told, Window};
use daemoneye_store::{Commit, Store};
use tempfile::TempDir;

/// Events in [`Stored::new`].
pub(crate) const EVENTS: i64 = 3_000;
/// Events of one batch.
const BATCH: usize = 250;

/// A store in a directory of its own.
pub(crate) struct Stored {
    pub(crate) store: Store,
    path: PathBuf,
    directory: TempDir,
}

/// The n-th event: its values come again and again in different company, some of them not at all.
pub(crate) fn event(n: i64) -> Event {
    let kinds = [Kind::Start, Kind::Exec, Kind::Stop, Kind::Snapshot];
    let names = ["bash", "BASH", "sh", "curl", "Größe", "nginx", "python3"];
    let kind = kinds[usize::try_from(n * 7 % 4).expect("small")];
    let mut event = Event::new(kind, 1_000_000 + n * 10).with(Field::Pid, n * 31 % 97);
    if n % 5 != 0 {
        event.set(Field::Name, names[usize::try_from(n * 11 % 7).expect("small")]);
    }
    if n % 3 != 0 {
        event.set(Field::CommandLine, format!("Command {} --n={}", n * 17 % 41, n % 13));
    }
    if n % 7 == 0 {
        event.set(Field::CpuUsage, (n % 9) as f64 / 4.0);
    }
    event.set(Field::UserName, if n % 2 == 0 { "root" } else { "Www-Data" });
    event
}

impl Stored {
    /// A store with [`EVENTS`] events.
    pub(crate) fn new() -> Self {
        Stored::of((0..EVENTS).map(event), &[])
    }

    /// A store with these events; `lost` says of which batches the source says it lost how many.
    pub(crate) fn of(events: impl Iterator<Item = Event>, lost: &[(u64, u64)]) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("store.redb");
        let store = Store::open(&path).expect("a store");
        let events: Vec<Event> = events.collect();
        let batches = (1..).zip(events.chunks(BATCH)).map(|(number, events)| {
            let mut builder = BatchBuilder::default();
            events.iter().for_each(|event| builder.push(event));
            let lost = lost.iter().find(|(of, _)| *of == number).map_or(0, |(_, lost)| *lost);
            let batch = builder.finish().expect("events");
            SourceBatch { source: "test".to_owned(), number, lost, batch }
        });
        store.commit(&Commit { batches: batches.collect(), ..Commit::default() }).expect("room");
        Stored { store, path, directory }
    }

    /// The same, after somebody did something to its file.
    pub(crate) fn damaged(self, damage: impl FnOnce(&Path)) -> Self {
        let Stored { store, path, directory } = self;
        drop(store);
        damage(&path);
        let store = Store::open(&path).expect("a store that still opens");
        Stored { store, path, directory }
    }

    /// Asks for everything.
    pub(crate) fn ask(&self, sql: &str) -> Result<Told, HuntError> {
        self.ask_within(sql, Window::default(), u64::MAX - 1)
    }

    /// Asks for at most so many rows of a window.
    pub(crate) fn ask_within(
        &self,
        sql: &str,
        window: Window,
        most: u64,
    ) -> Result<Told, HuntError> {
        let question = Question::new(sql, &Parameters::default(), window)?;
        let budget = Budget::of(Instant::now(), Duration::from_secs(60));
        question.ask(&self.store, most, &budget, &Progress::default())
    }
}
