//! The processes that live, by key: `wit/processes.wit`.
//!
//! The pack's `pack.toml` must request it (`capabilities = ["processes"]`), and the operator grant it.
//! Natively it is a table of the thread, which tests fill with [`lives`].
//!
//! ```
//! use daemoneye_sdk::processes::{self, Known};
//! use daemoneye_sdk::rule::field;
//!
//! processes::lives("boot:1:1", &[field::name.is("init"), field::pid.is(1)]);
//! let parent: Known = processes::get("boot:1:1", &["name", "pid"]).expect("it lives");
//! assert_eq!(parent.text("name"), Some("init"));
//! assert_eq!(parent.integer("pid"), Some(1));
//! assert!(processes::get("boot:2:2", &["name"]).is_none());
//! ```

#[cfg(not(target_family = "wasm"))]
use crate::rule::Given;

pub use crate::bindings::rule_capabilities::daemoneye::plugin::processes::Value;

/// What is known of a process.
#[derive(Debug, Clone, PartialEq)]
pub struct Known(Vec<(String, Option<Value>)>);

impl Known {
    /// The value of a column that was asked for, if it has one.
    ///
    /// # Panics
    /// If the column was not asked for.
    pub fn value(&self, column: &str) -> Option<&Value> {
        let asked = self.0.iter().find(|(name, _)| name == column);
        let (_, value) = asked.unwrap_or_else(|| panic!("column {column:?} was not asked for"));
        value.as_ref()
    }

    /// The same for a column of texts.
    ///
    /// # Panics
    /// If the column was not asked for.
    pub fn text(&self, column: &str) -> Option<&str> {
        match self.value(column) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The same for a column of whole numbers.
    ///
    /// # Panics
    /// If the column was not asked for.
    pub fn integer(&self, column: &str) -> Option<i64> {
        match self.value(column) {
            Some(Value::Integer(value)) => Some(*value),
            _ => None,
        }
    }
}

/// What is known of the process with this `process_key`, if it is known.
pub fn get(key: &str, columns: &[&str]) -> Option<Known> {
    let names: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
    let values = target::get(key, &names)?;
    Some(Known(names.into_iter().zip(values).collect()))
}

/// For a rule's own tests: a process with this key lives and has these fields.
#[cfg(not(target_family = "wasm"))]
pub fn lives(key: &str, fields: &[Given]) {
    target::lives(key, fields);
}

#[cfg(target_family = "wasm")]
use crate::bindings::rule_capabilities::daemoneye::plugin::processes as target;

/// The same without a host.
#[cfg(not(target_family = "wasm"))]
mod target {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    use super::Value;
    use crate::rule::Given;

    type Fields = BTreeMap<&'static str, Value>;

    thread_local! {
        static ALIVE: RefCell<BTreeMap<String, Fields>> = const { RefCell::new(BTreeMap::new()) };
    }

    pub(super) fn get(key: &str, columns: &[String]) -> Option<Vec<Option<Value>>> {
        ALIVE.with_borrow(|alive| {
            let fields = alive.get(key)?;
            Some(columns.iter().map(|column| fields.get(column.as_str()).cloned()).collect())
        })
    }

    pub(super) fn lives(key: &str, fields: &[Given]) {
        let fields = fields.iter().filter_map(Given::value).collect();
        ALIVE.with_borrow_mut(|alive| alive.insert(key.to_owned(), fields));
    }
}
