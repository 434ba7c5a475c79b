//! Without an agent: events as JSON lines on standard output.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::{Context, Result};
use daemoneye_bus::event::{Event, Field, to_json};
use procmond::outbox::outbox;
use procmond::redaction::Redactor;
use procmond::sensor::{self, Counters, Sensor, Settings};
use tokio::sync::watch;

/// Lines that are written at a time.
const TAKE: usize = 256;

/// What stands in events for the secret on standard input, of which a line's end is no part.
pub(crate) fn mark(redactor: &Redactor) -> Result<()> {
    let mut secret = String::new();
    io::stdin().read_to_string(&mut secret).context("standard input")?;
    let secret = secret.strip_suffix('\n').unwrap_or(&secret);
    writeln!(io::stdout(), "{}", redactor.mark(secret)).context("standard output")
}

pub(crate) fn once(redactor: Option<&Redactor>) -> Result<()> {
    let mut lines = Lines::default();
    for event in sensor::look_once(redactor).context("sensor")? {
        if !lines.write(event)? {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn watch(settings: Settings, mut stop: watch::Receiver<bool>) -> Result<()> {
    let (outbox, mut inbox) = outbox();
    let counters = Arc::new(Counters::default());
    let losses = counters.clone();
    let emit = move |event| {
        if !outbox.put(event) {
            losses.lose();
        }
    };
    let sensor = Sensor::start(settings, counters.clone(), emit).context("sensor")?;
    sensor.degraded.iter().for_each(|reason| tracing::warn!("{reason}"));
    let mut lines = Lines::default();
    let mut taken = Vec::new();
    let mut is_read = true;
    while is_read {
        tokio::select! {
            () = inbox.take(&mut taken, TAKE) => is_read = lines.write_all(&mut taken)?,
            _ = stop.wait_for(|stop| *stop) => break,
        }
    }
    tokio::task::spawn_blocking(move || sensor.stop()).await.context("sensor")?;
    while is_read && !inbox.is_empty() {
        inbox.take_waiting(&mut taken, TAKE);
        is_read = lines.write_all(&mut taken)?;
    }
    match counters.lost.load(Ordering::Relaxed) {
        0 => {}
        lost => tracing::warn!(lost, "events were lost"),
    }
    Ok(())
}

/// Numbers events and writes them.
#[derive(Default)]
struct Lines(i64);

impl Lines {
    /// Whether somebody still reads.
    fn write_all(&mut self, events: &mut Vec<Event>) -> Result<bool> {
        for event in events.drain(..) {
            if !self.write(event)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether somebody still reads.
    fn write(&mut self, event: Event) -> Result<bool> {
        self.0 += 1;
        let event = event.with(Field::Sequence, self.0);
        let line = serde_json::Value::Object(to_json(&event));
        match writeln!(io::stdout().lock(), "{line}") {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
            Err(error) => Err(error).context("standard output"),
        }
    }
}
