//! What the benches share: events, the corpus, who judges them, and how that is measured.

pub mod comparison;
pub mod contender;
pub mod corpus;
mod events;
pub mod hosting;
pub mod measure;
pub mod memory;
pub mod options;
pub mod table;

pub use events::{batch, event};
