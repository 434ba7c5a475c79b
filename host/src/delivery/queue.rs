//! A window over what a sink is owed: which alerts are offered next, and what receipts mean for them.
//! Decides only; time and chance come in from outside.
//!
//! An alert is blamed only for what is its own: a try counts as a strike against it if the sink has
//! taken another alert since the try before. While a sink takes nothing, no alert dies.

use std::collections::BTreeMap;
use std::time::Instant;

use daemoneye_store::Parcel;

use super::policy::Policy;
use crate::plugin::{Fault, Receipt};

/// The window.
#[derive(Debug)]
pub(super) struct Queue {
    policy: Policy,
    /// By number: the oldest first.
    waiting: BTreeMap<u64, Waiting>,
    /// Of their JSON.
    bytes: usize,
    /// Alerts in the next call at most. Halved by a fault, so that the alert that causes it is alone
    /// in the end; doubled by a call that ends well.
    group: usize,
    /// The alert that failed alone in the last call: others come first, which may show whose fault
    /// that was.
    failed: Option<u64>,
    /// Alerts that the sink has taken.
    taken: u64,
}

#[derive(Debug)]
struct Waiting {
    parcel: Parcel,
    tries: u32,
    strikes: u32,
    /// Not before then.
    due: Option<Instant>,
    /// What the sink had taken at the last try.
    taken: u64,
}

impl Waiting {
    fn is_ready(&self, now: Instant) -> bool {
        self.due.is_none_or(|due| due <= now)
    }
}

/// What a call has decided about one alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The sink has it.
    Delivered,
    /// It is not tried any more.
    Dead {
        /// How often it was tried.
        tries: u32,
        /// Why.
        why: String,
    },
}

/// What a call says about the sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// It has answered for an alert.
    Works,
    /// It has taken nothing.
    Fails,
    /// It failed on several alerts, one of which may be the cause: smaller groups will tell.
    Unclear,
}

/// What a call has decided.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    /// Alerts that are not in the window any more: number, id, verdict.
    pub(super) settled: Vec<(u64, String, Verdict)>,
    /// About the sink.
    pub(super) sign: Sign,
    /// Alerts that are offered again.
    pub(super) retried: u64,
    /// The last complaint.
    pub(super) trouble: Option<String>,
}

impl Queue {
    /// An empty one.
    pub(super) fn new(policy: Policy) -> Self {
        Queue {
            policy,
            waiting: BTreeMap::new(),
            bytes: 0,
            group: policy.group,
            failed: None,
            taken: 0,
        }
    }

    /// An alert to be offered; nothing changes if it is here already.
    pub(super) fn add(&mut self, number: u64, parcel: Parcel) {
        let taken = self.taken;
        self.waiting.entry(number).or_insert_with(|| {
            self.bytes += parcel.json.len();
            Waiting { parcel, tries: 0, strikes: 0, due: None, taken }
        });
    }

    /// How many alerts may be offered.
    pub(super) fn ready(&self, now: Instant) -> usize {
        self.waiting.values().filter(|waiting| waiting.is_ready(now)).count()
    }

    /// How many alerts wait, ready or not.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// How many bytes their JSON has.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether none waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The oldest alerts that may be offered.
    pub(super) fn next(&self, now: Instant) -> Vec<u64> {
        let ready = self.waiting.iter().filter(|(_, waiting)| waiting.is_ready(now));
        let ready = ready.map(|(number, _)| *number);
        let others = ready.clone().filter(|number| Some(*number) != self.failed);
        let group = self.together(others);
        if group.is_empty() { self.together(ready) } else { group }
    }

    /// As many as one call may carry; the first of them however large it is.
    fn together(&self, numbers: impl Iterator<Item = u64>) -> Vec<u64> {
        let mut bytes = 0;
        let fits = |number: &u64| {
            let is_first = bytes == 0;
            bytes += self.waiting.get(number).map_or(0, |waiting| waiting.parcel.json.len());
            is_first || bytes <= self.policy.group_bytes
        };
        numbers.take(self.group).take_while(fits).collect()
    }

