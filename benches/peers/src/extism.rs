//! Extism: a host of plugins for any purpose. Events go in as JSON, and the rows that the rule finds
//! come out as JSON; it gives no evidence, and no account of what became of an event.

use anyhow::{Context, Result};
use daemoneye_benches::hosting::Hosting;
use daemoneye_benches::options::plugins;
use daemoneye_bus::event::{Batch, Field};
use extism::{Manifest, Plugin, Wasm};
use serde::Serialize;

/// Where `cargo xtask bench peers` has built the guest, seen from the folder of components.
const GUEST: &str = "../peers-guest/wasm32-unknown-unknown/release/daemoneye_extism_guest.wasm";

/// The rule of `benches/guest` in Extism.
pub(crate) struct Extism {
    plugin: Plugin,
    batch: Option<Batch>,
}

/// What the rule reads of an event.
#[derive(Serialize)]
struct Process<'b> {
    name: Option<&'b str>,
    command_line: Option<&'b str>,
}

impl Extism {
    pub(crate) fn load() -> Result<Self> {
        let path = plugins().join(GUEST);
        let bytes = std::fs::read(&path);
        let bytes = bytes.with_context(|| format!("{}: run `cargo xtask bench`", path.display()))?;
        let plugin = Plugin::new(Manifest::new([Wasm::data(bytes)]), [], false)?;
        Ok(Extism { plugin, batch: None })
    }
}

impl Hosting for Extism {
    fn name(&self) -> &'static str {
        "Extism"
    }

    fn take(&mut self, batch: &Batch) {
        self.batch = Some(batch.clone());
    }

    fn judge(&mut self) -> usize {
        let batch = self.batch.as_ref().expect("a batch was taken");
        let event = |row| Process {
            name: batch.text(Field::Name, row),
            command_line: batch.text(Field::CommandLine, row),
        };
        let events: Vec<Process<'_>> = (0..batch.rows()).map(event).collect();
        let events = serde_json::to_vec(&events).expect("text is JSON");
        let rows: &[u8] = self.plugin.call("judge", events).expect("the plugin judges");
        serde_json::from_slice::<Vec<u32>>(rows).expect("a list of rows").len()
    }
}
