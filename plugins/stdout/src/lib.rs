//! Sink: alerts on standard output, for people or as JSON lines.
//!
//! ```text
//! configuration   what the operator wrote
//! alert           what is read of an alert
//! human           an alert for people
//! tree            the process and its ancestors
//! safe            text of others, made harmless for a terminal
//! ```
//!
//! | key | value | default |
//! |---|---|---|
//! | `format` | `human`, or `json`: the alert's JSON as it is, one line each | `human` |

mod alert;
#[cfg(target_family = "wasm")]
mod component;
mod configuration;
mod human;
mod safe;
mod tree;

pub use alert::{Alert, Evidence, Severity};
pub use configuration::{Configuration, ConfigurationError, Format};

/// The text of one alert, from its JSON. `colour` counts only for [`Format::Human`].
///
/// # Errors
/// If the JSON is not that of an alert and has to be read as one.
pub fn render(json: &str, format: Format, colour: bool) -> Result<String, serde_json::Error> {
    match format {
        Format::Json => Ok(format!("{json}\n")),
        Format::Human => Ok(human::render(&serde_json::from_str(json)?, colour)),
    }
}
