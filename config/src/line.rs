//! Where in a file a key stands.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The line of the deepest part of the path that the text has, from 1.
pub(crate) fn line(text: &str, path: &[&str]) -> Option<usize> {
    let document = DeTable::parse(text).ok()?;
    let start = in_table(document.get_ref(), path)?;
    Some(text.get(..start)?.matches('\n').count() + 1)
}

fn in_table(table: &DeTable<'_>, path: &[&str]) -> Option<usize> {
    let (first, rest) = path.split_first()?;
    let (key, value) = table.iter().find(|(key, _)| key.get_ref() == first)?;
    Some(in_value(value, rest).unwrap_or(key.span().start))
}

fn in_value(value: &Spanned<DeValue<'_>>, path: &[&str]) -> Option<usize> {
    match value.get_ref() {
        DeValue::Table(table) => in_table(table, path),
        DeValue::Array(items) => {
            let (first, rest) = path.split_first()?;
            let item = items.get(first.parse::<usize>().ok()?)?;
            Some(in_value(item, rest).unwrap_or(item.span().start))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# a comment
data_dir = '/d'

[kept]
events_days = 3

[[sinks]]
name = 'a'
[[sinks]]
name = 'b'
grants = { console = true }
";

    #[test]
    fn a_key_is_found_wherever_it_stands() {
        let table: [(&[&str], Option<usize>); 8] = [
            (&["data_dir"], Some(2)),
            (&["kept", "events_days"], Some(5)),
            (&["kept", "absent"], Some(4)),
            (&["sinks", "0", "name"], Some(8)),
            (&["sinks", "1", "grants", "console"], Some(11)),
            (&["sinks", "7"], Some(7)),
            (&["absent"], None),
            (&[], None),
        ];
        for (path, expected) in table {
            assert_eq!(line(TEXT, path), expected, "{path:?}");
        }
        assert_eq!(line("no toml", &["no"]), None);
    }
}
