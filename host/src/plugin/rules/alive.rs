//! The living instance of a plugin with rules: made, fed with a batch, asked, let go.

use daemoneye_bus::event::{Batch, Field};
use wasmtime::Store;

use super::super::bindings::exported::{constant, memory};
use super::super::bindings::{self, Packed, wit};
use super::super::fault::Fault;
use super::super::instance::{self, Budget, State};
use super::super::limits::Limits;
use super::session::Session;
use super::{RulePlugin, answer};
use crate::capability::{Granted, Namespace};

/// An instance, and perhaps the batch that it has open.
pub(super) struct Alive {
    store: Store<State>,
    session: Session,
    memory: Option<memory::Guest>,
    constant: Option<constant::Guest>,
}

impl RulePlugin {
    /// A new instance with the plans loaded, and what it declared.
    pub(super) fn revive(&self) -> Result<(Alive, Result<wit::Declaration, String>), Fault> {
        let granted = Granted::to_rules(self.held.clone());
        let mut store = instance::store(&self.template.sandbox, &self.limits, granted);
        let plan = |plan: &super::Plan| (plan.rule.clone(), plan.bytes.clone());
        let plans: Vec<_> = self.plans.iter().map(plan).collect();
        let budget = Budget { fuel: self.limits.load_fuel, time: self.limits.load_time };
        let exports = &self.template.exports;
        let ((session, memory, constant, declared), _) =
            instance::timed(&mut store, budget, async |store| {
                let instance = self.template.template.instantiate_async(&mut *store).await?;
                let session = Session::new(store, &instance, exports)?;
                let memory = exports.memory.as_ref();
                let memory = memory.map(|memory| memory.load(&mut *store, &instance));
                let constant = exports.constant.as_ref();
                let constant = constant.map(|constant| constant.load(&mut *store, &instance));
                let plans: Vec<_> =
                    plans.iter().map(|(rule, bytes)| wit::Plan { rule, bytes }).collect();
                let declared = session.load(store, &plans).await?;
                Ok((session, memory.transpose()?, constant.transpose()?, declared))
            })?;
        Ok((Alive { store, session, memory, constant }, declared))
    }

    /// What opening a batch may take.
    fn budget_to_open(&self, batch: &Batch) -> Budget {
        let Limits { open_fuel, open_fuel_per_byte, open_fuel_per_candidate, .. } = self.limits;
        let bytes = bindings::size(batch, &self.fields);
        let candidates = (batch.rows() * self.rules.len()) as u64;
        let fuel = open_fuel + open_fuel_per_byte * bytes + open_fuel_per_candidate * candidates;
        Budget { fuel, time: self.limits.open_time }
    }

    /// Opens a batch: what the plugin's index does not rule out.
    pub(super) fn open(&mut self, batch: &Batch) -> Result<Vec<wit::CandidateResult>, Fault> {
        let holds_another = self.alive.as_ref().is_some_and(|alive| alive.session.holds());
        match self.open_once(batch) {
            // It was to let go of another one, too: a new instance tells which of the two it was.
            Err(_) if holds_another => self.open_once(batch),
            opened => opened,
        }
    }

    /// Makes the instance if it is missing.
    fn open_once(&mut self, batch: &Batch) -> Result<Vec<wit::CandidateResult>, Fault> {
        if self.alive.is_none() {
            self.alive = Some(self.remake(batch)?);
        }
        let budget = self.budget_to_open(batch);
        let alive = self.alive.as_mut().expect("it was there or was made");
        self.packed.fill(batch, &self.fields);
        let opened = alive.open(&self.packed, budget);
        let checked = opened.and_then(|(candidates, fuel)| {
            answer::candidates(&candidates, &self.rules, batch.rows())?;
            self.open_fuel += fuel;
            Ok(candidates)
        });
        self.live_if(checked)
    }

    /// The living instance with the batch open.
    fn opened(&mut self, batch: &Batch) -> Result<&mut Alive, Fault> {
        if !self.alive.as_ref().is_some_and(|alive| alive.session.is_open()) {
            self.open(batch)?;
        }
        Ok(self.alive.as_mut().expect("it is there once a batch is open"))
    }

    /// An instance in the place of one that a fault has killed, and with it all that it knew.
    fn remake(&mut self, batch: &Batch) -> Result<Alive, Fault> {
        self.restarts.count += 1;
        self.restarts.last = batch.integer(Field::Time, 0);
        self.lose_memory();
        Ok(self.revive()?.0)
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
        let Alive { store, session, .. } = self.opened(batch)?;
        namespace.iter().for_each(Namespace::begin);
        let asked = wit::CandidateParam { rule, rows };
        let answered = instance::timed(store, budget, async |store| {
            session.evaluate(store, asked, steps).await
        });
        let checked = answered.and_then(|(verdict, fuel)| {
            answer::verdict(&self.rules[rule as usize].id, rows, &verdict)?;
            Ok((verdict, fuel))
        });
        namespace.iter().for_each(|namespace| namespace.end(checked.is_ok()));
        self.live_if(checked)
    }

    /// Nothing more is asked about the open batch. An instance that cannot even let go of it is dead.
    pub(super) fn close(&mut self) {
        let budget = Budget { fuel: self.limits.open_fuel, time: self.limits.open_time };
        let Some(Alive { store, session, .. }) = &mut self.alive else { return };
        if !session.leave() {
            return;
        }
        if instance::timed(store, budget, async |store| session.close(store).await).is_err() {
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
    pub(super) fn memory(&mut self) -> Option<(&mut Store<State>, &memory::Guest)> {
        Some((&mut self.store, self.memory.as_ref()?))
    }

    /// What it exports to be asked which rules go by an event alone, if it does.
    pub(super) fn constant(&mut self) -> Option<(&mut Store<State>, &constant::Guest)> {
        Some((&mut self.store, self.constant.as_ref()?))
    }

    /// Hands over a batch; what the index does not rule out, and the fuel that it took.
    fn open(
        &mut self,
        packed: &Packed,
        budget: Budget,
    ) -> Result<(Vec<wit::CandidateResult>, u64), Fault> {
        let Alive { store, session, .. } = self;
        instance::timed(store, budget, async |store| session.open(store, packed.batch()).await)
    }
}
