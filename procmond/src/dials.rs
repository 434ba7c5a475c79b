//! What can be changed while the sensor runs. Threads look here before each look at the system; nobody
//! waits for anybody.
//!
//! Invariant: a change is checked whole before any of it is made.

use std::fmt::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use daemoneye_bus::control::{Denial, Setting};

/// Milliseconds that an interval may have.
const INTERVALS: std::ops::RangeInclusive<u64> = 100..=3_600_000;
/// Milliseconds between heartbeats: the agent asks after 15 seconds of silence.
const HEARTBEATS: std::ops::RangeInclusive<u64> = 100..=10_000;

/// One thing that can be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dial {
    /// Milliseconds between sweeps.
    Interval,
    /// Milliseconds between heartbeats.
    Heartbeat,
    /// Whether connections are looked at.
    Network,
    /// Milliseconds between looks at connections.
    NetworkInterval,
}

impl Dial {
    /// All of them.
    pub const ALL: [Dial; 4] =
        [Dial::Interval, Dial::Heartbeat, Dial::Network, Dial::NetworkInterval];

    /// Its name as a setting.
    pub fn key(self) -> &'static str {
        match self {
            Dial::Interval => "interval_ms",
            Dial::Heartbeat => "heartbeat_ms",
            Dial::Network => "network",
            Dial::NetworkInterval => "network_interval_ms",
        }
    }

    fn named(key: &str) -> Result<Dial, Denial> {
        let unknown = || {
            let known = Dial::ALL.map(Dial::key).join(", ");
            Denial::UnknownSetting { key: key.to_owned(), known }
        };
        Dial::ALL.into_iter().find(|dial| dial.key() == key).ok_or_else(unknown)
    }

    fn expected(self) -> String {
        let range = |range: std::ops::RangeInclusive<u64>| {
            format!("a whole number from {} to {}", range.start(), range.end())
        };
        match self {
            Dial::Interval | Dial::NetworkInterval => range(INTERVALS),
            Dial::Heartbeat => range(HEARTBEATS),
            Dial::Network => "true or false".to_owned(),
        }
    }

    fn parse(self, text: &str) -> Option<u64> {
        let number = || text.parse().ok();
        match self {
            Dial::Interval | Dial::NetworkInterval => number().filter(|ms| INTERVALS.contains(ms)),
            Dial::Heartbeat => number().filter(|ms| HEARTBEATS.contains(ms)),
            Dial::Network => text.parse::<bool>().ok().map(u64::from),
        }
    }

    fn text(self, value: u64) -> String {
        match self {
            Dial::Network => (value != 0).to_string(),
            _ => value.to_string(),
        }
    }
}

/// Where they stand.
#[derive(Debug)]
pub struct Dials {
    values: [AtomicU64; 4],
    is_paused: AtomicBool,
    resumed: AtomicU64,
    /// Whether there is a thread that looks at connections.
    has_network: bool,
}

/// A change that can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change(Vec<(Dial, u64)>);

