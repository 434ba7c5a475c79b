//! Who has become blind, and who sees again: told once each.

use std::collections::BTreeMap;

use crate::plugin::Blind;

/// Who is known to be blind, by name, with the time since when.
#[derive(Default)]
pub(super) struct Blindness(BTreeMap<String, i64>);

/// What has changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    /// Blind from now on.
    pub(super) began: Vec<Blind>,
    /// Names of those that see again, or have gone.
    pub(super) ended: Vec<String>,
}

impl Blindness {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Compares what is known with what is so.
    pub(super) fn update(&mut self, blind: Vec<Blind>) -> Change {
        let now: BTreeMap<String, i64> =
            blind.iter().map(|blind| (blind.to_string(), blind.trouble.since)).collect();
        let before = std::mem::replace(&mut self.0, now);
        let ended = before.keys().filter(|name| !self.0.contains_key(*name)).cloned().collect();
        let is_new = |blind: &Blind| before.get(&blind.to_string()) != Some(&blind.trouble.since);
        Change { began: blind.into_iter().filter(is_new).collect(), ended }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::{Fault, Trouble};

    fn blind(rule: &str, since: i64) -> Blind {
        let trouble = Trouble { since, fault: Fault::OutOfFuel(1) };
        Blind { plugin: "engine".to_owned(), rule: Some(rule.to_owned()), trouble }
    }

    #[test]
    fn each_blindness_begins_once_and_ends_once() {
        let mut blindness = Blindness::default();
        let both = || vec![blind("a", 1), blind("b", 2)];
        assert_eq!(blindness.update(both()), Change { began: both(), ended: Vec::new() });
        assert_eq!(blindness.update(both()), Change::default());
        let ended = vec!["rule a".to_owned()];
        assert_eq!(blindness.update(vec![blind("b", 2)]), Change { began: Vec::new(), ended });
        assert!(!blindness.is_empty());
    }

    #[test]
    fn who_was_released_and_fails_again_is_told_again() {
        let mut blindness = Blindness::default();
        blindness.update(vec![blind("a", 1)]);
        let again = vec![blind("a", 9)];
        assert_eq!(blindness.update(again.clone()), Change { began: again, ended: Vec::new() });
    }
}
