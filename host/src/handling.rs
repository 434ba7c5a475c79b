//! What operators do about alerts, exceptions and rules. Each act is in the store with its time, its
//! user and its reason, together with what it changes or not at all.

mod except;

use std::sync::Arc;

use daemoneye_bus::alert::Alert;
use daemoneye_bus::control::{
    AlertDetail, AlertJson, Delivered, Handled, Handling, ListedAlert, Signature, SinkFate, Tally,
    Which,
};
use daemoneye_bus::handling::{Act, AlertState, Deed};
use daemoneye_store::{Change, CommitError, Counted, Fates, FindError, NewAct, ReadError, Store};

use crate::acts::Acts;
use crate::around::around;
use crate::exceptions::Exceptions;
use crate::packs::Rollbacks;
use crate::switches::Switches;
use crate::writer::Writer;

pub use except::ExceptError;

/// Alerts about which something is done at a time.
const AT_ONCE: usize = 1_000;
/// The longest reason or name, bytes.
const MAX_WORDS: usize = 1_000;

/// Does what operators ask.
#[derive(Clone)]
pub struct Operators {
    /// Alerts and acts.
    pub store: Arc<Store>,
    /// Changes them.
    pub writer: Writer,
    /// What the judge excepts.
    pub exceptions: Exceptions,
    /// Which rules are off.
    pub switches: Switches,
    /// Which releases of packs were taken back.
    pub rollbacks: Rollbacks,
    /// The way to the ledger.
    pub acts: Acts,
}

