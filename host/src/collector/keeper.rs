//! Keeps one collector running: starts it, asks how it is when it is silent, starts it again when it
//! dies, gives it up when that does not help, and says so.

use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use daemoneye_bus::control::{CollectorMessage, CollectorState, collector_topic};
use daemoneye_bus::message::Payload;
use tokio::process::{Child, Command};
use tokio::sync::watch;

use super::ladder::{Ladder, Step};
use super::plan::Plan;
use super::wishes::Wish;
use super::{Collectors, PATIENCE, asked, key};
use crate::alert::Unseeing;
use crate::config::Restart;

/// How long a collector may take to end when asked to.
const FAREWELL: Duration = Duration::from_secs(5);

/// One collector's keeper.
pub(super) struct Keeper {
    pub(super) collectors: Arc<Collectors>,
    pub(super) plan: Plan,
}

impl Keeper {
    /// Until `stop`; then lets the collector finish.
    pub(super) async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut ladder = Ladder::new(self.plan.give_up_after);
        let mut was_given_up = false;
        loop {
            if let Some(by) = self.wish().stopped_by() {
                tokio::select! {
                    () = self.rest(&by) => ladder = Ladder::new(self.plan.give_up_after),
                    () = asked(&mut stop) => return,
                }
            }
            let started = tokio::time::Instant::now();
            let died = match spawn(&self.plan) {
                Ok(mut child) => match self.attend(&mut child, &mut stop).await {
                    Some(died) => died,
                    None => return self.end(child).await,
                },
                Err(error) => self.does_not_start(&error),
            };
            if self.wish().stopped_by().is_some() {
                tracing::info!("{died}: an operator wanted it");
                continue;
            }
            let Step { pause, given_up } = ladder.next(started.elapsed());
            let is_final = self.plan.restart == Restart::Never;
            let given_up = given_up || is_final;
            self.tell(&died, (!is_final).then_some(pause), given_up);
            if given_up && !was_given_up {
                self.collectors.alarm(&self.plan.name, &Unseeing::GivenUp(died));
            }
            was_given_up = given_up;
            let pause = if is_final { Duration::MAX } else { pause };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.wish().stopped() => {}
                () = asked(&mut stop) => return,
            }
        }
    }

    fn wish(&self) -> &Wish {
        self.collectors.wishes.of(&self.plan.name).expect("each plan has one")
    }

    /// As long as an operator wants it.
    async fn rest(&self, by: &str) {
        let name = &self.plan.name;
        self.collectors.enter(name, CollectorState::Stopped);
        let again = format!("`daemoneye collectors start {name}` starts it again");
        let sentence = format!("collector {name} was stopped by {by}; {again}");
        self.collectors.health.degrade(&key(name), sentence);
        self.collectors.alarm(name, &Unseeing::Stopped(by.to_owned()));
        self.wish().set_resting(true);
        self.wish().started().await;
        self.wish().set_resting(false);
    }

    fn does_not_start(&self, error: &std::io::Error) -> String {
        let Plan { name, program, .. } = &self.plan;
        format!("{name} {program:?} does not start: {error}")
    }

    fn tell(&self, died: &str, pause: Option<Duration>, given_up: bool) {
        let state = if given_up { CollectorState::GivenUp } else { CollectorState::Restarting };
        self.collectors.enter(&self.plan.name, state);
        let next = match (given_up, pause.map(|pause| pause.as_millis())) {
            (_, None) => "it is not started again".to_owned(),
            (true, Some(pause)) => format!("it keeps dying; next try in {pause} ms"),
            (false, Some(pause)) => format!("starting it again in {pause} ms"),
        };
        self.collectors.health.degrade(&key(&self.plan.name), format!("{died}; {next}"));
    }

    /// Why the collector is no more; nothing if the agent is to end.
    async fn attend(&self, child: &mut Child, stop: &mut watch::Receiver<bool>) -> Option<String> {
        let name = &self.plan.name;
        self.collectors.silences[name].begin();
        let why = tokio::select! {
            status = child.wait() => return Some(self.died(status)),
            () = asked(stop) => return None,
            why = self.hang() => format!("it is silent and does not answer: {why}"),
            () = self.wish().overdue(FAREWELL) => "it was to end and did not".to_owned(),
        };
        if let Err(error) = child.kill().await {
            tracing::error!("{name}: {error}");
        }
        Some(format!("{name} was killed, as {why}"))
    }

    /// Returns when the collector, which was heard of, is silent and does not answer, with the reason.
    async fn hang(&self) -> String {
        let silence = &self.collectors.silences[&self.plan.name];
        loop {
            silence.long_enough().await;
            self.collectors.enter(&self.plan.name, CollectorState::Probed);
            match self.ask(CollectorMessage::Health).await {
                Ok(_) => silence.heard(),
                Err(error) => return error,
            }
            self.collectors.enter(&self.plan.name, CollectorState::Running);
        }
    }

    async fn ask(&self, message: CollectorMessage) -> Result<Payload, String> {
        let topic = collector_topic(&self.plan.name);
        let answer = self.collectors.broker.call(&topic, Payload::Collector(message), PATIENCE);
        answer.await.map_err(|error| error.to_string())
    }

    /// Asks the collector to publish what it has and to end; ends it if it does not.
    async fn end(&self, mut child: Child) {
        let name = &self.plan.name;
        if let Err(error) = self.ask(CollectorMessage::Shutdown).await {
            tracing::warn!("{name} does not answer to shutdown: {error}");
        }
        match tokio::time::timeout(FAREWELL, child.wait()).await {
            Ok(Ok(status)) => tracing::info!(%status, "{name} ended"),
            Ok(Err(error)) => tracing::error!("{name}: {error}"),
            Err(_) => {
                tracing::error!("{name} did not end in {} s and is killed", FAREWELL.as_secs());
                if let Err(error) = child.kill().await {
                    tracing::error!("{name}: {error}");
                }
            }
        }
    }

    fn died(&self, status: std::io::Result<ExitStatus>) -> String {
        let name = &self.plan.name;
        match status {
            Ok(status) => format!("{name} died: {status}"),
            Err(error) => format!("{name} died: {error}"),
        }
    }
}

fn spawn(plan: &Plan) -> std::io::Result<Child> {
    Command::new(&plan.program)
        .args(&plan.arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        // A Ctrl-C at the terminal is for the agent, which ends the collector in its turn.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
}
