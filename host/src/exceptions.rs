//! What operators have excepted from alerts. Decides only; no I/O, no clock.
//!
//! Invariant: an exception covers a finding only if it is of its rule, all of its fields have exactly
//! the values that it says, and it has not expired. What it covers is kept and counted.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use daemoneye_bus::event::{Batch, Field, Value};
use daemoneye_bus::handling::{Equal, Exception};
use serde_json::Value as Json;

/// Exceptions at a time, those that have expired included.
pub const MAX_EXCEPTIONS: usize = 1_000;
/// Fields of an exception at most.
pub const MAX_FIELDS: usize = 16;
/// The longest time that an exception may hold, microseconds.
pub const MAX_TERM: i64 = 366 * 24 * 3_600 * 1_000_000;
/// The fields that commonly tell one thing from another: what an exception from an alert has if
/// nobody says which.
pub const USUAL_FIELDS: [Field; 4] =
    [Field::ExecutablePath, Field::CommandLine, Field::UserName, Field::ParentPath];

/// Exceptions as the judge needs them.
#[derive(Debug, Default)]
pub struct Book(HashMap<String, Vec<Covering>>);

#[derive(Debug)]
struct Covering {
    number: u64,
    expires: i64,
    fields: Vec<(Field, String)>,
}

impl Book {
    /// One that has a field that this version does not know covers nothing.
    pub fn new<'e>(exceptions: impl IntoIterator<Item = &'e Exception>) -> Self {
        let mut book: HashMap<String, Vec<Covering>> = HashMap::new();
        for exception in exceptions {
            let fields = exception
                .fields
                .iter()
                .map(|Equal { field, value }| Some((Field::named(field)?, value.clone())));
            if let Some(fields) = fields.collect::<Option<Vec<_>>>().filter(|f| !f.is_empty()) {
                let Exception { number, expires, .. } = *exception;
                let of_rule = book.entry(exception.rule.clone()).or_default();
                of_rule.push(Covering { number, expires, fields });
            }
        }
        Book(book)
    }

    /// The number of the oldest exception that covers a finding of the rule about an event with such
    /// values, at the time `now`, microseconds since the Unix epoch.
    pub fn covering(
        &self,
        rule: &str,
        now: i64,
        value: impl Fn(Field) -> Option<Value>,
    ) -> Option<u64> {
        let is_so = |(field, expected): &(Field, String)| {
            value(*field).is_some_and(|value| words(&value) == *expected)
        };
        let covers = |one: &&Covering| now < one.expires && one.fields.iter().all(is_so);
        self.0.get(rule)?.iter().find(covers).map(|one| one.number)
    }

    /// The same for a row of a batch.
    pub fn covering_row(&self, rule: &str, now: i64, batch: &Batch, row: usize) -> Option<u64> {
        self.covering(rule, now, |field| batch.value(field, row))
    }

    /// How many exceptions from the rule are in force.
    pub fn in_force(&self, rule: &str, now: i64) -> u64 {
        let of_rule = self.0.get(rule).into_iter().flatten();
        of_rule.filter(|one| now < one.expires).count() as u64
    }
}

/// A value as exceptions have it: numbers as in JSON.
fn words(value: &Value) -> String {
    match value {
        Value::Integer(value) => value.to_string(),
        Value::Float(value) => Json::from(*value).to_string(),
        Value::Text(value) => value.clone(),
    }
}

/// The book, read by the judge and replaced by operators. A clone is the same.
#[derive(Debug, Clone, Default)]
pub struct Exceptions(Arc<RwLock<Arc<Book>>>);

impl Exceptions {
    /// The book as it is now.
    pub fn book(&self) -> Arc<Book> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on another.
    pub fn replace(&self, book: Book) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(book);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use daemoneye_bus::event::{Event, Kind};
    use proptest::prelude::*;

    /// Fields and values.
    type Fields<'t> = &'t [(&'t str, &'t str)];

    fn exception(number: u64, rule: &str, expires: i64, fields: &[(&str, &str)]) -> Exception {
        let equal = |(field, value): &(&str, &str)| Equal {
            field: (*field).to_owned(),
            value: (*value).to_owned(),
        };
        Exception {
            number,
            rule: rule.to_owned(),
            fields: fields.iter().map(equal).collect(),
            owner: "ops".to_owned(),
            reason: "backup".to_owned(),
            created: 0,
            expires,
            added_by: None,
            from_alert: None,
        }
    }

    fn covering(exceptions: &[Exception], rule: &str, now: i64) -> Option<u64> {
        let event = Event::new(Kind::Exec, 5)
            .with(Field::Pid, 42)
            .with(Field::CpuUsage, 1.0)
            .with(Field::UserName, "backup")
            .with(Field::CommandLine, "tar c /");
        let batch = Batch::from_events([&event]).expect("one event");
        Book::new(exceptions).covering_row(rule, now, &batch, 0)
    }

    #[test]
    fn an_exception_covers_its_rule_its_values_and_its_time_and_nothing_else() {
        let both = [("user_name", "backup"), ("command_line", "tar c /")];
        let table: [(Fields<'_>, &str, i64, bool); 13] = [
            (&both, "r", 99, true),
            (&both, "r", 100, false),
            (&both, "r2", 99, false),
            (&both[..1], "r", 0, true),
            (&[("user_name", "backup"), ("command_line", "tar c")], "r", 0, false),
            (&[("user_name", "backup2")], "r", 0, false),
            (&[("user_name", "Backup")], "r", 0, false),
            (&[("command_line", "tar %")], "r", 0, false),
            (&[("command_line", "*")], "r", 0, false),
            (&[("pid", "42"), ("cpu_usage", "1.0")], "r", 0, true),
            (&[("executable_path", "")], "r", 0, false),
            (&[("no_such_field", "x"), ("user_name", "backup")], "r", 0, false),
            (&[], "r", 0, false),
        ];
        for (fields, rule, now, covered) in table {
            let number = covering(&[exception(3, "r", 100, fields)], rule, now);
            assert_eq!(number, covered.then_some(3), "{fields:?} {rule} {now}");
        }
    }

    #[test]
    fn the_oldest_that_is_in_force_covers_and_those_in_force_are_counted() {
        let of = |number, expires| exception(number, "r", expires, &[("user_name", "backup")]);
        let exceptions = [of(1, 10), of(2, 20), of(3, 30)];
        for (now, covered, left) in [(9, Some(1), 3), (10, Some(2), 2), (30, None, 0)] {
            assert_eq!(covering(&exceptions, "r", now), covered);
            assert_eq!(Book::new(&exceptions).in_force("r", now), left);
            assert_eq!(Book::new(&exceptions).in_force("other", now), 0);
        }
    }

    proptest! {
        #[test]
        fn whatever_differs_in_one_field_is_not_covered(
            values in prop::array::uniform3("[ab%*]{0,3}"),
            actual in prop::array::uniform3(prop::option::of("[ab%*]{0,3}")),
            now in 0..20_i64,
        ) {
            let fields = ["user_name", "command_line", "name"];
            let pairs: Vec<_> = fields.into_iter().zip(values.iter().map(String::as_str)).collect();
            let book = Book::new(&[exception(1, "r", 10, &pairs)]);
            let value = |field: Field| {
                let at = fields.iter().position(|name| *name == field.name())?;
                actual[at].clone().map(Value::Text)
            };
            let same = values.iter().zip(&actual).all(|(one, other)| Some(one) == other.as_ref());
            prop_assert_eq!(book.covering("r", now, value).is_some(), same && now < 10);
        }
    }
}
