//! How long nothing was heard of the sensor.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// Heartbeats come each second; a machine under load may be late.
const LONG: Duration = Duration::from_secs(15);

/// When something was heard last; nothing before the first time.
#[derive(Debug, Default)]
pub(super) struct Silence(watch::Sender<Option<Instant>>);

impl Silence {
    /// Another life, of which nothing has been heard yet.
    pub(super) fn begin(&self) {
        self.0.send_replace(None);
    }

    /// Something was heard.
    pub(super) fn heard(&self) {
        self.0.send_replace(Some(Instant::now()));
    }

    /// Returns when something was heard once, and then nothing for long.
    pub(super) async fn long_enough(&self) {
        let mut heard = self.0.subscribe();
        loop {
            let last = *heard.borrow_and_update();
            let over = async {
                match last {
                    Some(last) => sleep_until(last + LONG).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = over => return,
                _ = heard.changed() => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn is_over(silence: &Silence, after: Duration) -> bool {
        tokio::time::timeout(after, silence.long_enough()).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn silence_begins_with_the_first_sound_and_ends_with_each() {
        let silence = Silence::default();
        assert!(!is_over(&silence, LONG * 10).await, "nothing was heard yet");
        silence.heard();
        assert!(!is_over(&silence, LONG - Duration::from_secs(1)).await);
        silence.heard();
        assert!(!is_over(&silence, LONG - Duration::from_secs(1)).await);
        assert!(is_over(&silence, Duration::from_secs(2)).await);
        silence.begin();
        assert!(!is_over(&silence, LONG * 10).await, "another life");
    }
}
