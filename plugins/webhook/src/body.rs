//! An alert as JSON: in a format that every sink has, or by the operator's template.

use daemoneye_format::{Format, Origin, rfc3339, safe};
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment};
use serde_json::{Map, Value as Json};

/// What Slack, Mattermost and Rocket.Chat take.
const SLACK: &str = include_str!("slack.json.j2");
/// An alert full of what must not get through; every template is tried with it.
const SAMPLE: &str = include_str!("sample.json");

/// How an alert becomes the body of a request.
#[derive(Debug)]
pub enum Body {
    /// In one of the formats.
    Format(Format),
    /// By a template.
    Template(Box<Environment<'static>>),
}

/// Why there is no body.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// The alert is none.
    #[error("alert: {0}")]
    Alert(#[from] serde_json::Error),
    /// The template does not parse, or fails on this alert.
    #[error("template: {0:#}")]
    Template(#[from] minijinja::Error),
    /// What the template made is no JSON.
    #[error("template makes no JSON: {cause} in {made:?}; `{{{{ title }}}}` brings its own quotes")]
    NoJson {
        /// What it made.
        made: String,
        /// Why that is none.
        cause: serde_json::Error,
    },
}

impl Body {
    /// The template for Slack.
    ///
    /// # Errors
    /// None: the template is ours, and a test makes it.
    pub fn slack() -> Result<Self, BodyError> {
        Body::template(SLACK)
    }

    /// A template of MiniJinja. Every value that it writes becomes JSON, quotes included, so that no
    /// text of a process can end a string or begin a key.
    ///
    /// # Errors
    /// If it is none, or what it makes of a sample is no JSON.
    pub fn template(source: &str) -> Result<Self, BodyError> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Json);
        // Nothing switches escaping off for a value.
        environment.remove_filter("safe");
        environment.add_filter("slack", slack);
        environment.add_filter("rfc3339", |microseconds: i64| rfc3339(microseconds));
        environment.add_template_owned("body", source.to_owned())?;
        let body = Body::Template(Box::new(environment));
        body.render(SAMPLE, &Origin { host: "host".to_owned(), version: "0".to_owned() })?;
        Ok(body)
    }

    /// The body for an alert, given as the agent's JSON.
    ///
    /// # Errors
    /// If the alert is none, or the template fails on it.
    pub fn render(&self, alert: &str, origin: &Origin) -> Result<String, BodyError> {
        match self {
            Body::Format(format) => Ok(format.render(alert, origin)?),
            Body::Template(environment) => {
                let mut known: Map<String, Json> = serde_json::from_str(alert)?;
                known.insert("host".to_owned(), origin.host.clone().into());
                known.insert("version".to_owned(), origin.version.clone().into());
                check(environment.get_template("body")?.render(Value::from(Serde(known)))?)
            }
        }
    }
}

fn check(made: String) -> Result<String, BodyError> {
    match serde_json::from_str::<Json>(&made) {
        Ok(_) => Ok(made),
        Err(cause) => Err(BodyError::NoJson { made, cause }),
    }
}

/// Text in Slack's own markup: nothing in it links, mentions, or hides.
fn slack(text: &str) -> String {
    safe(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('`', "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Origin {
        Origin { host: "web-1".to_owned(), version: "0.1.0".to_owned() }
    }

    fn render(template: &str) -> Json {
        let body = Body::template(template).unwrap_or_else(|error| panic!("{template}: {error}"));
        let made = body.render(SAMPLE, &origin()).expect("a body");
        serde_json::from_str(&made).expect("JSON")
    }

    #[test]
    fn hostile_text_stays_inside_its_string() {
        let sample: Json = serde_json::from_str(SAMPLE).expect("JSON");
        let made = render(
            r#"{"a": {{ event.command_line }}, "b": [{{ title }}], "c": {{ "x " ~ title }}}"#,
        );
        assert_eq!(made["a"], sample["event"]["command_line"]);
        assert_eq!(made["b"][0], sample["title"]);
        assert_eq!(made.as_object().expect("an object").len(), 3);
    }

    #[test]
    fn slack_sees_no_link_no_mention_and_nothing_hidden() {
        let made = Body::slack().expect("our own").render(SAMPLE, &origin()).expect("a body");
        let json: Json = serde_json::from_str(&made).expect("JSON");
        let text = json["text"].as_str().expect("text");
        assert!(text.contains("web-1") && text.contains("&lt;!channel&gt;"), "{text}");
        for hidden in ["<!channel>", "<https:", "\u{202e}", "\u{1b}", "```id"] {
            assert!(!made.contains(hidden), "{hidden:?} in {made}");
        }
    }

    #[test]
    fn a_template_knows_the_alert_the_host_and_a_calendar() {
        let made = render(
            r#"{"t": {{ time|rfc3339 }}, "h": {{ host }}, "v": {{ version }}, "n": {{ event.nothing }}}"#,
        );
        assert_eq!(made["t"], "2026-01-01T00:00:00.123456Z");
        assert_eq!((made["h"].as_str(), made["v"].as_str()), (Some("web-1"), Some("0.1.0")));
        assert!(made["n"].is_null());
    }

    #[test]
    fn the_template_of_the_guide_works() {
        let guide = include_str!("../../../docs/sinks.md");
        let line = guide.lines().find_map(|line| line.strip_prefix("template = '"));
        let template = line.and_then(|line| line.strip_suffix('\'')).expect("a template");
        let made = render(template);
        let sample: Json = serde_json::from_str(SAMPLE).expect("JSON");
        assert_eq!(made["command"], sample["event"]["command_line"]);
        assert_eq!(made["at"], "2026-01-01T00:00:00.123456Z");
    }

    #[test]
    fn a_template_that_makes_no_json_is_refused_with_what_it_made() {
        let table = [
            (r#"{"text": "{{ severity }}"}"#, "brings its own quotes"),
            ("{{ title", "template: syntax error"),
            ("{{ title|nothing }}", "unknown filter"),
            (r#"{"t": {{ title|safe }}}"#, "unknown filter"),
            ("plain text", "makes no JSON"),
        ];
        for (template, why) in table {
            let said = Body::template(template).expect_err(template).to_string();
            assert!(said.contains(why), "{template}: {said}");
        }
    }
}
