//! The reference of keys, `docs/agent-config.md`, is held against the code.

use std::collections::BTreeMap;

use daemoneye_config::Layers;

use super::Config;

const REFERENCE: &str = include_str!("../../../docs/agent-config.md");

/// Default by key, as the first table tells them.
fn documented() -> BTreeMap<&'static str, &'static str> {
    let table = REFERENCE.lines().skip_while(|line| !line.starts_with("| key ")).skip(2);
    let rows = table.take_while(|line| line.starts_with('|')).map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        (cells[1].trim_matches('`'), cells[2].trim_matches('`'))
    });
    rows.filter(|(key, _)| !key.starts_with('[')).collect()
}

#[test]
fn every_key_is_documented_with_its_default_and_none_is_that_there_is_not() {
    let layers = Layers::of_defaults(&Config::default()).expect("defaults");
    let told = layers.told::<Config>().expect("defaults");
    let documented = documented();
    for one in told.iter().filter(|one| one.key != "sinks") {
        let default = documented.get(one.key.as_str());
        let default = default.unwrap_or_else(|| panic!("docs/agent-config.md lacks {}", one.key));
        let is_plain =
            |value: &&String| value.parse::<u64>().is_ok() || value.parse::<bool>().is_ok();
        if let Some(value) = one.value.as_ref().filter(is_plain) {
            assert_eq!(default, value, "{}", one.key);
        }
    }
    for key in documented.keys() {
        assert!(told.iter().any(|one| one.key == *key), "{key} is documented and is no key");
    }
}
