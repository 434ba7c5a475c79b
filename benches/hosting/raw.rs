//! The component in wasmtime and nothing around it: what any host would pay.

use daemoneye_bus::event::{Batch, Column, Field};
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, Store};

use super::Hosting;
use wit::exports::daemoneye::plugin::rules;

mod wit {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "current-rule-plugin",
        ownership: Borrowing { duplicate_if_necessary: true },
    });
}

/// No fuel, no deadline, no limits, no account.
pub struct Raw {
    store: Store<()>,
    bindings: wit::CurrentRulePlugin,
    fields: Vec<Field>,
    batch: Option<Batch>,
}

/// Why the component does not load.
#[derive(Debug, thiserror::Error)]
#[error("wasmtime alone: {0}")]
pub struct RawError(String);

/// Columns of text as the component takes them.
#[derive(Default)]
struct Packed {
    rows: u32,
    columns: Vec<rules::Place>,
    validity: Vec<u8>,
    offsets: Vec<u32>,
    bytes: Vec<u8>,
}

impl Raw {
    /// Compiles and loads the component.
    ///
    /// # Errors
    /// If it is none of this world.
    pub fn load(component: &[u8]) -> Result<Self, RawError> {
        Raw::instantiate(component).map_err(|error| RawError(format!("{error:#}")))
    }

    fn instantiate(component: &[u8]) -> wasmtime::Result<Self> {
        let mut config = Config::new();
        config.concurrency_support(false);
        let engine = Engine::new(&config)?;
        let component = Component::from_binary(&engine, component)?;
        let mut store = Store::new(&engine, ());
        let linker = Linker::new(&engine);
        let bindings = wit::CurrentRulePlugin::instantiate(&mut store, &component, &linker)?;
        let declared = bindings.daemoneye_plugin_rules().call_load(&mut store, &[])?;
        let declared = declared.map_err(wasmtime::Error::msg)?;
        let fields = declared.columns.iter().filter_map(|name| Field::named(name)).collect();
        Ok(Raw { store, bindings, fields, batch: None })
    }

    fn run(&mut self) -> wasmtime::Result<usize> {
        let Raw { store, bindings, fields, batch } = self;
        let packed = Packed::of(batch.as_ref().expect("a batch was taken"), fields);
        let guest = bindings.daemoneye_plugin_current();
        let mut found = 0;
        for candidate in guest.call_open(&mut *store, packed.batch())? {
            let asked = rules::CandidateParam { rule: candidate.rule, rows: &candidate.rows };
            found += guest.call_evaluate(&mut *store, asked, u64::MAX)?.findings.len();
        }
        Ok(found)
    }
}

impl Hosting for Raw {
    fn name(&self) -> &'static str {
        "raw component"
    }

    fn take(&mut self, batch: &Batch) {
        self.batch = Some(batch.clone());
    }

    fn judge(&mut self) -> usize {
        self.run().expect("the component judges")
    }
}

impl Packed {
    fn of(batch: &Batch, fields: &[Field]) -> Self {
        let rows = number(batch.rows());
        let mut packed = Packed { rows, ..Packed::default() };
        fields.iter().for_each(|field| packed.push(batch.column(*field)));
        packed
    }

    fn push(&mut self, column: Option<&Column>) {
        let width = self.rows.div_ceil(8) as usize;
        let Some(Column::Text { validity, offsets, bytes }) = column else {
            self.columns.push(rules::Place::Absent);
            self.validity.resize(self.validity.len() + width, 0);
            return;
        };
        match &validity.0[..] {
            [] => self.validity.resize(self.validity.len() + width, 0xFF),
            bits => self.validity.extend_from_slice(&bits[..width]),
        }
        let start = number(self.bytes.len());
        self.columns.push(rules::Place::Text(number(self.offsets.len()) / (self.rows + 1)));
        self.offsets.extend(offsets.iter().map(|offset| start.wrapping_add(*offset)));
        self.bytes.extend_from_slice(bytes);
    }

    fn batch(&self) -> rules::Batch<'_> {
        let Packed { rows, columns, validity, offsets, bytes } = self;
        let (integers, floats) = (&[], &[]);
        rules::Batch { rows: *rows, columns, validity, integers, floats, offsets, bytes }
    }
}

fn number(length: usize) -> u32 {
    u32::try_from(length).expect("a batch is small")
}
