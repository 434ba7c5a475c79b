//! Integration tests over the real programs. `cargo xtask test` builds what they need.

mod authors; // what an author does: begin, build, test
mod corpus; // public rules over recorded events, with SQLite's verdicts
mod edges; // who may depend on whom, and other rules of the house
mod loose; // folders of loose rules, and compiled rules that are kept
mod packs; // what the built-in pack promises; what is no pack is refused by name
mod pipeline; // from a live process to a delivered alert, through kills
mod plugins; // packs whose rules are components
mod replay; // recorded events
mod rulebook; // the operator's own rules under a running agent
mod sandbox; // what plugins do wrong
