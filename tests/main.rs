//! Integration tests over the real programs. `cargo xtask test` builds what they need.

mod edges; // who may depend on whom, and other rules of the house
mod packs; // what the built-in pack promises; what is no pack is refused by name
mod pipeline; // from a live process to a delivered alert, through kills
mod replay; // recorded events
mod sandbox; // what plugins do wrong
