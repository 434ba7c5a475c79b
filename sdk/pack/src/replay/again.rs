//! One alert, and what is said of its event today.

use daemoneye_bus::alert::{Alert, Witness};
use daemoneye_bus::event::{Event, JsonError, from_json};

/// What was said, and what is.
#[derive(Debug)]
pub(super) struct Again {
    pub(super) alert: String,
    pub(super) rule: String,
    /// Absent in alerts of agents that did not look.
    pub(super) then: Option<Witness>,
    pub(super) now: Witness,
}

/// The event of an alert, as the agent saw it.
pub(super) fn event(alert: &Alert) -> Result<Event, JsonError> {
    from_json(&serde_json::Value::from(alert.event.clone()).to_string())
}

impl Again {
    /// What is another than it was, so that fuel is not comparable.
    pub(super) fn differing(&self) -> Vec<&'static str> {
        let Some(then) = &self.then else { return Vec::new() };
        let now = &self.now;
        let pairs = [
            ("rule", then.rule != now.rule),
            ("engine", then.engine != now.engine),
            ("build", then.build != now.build),
        ];
        pairs.into_iter().filter_map(|(name, differs)| differs.then_some(name)).collect()
    }

    /// The verdict that is expected. An alert without a witness says that its event matched.
    pub(super) fn expected(&self) -> bool {
        self.then.as_ref().is_none_or(|then| then.matched)
    }

    /// The fuel that must be the same, if it can be compared.
    pub(super) fn comparable_fuel(&self) -> Option<u64> {
        let then = self.then.as_ref().filter(|_| self.differing().is_empty());
        then.map(|then| then.fuel)
    }

    pub(super) fn is_same(&self) -> bool {
        self.now.matched == self.expected()
            && self.comparable_fuel().is_none_or(|fuel| fuel == self.now.fuel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn witness(change: impl FnOnce(&mut Witness)) -> Witness {
        let mut witness = Witness {
            release: Some(3),
            rule: "r".to_owned(),
            engine: "e".to_owned(),
            build: "b".to_owned(),
            matched: true,
            fuel: 100,
        };
        change(&mut witness);
        witness
    }

    /// Whether it is the same, what differs, and whether fuel is compared.
    fn of(then: Option<Witness>) -> (bool, Vec<&'static str>, bool) {
        let (alert, rule, now) = ("a".to_owned(), "r".to_owned(), witness(|_| {}));
        let again = Again { alert, rule, then, now };
        (again.is_same(), again.differing(), again.comparable_fuel().is_some())
    }

    #[test]
    fn fuel_must_be_the_same_where_nothing_differs_and_the_verdict_always() {
        assert_eq!(of(Some(witness(|_| {}))), (true, vec![], true));
        assert_eq!(of(Some(witness(|then| then.fuel = 99))), (false, vec![], true));
        assert_eq!(of(Some(witness(|then| then.release = Some(2)))), (true, vec![], true));
        assert_eq!(of(Some(witness(|then| then.matched = false))), (false, vec![], true));
        let other = witness(|then| (then.fuel, then.engine) = (7, "x".to_owned()));
        assert_eq!(of(Some(other)), (true, vec!["engine"], false));
        let other = witness(|then| {
            (then.rule, then.build, then.matched) = ("x".to_owned(), "x".to_owned(), false);
        });
        assert_eq!(of(Some(other)), (false, vec!["rule", "build"], false));
        assert_eq!(of(None), (true, vec![], false));
    }
}
