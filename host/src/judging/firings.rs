//! How each rule has fired since the agent started: when last, and about how many processes.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use daemoneye_bus::control::{Fired, MAX_ENTITIES};

/// By rule. Bounded: rules that are there no more are forgotten, and of each rule's processes so many
/// are told apart.
#[derive(Debug, Default)]
pub(super) struct Firings {
    rules: HashMap<String, Firing>,
    /// Its key is random: nobody can choose processes that look alike.
    hasher: RandomState,
}

#[derive(Debug, Default)]
struct Firing {
    last: i64,
    entities: HashSet<u64>,
}

impl Firings {
    /// The rule has found something about the process; at the time `now`, microseconds since the
    /// Unix epoch.
    pub(super) fn note(&mut self, rule: &str, process: &str, now: i64) {
        let firing = self.rules.entry(rule.to_owned()).or_default();
        firing.last = now.max(firing.last);
        if !process.is_empty() && (firing.entities.len() as u64) < MAX_ENTITIES {
            firing.entities.insert(self.hasher.hash_one(process));
        }
    }

    pub(super) fn of(&self, rule: &str) -> Fired {
        let firing = self.rules.get(rule);
        Fired {
            last: firing.map(|firing| firing.last),
            entities: firing.map_or(0, |firing| firing.entities.len() as u64),
        }
    }

    /// Forgets every other rule.
    pub(super) fn retain(&mut self, is_there: impl Fn(&str) -> bool) {
        self.rules.retain(|rule, _| is_there(rule));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_are_counted_once_and_up_to_a_limit() {
        let mut firings = Firings::default();
        assert_eq!(firings.of("a"), Fired::default());
        for number in 0..MAX_ENTITIES - 1 {
            firings.note("a", &format!("p{number}"), 5);
            firings.note("a", &format!("p{number}"), 4);
        }
        assert_eq!(firings.of("a"), Fired { last: Some(5), entities: MAX_ENTITIES - 1 });
        firings.note("a", "one more", 6);
        firings.note("a", "too many", 7);
        assert_eq!(firings.of("a"), Fired { last: Some(7), entities: MAX_ENTITIES });
        firings.retain(|rule| rule != "a");
        assert_eq!(firings.of("a"), Fired::default());
    }
}
