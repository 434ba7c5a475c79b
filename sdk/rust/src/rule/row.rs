//! The columns that a rule reads, and one row of them.

use super::{Cells, field::Field};

/// One event as a rule sees it; made by [`columns!`](crate::rule::columns).
pub trait Columns<'a>: Copy {
    /// The names of the columns, each once.
    const NAMES: &'static [&'static str];

    /// The event behind a row.
    fn of(row: Row<'a>) -> Self;
}

/// A row of an open batch.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// One for each column of the rule.
    pub(super) columns: &'a [Cells<'a>],
    pub(super) row: usize,
}

impl<'a> Row<'a> {
    /// The value in the rule's column of this number, if the row has one.
    pub fn get<F: Field>(self, column: usize) -> Option<F::Value<'a>> {
        F::read(*self.columns.get(column)?, self.row)
    }
}

/// The place of a name in a list that has it; while a plugin is compiled.
///
/// # Panics
/// If the list does not have it.
pub const fn number(names: &[&str], name: &str) -> usize {
    let mut number = 0;
    while !same(names[number].as_bytes(), name.as_bytes()) {
        number += 1;
    }
    number
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// Declares what a rule reads: a struct with a method for each field, which returns its value if the
/// event has one. The names are those of [`field`](crate::rule::field).
///
/// ```
/// daemoneye_sdk::rule::columns! {
///     /// What the rule reads of an event.
///     pub struct Process { pid, command_line, cpu_usage }
/// }
///
/// fn busy(event: Process<'_>) -> bool {
///     event.cpu_usage().is_some_and(|share| share > 0.9) && event.pid() != Some(1)
/// }
/// ```
#[macro_export]
macro_rules! columns {
    ($(#[$attribute:meta])* $visibility:vis struct $name:ident { $($field:ident),+ $(,)? }) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy)]
        $visibility struct $name<'a>($crate::rule::Row<'a>);

        impl<'a> $crate::rule::Columns<'a> for $name<'a> {
            const NAMES: &'static [&'static str] =
                &[$(<$crate::rule::field::$field as $crate::rule::field::Field>::NAME),+];

            fn of(row: $crate::rule::Row<'a>) -> Self {
                $name(row)
            }
        }

        #[allow(dead_code, reason = "a rule may declare more than it asks for")]
        impl<'a> $name<'a> {
            $(
                /// The value of this field, if the event has one.
                $visibility fn $field(
                    self,
                ) -> Option<<$crate::rule::field::$field as $crate::rule::field::Field>::Value<'a>>
                {
                    const NUMBER: usize = $crate::rule::number(
                        <$name<'_> as $crate::rule::Columns<'_>>::NAMES,
                        stringify!($field),
                    );
                    self.0.get::<$crate::rule::field::$field>(NUMBER)
                }
            )+
        }
    };
}
