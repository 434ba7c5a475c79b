//! What the engine remembers from row to row: living processes, and groups of rows.

mod batch;
mod bounds;
mod memory;
mod model;
mod processes;
mod sequences;
