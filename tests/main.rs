//! Integration tests over the real programs. `cargo xtask test` builds what they need.

mod accounts; // every event is accounted for; who fails again and again is put in quarantine
mod authors; // what an author does: begin, build, test
mod bounded; // sets of rules that ask for too much
mod capabilities; // what rules of packs may do outside the sandbox
mod chaos; // kills at random moments: nothing is lost, nothing doubled, the ledger holds
mod collectors; // the sensor under its keeper; what goes over the bus
mod confinement; // what agent and sensor can do no more
mod corpus; // public rules over recorded events, with SQLite's verdicts
mod delivery; // alerts reach their sinks at least once
mod edges; // who may depend on whom, and other rules of the house
mod exceptions; // what operators except is kept, counted and never delivered
mod faults; // what machines and other programs do wrong
mod golden; // components of every published version of the interface
mod handling; // an alert is understood, acknowledged, closed; a rule is disabled
mod hunts; // questions over what is stored, and rules that are tried on it
mod languages; // one rule in four languages
mod limits; // every limit of a plugin, obeyed and violated
mod loose; // folders of loose rules, and compiled rules that are kept
mod memory; // what rules remember, from one instance to the next
mod operators; // configuration, doctor, metrics
mod packaging; // units and configuration fit the programs
mod packs; // what the built-in pack promises; what is no pack is refused by name
mod pipeline; // from a live process to a delivered alert, through kills
mod plugins; // packs whose rules are components
mod quarantine; // a rule that fails again and again under a running agent
mod repeats; // events that are known again
mod replay; // recorded events
mod rulebook; // the operator's own rules under a running agent
mod sandbox; // what plugins do wrong
mod sinks; // what the other side of a sink does wrong; what arrives
mod waits; // sinks and languages that never come to an end
mod watch; // the screen beside the real agent
mod workbench; // what an author asks before a release: costs, differences, alerts again
