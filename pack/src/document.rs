//! A TOML document that remembers where everything stands, so that every complaint has a place.

mod item;
mod problem;
mod table;

pub(crate) use item::Item;
pub(crate) use problem::nearest;
pub use problem::{Complaint, Position, Problem};
pub(crate) use table::Table;
