//! `daemoneye query`: a question, and what it may cost.

use std::path::PathBuf;

use clap::Args;
use daemoneye_bus::control::{Cell, Hunt};
use jiff::SignedDuration;

use super::span::{Moment, moment, span};

/// A question over stored events.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  daemoneye query \"SELECT datetime(time / 1000000, 'unixepoch') AS at, command_line
                   FROM process_starts WHERE name = 'curl'\" --since 2h
  daemoneye query \"SELECT name, count(*) AS n FROM process_starts GROUP BY name
                   ORDER BY n DESC LIMIT 20\" --since 7d
  daemoneye query 'SELECT DISTINCT user_name FROM process_events WHERE name = :name' \\
      --param name=sudo
  daemoneye query 'SELECT * FROM process_events WHERE pid = ?1' --param 4711 --format jsonl
  daemoneye query 'SELECT time, pid, command_line FROM process_starts' -n 1000000 \\
      --format csv -o starts.csv
  daemoneye query 'SELECT * FROM process_events' --since 1d -n 1000000 \\
      --format parquet -o events.parquet

Exit codes: 0 answered, and complete; 3 answered, and something may be missing: the answer says what;
70 the question makes no sense, or needs too much memory; 74 the answer cannot be written")]
pub(crate) struct Query {
    /// One SELECT, in the dialect of the rules and a little more (docs/hunting.md)
    pub(crate) sql: String,
    /// The value of the next of ?1, ?2 ..., or with a name of :name; =VALUE is never a name
    #[arg(long = "param", short, value_name = "[NAME=]VALUE", value_parser = parameter)]
    parameters: Vec<Parameter>,
    /// Only events that are not older: 2h, 7d, or a time such as 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<Moment>,
    /// Only events that are older
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<Moment>,
    /// At most so many rows; without ORDER BY, the newest
    #[arg(long, short = 'n', default_value_t = 100, value_name = "N",
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    limit: u32,
    /// The answer has what was found until then, and says that it is not complete
    #[arg(long, default_value = "60s", value_name = "TIME", value_parser = span)]
    timeout: SignedDuration,
    /// Write the answer into this file, for its owner only; what is there is replaced
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// The value of a parameter, and its name if it has one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parameter {
    name: Option<String>,
    value: Cell,
}

/// `name=value`, `=value` or a value that does not look like the first.
fn parameter(text: &str) -> Result<Parameter, String> {
    let is_name = |name: &str| {
        let mut characters = name.chars();
        characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
            && characters.all(|character| character.is_ascii_alphanumeric() || character == '_')
    };
    Ok(match text.split_once('=') {
        Some(("", value)) => Parameter { name: None, value: cell(value) },
        Some((name, value)) if is_name(name) => {
            Parameter { name: Some(name.to_owned()), value: cell(value) }
        }
        _ => Parameter { name: None, value: cell(text) },
    })
}

/// A number if it is written as one would be printed; 007 is text.
fn cell(text: &str) -> Cell {
    let whole = text.parse::<i64>().ok().filter(|number| number.to_string() == text);
    let float = text.parse::<f64>().ok().filter(|number| number.to_string() == text);
    match (whole, float.filter(|number| number.is_finite())) {
        (Some(number), _) => Cell::Integer(number),
        (_, Some(number)) => Cell::Float(number),
        _ => Cell::Text(text.to_owned()),
    }
}

impl Query {
    /// What the agent is asked; `now` is microseconds since the Unix epoch.
    pub(crate) fn hunt(&self, now: i64) -> Hunt {
        let named = |parameter: &Parameter| {
            parameter.name.clone().map(|name| (name, Some(parameter.value.clone())))
        };
        let numbered = self.parameters.iter().filter(|parameter| parameter.name.is_none());
        Hunt {
            sql: self.sql.clone(),
            numbered: numbered.map(|parameter| Some(parameter.value.clone())).collect(),
            named: self.parameters.iter().filter_map(named).collect(),
            since: self.since.map(|since| since.before(now)),
            until: self.until.map(|until| until.before(now)),
            limit: self.limit,
            time_ms: u64::try_from(self.timeout.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_has_a_name_or_none_and_a_number_is_one() {
        let cases = [
            ("sudo", None, Cell::Text("sudo".to_owned())),
            ("42", None, Cell::Integer(42)),
            ("-1.5", None, Cell::Float(-1.5)),
            ("007", None, Cell::Text("007".to_owned())),
            ("nan", None, Cell::Text("nan".to_owned())),
            ("name=sudo", Some("name"), Cell::Text("sudo".to_owned())),
            ("n=", Some("n"), Cell::Text(String::new())),
            ("=a=b", None, Cell::Text("a=b".to_owned())),
            ("-x a=b", None, Cell::Text("-x a=b".to_owned())),
            ("n==", Some("n"), Cell::Text("=".to_owned())),
        ];
        for (text, name, value) in cases {
            let expected = Parameter { name: name.map(str::to_owned), value };
            assert_eq!(parameter(text), Ok(expected), "{text}");
        }
    }
}