impl Dials {
    /// As they are at the start.
    pub fn new(interval: Duration, has_network: bool) -> Self {
        let interval = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX);
        let heartbeat = *HEARTBEATS.end() / 2;
        let values = [interval, heartbeat, u64::from(has_network), interval].map(AtomicU64::new);
        let (is_paused, resumed) = (AtomicBool::new(false), AtomicU64::new(0));
        Dials { values, is_paused, resumed, has_network }
    }

    fn get(&self, dial: Dial) -> u64 {
        self.values[dial as usize].load(Ordering::Relaxed)
    }

    /// A time that a dial stands at.
    pub fn time(&self, dial: Dial) -> Duration {
        Duration::from_millis(self.get(dial))
    }

    /// Between heartbeats, as it was said at the start.
    pub fn set_heartbeat(&self, heartbeat: Duration) {
        let milliseconds = u64::try_from(heartbeat.as_millis()).unwrap_or(u64::MAX);
        self.values[Dial::Heartbeat as usize].store(milliseconds, Ordering::Relaxed);
    }

    /// Whether connections are looked at now.
    pub fn looks_at_network(&self) -> bool {
        self.get(Dial::Network) != 0 && !self.is_paused()
    }

    /// Whether nothing is looked at and nothing reported.
    pub fn is_paused(&self) -> bool {
        self.is_paused.load(Ordering::Relaxed)
    }

    /// Stops looking, or goes on.
    pub fn pause(&self, paused: bool) {
        let was_paused = self.is_paused.swap(paused, Ordering::Relaxed);
        self.resumed.fetch_add(u64::from(was_paused && !paused), Ordering::Relaxed);
    }

    /// How often it went on.
    pub fn resumed(&self) -> u64 {
        self.resumed.load(Ordering::Relaxed)
    }

    /// The change that these settings ask for.
    ///
    /// # Errors
    /// If one is unknown, named twice, or cannot have its value.
    pub fn change(&self, settings: &[Setting]) -> Result<Change, Denial> {
        let mut change: Vec<(Dial, u64)> = Vec::new();
        for Setting { key, value } in settings {
            let dial = Dial::named(key)?;
            if change.iter().any(|(known, _)| *known == dial) {
                return Err(Denial::TwiceNamed { key: key.clone() });
            }
            let bad = |expected| {
                let (key, value) = (key.clone(), value.clone());
                Denial::BadSetting { key, value, expected }
            };
            let number = dial.parse(value).ok_or_else(|| bad(dial.expected()))?;
            if dial == Dial::Network && number != 0 && !self.has_network {
                return Err(bad("false: the collector was started without it".to_owned()));
            }
            change.push((dial, number));
        }
        Ok(Change(change))
    }

    /// What the change does, as `key=before->after`.
    pub fn describe(&self, change: &Change) -> String {
        let mut text = String::new();
        for (dial, after) in &change.0 {
            let (before, after) = (dial.text(self.get(*dial)), dial.text(*after));
            write!(text, " {}={before}->{after}", dial.key()).expect("memory");
        }
        text
    }

    /// Makes a change.
    pub fn make(&self, change: &Change) {
        for (dial, value) in &change.0 {
            self.values[*dial as usize].store(*value, Ordering::Relaxed);
        }
    }

    /// The configuration in force.
    pub fn settings(&self) -> Vec<Setting> {
        let setting = |key: &str, value| Setting { key: key.to_owned(), value };
        let dials =
            Dial::ALL.into_iter().map(|dial| setting(dial.key(), dial.text(self.get(dial))));
        let paused = setting("paused", self.is_paused().to_string());
        dials.chain([paused]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dials() -> Dials {
        Dials::new(Duration::from_secs(5), true)
    }

    fn settings(table: &[(&str, &str)]) -> Vec<Setting> {
        let setting = |(key, value): &(&str, &str)| Setting {
            key: (*key).to_owned(),
            value: (*value).to_owned(),
        };
        table.iter().map(setting).collect()
    }

    #[test]
    fn only_what_is_named_changes_and_what_is_in_force_is_told() {
        let dials = dials();
        let change = dials.change(&settings(&[("interval_ms", "700")])).expect("a change");
        assert_eq!(dials.describe(&change), " interval_ms=5000->700");
        dials.make(&change);
        for paused in [true, false, false, true] {
            dials.pause(paused);
        }
        assert!(dials.is_paused() && dials.resumed() == 1);
        let expected = settings(&[
            ("interval_ms", "700"),
            ("heartbeat_ms", "5000"),
            ("network", "true"),
            ("network_interval_ms", "5000"),
            ("paused", "true"),
        ]);
        assert_eq!(dials.settings(), expected);
    }

    #[test]
    fn every_limit_is_obeyed_and_violated_and_named() {
        let (low, high) = ("100", "3600000");
        let good = [
            ("interval_ms", low),
            ("interval_ms", high),
            ("network_interval_ms", low),
            ("heartbeat_ms", low),
            ("heartbeat_ms", "10000"),
            ("network", "true"),
            ("network", "false"),
        ];
        for (key, value) in good {
            assert!(dials().change(&settings(&[(key, value)])).is_ok(), "{key}={value}");
        }
        let bad = [
            ("interval_ms", "0"),
            ("interval_ms", "99"),
            ("interval_ms", "3600001"),
            ("interval_ms", "1000000000000"),
            ("interval_ms", "-1"),
            ("interval_ms", "5s"),
            ("heartbeat_ms", "10001"),
            ("network", "yes"),
            ("network", "1"),
        ];
        for (key, value) in bad {
            let error = dials().change(&settings(&[(key, value)])).expect_err(value).to_string();
            assert!(error.starts_with(&format!("setting {key} = {value:?}, not ")), "{error}");
        }
    }

    #[test]
    fn what_is_unknown_twice_named_or_not_there_is_refused_by_name() {
        let refused = |table| dials().change(&settings(table)).expect_err("refused").to_string();
        assert!(
            refused(&[("paused", "true")]).starts_with("no setting \"paused\"; there are inter")
        );
        let twice = refused(&[("network", "true"), ("network", "false")]);
        assert_eq!(twice, "setting network is named twice");
        let without = Dials::new(Duration::from_secs(5), false);
        let error = without.change(&settings(&[("network", "true")])).expect_err("not there");
        assert!(error.to_string().contains("started without it"), "{error}");
    }

    proptest! {
        #[test]
        fn a_refused_change_changes_nothing(
            table in prop::collection::vec(
                ("(interval_ms|heartbeat_ms|network|network_interval_ms|x)",
                 "(true|false|0|[1-9][0-9]{0,6})"), 0..5),
        ) {
            let dials = dials();
            let before = dials.settings();
            let wanted: Vec<Setting> =
                table.into_iter().map(|(key, value)| Setting { key, value }).collect();
            match dials.change(&wanted) {
                Err(_) => prop_assert_eq!(dials.settings(), before),
                Ok(change) => {
                    dials.make(&change);
                    for (old, new) in before.iter().zip(dials.settings()) {
                        let named = wanted.iter().find(|setting| setting.key == old.key);
                        prop_assert_eq!(&new, named.unwrap_or(old));
                    }
                }
            }
        }
    }
}
