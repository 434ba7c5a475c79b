//! Batches and alerts to write.

use daemoneye_bus::alert::{Alert, Severity};
use daemoneye_bus::event::{Batch, Event, Field, Kind};
use daemoneye_bus::message::SourceBatch;
use daemoneye_store::{Commit, Committed, SegmentId, Store};

pub(crate) fn batch(source: &str, number: u64, rows: usize) -> SourceBatch {
    let event = |row: usize| {
        let row = i64::try_from(row).expect("a small number");
        Event::new(Kind::Exec, 1_000 + row)
            .with(Field::Pid, row)
            .with(Field::CommandLine, format!("{source} {number} {row}"))
    };
    let batch = Batch::from_events(&(0..rows).map(event).collect::<Vec<_>>()).expect("events");
    SourceBatch { source: source.to_owned(), number, lost: 0, batch }
}

pub(crate) fn alert(id: &str, severity: Severity) -> Alert {
    Alert {
        id: id.to_owned(),
        time: 1,
        latency: 2,
        rule: "shell-dev-tcp".to_owned(),
        title: "Shell opens /dev/tcp".to_owned(),
        pack: "linux".to_owned(),
        severity,
        techniques: vec!["T1059.004".to_owned()],
        evidence: Vec::new(),
        shown: serde_json::Map::new(),
        event: serde_json::Map::new(),
        repeats: 0,
        witness: None,
        degraded: None,
    }
}

pub(crate) fn write(store: &Store, batches: Vec<SourceBatch>) -> Committed {
    store.commit(&Commit { batches, ..Commit::default() }).expect("a commit")
}

/// The ids and events of every segment; all must be readable.
pub(crate) fn everything(store: &Store) -> Vec<(SegmentId, Batch)> {
    let segments = store.segments(.., false).expect("segments");
    segments.map(|segment| segment.map(|(id, _, batch)| (id, batch)).expect("a segment")).collect()
}