    /// One alert to see whether the sink is back: the one that was tried least, so that no alert can
    /// keep the others waiting.
    pub(super) fn probe(&self) -> Vec<u64> {
        let least = self.waiting.iter().min_by_key(|(number, waiting)| (waiting.tries, **number));
        least.map(|(number, _)| *number).into_iter().collect()
    }

    /// When the next alert is due, if none is due by now.
    pub(super) fn due(&self) -> Option<Instant> {
        self.waiting.values().filter_map(|waiting| waiting.due).min()
    }

    /// Alerts as the plugin gets them: id and JSON.
    pub(super) fn parcels(&self, group: &[u64]) -> Vec<(String, String)> {
        let parcels = group.iter().filter_map(|number| self.waiting.get(number));
        parcels.map(|waiting| (waiting.parcel.id.clone(), waiting.parcel.json.clone())).collect()
    }

    /// The sink is back: an outage is no alert's fault.
    pub(super) fn forgive(&mut self) {
        self.waiting.values_mut().for_each(|waiting| waiting.due = None);
    }

    /// What the plugin's answer means. `random` is from 0 to 1.
    pub(super) fn settle(
        &mut self,
        group: &[u64],
        answer: Result<Vec<Receipt>, Fault>,
        now: Instant,
        random: f64,
    ) -> Outcome {
        match answer {
            Ok(receipts) => {
                self.group = (self.group * 2).min(self.policy.group);
                self.settle_each(group, receipts, now, random)
            }
            Err(fault) if group.len() > 1 => {
                self.group = group.len() / 2;
                let (settled, trouble) = (Vec::new(), Some(format!("fault: {fault}")));
                Outcome { settled, sign: Sign::Unclear, retried: group.len() as u64, trouble }
            }
            Err(fault) => {
                let receipts = vec![Receipt::Retry(format!("fault: {fault}"))];
                self.settle_each(group, receipts, now, random)
            }
        }
    }

    fn settle_each(
        &mut self,
        group: &[u64],
        receipts: Vec<Receipt>,
        now: Instant,
        random: f64,
    ) -> Outcome {
        let delivered = receipts.iter().filter(|receipt| **receipt == Receipt::Delivered).count();
        self.taken += delivered as u64;
        self.failed = None;
        let mut outcome =
            Outcome { settled: Vec::new(), sign: Sign::Fails, retried: 0, trouble: None };
        for (number, receipt) in group.iter().zip(receipts) {
            if !matches!(receipt, Receipt::Retry(_)) {
                outcome.sign = Sign::Works;
            }
            match self.judge(*number, &receipt, now, random) {
                Some(verdict) => outcome.settled.extend(self.remove(*number, verdict)),
                None => {
                    outcome.retried += 1;
                    self.failed = (group.len() == 1).then_some(*number);
                }
            }
            if let Receipt::Retry(why) | Receipt::Rejected(why) = receipt {
                outcome.trouble = Some(why);
            }
        }
        outcome
    }

    /// Nothing if the alert is to be offered again.
    fn judge(
        &mut self,
        number: u64,
        receipt: &Receipt,
        now: Instant,
        random: f64,
    ) -> Option<Verdict> {
        let (taken, policy) = (self.taken, self.policy);
        let waiting = self.waiting.get_mut(&number)?;
        waiting.tries = waiting.tries.saturating_add(1);
        let tries = waiting.tries;
        let why = match receipt {
            Receipt::Delivered => return Some(Verdict::Delivered),
            Receipt::Rejected(why) => return Some(Verdict::Dead { tries, why: why.clone() }),
            Receipt::Retry(why) => why,
        };
        if waiting.taken < taken {
            waiting.taken = taken;
            waiting.strikes += 1;
            waiting.due = Some(now + policy.pause(waiting.strikes, random));
        }
        if waiting.strikes < policy.strikes {
            return None;
        }
        let why = format!("tried {tries} times while others were taken; at last: {why}");
        Some(Verdict::Dead { tries, why })
    }

    fn remove(&mut self, number: u64, verdict: Verdict) -> Option<(u64, String, Verdict)> {
        let Waiting { parcel, .. } = self.waiting.remove(&number)?;
        self.bytes -= parcel.json.len();
        Some((number, parcel.id, verdict))
    }
}

#[cfg(test)]
mod tests;
