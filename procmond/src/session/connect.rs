//! The way to the agent, tried again and again.

use std::time::Duration;

use daemoneye_bus::client::Client;

use super::{Actor, FIRST_PAUSE, SessionError};

/// Between tries: doubles from the first pause to this.
const LAST_PAUSE: Duration = Duration::from_secs(5);

/// A connection, tried for until there has been none for too long; nothing for an orphan, whom the
/// next agent has a sensor in place of.
pub(super) async fn connect(actor: &Actor) -> Result<Option<Client>, SessionError> {
    let patience = actor.patience;
    let since = tokio::time::Instant::now();
    let mut pause = FIRST_PAUSE;
    while !actor.is_orphan() {
        match Client::connect(&actor.socket, &actor.id).await {
            Ok(client) => return Ok(Some(client)),
            Err(cause) if since.elapsed() > patience => {
                return Err(SessionError::NoAgent { patience, cause });
            }
            Err(error) => tracing::debug!("{error}"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LAST_PAUSE);
    }
    Ok(None)
}
