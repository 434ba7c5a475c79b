//! What operators want of the collectors that the agent starts: that they run, or that they rest.
//! Whoever gives the order says so here; the keeper of the collector sees to it and says when it rests.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::watch;

use super::Plan;

/// One wish for each collector that the agent starts. Nobody wants one to rest at first.
#[derive(Debug)]
pub(super) struct Wishes(HashMap<String, Wish>);

/// What is wanted of one collector, and whether it is so.
#[derive(Debug, Default)]
pub(super) struct Wish {
    /// Who wants it to rest; nothing if it is to run.
    stopped_by: watch::Sender<Option<String>>,
    rests: watch::Sender<bool>,
}

impl Wishes {
    pub(super) fn new(plans: &[Plan]) -> Self {
        Wishes(plans.iter().map(|plan| (plan.name.clone(), Wish::default())).collect())
    }

    /// Of a collector; nothing if somebody else starts it.
    pub(super) fn of(&self, id: &str) -> Option<&Wish> {
        self.0.get(id)
    }
}

impl Wish {
    /// From now on it is to rest.
    pub(super) fn stop(&self, by: &str) {
        self.stopped_by.send_replace(Some(by.to_owned()));
    }

    /// From now on it is to run. False if it was to run already.
    pub(super) fn start(&self) -> bool {
        self.stopped_by.send_replace(None).is_some()
    }

    /// Who has stopped it, if somebody has.
    pub(super) fn stopped_by(&self) -> Option<String> {
        self.stopped_by.borrow().clone()
    }

    /// Done as soon as it is to rest.
    pub(super) async fn stopped(&self) {
        let mut wish = self.stopped_by.subscribe();
        let _ours_to_send = wish.wait_for(Option::is_some).await;
    }

    /// Done as soon as it is to run.
    pub(super) async fn started(&self) {
        let mut wish = self.stopped_by.subscribe();
        let _ours_to_send = wish.wait_for(Option::is_none).await;
    }

    /// Done when it was to rest for so long without a break.
    pub(super) async fn overdue(&self, patience: Duration) {
        loop {
            self.stopped().await;
            tokio::select! {
                () = tokio::time::sleep(patience) => return,
                () = self.started() => {}
            }
        }
    }

    /// It rests, or does not any more.
    pub(super) fn set_resting(&self, rests: bool) {
        self.rests.send_replace(rests);
    }

    /// Whether it rests.
    pub(super) fn is_resting(&self) -> bool {
        *self.rests.borrow()
    }

    /// Whether it came to rest before the time was over.
    pub(super) async fn rested(&self, patience: Duration) -> bool {
        let mut rests = self.rests.subscribe();
        let rested = tokio::time::timeout(patience, rests.wait_for(|rests| *rests));
        matches!(rested.await, Ok(Ok(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_wish_that_is_taken_back_in_time_is_never_overdue() {
        let wish = Wish::default();
        let patience = Duration::from_secs(5);
        assert!(!wish.start(), "it was to run already");
        wish.stop("cli:1");
        assert_eq!(wish.stopped_by().as_deref(), Some("cli:1"));
        let back = async {
            tokio::time::sleep(Duration::from_secs(4)).await;
            assert!(wish.start());
        };
        let overdue = tokio::time::timeout(Duration::from_secs(60), wish.overdue(patience));
        assert!(tokio::join!(overdue, back).0.is_err());
        wish.stop("cli:2");
        assert!(tokio::time::timeout(2 * patience, wish.overdue(patience)).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_is_told_when_it_rests_or_that_it_does_not() {
        let wish = Wish::default();
        assert!(!wish.rested(Duration::from_secs(9)).await);
        wish.set_resting(true);
        assert!(wish.is_resting() && wish.rested(Duration::ZERO).await);
    }
}
