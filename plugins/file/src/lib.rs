//! Sink: alerts as JSON lines, appended to one file of the directory that the operator grants.
//!
//! ```text
//! configuration   what the operator wrote
//! journal         lines in, files out, over any directory
//! ```
//!
//! | key | value | default |
//! |---|---|---|
//! | `file` | name of the file | `alerts.jsonl` |
//! | `format` | `json`, `ecs` or `ocsf` | `json` |
//! | `max_bytes` | the file is put aside as `alerts.jsonl.1` before it grows over this; the older ones move on by one | never |
//! | `keep` | files put aside that are kept, 1 to 99 | 5 |

#[cfg(target_family = "wasm")]
mod component;
mod configuration;
mod journal;

pub use configuration::{Configuration, ConfigurationError, Rotation};
pub use journal::{Directory, Journal};
