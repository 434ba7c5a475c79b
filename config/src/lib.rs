//! Where a program's configuration comes from: layers, the later over the earlier, and for each value
//! its origin.
//!
//! ```text
//! places    the files of the system and of a user
//! layer     one file, the environment, or what was said on the command line, as keys and values
//! layers    all of them: what they come to, and where each value comes from
//! line      where in a file a key stands
//! fault     what is wrong, with key, value and origin
//! ```
//!
//! What keys there are is the business of each program: the type that it loads. A table of a later
//! layer is laid over that of an earlier one, key by key; a list replaces a list.
//!
//! Invariant: this crate depends on nothing else in the workspace.

mod fault;
mod layer;
mod layers;
mod line;
mod places;

pub use fault::ConfigError;
pub use layer::Origin;
pub use layers::{Layers, Told};
pub use places::Places;
