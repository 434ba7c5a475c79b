//! The agent's answer, or why there is none.

use std::path::{Path, PathBuf};
use std::time::Duration;

use daemoneye_bus::client::{Client, ClientError, ConnectError, Subscription};
use daemoneye_bus::control::{AGENT, Request, Response};
use daemoneye_bus::message::{Payload, nobody_serves};

/// How long the agent may take. A query may have to read everything that is stored.
const PATIENCE: Duration = Duration::from_secs(120);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    #[error("no agent at {}", .0.display())]
    NoAgent(PathBuf),
    #[error("no agent at {}: {cause}", .path.display())]
    Unreachable { path: PathBuf, cause: String },
    #[error("the agent takes no questions now: it is starting, or about to end")]
    Starting,
    #[error("the agent has gone: {0}")]
    Gone(ClientError),
    #[error("the agent has gone: {0}")]
    Left(String),
    #[error("no permission for {}", .0.display())]
    Denied(PathBuf),
    #[error("the agent lets this user not in: {0}")]
    NotAllowed(String),
    #[error("the agent refuses: {0}")]
    Refused(String),
    #[error("the agent answers: {0}")]
    Answer(String),
    #[error("the agent is of another version: {0}")]
    Version(String),
}

/// A connection to the agent.
pub(crate) struct Agent {
    client: Client,
    name: String,
}

impl Agent {
    pub(crate) async fn connect(socket: &Path) -> Result<Self, AskError> {
        let name = format!("cli:{}", std::process::id());
        let client = Client::connect(socket, &name).await;
        let client = client.map_err(|error| no_connection(socket, error))?;
        Ok(Agent { client, name })
    }

    /// What this connection is called on the bus.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What is published on matching topics from now on.
    pub(crate) async fn subscribe(&self, pattern: &str) -> Result<Subscription, AskError> {
        self.client.subscribe(pattern).await.map_err(|error| match error {
            ClientError::Topic(error) => AskError::Answer(error.to_string()),
            ClientError::Refused(why) => AskError::Refused(why),
            error => AskError::Gone(error),
        })
    }

    /// Asks, and takes apart the answer; `part` gives back what it does not expect.
    pub(crate) async fn ask<T>(
        &self,
        request: Request,
        part: impl FnOnce(Response) -> Option<T>,
    ) -> Result<T, AskError> {
        let answer = self.client.call(AGENT, Payload::Request(request), PATIENCE).await;
        let answer = answer.map_err(|error| match error {
            ClientError::Refused(why) if why == nobody_serves(AGENT) => AskError::Starting,
            ClientError::Refused(why) => AskError::Refused(why),
            error => AskError::Gone(error),
        })?;
        let unexpected = || AskError::Version("it answers another question".to_owned());
        match answer {
            Payload::Response(Response::Error(why)) => Err(AskError::Answer(why)),
            Payload::Response(response) => part(response).ok_or_else(unexpected),
            _ => Err(unexpected()),
        }
    }
}

fn no_connection(socket: &Path, error: ConnectError) -> AskError {
    let path = socket.to_owned();
    match error {
        ConnectError::NotFound(path) => AskError::NoAgent(path),
        ConnectError::Denied(path) => AskError::Denied(path),
        ConnectError::Refused(reason) if reason.contains("protocol") => AskError::Version(reason),
        ConnectError::Refused(reason) if reason.contains("uid") => AskError::NotAllowed(reason),
        ConnectError::Refused(reason) => AskError::Refused(reason),
        ConnectError::NotAnAgent(_) => AskError::Version(error.to_string()),
        ConnectError::NobodyAnswers(_) => {
            AskError::Unreachable { path, cause: "nobody answers".to_owned() }
        }
        error => AskError::Unreachable { path, cause: error.to_string() },
    }
}
