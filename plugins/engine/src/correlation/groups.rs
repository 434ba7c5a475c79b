//! The groups of all rules, and their bounds.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Correlation;
use super::group::{Group, Row};
use crate::steps::{Spent, Steps};

/// Most groups of one rule.
pub(crate) const MAX_GROUPS: usize = 4_096;
/// Most bytes of all groups of all rules.
const MAX_BYTES: usize = 16 << 20;
/// What a group takes besides its key and its rows, about.
const GROUP_BYTES: usize = 256;

/// The groups, by rule and key. The one that was touched longest ago goes first when there is no
/// more room.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    rules: FxHashMap<usize, OfRule>,
    clock: u64,
    bytes: usize,
    /// Rows that came after the window of their group had passed them.
    pub(crate) late: u64,
    /// Groups with rows that still counted.
    pub(crate) evicted_groups: u64,
    pub(crate) evicted_rows: u64,
}

#[derive(Debug, Default)]
struct OfRule {
    groups: FxHashMap<Arc<[u8]>, Touched>,
    /// Keys by when their group was last touched.
    touched: BTreeMap<u64, Arc<[u8]>>,
    newest: Option<i64>,
    window: i64,
}

#[derive(Debug)]
struct Touched {
    at: u64,
    group: Group,
}

impl Groups {
    /// The newest time that a rule's groups have seen, else 0.
    pub(super) fn newest(&self, rule: usize) -> i64 {
        self.rules.get(&rule).and_then(|of_rule| of_rule.newest).unwrap_or_default()
    }

    pub(super) fn get(&self, rule: usize, key: &[u8]) -> Option<&Group> {
        self.rules.get(&rule)?.groups.get(key).map(|touched| &touched.group)
    }

    /// Adds the row to its group, unless it is late.
    pub(super) fn add(
        &mut self,
        rule: usize,
        correlation: &Correlation,
        key: &[u8],
        row: Row,
        steps: &mut Steps,
    ) -> Result<bool, Spent> {
        let of_rule = self.rules.entry(rule).or_default();
        of_rule.window = correlation.window;
        let known = of_rule.groups.get(key).map(|touched| touched.group.newest);
        if known.is_some_and(|newest| row.time < newest.saturating_sub(correlation.window)) {
            self.late += 1;
            return Ok(false);
        }
        of_rule.newest = of_rule.newest.max(Some(row.time));
        if known.is_none() {
            self.bytes += key.len() + GROUP_BYTES;
        }
        self.clock += 1;
        let group = of_rule.touch(key, self.clock, || {
            Group::new(row.time, correlation.stages.len(), correlation.aggregates())
        });
        let before = group.bytes;
        let evicted = group.add(row, correlation.window, correlation.aggregates(), steps);
        self.bytes = self.bytes - before + group.bytes;
        // Also when the row's steps have run out: the group is there.
        self.make_room(rule);
        self.evicted_rows += evicted?;
        Ok(true)
    }

    /// Lets the group start anew.
    pub(super) fn restart(&mut self, rule: usize, key: &[u8]) {
        let of_rule = self.rules.get_mut(&rule);
        if let Some(touched) = of_rule.and_then(|of_rule| of_rule.groups.get_mut(key)) {
            self.bytes -= touched.group.bytes;
            touched.group.restart();
        }
    }

    /// Rules that have groups.
    pub(crate) fn rules(&self) -> impl Iterator<Item = usize> {
        self.rules.keys().copied()
    }

    /// The newest time that a rule's groups have seen, and how many they are.
    pub(crate) fn extent(&self, rule: usize) -> (Option<i64>, u32) {
        let of_rule = self.rules.get(&rule);
        of_rule.map_or((None, 0), |rule| (rule.newest, crate::memory::count(rule.groups.len())))
    }

    /// A rule's groups, each with its key and when it was touched.
    pub(super) fn of_rule(&self, rule: usize) -> impl Iterator<Item = (&[u8], u64, &Group)> {
        let groups = self.rules.get(&rule).into_iter().flat_map(|of_rule| &of_rule.groups);
        groups.map(|(key, touched)| (&**key, touched.at, &touched.group))
    }

    /// Bytes of all groups, about.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Puts in a group that another engine had, touched when it was there.
    pub(super) fn put_back(
        &mut self,
        rule: usize,
        correlation: &Correlation,
        newest: Option<i64>,
        key: &[u8],
        touched: u64,
        group: Group,
    ) {
        let of_rule = self.rules.entry(rule).or_default();
        (of_rule.window, of_rule.newest) = (correlation.window, newest);
        self.bytes += key.len() + GROUP_BYTES + group.bytes;
        self.clock = self.clock.max(touched);
        let key: Arc<[u8]> = key.into();
        of_rule.touched.insert(touched, key.clone());
        of_rule.groups.insert(key, Touched { at: touched, group });
        self.make_room(rule);
    }

    /// Only this rule can have got more groups.
    fn make_room(&mut self, rule: usize) {
        if self.rules.get(&rule).is_some_and(|of_rule| of_rule.groups.len() > MAX_GROUPS) {
            self.evict(rule);
        }
        while self.bytes > MAX_BYTES {
            let first = |(rule, of_rule): (&usize, &OfRule)| {
                of_rule.touched.first_key_value().map(|(at, _)| (*at, *rule))
            };
            let Some((_, rule)) = self.rules.iter().filter_map(first).min() else { return };
            self.evict(rule);
        }
    }

    /// Takes out the rule's group that was touched longest ago.
    fn evict(&mut self, rule: usize) {
        let Some(of_rule) = self.rules.get_mut(&rule) else { return };
        let Some((_, key)) = of_rule.touched.pop_first() else { return };
        let Some(Touched { group, .. }) = of_rule.groups.remove(&key) else { return };
        self.bytes -= key.len() + GROUP_BYTES + group.bytes;
        let oldest = of_rule.newest.unwrap_or_default().saturating_sub(of_rule.window);
        let counts = group.rows.back().is_some_and(|row| row.time >= oldest);
        self.evicted_groups += u64::from(counts);
    }
}

impl OfRule {
    /// The group of the key, touched at this time of the clock.
    fn touch(&mut self, key: &[u8], at: u64, new: impl FnOnce() -> Group) -> &mut Group {
        let known = self.groups.get(key).and_then(|touched| self.touched.remove(&touched.at));
        let key = known.unwrap_or_else(|| key.into());
        self.touched.insert(at, key.clone());
        let touched = self.groups.entry(key).or_insert_with(|| Touched { at, group: new() });
        touched.at = at;
        &mut touched.group
    }
}
