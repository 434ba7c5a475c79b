//! Checks of a host, one below the other.

use owo_colors::OwoColorize;

use super::escape::cut;
use super::table::{self, lines};
use crate::doctor::{Check, State};
use crate::terminal::Look;

/// The page.
pub(crate) fn page(checks: &[Check], look: &Look) -> String {
    let mut table = table::bare(look);
    for check in checks {
        table.add_row([word(check.state).to_owned(), check.name.to_owned(), cut(&check.found)]);
        if let Some(remedy) = &check.remedy {
            table.add_row([String::new(), String::new(), format!("-> {}", cut(remedy))]);
        }
    }
    let text = lines(&table, look);
    let text = if look.colours { text.lines().map(coloured).collect() } else { text };
    text + &summary(checks)
}

fn word(state: State) -> &'static str {
    match state {
        State::Ok => "ok",
        State::Warn => "warn",
        State::Fail => "FAIL",
    }
}

fn coloured(line: &str) -> String {
    match line.split_once(' ') {
        Some(("ok", rest)) => format!("{} {rest}\n", "ok".green()),
        Some(("warn", rest)) => format!("{} {rest}\n", "warn".yellow().bold()),
        Some(("FAIL", rest)) => format!("{} {rest}\n", "FAIL".red().bold()),
        _ => format!("{line}\n"),
    }
}

fn summary(checks: &[Check]) -> String {
    let of = |state| checks.iter().filter(|check| check.state == state).count();
    format!(
        "{} checks: {} ok, {} warnings, {} failed\n",
        checks.len(),
        of(State::Ok),
        of(State::Warn),
        of(State::Fail)
    )
}
