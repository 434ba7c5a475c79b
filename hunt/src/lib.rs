//! Questions over stored events.
//!
//! ```text
//! question     text and parameters become something that can be run
//! window       from when to when, as far as segments can tell
//! sift         which segments the condition may be true in, by what is known of their columns
//! scan         segments on all threads, the newest first
//! budget       what a question may cost, and how far it is
//! access       how the engine finds the events of a rule
//! complete     whether the answer is all there is
//! ```
//!
//! A question is compiled by the rules' language and run by the rules' engine, linked and not in a
//! sandbox: it comes from an operator, nobody else's code is in it, and ten million events are looked
//! at faster where nothing has to cross. So a condition means here what it means in a rule.

mod access;
mod budget;
mod complete;
mod question;
mod scan;
mod sift;
mod window;

pub use access::access;
pub use budget::{Budget, Progress};
pub use complete::Incomplete;
pub use daemoneye_engine::Datum;
pub use daemoneye_plan::Literal;
pub use daemoneye_sql::Parameters;
pub use question::{HuntError, Question, Told};
pub use window::Window;
