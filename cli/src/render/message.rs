//! One message of the bus as one line.

use daemoneye_bus::control::CollectorMessage;
use daemoneye_bus::event::to_json;
use daemoneye_bus::message::Payload;
use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::escape::cut;
use super::words::time;
use crate::terminal::Look;

/// A message; of a batch, one event.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Message {
    topic: String,
    #[serde(flatten)]
    content: Content,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Content {
    Event(Map<String, Json>),
    Collector(CollectorMessage),
    /// Something else, which is for somebody else to read.
    Other(&'static str),
}

impl Message {
    /// Each message in a payload.
    pub(crate) fn all(topic: &str, payload: &Payload) -> Vec<Self> {
        let message = |content| Message { topic: topic.to_owned(), content };
        match payload {
            Payload::Events(batch) => {
                batch.batch.events().map(|event| message(Content::Event(to_json(&event)))).collect()
            }
            Payload::Collector(said) => vec![message(Content::Collector(said.clone()))],
            Payload::Empty => vec![message(Content::Other("empty"))],
            Payload::Request(_) => vec![message(Content::Other("request"))],
            Payload::Response(_) => vec![message(Content::Other("response"))],
        }
    }

    /// One line without its end, however wide.
    pub(crate) fn line(&self, look: &Look) -> String {
        let said = match &self.content {
            Content::Event(event) => event_line(event, look),
            Content::Collector(message) => collector_line(message),
            Content::Other(what) => (*what).to_owned(),
        };
        format!("{}  {}", cut(&self.topic), said)
    }
}

fn event_line(event: &Map<String, Json>, look: &Look) -> String {
    let text = |field: &str| event.get(field).and_then(Json::as_str);
    let when = event.get("time").and_then(Json::as_i64).map(|at| time(at, look));
    let pid = event.get("pid").and_then(Json::as_i64).map(|pid| format!("pid {pid}"));
    let user = text("user_name").map(|user| format!("user {}", cut(user)));
    let program = text("command_line").or(text("executable_path")).or(text("name")).map(cut);
    let facts = [when, pid, user, program];
    facts.into_iter().flatten().collect::<Vec<_>>().join("  ")
}

fn collector_line(message: &CollectorMessage) -> String {
    match message {
        CollectorMessage::State(state) => {
            let registration = &state.registration;
            format!(
                "{} {}, pid {}, {} restarts",
                cut(&registration.id),
                state.state.name(),
                registration.pid,
                state.restarts
            )
        }
        CollectorMessage::Heartbeat(beat) => format!(
            "{} seen, {} acknowledged, {} lost, {} processes",
            beat.seen, beat.acknowledged, beat.lost, beat.processes
        ),
        CollectorMessage::Register(registration) => format!("register {}", cut(&registration.id)),
        CollectorMessage::BeginMonitoring => "begin monitoring".to_owned(),
        CollectorMessage::Health => "health?".to_owned(),
        CollectorMessage::Shutdown => "shut down".to_owned(),
        CollectorMessage::Accepted => "accepted".to_owned(),
        CollectorMessage::Ask(asked) => {
            format!("order {} by {}", asked.correlation, cut(&asked.by))
        }
        CollectorMessage::Answer(answered) => {
            let outcome = answered.result.as_ref().err();
            let outcome = outcome.map_or("done".to_owned(), |why| cut(&why.to_string()));
            format!("order {} to {}: {outcome}", answered.correlation, cut(&answered.collector))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::{HOSTILE, look, status};
    use daemoneye_bus::control::Heartbeat;
    use daemoneye_bus::event::{Batch, Event, Field, Kind};
    use daemoneye_bus::message::SourceBatch;

    fn batch(command_line: &str) -> Payload {
        let event = Event::new(Kind::Exec, 1_000_000)
            .with(Field::Pid, 42_i64)
            .with(Field::CommandLine, command_line);
        let batch = Batch::from_events(&[event.clone(), event]).expect("a batch");
        let source = "procmond:1".to_owned();
        Payload::Events(SourceBatch { source, number: 1, lost: 0, batch })
    }

    #[test]
    fn a_batch_is_a_line_per_event() {
        let messages = Message::all("events.process.exec", &batch("ls -l"));
        assert_eq!(messages.len(), 2);
        let expected = "events.process.exec  1970-01-01 00:00:01  pid 42  ls -l";
        assert_eq!(messages[0].line(&look(40)), expected);
        let json = serde_json::to_value(&messages[0]).expect("JSON");
        assert_eq!(json["topic"], "events.process.exec");
        assert_eq!(json["event"]["command_line"], "ls -l");
    }

    #[test]
    fn what_is_hostile_in_an_event_is_harmless_in_its_line() {
        let line = Message::all("events.process.exec", &batch(HOSTILE))[0].line(&look(40));
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }

    #[test]
    fn collectors_are_told_of_in_words() {
        let state = CollectorMessage::State(Box::new(status().collectors.remove(0)));
        let beat = CollectorMessage::Heartbeat(Heartbeat { seen: 3, ..Heartbeat::default() });
        for (message, expected) in [
            (state, "t  procmond running, pid 43, 1 restarts"),
            (beat, "t  3 seen, 0 acknowledged, 0 lost, 0 processes"),
        ] {
            let message = Message::all("t", &Payload::Collector(message)).remove(0);
            assert_eq!(message.line(&look(40)), expected);
        }
    }
}
