//! What numbers of the configuration may be.

use std::ops::RangeInclusive;

use daemoneye_config::Layers;

use super::{Config, ConfigError};
use crate::capability::KeyValueGrant;

/// Every number with its key, the range that it must be in, and the words for that.
type Numbers<Key = &'static str> = Vec<(Key, u64, RangeInclusive<u64>, &'static str)>;

/// The first number that makes no sense.
pub(super) fn check(config: &Config, layers: &Layers) -> Result<(), ConfigError> {
    let fixed = numbers(config)
        .into_iter()
        .map(|(key, value, allowed, expected)| (key.to_owned(), value, allowed, expected));
    for (key, value, allowed, expected) in fixed.chain(of_grants(config)) {
        if !allowed.contains(&value) {
            let origin = layers.origin(&key.split('.').collect::<Vec<_>>());
            return Err(ConfigError::Range { key, value, expected, origin });
        }
    }
    Ok(())
}

fn numbers(config: &Config) -> Numbers {
    let (procmond, alerts) = (&config.procmond, &config.alerts);
    let mut numbers: Numbers = vec![
        ("procmond.interval_ms", procmond.interval_ms, 100..=3_600_000, "100 to 3600000"),
        ("procmond.startup_timeout_s", procmond.startup_timeout_s, 1..=3_600, "1 to 3600"),
        (
            "alerts.per_rule_per_minute",
            alerts.per_rule_per_minute.into(),
            1..=1_000_000,
            "1 to 1000000",
        ),
    ];
    numbers.extend(of_limits(config));
    numbers.extend(of_delivery(config));
    numbers
}

fn of_limits(Config { limits, .. }: &Config) -> Numbers {
    let calls = limits.host_calls.into();
    vec![
        ("limits.fuel_per_event", limits.fuel_per_event, 1..=1 << 40, "1 to 1099511627776"),
        ("limits.memory_mib", limits.memory_mib, 1..=4_095, "1 to 4095"),
        ("limits.evaluate_ms", limits.evaluate_ms, 1..=60_000, "1 to 60000"),
        ("limits.host_calls", calls, 1..=1_000_000, "1 to 1000000"),
        ("limits.compile_s", limits.compile_s, 1..=3_600, "1 to 3600"),
        ("limits.delivery_s", limits.delivery_s, 1..=3_600, "1 to 3600"),
    ]
}

fn of_delivery(Config { delivery, .. }: &Config) -> Numbers {
    let (group, kib, window) = (delivery.group, delivery.group_kib, delivery.window);
    vec![
        ("delivery.attempts", delivery.attempts.into(), 1..=1_000_000, "1 to 1000000"),
        ("delivery.first_pause_ms", delivery.first_pause_ms, 1..=3_600_000, "1 to 3600000"),
        ("delivery.last_pause_s", delivery.last_pause_s, 1..=86_400, "1 to 86400"),
        ("delivery.failures", delivery.failures.into(), 1..=1_000_000, "1 to 1000000"),
        ("delivery.group", group as u64, 1..=1_024, "1 to 1024"),
        ("delivery.group_kib", kib as u64, 1..=4_096, "1 to 4096"),
        ("delivery.window", window as u64, 1..=65_536, "1 to 65536"),
    ]
}

fn of_grants(Config { grants, .. }: &Config) -> Numbers<String> {
    let granted = grants.iter().filter_map(|(pack, grants)| Some((pack, grants.key_value?)));
    granted.flat_map(|(pack, grant)| of_grant(pack, grant)).collect()
}

fn of_grant(pack: &str, KeyValueGrant { entries, bytes }: KeyValueGrant) -> Numbers<String> {
    let key = |name| format!("grants.{pack}.key_value.{name}");
    vec![
        (key("entries"), entries as u64, 1..=1_000_000, "1 to 1000000"),
        (key("bytes"), bytes as u64, 1..=256 << 20, "1 to 268435456"),
    ]
}
