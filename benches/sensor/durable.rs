//! Events in the write-ahead log, on disk when a commit returns; and the same bytes in a plain file.

use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use daemoneye_bus::event::{Batch, Event, Field, Kind};
use daemoneye_bus::frame;
use daemoneye_bus::message::SourceBatch;
use daemoneye_wal::{Directory, Limits, Wal};

const ROWS: i64 = 1_024;
/// As the sensor has it: its whole log, and a sixteenth of that.
const LIMITS: Limits = Limits { total: 256 << 20, segment: 16 << 20 };

/// Batches of 1,024 events, one and eight for each flush.
pub(crate) fn measure(time: Duration) -> Result<()> {
    println!("durable events, {time:?} each");
    for batches in [1, 8] {
        let (own, bytes) = log(batches, time / 2)?;
        let peer = file(batches, bytes, time / 2)?;
        let ratio = own / peer;
        println!(
            "  flushed every {batches} x {ROWS}: log {own:>10.0} events/s, bare file {peer:>10.0}, ratio {ratio:.2}"
        );
    }
    Ok(())
}

/// Encoded as the journal does it, committed, and acknowledged as an agent would; events per second,
/// and bytes that a commit has.
fn log(batches: u64, time: Duration) -> Result<(f64, usize)> {
    let place = tempfile::tempdir().context("a folder")?;
    let (mut wal, _) = Wal::open(Directory::new(place.path().to_owned()), LIMITS, 1)?;
    let events: Vec<Event> = (0..ROWS).map(event).collect();
    let batch = Batch::from_events(&events).context("events")?;
    let (mut commits, mut bytes) = (0_u64, 0);
    let started = Instant::now();
    while started.elapsed() < time {
        let number = |at| commits * batches + at;
        let records = (0..batches).map(|at| Ok((number(at), record(&batch, number(at))?)));
        let records: Vec<(u64, Vec<u8>)> = records.collect::<Result<_>>()?;
        wal.commit(&records)?;
        bytes = records.iter().map(|(_, record)| record.len()).sum();
        wal.acknowledge(wal.next() - 1)?;
        wal.release()?;
        commits += 1;
    }
    Ok((rate(commits * batches, started.elapsed()), bytes))
}

fn record(batch: &Batch, number: u64) -> Result<Vec<u8>> {
    let batch =
        SourceBatch { source: "procmond:1".to_owned(), number, lost: 0, batch: batch.clone() };
    Ok(frame::encode(&("events.process.start", batch))?)
}

/// As many bytes for each flush, appended as they are.
fn file(batches: u64, bytes: usize, time: Duration) -> Result<f64> {
    let place = tempfile::tempdir().context("a folder")?;
    let mut file = File::create(place.path().join("plain"))?;
    let (bytes, mut flushes) = (vec![7; bytes], 0_u64);
    let started = Instant::now();
    while started.elapsed() < time {
        file.write_all(&bytes)?;
        file.sync_data()?;
        flushes += 1;
    }
    Ok(rate(flushes * batches, started.elapsed()))
}

fn rate(batches: u64, took: Duration) -> f64 {
    (batches * ROWS.unsigned_abs()) as f64 / took.as_secs_f64()
}

/// A program that starts, as the sensor tells it.
fn event(number: i64) -> Event {
    let key = format!("3b0c6d9e-5f0a-4d44-9a37-0d7f3a1f4b11:{number}:{number}000");
    Event::new(Kind::Start, 1_790_000_000_000_000 + number)
        .with(Field::Sequence, number)
        .with(Field::Origin, "exec")
        .with(Field::ProcessKey, key.clone())
        .with(Field::ParentKey, key)
        .with(Field::Pid, number)
        .with(Field::ParentPid, 1_i64)
        .with(Field::StartTime, 1_790_000_000_000_000 + number)
        .with(Field::Name, "rsync")
        .with(Field::ExecutablePath, "/usr/bin/rsync")
        .with(Field::CommandLine, format!("rsync -a --delete /srv/{number}/ backup:/srv/{number}/"))
        .with(Field::WorkingDirectory, "/srv")
        .with(Field::UserId, 1000_i64)
        .with(Field::UserName, "backup")
        .with(Field::ParentName, "cron")
        .with(Field::ParentPath, "/usr/sbin/cron")
        .with(Field::Absent, "tty=none container_id=none cpu_usage=pending")
}
