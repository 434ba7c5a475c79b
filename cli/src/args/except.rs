//! `daemoneye except`: what is excepted from alerts.

use clap::Subcommand;
use daemoneye_bus::handling::Equal;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::handling::Why;
use super::span::span;

/// What is wanted of exceptions.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum Except {
    /// Keep and count findings of a rule about what is like this, and tell nobody
    #[command(after_help = "\
Examples:
  daemoneye except add --from-alert 17 --owner ops --expires 30d --reason 'the nightly backup'
  daemoneye except add --from-alert 17 --field executable_path --field user_name \\
    --owner ops --expires 2027-01-31 --reason 'the nightly backup'
  daemoneye except add --rule shell-dev-tcp --where 'executable_path=/opt/probe/bin/probe' \\
    --owner ops --expires 12h --reason 'a drill'

Values are compared whole: no character stands for others. Without --field, an exception from an
alert has the alert's program, command line, user and parent's program, as far as they are known.
Exit codes: 70 if there is no such alert, rule or field, or the time has passed or is over 366 days
away")]
    Add(NewException),
    /// Every exception, with how often it hit; those that have expired are marked
    List,
    /// One exception, with the latest alerts that it covered
    Show {
        /// Its number
        number: u64,
    },
    /// Remove an exception; its findings are alerts again
    #[command(after_help = "\
Examples:
  daemoneye except remove 3 --reason 'the probe is gone'

Exit codes: 2 without a reason; 70 if there is no such exception")]
    Remove {
        /// Its number
        number: u64,
        #[command(flatten)]
        why: Why,
    },
}

/// An exception to be added.
#[derive(Debug, PartialEq, Eq, clap::Args)]
pub(crate) struct NewException {
    /// Like this alert: its number, its id or the beginning of its id
    #[arg(long, value_name = "ID", required_unless_present = "rule", conflicts_with = "rule")]
    pub(crate) from_alert: Option<String>,
    /// Of an alert: the fields that must have the same value
    #[arg(long = "field", value_name = "NAME", requires = "from_alert", conflicts_with = "rule")]
    pub(crate) fields: Vec<String>,
    /// Of this rule
    #[arg(long, value_name = "ID", requires = "equal")]
    pub(crate) rule: Option<String>,
    /// Of a rule: a field, and exactly the value that it must have
    #[arg(long = "where", id = "equal", value_name = "FIELD=VALUE", value_parser = equal,
          requires = "rule", conflicts_with = "from_alert")]
    pub(crate) equal: Vec<Equal>,
    /// Who answers for it
    #[arg(long, value_name = "NAME")]
    pub(crate) owner: String,
    /// For how long, or until the beginning of which day: 12h, 30d, 2027-01-31
    #[arg(long, value_name = "TIME", value_parser = expiry)]
    pub(crate) expires: Expiry,
    #[command(flatten)]
    pub(crate) why: Why,
}

/// When an exception expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// So long from now.
    In(SignedDuration),
    /// When this day begins here.
    On(Date),
}

impl Expiry {
    /// As microseconds since the Unix epoch; nothing if no calendar has it.
    pub(crate) fn microseconds(self, now: i64) -> Option<i64> {
        match self {
            Expiry::In(span) => now.checked_add(i64::try_from(span.as_micros()).ok()?),
            Expiry::On(day) => {
                let begins = day.to_zoned(jiff::tz::TimeZone::system()).ok()?;
                Some(Timestamp::from(begins).as_microsecond())
            }
        }
    }
}

fn expiry(text: &str) -> Result<Expiry, String> {
    match text.parse() {
        Ok(day) => Ok(Expiry::On(day)),
        Err(_) => span(text).map(Expiry::In),
    }
}

fn equal(text: &str) -> Result<Equal, String> {
    match text.split_once('=') {
        Some((field, value)) if !field.trim().is_empty() => {
            Ok(Equal { field: field.trim().to_owned(), value: value.to_owned() })
        }
        _ => Err("not of the form FIELD=VALUE".to_owned()),
    }
}