/// Who asks, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    /// The user of the connection.
    pub uid: Option<u32>,
    /// The name of this user.
    pub user: Option<String>,
    /// The time, microseconds since the Unix epoch.
    pub now: i64,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandlingError {
    /// No alert is meant, or several.
    #[error(transparent)]
    Find(#[from] FindError),
    /// The store cannot be read.
    #[error("store: {0}")]
    Read(#[from] ReadError),
    /// The store cannot be written.
    #[error("store: {0}")]
    Write(Arc<CommitError>),
    /// The agent is ending.
    #[error("the writer has ended")]
    Ended,
    /// The alert is not as it would have to be.
    #[error("alert {id}: is {}, and cannot be {}", .state.name(), .deed.name())]
    State {
        /// Its id.
        id: String,
        /// Its state.
        state: AlertState,
        /// What was to be done.
        deed: Deed,
    },
    /// This is nothing that is done to alerts.
    #[error("alerts cannot be {}", .0.name())]
    Deed(Deed),
    /// Somebody else was faster.
    #[error("{0}: somebody else changed it at the same moment; look again")]
    Overtaken(String),
    /// There has to be a reason.
    #[error("no reason is given for {0}")]
    NoReason(&'static str),
    /// Too long.
    #[error("{what} has {length} bytes, at most {MAX_WORDS} are kept")]
    TooLong {
        /// What.
        what: &'static str,
        /// How long.
        length: usize,
    },
    /// Too many at once.
    #[error("{0} alerts at once, at most {AT_ONCE} can be handled")]
    TooMany(usize),
    /// The rule is so already.
    #[error("rule {rule:?}: is {} already", if *.on { "enabled" } else { "disabled" })]
    Switched {
        /// Which.
        rule: String,
        /// Whether it sees events.
        on: bool,
    },
}

impl Asker {
    /// An act of the one who asks.
    fn act(&self, deed: Deed, subject: String, signature: &Signature) -> Act {
        let Signature { by, reason } = signature.clone();
        Act { time: self.now, uid: self.uid, user: self.user.clone(), by, deed, subject, reason }
    }
}

impl Operators {
    /// What the judge has to know of earlier acts.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn resume(&self) -> Result<(), ReadError> {
        self.load_exceptions()?;
        self.switches.set(self.store.disabled_rules()?);
        Ok(())
    }

    /// Alerts, the newest last.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn list(&self, which: &Which, at_most: u32) -> Result<Vec<ListedAlert>, HandlingError> {
        let Which { state, severity, limit } = *which;
        let alerts = self.store.handled(state, severity, limit.min(at_most) as usize)?;
        let listed = |(number, alert, state, repeated): (u64, Alert, AlertState, u64)| {
            ListedAlert { number, alert: AlertJson::from(&alert), state, repeated }
        };
        Ok(alerts.into_iter().map(listed).collect())
    }

    /// All about one alert but its rule, and the id of that.
    ///
    /// # Errors
    /// If no alert is meant, or the store cannot be read.
    pub fn show(&self, name: &str) -> Result<(AlertDetail, String), HandlingError> {
        let number = self.store.find_alert(name)?;
        let (alert, fates) = (self.store.alert(number)?, self.store.fates(number)?);
        let around = around(&self.store, &alert.event);
        let sinks = sinks(&fates);
        let Fates { state, excepted_by, repeats, acts, .. } = fates;
        let (repeated, json) = (tally(repeats), AlertJson::from(&alert));
        let (alert, rule) = (json, alert.rule);
        let detail = AlertDetail {
            number,
            alert,
            state,
            excepted_by,
            repeated,
            acts,
            sinks,
            rule: None,
            around,
        };
        Ok((detail, rule))
    }

    /// Does something about alerts: about all of them or none.
    ///
    /// # Errors
    /// If one is not meant clearly or not in a state for it, or the store cannot be read or written.
    pub fn handle(&self, asked: &Handling, asker: &Asker) -> Result<Vec<Handled>, HandlingError> {
        let Handling { alerts, deed, signature } = asked;
        if *deed == Deed::Closed {
            check_reason(signature, "closing")?;
        }
        check_words(signature)?;
        if alerts.len() > AT_ONCE {
            return Err(HandlingError::TooMany(alerts.len()));
        }
        let (mut handled, mut acts) = (Vec::<Handled>::new(), Vec::new());
        for name in alerts {
            let number = self.store.find_alert(name)?;
            if handled.iter().any(|known| known.number == number) {
                continue;
            }
            let (id, from) = (self.store.alert(number)?.id, self.store.fates(number)?.state);
            let to = next(&id, from, *deed)?;
            let act = asker.act(*deed, format!("alert {id}"), signature);
            acts.push(NewAct { act, change: Change::Alert { number, from, to } });
            handled.push(Handled { number, id, state: to });
        }
        self.write(acts)?;
        Ok(handled)
    }

    /// A rule is disabled or enabled, from the next look at the rules on.
    ///
    /// # Errors
    /// If it is so already, or the store cannot be read or written.
    pub fn switch(
        &self,
        rule: &str,
        on: bool,
        signature: &Signature,
        asker: &Asker,
    ) -> Result<(), HandlingError> {
        check_reason(signature, if on { "enabling" } else { "disabling" })?;
        check_words(signature)?;
        let is_on = !self.switches.positions().off.contains_key(rule);
        if is_on == on {
            return Err(HandlingError::Switched { rule: rule.to_owned(), on });
        }
        let (deed, change) = if on {
            (Deed::Enabled, Change::Enable(rule.to_owned()))
        } else {
            (Deed::Disabled, Change::Disable(rule.to_owned()))
        };
        let act = asker.act(deed, format!("rule {rule}"), signature);
        self.write(vec![NewAct { act, change }])?;
        self.switches.set(self.store.disabled_rules()?);
        Ok(())
    }

    /// The act of going back to an older release of a pack, or of taking the latest again.
    ///
    /// # Errors
    /// If there is no reason, or too long a one.
    pub(crate) fn going_back(
        pack: &str,
        undo: bool,
        signature: &Signature,
        asker: &Asker,
    ) -> Result<Act, HandlingError> {
        let (deed, what) =
            if undo { (Deed::Restored, "restoring") } else { (Deed::RolledBack, "rolling back") };
        check_reason(signature, what)?;
        check_words(signature)?;
        Ok(asker.act(deed, format!("pack {pack}"), signature))
    }

    /// Writes all of it; what somebody else has changed meanwhile is an error.
    fn write(&self, acts: Vec<NewAct>) -> Result<(), HandlingError> {
        let told: Vec<Act> = acts.iter().map(|new| new.act.clone()).collect();
        let written = self.writer.act(acts).ok_or(HandlingError::Ended)?;
        let written = written.map_err(HandlingError::Write)?;
        let done = told.iter().zip(&written.acted);
        done.clone().filter(|(_, acted)| **acted).for_each(|(act, _)| self.recorded(act));
        match done.into_iter().find(|(_, acted)| !**acted) {
            Some((act, _)) => Err(HandlingError::Overtaken(act.subject.clone())),
            None => Ok(()),
        }
    }

    /// An act is on disk; the ledger is to tell of it, too.
    fn recorded(&self, act: &Act) {
        tracing::info!("{act}");
        let (kind, id) = act.subject.split_once(' ').unwrap_or((&act.subject, ""));
        let reason = act.reason.as_deref().unwrap_or_default();
        let detail = format!("{kind}={id} who={:?} reason={reason:?}", act.who());
        self.acts.record(&format!("{kind}-{}", act.deed.name()), detail);
    }
}

fn next(id: &str, state: AlertState, deed: Deed) -> Result<AlertState, HandlingError> {
    if !matches!(deed, Deed::Acknowledged | Deed::Closed | Deed::Reopened) {
        return Err(HandlingError::Deed(deed));
    }
    state.after(deed).ok_or_else(|| HandlingError::State { id: id.to_owned(), state, deed })
}

fn check_reason(signature: &Signature, what: &'static str) -> Result<(), HandlingError> {
    let reason = signature.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
    reason.map(|_| ()).ok_or(HandlingError::NoReason(what))
}

fn check_words(Signature { by, reason }: &Signature) -> Result<(), HandlingError> {
    check_length("the name", by.as_deref().unwrap_or_default())?;
    check_length("the reason", reason.as_deref().unwrap_or_default())
}

fn check_length(what: &'static str, words: &str) -> Result<(), HandlingError> {
    let length = words.len();
    if length <= MAX_WORDS { Ok(()) } else { Err(HandlingError::TooLong { what, length }) }
}

fn sinks(fates: &Fates) -> Vec<Delivered> {
    let told = |sink: &String, fate, at, why| Delivered { sink: sink.clone(), fate, at, why };
    let delivered = fates.delivered.iter();
    let delivered = delivered.map(|(sink, at)| told(sink, SinkFate::Delivered, Some(*at), None));
    let pending = fates.pending.iter().map(|sink| told(sink, SinkFate::Pending, None, None));
    let dead = fates.dead.iter();
    let dead = dead.map(|(sink, at, why)| told(sink, SinkFate::Dead, Some(*at), Some(why.clone())));
    delivered.chain(pending).chain(dead).collect()
}

fn tally(Counted { count, last }: Counted) -> Tally {
    Tally { count, last }
}
