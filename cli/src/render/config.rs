//! Keys of a configuration as a table.

use daemoneye_config::Told;

use super::table::{self, lines};
use crate::terminal::Look;

/// The table, with who says so or without.
pub(crate) fn table(keys: &[Told], origin: bool, look: &Look) -> String {
    let labels: &[&str] = if origin { &["key", "value", "origin"] } else { &["key", "value"] };
    let mut table = table::table(labels, 0..0, look);
    for told in keys {
        let value = told.value.as_deref().unwrap_or("(not said)");
        let mut cells = vec![table::text(&told.key), table::text(value)];
        cells.extend(origin.then(|| table::text(&told.origin.to_string())));
        table.add_row(cells);
    }
    lines(&table, look)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::{assert_fits, look};
    use daemoneye_config::Origin;

    fn keys(value: &str) -> Vec<Told> {
        let told = |key: &str, value: Option<&str>, origin| Told {
            key: key.to_owned(),
            value: value.map(str::to_owned),
            origin,
        };
        let file = Origin::File { path: "/etc/daemoneye/agent.toml".into(), line: Some(3) };
        let variable = Origin::Environment { variable: "DAEMONEYE_RULES".to_owned() };
        vec![
            told("data_dir", Some(value), file),
            told("kept.events_days", Some("30"), Origin::Default),
            told("rules", None, variable),
        ]
    }

    #[test]
    fn each_key_says_its_value_and_who_says_so() {
        let expected = "\
KEY               VALUE       ORIGIN
data_dir          \"/d\"        /etc/daemoneye/agent.toml:3
kept.events_days  30          default
rules             (not said)  DAEMONEYE_RULES
";
        assert_eq!(table(&keys("\"/d\""), true, &look(100)), expected);
        assert!(!table(&keys("\"/d\""), false, &look(100)).contains("ORIGIN"));
    }

    #[test]
    fn hostile_values_are_harmless_at_any_width() {
        for width in [40, 80, 200] {
            assert_fits(&table(&keys("\x1b[2J\u{202e}\n evil"), true, &look(width)), width);
        }
    }
}
