//! Rules as they are pleasant to write: a struct, and one function over one event.
//!
//! ```
//! use daemoneye_sdk::rule::{Finding, Rule, columns};
//!
//! columns! {
//!     /// What the rule reads of an event.
//!     struct Process { name, executable_path }
//! }
//!
//! #[derive(Default)]
//! struct DaemonFromTmp;
//!
//! impl Rule for DaemonFromTmp {
//!     const ID: &'static str = "daemon-from-tmp";
//!     type Event<'a> = Process<'a>;
//!
//!     fn judge(&self, event: Process<'_>) -> Option<Finding> {
//!         let path = event.executable_path()?;
//!         let daemon = event.name()?.ends_with('d') && path.starts_with("/tmp/");
//!         daemon.then(|| Finding::because("a daemon runs from /tmp", "executable_path", path))
//!     }
//! }
//!
//! daemoneye_sdk::export!(DaemonFromTmp);
//!
//! # fn main() {
//! // `cargo test` needs no sandbox:
//! use daemoneye_sdk::rule::{field, judge};
//!
//! let event = [field::name.is("sshd"), field::executable_path.is("/tmp/sshd")];
//! assert!(judge(&DaemonFromTmp, &event).is_some());
//! let event = [field::name.is("sshd"), field::executable_path.is("/usr/sbin/sshd")];
//! assert!(judge(&DaemonFromTmp, &event).is_none());
//! # }
//! ```
//!
//! A field that no event has, or that the rule does not name in `columns!`, does not compile:
//!
//! ```compile_fail
//! daemoneye_sdk::rule::columns! { struct Process { nmae } }
//! ```
//!
//! The id of the rule is also the name of its file in the pack, `rules/daemon-from-tmp.toml`, which
//! says `component = "plugins/NAME.wasm"` in place of a text.

mod exported;
pub mod field;
mod finding;
mod given;
mod needle;
mod opened;
mod row;

pub use crate::columns;
#[doc(hidden)]
pub use exported::{Judges, Plugin};
pub use finding::Finding;
pub use given::{Given, judge};
pub use needle::Needle;
#[doc(hidden)]
pub use opened::{Cells, Opened};
#[doc(hidden)]
pub use row::number;
pub use row::{Columns, Row};

/// One rule of a plugin.
pub trait Rule: Default + Send + Sync + 'static {
    /// The rule's id: 1 to 64 of `a-z`, `0-9` and `-`.
    const ID: &'static str;

    /// What it reads of an event: a struct made by [`columns!`].
    type Event<'a>: Columns<'a>;

    /// What the rule finds in this event, if anything.
    ///
    /// The same event must always have the same answer: after a fault the agent asks again.
    fn judge(&self, event: Self::Event<'_>) -> Option<Finding>;
}
