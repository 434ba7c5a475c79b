//! Without an agent: events as JSON lines on standard output.

use std::io::{self, BufWriter, ErrorKind, Read, Stdout, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::{Context, Result};
use daemoneye_bus::event::{Event, Field, write_json};
use procmond::confinement::Confinement;
use procmond::outbox::outbox;
use procmond::redaction::Redactor;
use procmond::sensor::{self, Counters, Sensor, Settings};
use procmond::spread::spread;
use tokio::sync::watch;

/// Lines that are written at a time.
const TAKE: usize = 256;
/// Bytes that are written at a time where everything is there.
const BUFFER_BYTES: usize = 256 << 10;

/// What stands in events for the secret on standard input, of which a line's end is no part.
pub(crate) fn mark(redactor: &Redactor) -> Result<()> {
    let mut secret = String::new();
    io::stdin().read_to_string(&mut secret).context("standard input")?;
    let secret = secret.strip_suffix('\n').unwrap_or(&secret);
    writeln!(io::stdout(), "{}", redactor.mark(secret)).context("standard output")
}

pub(crate) fn once(redactor: Option<&Redactor>) -> Result<()> {
    let events = sensor::look_once(redactor).context("sensor")?;
    let numbered: Vec<(i64, Event)> = (1..).zip(events).collect();
    let lines = spread(numbered, |(number, event)| {
        let mut line = Vec::new();
        write_line(number, event, &mut line).map(|()| line)
    });
    let mut out = BufWriter::with_capacity(BUFFER_BYTES, io::stdout());
    let written = lines.into_iter().try_for_each(|line| out.write_all(&line?));
    is_read(written.and_then(|()| out.flush())).map(|_whole| ())
}

pub(crate) async fn watch(
    settings: Settings,
    confinement: Confinement,
    mut stop: watch::Receiver<bool>,
) -> Result<()> {
    let (outbox, mut inbox) = outbox();
    let counters = Arc::new(Counters::default());
    let losses = counters.clone();
    let emit = move |event| {
        if !outbox.put(event) {
            losses.lose();
        }
    };
    let sensor = Sensor::start(settings, counters.clone(), emit).context("sensor")?;
    let lacks = confinement.seal().into_iter().filter_map(|measure| measure.lack("procmond"));
    lacks.for_each(|lack| tracing::warn!("{lack}"));
    sensor.degraded.iter().for_each(|reason| tracing::warn!("{reason}"));
    let mut lines = Lines::new();
    let mut taken = Vec::new();
    let mut is_read = true;
    while is_read {
        tokio::select! {
            () = inbox.take(&mut taken, TAKE) => is_read = lines.write_all(taken.drain(..))?,
            _ = stop.wait_for(|stop| *stop) => break,
        }
    }
    tokio::task::spawn_blocking(move || sensor.stop()).await.context("sensor")?;
    while is_read && !inbox.is_empty() {
        inbox.take_waiting(&mut taken, TAKE);
        is_read = lines.write_all(taken.drain(..))?;
    }
    match counters.lost.load(Ordering::Relaxed) {
        0 => {}
        lost => tracing::warn!(lost, "events were lost"),
    }
    Ok(())
}

/// Numbers events and writes them.
struct Lines {
    out: BufWriter<Stdout>,
    written: i64,
}

impl Lines {
    fn new() -> Self {
        Lines { out: BufWriter::new(io::stdout()), written: 0 }
    }

    /// Whether somebody still reads.
    fn write_all(&mut self, events: impl IntoIterator<Item = Event>) -> Result<bool> {
        let written = events.into_iter().try_for_each(|event| {
            self.written += 1;
            write_line(self.written, event, &mut self.out)
        });
        is_read(written.and_then(|()| self.out.flush()))
    }
}

fn write_line(number: i64, event: Event, mut out: impl Write) -> io::Result<()> {
    write_json(&event.with(Field::Sequence, number), &mut out)?;
    writeln!(out)
}

/// Whoever reads no further is no error.
fn is_read(written: io::Result<()>) -> Result<bool> {
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error).context("standard output"),
    }
}
