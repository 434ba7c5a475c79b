//! DaemonEye's agent. The rooms, in the order in which an event visits them:
//!
//! ```text
//! collector  the sensor and its like: started, registered, given orders, started again
//! intake     events from the bus; a receipt when they are on disk
//! writer     the only room that writes to the store
//! retention    what it is asked to remove once a minute
//! judging    the thread that owns the rules: batch in, alerts out
//! judge        all rules over one batch, in the sandbox (plugin)
//! alert        a finding becomes an alert, a repeat, or is over its rate
//! delivery   alerts to sinks (plugin), which may do what is granted (capability)
//! exceptions   what operators have excepted covers a finding, or not
//! control    answers operators
//! handling     what operators do about alerts, exceptions and rules
//! around       what happened around an alert
//! hunt         queries over stored events
//!
//! agent      builds the rooms and joins their doors
//! acts       what the agent does that the sensor's ledger is to tell
//! packs      the packs of this host, watched: believed, proved by their tests, in force
//! catalog    packs and loose rules on disk -> compiled rules
//! switches   rules that operators have disabled
//! rulebook   packs and the operator's own rules; a change becomes a new judge
//! watch      what has changed in a folder, and has settled
//! shadow     releases that judge beside the active ones, and the difference
//! sight      what events can tell here
//! replay     recorded events through the same judge
//! proof      the tests that rules bring, through the same judge
//! confinement  no more power than the configuration asks for
//! config, health, clock, private
//! ```

pub mod acts;
pub mod agent;
pub mod alert;
mod around;
pub mod capability;
pub mod catalog;
pub mod clock;
pub mod collector;
pub mod config;
pub mod confinement;
pub mod control;
pub mod delivery;
pub mod exceptions;
pub mod handling;
pub mod health;
pub mod hunt;
pub mod intake;
pub mod judge;
pub mod judging;
pub mod packs;
pub mod plugin;
pub mod private;
pub mod proof;
pub mod replay;
pub mod retention;
pub mod rulebook;
pub mod shadow;
pub mod sight;
pub mod switches;
mod watch;
pub mod writer;
