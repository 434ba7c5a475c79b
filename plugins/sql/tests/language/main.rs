//! The rule language from outside: what it accepts, what it refuses, what it survives.

mod accepted;
mod collation;
mod groups;
mod reference;
mod refused;
mod row;
mod schema;
mod sqlite;
mod survives;
mod together;
