//! Sink: alerts on standard output, for people or as JSON lines.
//!
//! ```text
//! configuration   what the operator wrote
//! human           an alert for people
//! tree            the process and its ancestors
//! ```
//!
//! | key | value | default |
//! |---|---|---|
//! | `format` | `human`, or one line of JSON for each alert: `json`, `ecs`, `ocsf` | `human` |

#[cfg(target_family = "wasm")]
mod component;
mod configuration;
mod human;
mod tree;

use daemoneye_format::Origin;

pub use configuration::{Configuration, Style};

/// The text of one alert, from its JSON. `colour` counts only for [`Style::Human`].
///
/// # Errors
/// If the JSON is not that of an alert and has to be read as one.
pub fn render(
    json: &str,
    style: Style,
    colour: bool,
    origin: &Origin,
) -> Result<String, serde_json::Error> {
    match style {
        Style::Lines(format) => Ok(format.render(json, origin)? + "\n"),
        Style::Human => Ok(human::render(&serde_json::from_str(json)?, colour)),
    }
}
