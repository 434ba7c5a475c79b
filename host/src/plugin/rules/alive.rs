//! The living instance of a plugin with rules: made, fed with a batch, asked, let go.

use daemoneye_bus::event::{Batch, Field};
use wasmtime::Store;
use wasmtime::component::ResourceAny;

use super::super::bindings::constant::ConstantPlugin as Constant;
use super::super::bindings::memory::MemoryPlugin as Memory;
use super::super::bindings::rules::CapableRulePlugin as Bindings;
use super::super::bindings::rules::exports::daemoneye::plugin::rules as wit;
use super::super::bindings::{self, Packed};
use super::super::fault::Fault;
use super::super::instance::{self, Budget, State};
use super::super::limits::Limits;
use super::{RulePlugin, answer};
use crate::capability::{Granted, Namespace};

/// An instance, and perhaps the batch that it has open.
pub(super) struct Alive {
    store: Store<State>,
    bindings: Bindings,
    memory: Option<Memory>,
    constant: Option<Constant>,
    scan: Option<ResourceAny>,
}

impl RulePlugin {
    /// A new instance with the plans loaded, and what it declared.
    pub(super) fn revive(&self) -> Result<(Alive, Result<wit::Declaration, String>), Fault> {
        let granted = Granted::to_rules(self.held.clone());
        let mut store = instance::store(&self.template.sandbox, &self.limits, granted);
        let plan = |plan: &super::Plan| (plan.rule.clone(), plan.bytes.clone());
        let plans: Vec<_> = self.plans.iter().map(plan).collect();
        let budget = Budget { fuel: self.limits.load_fuel, time: self.limits.load_time };
        let ((bindings, memory, constant, declared), _) =
            instance::timed(&mut store, budget, async |store| {
                let template = self.template.template.instance_pre();
                let instance = template.instantiate_async(&mut *store).await?;
                let bindings = Bindings::new(&mut *store, &instance)?;
                let memory = self.template.memory.as_ref();
                let memory =
                    memory.map(|memory| memory.load(&mut *store, &instance)).transpose()?;
                let constant = self.template.constant.as_ref();
                let constant =
                    constant.map(|constant| constant.load(&mut *store, &instance)).transpose()?;
                let plans: Vec<_> =
                    plans.iter().map(|(rule, bytes)| wit::Plan { rule, bytes }).collect();
                let declared = bindings.daemoneye_plugin_rules().call_load(store, &plans).await?;
                Ok((bindings, memory, constant, declared))
            })?;
        Ok((Alive { store, bindings, memory, constant, scan: None }, declared))
    }

    /// What opening a batch may take.
    fn budget_to_open(&self, batch: &Batch) -> Budget {
        let Limits { open_fuel, open_fuel_per_byte, open_fuel_per_candidate, .. } = self.limits;
        let bytes = bindings::size(batch, &self.fields);
        let candidates = (batch.rows() * self.rules.len()) as u64;
        let fuel = open_fuel + open_fuel_per_byte * bytes + open_fuel_per_candidate * candidates;
        Budget { fuel, time: self.limits.open_time }
    }

    /// Makes and opens what is missing.
    fn open(&mut self, batch: &Batch) -> Result<(), Fault> {
        if self.alive.as_ref().is_some_and(|alive| alive.scan.is_some()) {
            return Ok(());
        }
        if self.alive.is_none() {
            self.alive = Some(self.remake(batch)?);
        }
        let budget = self.budget_to_open(batch);
        let alive = self.alive.as_mut().expect("it was there or was made");
        self.packed.fill(batch, &self.fields);
        let opened = alive.open(&self.packed, budget);
        self.open_fuel += self.live_if(opened)?;
        Ok(())
    }

    /// The living instance and its open batch.
    fn opened(&mut self, batch: &Batch) -> Result<(&mut Alive, ResourceAny), Fault> {
        self.open(batch)?;
        let alive = self.alive.as_mut().expect("it is there once a batch is open");
        let scan = alive.scan.expect("a batch is open");
        Ok((alive, scan))
    }

