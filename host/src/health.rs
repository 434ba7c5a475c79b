//! What the agent knows about itself, for `daemoneye status`. Every room writes its own part.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use daemoneye_bus::control::{
    AgentState, AlertCounts, CollectorStatus, EventCounts, Measure, PackEntry, PackStatus,
    RuleCounts, SandboxStatus, SinkStatus, Status,
};

use crate::packs::Review;

/// Sentences of an alert about what did not work when it was made.
const MAX_LACKS: usize = 8;
/// Bytes of one of them.
const MAX_SENTENCE: usize = 300;

/// Shared by all rooms. No lock is held while anything waits.
pub struct Health {
    status: Mutex<Status>,
    /// What does not work, by a name for it.
    degraded: Mutex<BTreeMap<String, String>>,
    /// When somebody should have looked at each pack again.
    reviews: Mutex<Vec<Review>>,
    /// Every pack, whatever its state.
    packs: Mutex<Vec<PackEntry>>,
}

impl Health {
    /// An agent that is loading.
    pub fn new(data_dir: String) -> Self {
        let status = Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            state: AgentState::Loading,
            pid: std::process::id(),
            started: crate::clock::now(),
            data_dir,
            collectors: Vec::new(),
            events: EventCounts::default(),
            alerts: AlertCounts::default(),
            sinks: Vec::new(),
            packs: Vec::new(),
            rules: RuleCounts::default(),
            sandbox: SandboxStatus::default(),
            confinement: Vec::new(),
            degraded: Vec::new(),
        };
        Health {
            status: Mutex::new(status),
            degraded: Mutex::default(),
            reviews: Mutex::default(),
            packs: Mutex::default(),
        }
    }

    /// What the agent has done so that it can do no more than it needs to.
    pub fn set_confinement(&self, measures: Vec<Measure>) {
        let lacks = measures.iter().filter_map(|measure| measure.lack("the agent"));
        lacks.for_each(|lack| tracing::warn!("{lack}"));
        self.lock().confinement = measures;
    }

    /// All of it, now.
    pub fn status(&self) -> Status {
        let mut status = self.lock().clone();
        let collectors = status.collectors.iter();
        let of_collectors = collectors.flat_map(|collector| &collector.registration.degraded);
        let own = self.degraded.lock().unwrap_or_else(PoisonError::into_inner);
        status.degraded = own.values().chain(of_collectors).cloned().collect();
        status.degraded.extend(lacks(&status));
        let reviews = self.reviews.lock().unwrap_or_else(PoisonError::into_inner);
        let now = crate::clock::now();
        let overdue = reviews.iter().filter_map(|review| review.overdue(now));
        status.degraded.extend(overdue.map(|overdue| overdue.to_string()));
        status
    }

    /// What does not work as it should, one sentence each: the first of them, and how many there are
    /// besides. Sentences are cut at [`MAX_SENTENCE`] bytes or a little below.
    pub fn lacks(&self) -> Vec<String> {
        let all = self.status().degraded;
        let more = all.len().saturating_sub(MAX_LACKS);
        let mut lacks: Vec<String> = all.into_iter().take(MAX_LACKS).map(cut).collect();
        if more > 0 {
            lacks.push(format!("and {more} more: see the agent's log"));
        }
        lacks
    }

    /// The state.
    pub fn state(&self) -> AgentState {
        self.lock().state.clone()
    }

    /// Enters a state and says so in the log.
    pub fn enter(&self, state: AgentState) {
        tracing::info!(state = ?state, "agent");
        self.lock().state = state;
    }

    /// From now on something does not work as it should; `key` names it.
    pub fn degrade(&self, key: &str, sentence: String) {
        tracing::warn!("{sentence}");
        let mut degraded = self.degraded.lock().unwrap_or_else(PoisonError::into_inner);
        degraded.insert(key.to_owned(), sentence);
    }

    /// It works again.
    pub fn recover(&self, key: &str) {
        self.degraded.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    /// What became of the events.
    pub fn count_events(&self, count: impl FnOnce(&mut EventCounts)) {
        count(&mut self.lock().events);
    }

    /// What became of the findings.
    pub fn count_alerts(&self, count: impl FnOnce(&mut AlertCounts)) {
        count(&mut self.lock().alerts);
    }

    /// The packs that are loaded.
    pub fn set_packs(&self, packs: Vec<PackStatus>) {
        self.lock().packs = packs;
    }

    /// The packs that are loaded.
    pub fn packs(&self) -> Vec<PackStatus> {
        self.lock().packs.clone()
    }

    /// When each pack should be looked at again. One that is overdue stays active, and is told.
    pub fn set_reviews(&self, reviews: Vec<Review>) {
        *self.reviews.lock().unwrap_or_else(PoisonError::into_inner) = reviews;
    }

    /// Every pack, whatever its state.
    pub fn set_pack_list(&self, packs: Vec<PackEntry>) {
        *self.packs.lock().unwrap_or_else(PoisonError::into_inner) = packs;
    }

    /// Every pack, whatever its state.
    pub fn pack_list(&self) -> Vec<PackEntry> {
        self.packs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// When each pack should be looked at again, for who reminds of it.
    pub fn reviews(&self) -> Vec<Review> {
        self.reviews.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What became of the rules.
    pub fn set_rules(&self, rules: RuleCounts) {
        self.lock().rules = rules;
    }

    /// How the sandbox of the rules is.
    pub fn sandbox(&self, change: impl FnOnce(&mut SandboxStatus)) {
        change(&mut self.lock().sandbox);
    }

    /// One sink, which is added when it is new.
    pub fn sink(&self, name: &str, change: impl FnOnce(&mut SinkStatus)) {
        let sinks = &mut self.lock().sinks;
        let known = sinks.iter().position(|sink| sink.name == name);
        let at = known.unwrap_or_else(|| {
            sinks.push(SinkStatus { name: name.to_owned(), ..SinkStatus::default() });
            sinks.len() - 1
        });
        change(&mut sinks[at]);
    }

    /// The collectors.
    pub fn collectors(&self, change: impl FnOnce(&mut Vec<CollectorStatus>)) {
        change(&mut self.lock().collectors);
    }

    /// A room that panicked while it counted leaves numbers that are still worth showing.
    fn lock(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Limits that are not in force, of the agent and of its collectors.
fn lacks(status: &Status) -> Vec<String> {
    let own = status.confinement.iter().filter_map(|measure| measure.lack("the agent"));
    let collectors = status.collectors.iter().map(|collector| &collector.registration);
    let theirs = collectors
        .flat_map(|one| one.confinement.iter().filter_map(|measure| measure.lack(&one.id)));
    own.chain(theirs).collect()
}

fn cut(mut sentence: String) -> String {
    if sentence.len() > MAX_SENTENCE {
        sentence.truncate(sentence.floor_char_boundary(MAX_SENTENCE));
        sentence.push('…');
    }
    sentence
}
