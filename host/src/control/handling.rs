//! Answers about alerts, exceptions and rules that operators handle.

use std::time::Duration;

use daemoneye_bus::control::{
    AboutRule, NewException, PackEntry, PackState, Request, Response, RuleDetail, RuleState,
    RuleStatus, Scope, Signature,
};
use daemoneye_bus::handling::Act;

use super::{Control, MAX_ALERTS, in_background};
use crate::clock;
use crate::handling::{Asker, HandlingError, Operators};
use crate::plugin::ReleaseError;

/// Between two looks at whether a rule has been switched.
const PAUSE: Duration = Duration::from_millis(50);
/// A switch that has not taken effect by then is told as it is.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who asks, now.
pub(super) fn asker(uid: Option<u32>) -> Asker {
    let user = uid.and_then(|uid| nix::unistd::User::from_uid(uid.into()).ok().flatten());
    Asker { uid, user: user.map(|user| user.name), now: clock::now() }
}

impl Control {
    pub(super) async fn handle(&self, request: Request, asker: Asker) -> Response {
        match request {
            Request::List(which) => {
                let list = move |operators: &Operators| operators.list(&which, MAX_ALERTS);
                self.work(list, Response::Listed).await
            }
            Request::Alert { id } => self.alert(id).await,
            Request::Handle(asked) => {
                let handle = move |operators: &Operators| operators.handle(&asked, &asker);
                self.work(handle, Response::Handled).await
            }
            Request::Except(asked) => self.except(asked, asker).await,
            Request::Exceptions => {
                let list = move |operators: &Operators| operators.exceptions(asker.now);
                self.work(list, Response::Exceptions).await
            }
            Request::Exception { number } => {
                let show = move |operators: &Operators| operators.exception(number, asker.now);
                self.work(show, |detail| Response::Exception(Box::new(detail))).await
            }
            Request::Unexcept { number, signature } => {
                let remove =
                    move |operators: &Operators| operators.unexcept(number, &signature, &asker);
                self.work(remove, |detail| Response::Exception(Box::new(detail))).await
            }
            Request::Switch { rule, on, signature } => {
                match self.switch(rule, on, signature, asker).await {
                    Ok(rule) => Response::Switched(Box::new(rule)),
                    Err(why) => Response::Error(why),
                }
            }
            Request::RollBack { pack, undo, signature } => {
                let act = Operators::going_back(&pack, undo, &signature, &asker);
                match self.roll_back(pack, act).await {
                    Ok(packs) => Response::Packs(packs),
                    Err(why) => Response::Error(why),
                }
            }
            _ => Response::Error("not a request that this agent knows".to_owned()),
        }
    }

    /// Every rule, with what other rooms know of it.
    pub(super) async fn rules(&self) -> Result<Vec<RuleStatus>, String> {
        let rules = self.judging.report().await.map_err(|ended| ended.to_string())?;
        let (book, packs) = (self.operators.exceptions.book(), self.health.packs());
        let now = clock::now();
        let complete = |rule: RuleStatus| {
            let pack = packs.iter().find(|pack| pack.id == rule.pack);
            // The tests of a rule that sees nothing here are not run.
            let sees = !matches!(rule.state, RuleState::Inert | RuleState::Refused);
            RuleStatus {
                tested: pack.filter(|_| sees).and_then(|pack| pack.tested),
                exceptions: book.in_force(&rule.id, now),
                ..rule
            }
        };
        Ok(rules.into_iter().map(complete).collect())
    }

    /// One rule, likewise.
    pub(super) async fn rule(&self, id: &str) -> Result<RuleDetail, String> {
        let detail = self.judging.detail(id.to_owned()).await.map_err(|ended| ended.to_string())?;
        let unknown = || ReleaseError::UnknownRule(id.to_owned()).to_string();
        let detail = detail.ok_or_else(unknown)?;
        let complete = self.rules().await?.into_iter().find(|rule| rule.id == id);
        Ok(RuleDetail { rule: complete.unwrap_or(detail.rule), ..detail })
    }

    async fn alert(&self, id: String) -> Response {
        let operators = self.operators.clone();
        let shown = tokio::task::spawn_blocking(move || operators.show(&id)).await;
        let (mut detail, rule) = match shown {
            Ok(Ok(shown)) => shown,
            Ok(Err(error)) => return Response::Error(error.to_string()),
            Err(panicked) => return Response::Error(format!("the answer failed: {panicked}")),
        };
        // A rule that has gone since takes nothing from its alert.
        if let Ok(RuleDetail { rule, words, .. }) = self.rule(&rule).await {
            detail.rule = Some(AboutRule { state: rule.state, words });
        }
        Response::Alert(Box::new(detail))
    }

    async fn except(&self, asked: NewException, asker: Asker) -> Response {
        if let Scope::Rule { rule, .. } = &asked.scope
            && let Err(why) = self.rule(rule).await
        {
            return Response::Error(why);
        }
        let except = move |operators: &Operators| operators.except(&asked, &asker);
        self.work(except, |detail| Response::Exception(Box::new(detail))).await
    }

    /// The rule when the switch has taken effect.
    async fn switch(
        &self,
        rule: String,
        on: bool,
        signature: Signature,
        asker: Asker,
    ) -> Result<RuleStatus, String> {
        let before = self.rule(&rule).await?.rule;
        if matches!(before.state, RuleState::Inert | RuleState::Refused) {
            return Err(format!("rule {rule:?}: is {} and sees no events", before.state.name()));
        }
        let (operators, id) = (self.operators.clone(), rule.clone());
        let switch = move || operators.switch(&id, on, &signature, &asker);
        let switched = tokio::task::spawn_blocking(switch).await;
        let switched = switched.map_err(|panicked| format!("the answer failed: {panicked}"))?;
        switched.map_err(|error: HandlingError| error.to_string())?;
        let effect = async {
            loop {
                let RuleDetail { rule, .. } = self.rule(&rule).await?;
                if (rule.state != RuleState::Disabled) == on {
                    return Ok(rule);
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        match tokio::time::timeout(PATIENCE, effect).await {
            Ok(rule) => rule,
            Err(_) => Ok(self.rule(&rule).await?.rule),
        }
    }

    /// All that is said of the pack when the release has taken effect.
    async fn roll_back(
        &self,
        pack: String,
        act: Result<Act, HandlingError>,
    ) -> Result<Vec<PackEntry>, String> {
        let act = act.map_err(|error| error.to_string())?;
        let to = self.operators.rollbacks.ask(pack.clone(), act).await;
        let to = to.map_err(|error| error.to_string())?;
        let told = || {
            let packs = self.health.pack_list().into_iter();
            packs.filter(|entry| entry.id.as_ref() == Some(&pack)).collect::<Vec<_>>()
        };
        let is_it =
            |entry: &PackEntry| entry.state == PackState::Active && entry.release == Some(to);
        let effect = async {
            while !told().iter().any(is_it) {
                tokio::time::sleep(PAUSE).await;
            }
        };
        match tokio::time::timeout(PATIENCE, effect).await {
            Ok(()) => Ok(told()),
            Err(_) => Err(format!("pack {pack}: release {to} is decided, and not in force yet")),
        }
    }

    /// What may wait for the disk.
    async fn work<T: Send + 'static, E: std::fmt::Display + Send + 'static>(
        &self,
        work: impl FnOnce(&Operators) -> Result<T, E> + Send + 'static,
        response: impl FnOnce(T) -> Response + Send + 'static,
    ) -> Response {
        let operators = self.operators.clone();
        in_background(move || work(&operators).map(response).map_err(|error| error.to_string()))
            .await
    }
}