    /// An instance in the place of one that a fault has killed, and with it all that it knew.
    fn remake(&mut self, batch: &Batch) -> Result<Alive, Fault> {
        self.restarts.count += 1;
        self.restarts.last = batch.integer(Field::Time, 0);
        self.lose_memory();
        Ok(self.revive()?.0)
    }

    /// What the plugin's index does not rule out.
    pub(super) fn candidates(&mut self, batch: &Batch) -> Result<Vec<wit::CandidateResult>, Fault> {
        let budget = self.budget_to_open(batch);
        let (alive, scan) = self.opened(batch)?;
        let guest = alive.bindings.daemoneye_plugin_rules();
        let asked = instance::timed(&mut alive.store, budget, async |store| {
            guest.scan().call_candidates(store, scan).await
        });
        let checked = asked.and_then(|(candidates, fuel)| {
            answer::candidates(&candidates, &self.rules, batch.rows())?;
            self.open_fuel += fuel;
            Ok(candidates)
        });
        self.live_if(checked)
    }

    /// A rule's verdict about rows, and the fuel that it took. What the rule wrote stays if there is
    /// a verdict, and is undone if there is none.
    pub(super) fn evaluate(
        &mut self,
        batch: &Batch,
        rule: u32,
        rows: &[u32],
        budget: Budget,
    ) -> Result<(wit::Verdict, u64), Fault> {
        let steps = self.limits.row_steps;
        let namespace = self.held.namespace.clone();
        let (alive, scan) = self.opened(batch)?;
        namespace.iter().for_each(Namespace::begin);
        let guest = alive.bindings.daemoneye_plugin_rules();
        let asked = wit::CandidateParam { rule, rows };
        let answered = instance::timed(&mut alive.store, budget, async |store| {
            guest.scan().call_evaluate(store, scan, asked, steps).await
        });
        let checked = answered.and_then(|(verdict, fuel)| {
            answer::verdict(&self.rules[rule as usize].id, rows, &verdict)?;
            Ok((verdict, fuel))
        });
        namespace.iter().for_each(|namespace| namespace.end(checked.is_ok()));
        self.live_if(checked)
    }

    /// Lets go of the open batch; an instance that cannot even do that is dead.
    pub(super) fn close(&mut self) {
        let budget = Budget { fuel: self.limits.open_fuel, time: self.limits.open_time };
        let Some(alive) = &mut self.alive else { return };
        let Some(scan) = alive.scan.take() else { return };
        let closed = instance::timed(&mut alive.store, budget, async |store| {
            scan.resource_drop_async(store).await
        });
        if closed.is_err() {
            self.alive = None;
        }
    }

    /// A fault kills the instance for good.
    fn live_if<T>(&mut self, answer: Result<T, Fault>) -> Result<T, Fault> {
        if answer.is_err() {
            self.alive = None;
        }
        answer
    }
}

impl Alive {
    /// The most memory that the instance has had, bytes.
    pub(super) fn memory_used(&self) -> usize {
        self.store.data().limiter.used
    }

    /// What it exports to be asked what it remembers, if it does.
    pub(super) fn memory(&mut self) -> Option<(&mut Store<State>, &Memory)> {
        Some((&mut self.store, self.memory.as_ref()?))
    }

    /// What it exports to be asked which rules go by an event alone, if it does.
    pub(super) fn constant(&mut self) -> Option<(&mut Store<State>, &Constant)> {
        Some((&mut self.store, self.constant.as_ref()?))
    }

    /// Hands over a batch; the fuel that it took.
    fn open(&mut self, packed: &Packed, budget: Budget) -> Result<u64, Fault> {
        let guest = self.bindings.daemoneye_plugin_rules();
        let (scan, fuel) = instance::timed(&mut self.store, budget, async |store| {
            guest.scan().call_constructor(store, packed.batch()).await
        })?;
        self.scan = Some(scan);
        Ok(fuel)
    }
}
