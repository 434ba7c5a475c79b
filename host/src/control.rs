//! Answers operators.

mod handling;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use daemoneye_bus::broker::{BrokerHandle, Call};
use daemoneye_bus::control::{AlertJson, Order, Request, Response, Trial};
use daemoneye_bus::message::Payload;
use daemoneye_store::Store;
use tokio::sync::mpsc;

use crate::collector::Orders;
use crate::delivery::{LettersError, Office};
use crate::handling::Operators;
use crate::health::Health;
use crate::hunt::{Hunts, Trials};
use crate::judging::Judging;
use crate::shadow::Shadow;

/// Alerts in one answer at most.
const MAX_ALERTS: u32 = 10_000;

/// What answers need.
#[derive(Clone)]
pub struct Control {
    /// Orders to collectors.
    pub orders: Orders,
    /// State and counts.
    pub health: Arc<Health>,
    /// Stored alerts.
    pub store: Arc<Store>,
    /// Accounts of the rules.
    pub judging: Judging,
    /// Questions over stored events.
    pub hunts: Hunts,
    /// Rules that are tried on them.
    pub trials: Trials,
    /// What goes over the bus.
    pub broker: BrokerHandle,
    /// Releases in shadow.
    pub shadow: Shadow,
    /// Dead letters, and the accounts of the sinks.
    pub office: Office,
    /// What operators do about alerts, exceptions and rules.
    pub operators: Operators,
    /// The folder of packs.
    pub packs: PathBuf,
}

impl Control {
    /// Answers calls until the broker is gone. A slow answer delays no other.
    pub async fn run(self, mut calls: mpsc::Receiver<Call>) {
        while let Some(call) = calls.recv().await {
            let control = self.clone();
            tokio::spawn(async move {
                let Call { client, payload, mut reply, uid } = call;
                let answer = match payload {
                    Payload::Request(request) => tokio::select! {
                        // What only reads ends with its asker; what changes something is done.
                        () = reply.closed(), if request.only_reads() => return,
                        answer = control.answer((&client, uid), request.clone()) => {
                            Ok(Payload::Response(answer))
                        }
                    },
                    _ => Err("not a request of an operator".to_owned()),
                };
                let _asker_is_gone = reply.send(answer);
            });
        }
    }

    async fn answer(&self, (client, uid): (&str, Option<u32>), request: Request) -> Response {
        match request {
            Request::Status => self.status().await,
            Request::Traffic => Response::Traffic(Box::new(self.broker.traffic())),
            Request::Rules => self.rules().await.map_or_else(Response::Error, Response::Rules),
            Request::Rule { id } => {
                let rule = self.rule(&id).await.map(Box::new);
                rule.map_or_else(Response::Error, Response::Rule)
            }
            Request::Release { id } => match self.judging.release(id).await {
                Ok(Ok(rule)) => Response::Released(Box::new(rule)),
                Ok(Err(refused)) => Response::Error(refused.to_string()),
                Err(ended) => Response::Error(ended.to_string()),
            },
            Request::Alerts { after, severity, limit } => {
                let store = self.store.clone();
                let limit = limit.min(MAX_ALERTS) as usize;
                in_background(move || {
                    let alerts = store.alerts(after, severity, limit);
                    let alerts = alerts.map_err(|error| format!("store: {error}"))?;
                    let json = |(number, alert)| (number, AlertJson::from(&alert));
                    Ok(Response::Alerts(alerts.into_iter().map(json).collect()))
                })
                .await
            }
            Request::Query(hunt) => self.hunts.ask(*hunt).await.unwrap_or_else(Response::Error),
            Request::More { id } => self.hunts.more(id).await.unwrap_or_else(Response::Error),
            Request::Try(trial) => self.try_out(*trial).await,
            Request::DeadLetters { sink, limit } => {
                let limit = limit.min(MAX_ALERTS) as usize;
                let list = move |office: Office| office.list(sink.as_deref(), limit);
                self.ask(list, Response::DeadLetters).await
            }
            Request::Replay(letters) => {
                self.ask(move |office| office.replay(&letters), Response::Settled).await
            }
            Request::Drop(letters) => {
                self.ask(move |office| office.drop(&letters), Response::Settled).await
            }
            Request::Packs => Response::Packs(self.health.pack_list()),
            Request::PackFolder => Response::PackFolder(self.packs.display().to_string()),
            Request::Shadow => Response::Shadow(self.shadow.report()),
            Request::Collector { to, order } => self.order(client, &to, order).await,
            Request::Start { id } => self.start(client, id),
            other => self.handle(other, handling::asker(uid)).await,
        }
    }

    /// Acts are told by the agent's own rooms: nobody else can have something told in its name.
    async fn order(&self, by: &str, to: &str, order: Order) -> Response {
        if matches!(order, Order::Record(_)) {
            return Response::Error("acts are the agent's own to record".to_owned());
        }
        match self.orders.give(by, to, order).await {
            Ok((who, outcome)) => Response::Collector(who, Box::new(outcome)),
            Err(denial) => Response::Error(denial.to_string()),
        }
    }

    fn start(&self, by: &str, id: String) -> Response {
        match self.orders.start(id) {
            Ok((who, outcome)) => {
                let detail = format!("by={by} collector={who}");
                self.operators.acts.record("collector-started", detail);
                Response::Collector(who, Box::new(outcome))
            }
            Err(denial) => Response::Error(denial.to_string()),
        }
    }

    /// Where the outbox cannot be read, its accounts are missing, and the status says so.
    async fn status(&self) -> Response {
        let (office, health) = (self.office.clone(), self.health.clone());
        in_background(move || {
            let mut status = health.status();
            if let Err(error) = office.complete(&mut status.sinks) {
                status.degraded.push(format!("accounts of the sinks: {error}"));
            }
            Ok(Response::Status(Box::new(status)))
        })
        .await
    }

    /// A trial ends with its asker.
    async fn try_out(&self, trial: Trial) -> Response {
        let (trials, ends) = (self.trials.clone(), Ends::default());
        let is_over = ends.0.clone();
        in_background(move || {
            let report = trials.run(&trial, &is_over)?;
            Ok(Response::Trial(Box::new(report)))
        })
        .await
    }

    async fn ask<T>(
        &self,
        work: impl FnOnce(Office) -> Result<T, LettersError> + Send + 'static,
        response: impl FnOnce(T) -> Response + Send + 'static,
    ) -> Response {
        let office = self.office.clone();
        in_background(move || work(office).map(response).map_err(|error| error.to_string())).await
    }
}

/// Says so when whoever holds it is gone.
#[derive(Default)]
struct Ends(Arc<AtomicBool>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

async fn in_background(
    work: impl FnOnce() -> Result<Response, String> + Send + 'static,
) -> Response {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(response)) => response,
        Ok(Err(why)) => Response::Error(why),
        Err(panicked) => Response::Error(format!("the answer failed: {panicked}")),
    }
}
