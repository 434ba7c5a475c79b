//! A sink: alerts in, receipts out. What it may do besides is what the operator has granted.

use wasmtime::Store;
use wasmtime::component::Linker;

use super::api;
use super::bindings::sink as wit;
use super::fault::{Fault, LoadError};
use super::instance::{self, Budget, State};
use super::limits::Limits;
use super::sandbox::Sandbox;
use crate::capability::{GrantError, Grants};

/// Fuel for each byte of the alerts, beside what every call has: reading, writing in another format
/// and escaping take some tens of instructions each.
const FUEL_PER_BYTE: u64 = 1_000;

/// Delivers alerts.
pub struct SinkPlugin {
    plugin: String,
    configuration: String,
    grants: Grants,
    limits: Limits,
    sandbox: Sandbox,
    template: wit::SinkPluginPre<State>,
    alive: Option<Alive>,
}

struct Alive {
    store: Store<State>,
    bindings: wit::SinkPlugin,
}

/// What became of one alert at one sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    /// It is there.
    Delivered,
    /// Offer it again later.
    Retry(String),
    /// It never will be.
    Rejected(String),
}

/// Why an instance of a sink does not come to life.
#[derive(Debug, thiserror::Error)]
enum OpenError {
    #[error(transparent)]
    Grant(#[from] GrantError),
    #[error(transparent)]
    Fault(#[from] Fault),
    #[error("{0}")]
    Refused(String),
}

impl SinkPlugin {
    /// Makes a component a sink. `configuration` is one JSON object.
    ///
    /// # Errors
    /// If it is no component, what it imports and what is granted differ, it is of another world, or
    /// it refuses its configuration.
    pub fn load(
        sandbox: &Sandbox,
        plugin: &str,
        bytes: &[u8],
        configuration: String,
        grants: Grants,
    ) -> Result<Self, LoadError> {
        let component = sandbox.compile(plugin, bytes)?;
        api::check(plugin, &component)?;
        let imports = instance::imports(&component);
        grants.check(imports.iter().map(String::as_str)).map_err(|(name, refusal)| {
            LoadError::Capability { plugin: plugin.to_owned(), name, refusal }
        })?;
        let mut linker = Linker::new(&sandbox.engine);
        grants.link(&mut linker).expect("each interface is linked once");
        let world = "sink-plugin";
        let template =
            instance::template(plugin, world, &component, &linker, wit::SinkPluginPre::new)?;
        let (plugin, limits) = (plugin.to_owned(), sandbox.allowed().caps.sink());
        let sandbox = sandbox.clone();
        let mut sink =
            SinkPlugin { plugin, configuration, grants, limits, sandbox, template, alive: None };
        sink.alive = Some(sink.revive().map_err(|error| sink.load_error(error))?);
        Ok(sink)
    }

    /// Delivers alerts, given as id and JSON; one receipt for each. A fault asks for another try of
    /// all of them, by a new instance.
    ///
    /// # Errors
    /// What the plugin did wrong.
    pub fn deliver(&mut self, alerts: &[(String, String)]) -> Result<Vec<Receipt>, Fault> {
        let mut alive = match self.alive.take() {
            Some(alive) => alive,
            None => self.revive().map_err(|error| match error {
                OpenError::Fault(fault) => fault,
                other => Fault::Trapped(other.to_string()),
            })?,
        };
        let offered: Vec<_> = alerts.iter().map(|(id, json)| alert(id, json)).collect();
        let bytes: usize = alerts.iter().map(|(_, json)| json.len()).sum();
        let fuel = self.limits.call_fuel.saturating_add(bytes as u64 * FUEL_PER_BYTE);
        let budget = Budget { fuel, time: self.limits.call_time };
        let Alive { store, bindings } = &mut alive;
        let (receipts, _) = instance::waiting(store, budget, async |store| {
            bindings.daemoneye_plugin_sink().call_deliver(store, &offered).await
        })?;
        if receipts.len() != alerts.len() {
            return Err(Fault::Receipts { receipts: receipts.len(), alerts: alerts.len() });
        }
        self.alive = Some(alive);
        Ok(receipts.into_iter().map(Receipt::from).collect())
    }

    fn revive(&self) -> Result<Alive, OpenError> {
        let granted = self.grants.open(&self.plugin)?;
        let mut store = instance::store(&self.sandbox, &self.limits, granted);
        let budget = Budget { fuel: self.limits.load_fuel, time: self.limits.load_time };
        let ((bindings, opened), _) = instance::waiting(&mut store, budget, async |store| {
            let bindings = self.template.instantiate_async(&mut *store).await?;
            let sink = bindings.daemoneye_plugin_sink();
            let opened = sink.call_open(store, &self.configuration).await?;
            Ok((bindings, opened))
        })?;
        opened.map_err(OpenError::Refused)?;
        Ok(Alive { store, bindings })
    }

    fn load_error(&self, error: OpenError) -> LoadError {
        let plugin = self.plugin.clone();
        match error {
            OpenError::Fault(fault) => LoadError::Fault { plugin, fault },
            other => LoadError::Refused { plugin, reason: other.to_string() },
        }
    }
}

fn alert(id: &str, json: &str) -> wit::exports::daemoneye::plugin::sink::Alert {
    let (id, json) = (id.to_owned(), json.to_owned());
    wit::exports::daemoneye::plugin::sink::Alert { id, json }
}

impl From<wit::exports::daemoneye::plugin::sink::Receipt> for Receipt {
    fn from(receipt: wit::exports::daemoneye::plugin::sink::Receipt) -> Self {
        use wit::exports::daemoneye::plugin::sink::Receipt as Wit;
        match receipt {
            Wit::Delivered => Receipt::Delivered,
            Wit::Retry(why) => Receipt::Retry(why),
            Wit::Rejected(why) => Receipt::Rejected(why),
        }
    }
}
