//! Extism: a host of plugins for any purpose. Events go in as JSON, whole or what the rule reads of
//! them, or as columns in one buffer, and the rows that the rule finds come out; it gives no evidence,
//! and no account of what became of an event. Laying out what goes in and reading what comes out is
//! part of a call.

use anyhow::{Context, Result};
use daemoneye_benches::hosting::Hosting;
use daemoneye_benches::options::plugins;
use daemoneye_bus::event::{Batch, Column, Field, write_json};
use extism::{Manifest, Plugin, Wasm};
use serde::Serialize;

/// Where `cargo xtask bench peers` has built the guest, seen from the folder of components.
const GUEST: &str = "../peers-guest/wasm32-unknown-unknown/release/daemoneye_extism_guest.wasm";

/// How events go in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Whole events as JSON: what a host does that does not know what a plugin reads, as here nothing
    /// tells it.
    Events,
    /// JSON of what the rule reads, which somebody has told this host.
    Read,
    /// The same as columns: as little as a call can carry.
    Columns,
}

/// The rule of `benches/guest` in Extism.
pub(crate) struct Extism {
    plugin: Plugin,
    form: Form,
    batch: Option<Batch>,
}

/// What the rule reads of an event.
#[derive(Serialize)]
struct Process<'b> {
    name: Option<&'b str>,
    command_line: Option<&'b str>,
}

impl Extism {
    pub(crate) fn load(form: Form) -> Result<Self> {
        let path = plugins().join(GUEST);
        let bytes = std::fs::read(&path);
        let missing = || format!("{}: run `cargo xtask bench`", path.display());
        let bytes = bytes.with_context(missing)?;
        let plugin = Plugin::new(Manifest::new([Wasm::data(bytes)]), [], false)?;
        Ok(Extism { plugin, form, batch: None })
    }
}

impl Hosting for Extism {
    fn name(&self) -> &'static str {
        match self.form {
            Form::Events => "Extism, events",
            Form::Read => "Extism, two fields",
            Form::Columns => "Extism, columns",
        }
    }

    fn take(&mut self, batch: &Batch) {
        self.batch = Some(batch.clone());
    }

    fn judge(&mut self) -> usize {
        let batch = self.batch.as_ref().expect("a batch was taken");
        let (function, given) = match self.form {
            Form::Events => ("judge", whole(batch)),
            Form::Read => ("judge", read(batch)),
            Form::Columns => ("judge_columns", columns(batch)),
        };
        let rows = self.plugin.call::<_, &[u8]>(function, given).expect("it judges");
        match self.form {
            Form::Events | Form::Read => {
                serde_json::from_slice::<Vec<u32>>(rows).expect("a list of rows").len()
            }
            Form::Columns => rows.chunks_exact(4).len(),
        }
    }
}

/// A list of the events as the agent itself writes them.
fn whole(batch: &Batch) -> Vec<u8> {
    let mut list = vec![b'['];
    for (row, event) in batch.events().enumerate() {
        if row > 0 {
            list.push(b',');
        }
        write_json(&event, &mut list).expect("a list grows");
    }
    list.push(b']');
    list
}

fn read(batch: &Batch) -> Vec<u8> {
    let event = |row| Process {
        name: batch.text(Field::Name, row),
        command_line: batch.text(Field::CommandLine, row),
    };
    let events: Vec<Process<'_>> = (0..batch.rows()).map(event).collect();
    serde_json::to_vec(&events).expect("text is JSON")
}

/// The number of rows, then each column: its offsets, its texts.
fn columns(batch: &Batch) -> Vec<u8> {
    let rows = u32::try_from(batch.rows()).expect("a batch is small");
    let mut buffer = rows.to_le_bytes().to_vec();
    for field in [Field::Name, Field::CommandLine] {
        let Some(Column::Text { offsets, bytes, .. }) = batch.column(field) else {
            panic!("events without {field:?}");
        };
        buffer.extend(offsets.iter().flat_map(|offset| offset.to_le_bytes()));
        buffer.extend_from_slice(bytes);
    }
    buffer
}
