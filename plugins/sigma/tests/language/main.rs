//! The rule language from outside: what rules mean, what it refuses, what it survives.

mod condition;
mod correlation;
mod file;
mod modifier;
mod refused;
mod row;
mod schema;
mod survives;
