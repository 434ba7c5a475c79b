//! From a path to a greeted connection.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use interprocess::local_socket::tokio::Stream;
use interprocess::local_socket::traits::tokio::Stream as _;
use tokio::time::timeout;

use super::link::Link;
use crate::frame::{FrameError, FrameReader, FrameWriter, encode};
use crate::message::{ClientMessage, PROTOCOL, ServerMessage};
use crate::socket::{ReadSide, WriteSide, name, sides};

/// The broker's welcome must be there by then.
const WELCOME_LIMIT: Duration = Duration::from_secs(10);

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The agent has not started yet, or listens elsewhere.
    #[error("no socket at {0}")]
    NotFound(PathBuf),
    /// There is a socket, but the agent that made it is gone or does not accept connections.
    #[error("nobody answers at {0}")]
    NobodyAnswers(PathBuf),
    /// This user may not open the socket.
    #[error("permission denied to open {0}")]
    Denied(PathBuf),
    /// The agent does not want this client, in its own words.
    #[error("the agent refuses the connection: {0}")]
    Refused(String),
    /// Whoever answers does not speak this protocol.
    #[error("no agent of protocol {PROTOCOL} answers at {0}")]
    NotAnAgent(PathBuf),
    /// The connection failed before the agent's welcome.
    #[error(transparent)]
    Frame(FrameError),
    /// The operating system refuses.
    #[error("{path}: {source}")]
    Io {
        /// The socket.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

pub(super) async fn connect(path: &Path, client: &str) -> Result<Arc<Link>, ConnectError> {
    let name = name(path).map_err(|error| explain(path, error))?;
    let stream = Stream::connect(name).await.map_err(|error| explain(path, error))?;
    let (read, write) = sides(stream);
    let (mut reader, mut writer) = (FrameReader::new(read), FrameWriter::new(write));
    let hello = ClientMessage::Hello { protocol: PROTOCOL, client: client.to_owned() };
    let greeting = timeout(WELCOME_LIMIT, greet(&mut reader, &mut writer, &hello));
    match greeting.await {
        Err(_) => Err(ConnectError::NobodyAnswers(path.to_owned())),
        Ok(Ok(Some(ServerMessage::Welcome { protocol: PROTOCOL }))) => {
            Ok(Link::start(reader, writer))
        }
        Ok(Ok(Some(ServerMessage::Refused { reason }))) => Err(ConnectError::Refused(reason)),
        Ok(Ok(Some(_))) => Err(ConnectError::NotAnAgent(path.to_owned())),
        Ok(Ok(None)) => Err(ConnectError::NobodyAnswers(path.to_owned())),
        Ok(Err(FrameError::Io(error))) => Err(explain(path, error)),
        Ok(Err(error)) => Err(ConnectError::Frame(error)),
    }
}

/// A broker that refuses does not read the hello and may have closed the connection before it is
/// written; its reason is there to be read all the same.
async fn greet(
    reader: &mut FrameReader<ReadSide>,
    writer: &mut FrameWriter<WriteSide>,
    hello: &ClientMessage,
) -> Result<Option<ServerMessage>, FrameError> {
    let frame = encode(hello)?;
    let written = async {
        writer.write(&frame).await?;
        writer.flush().await
    };
    match (written.await, reader.next().await) {
        (_, Ok(Some(answer))) => Ok(Some(answer)),
        (Err(error), _) => Err(error),
        (Ok(()), other) => other,
    }
}

fn explain(path: &Path, error: io::Error) -> ConnectError {
    let path = path.to_owned();
    match error.kind() {
        ErrorKind::NotFound => ConnectError::NotFound(path),
        // Not connected: the agent's backlog is full. Reset or broken pipe: it ended meanwhile.
        ErrorKind::ConnectionRefused
        | ErrorKind::NotConnected
        | ErrorKind::ConnectionReset
        | ErrorKind::BrokenPipe => ConnectError::NobodyAnswers(path),
        ErrorKind::PermissionDenied => ConnectError::Denied(path),
        _ => ConnectError::Io { path, source: error },
    }
}
