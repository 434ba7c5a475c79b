//! What the agent says, for as long as somebody watches: events as they are published, and answers
//! to the same questions again and again. When the agent goes, it is looked for again.

use std::convert::Infallible;
use std::path::Path;
use std::time::Duration;

use daemoneye_bus::alert::Severity;
use daemoneye_bus::client::Subscription;
use daemoneye_bus::control::{Cell, ClientTraffic, Hunt};
use daemoneye_bus::event::{Event, Field, FieldType, Value};
use daemoneye_bus::message::Payload;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc::Sender;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::model::Message;
use super::state::Fact;
use crate::ask::{Agent, AskError};
use crate::command;
use crate::command::query::Row;

/// Everything that is observed.
const EVENTS: &str = "events.#";
/// Between two rounds of questions.
const ROUND: Duration = Duration::from_millis(500);
/// Rules are many: they are asked for in every so manieth round.
const RULES: u32 = 4;
/// Before the agent is looked for again.
const PAUSE: Duration = Duration::from_secs(1);
/// Alerts that one answer may hold: far below what fits into a frame of the bus.
const ALERTS: u32 = 1_000;
/// Stored events from which the processes of the last minutes are made out.
const PAST_ROWS: u32 = 2_000;
const PAST: &str = "SELECT kind, time, process_key, pid, ppid, parent_key, start_time, name, \
    executable_path, command_line, user_name, parent_name, parent_path, parent_command_line, \
    parent_user_name, ancestry, exit_code, exit_signal FROM process_events ORDER BY time DESC";
/// Not older than so.
const PAST_AGE: SignedDuration = SignedDuration::from_mins(15);
/// What finding them may take.
const PAST_TIME_MS: u64 = 5_000;

/// Nobody watches any more.
struct Unwatched;

enum Stop {
    Unwatched,
    Agent(AskError),
}

impl From<Unwatched> for Stop {
    fn from(_: Unwatched) -> Self {
        Stop::Unwatched
    }
}

impl From<AskError> for Stop {
    fn from(error: AskError) -> Self {
        Stop::Agent(error)
    }
}

/// Ends when nobody watches any more.
pub(super) async fn follow(first: Agent, socket: &Path, watcher: &Sender<Message>) {
    let mut next = Ok(first);
    loop {
        let stop = match next {
            Ok(agent) => stay(&agent, watcher).await,
            Err(error) => Stop::Agent(error),
        };
        let Stop::Agent(why) = stop else { return };
        if tell(watcher, Fact::Gone(why.to_string())).await.is_err() {
            return;
        }
        sleep(PAUSE).await;
        next = Agent::connect(socket).await;
    }
}

/// Whatever ends first ends both.
async fn stay(agent: &Agent, watcher: &Sender<Message>) -> Stop {
    let subscription = match agent.subscribe(EVENTS).await {
        Ok(subscription) => subscription,
        Err(error) => return error.into(),
    };
    if let Err(unwatched) = tell(watcher, Fact::Connected).await {
        return unwatched.into();
    }
    let ended = tokio::select! {
        ended = listen(subscription, watcher) => ended,
        ended = question(agent, watcher) => ended,
        ended = remember(agent, watcher) => ended,
    };
    match ended {
        Err(stop) => stop,
        Ok(never) => match never {},
    }
}

async fn listen(mut events: Subscription, watcher: &Sender<Message>) -> Result<Infallible, Stop> {
    let mut missed = 0;
    while let Some((_, payload)) = events.next().await {
        if let Payload::Events(batch) = payload {
            tell(watcher, Fact::Events(batch.batch.events().collect())).await?;
        }
        if events.missed() > missed {
            missed = events.missed();
            tell(watcher, Fact::Missed(missed)).await?;
        }
    }
    Err(AskError::Left("it closed the bus".to_owned()).into())
}

async fn question(agent: &Agent, watcher: &Sender<Message>) -> Result<Infallible, Stop> {
    let mut rounds = interval(ROUND);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = 0;
    let mut round = 0;
    loop {
        rounds.tick().await;
        let status = command::status::ask(agent).await?;
        tell(watcher, Fact::Status(status)).await?;
        let alerts = command::alerts::ask(agent, last, Severity::Info, ALERTS).await?;
        last = alerts.last().map_or(last, |(number, _)| *number);
        if !alerts.is_empty() {
            tell(watcher, Fact::Alerts(alerts)).await?;
        }
        tell(watcher, Fact::Shed(shed(agent).await?)).await?;
        if round == 0 {
            tell(watcher, Fact::Rules(command::rules::ask(agent).await?)).await?;
        }
        round = (round + 1) % RULES;
    }
}

/// What the agent dropped on its way to here.
async fn shed(agent: &Agent) -> Result<u64, AskError> {
    let traffic = command::bus::traffic(agent).await?;
    let own = |client: &&ClientTraffic| client.client == agent.name();
    Ok(traffic.clients.iter().find(own).map_or(0, |client| client.shed))
}

/// Asks once for what was before; a refusal is told, and no reason to stop.
async fn remember(agent: &Agent, watcher: &Sender<Message>) -> Result<Infallible, Stop> {
    let since = (Timestamp::now() - PAST_AGE).as_microsecond();
    let hunt = Hunt {
        sql: PAST.to_owned(),
        since: Some(since),
        limit: PAST_ROWS,
        time_ms: PAST_TIME_MS,
        ..Hunt::default()
    };
    let fact = match command::query::whole(agent, hunt).await {
        Ok((labels, rows)) => Fact::Past(past(&labels, &rows)),
        Err(AskError::Answer(why) | AskError::Refused(why)) => Fact::NoPast(why),
        Err(error) => return Err(error.into()),
    };
    tell(watcher, fact).await?;
    std::future::pending().await
}

/// Rows, the newest first, as the events that they are of, the newest last.
fn past(labels: &[String], rows: &[Row]) -> Vec<Event> {
    let fields: Vec<Option<Field>> = labels.iter().map(|name| Field::named(name)).collect();
    let event = |row: &Row| {
        let mut event = Event::default();
        for (field, cell) in fields.iter().zip(row) {
            if let Some((field, value)) = field.zip(cell.as_ref()).and_then(fitting) {
                event.set(field, value);
            }
        }
        event
    };
    rows.iter().rev().map(event).collect()
}

/// A value of another type than its field has is none.
fn fitting((field, cell): (Field, &Cell)) -> Option<(Field, Value)> {
    let value = match (field.field_type(), cell) {
        (FieldType::Integer, Cell::Integer(value)) => Value::Integer(*value),
        (FieldType::Float, Cell::Float(value)) => Value::Float(*value),
        (FieldType::Text, Cell::Text(value)) => Value::Text(value.clone()),
        _ => return None,
    };
    Some((field, value))
}

async fn tell(watcher: &Sender<Message>, fact: Fact) -> Result<(), Unwatched> {
    watcher.send(Message::Fact(fact)).await.map_err(|_| Unwatched)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_events_and_what_fits_no_field_is_left_out() {
        let text = |text: &str| Some(Cell::Text(text.to_owned()));
        let labels = ["pid", "name", "of another version"].map(str::to_owned);
        let rows =
            [vec![text("7"), None, None], vec![Some(Cell::Integer(7)), text("bash"), text("x")]];
        let expected = Event::default().with(Field::Pid, 7).with(Field::Name, "bash");
        assert_eq!(past(&labels, &rows), [expected, Event::default()]);
    }
}
