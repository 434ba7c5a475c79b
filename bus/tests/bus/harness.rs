//! A broker in a directory of its own, and peers that need not keep to the protocol.

use std::path::{Path, PathBuf};
use std::time::Duration;

use daemoneye_bus::broker::{Broker, BrokerConfig, BrokerHandle};
use daemoneye_bus::client::Client;
use daemoneye_bus::control::Response;
use daemoneye_bus::frame::{FrameReader, encode};
use daemoneye_bus::message::{ClientMessage, PROTOCOL, Payload, ServerMessage};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What takes longer has hung.
const PATIENCE: Duration = Duration::from_secs(30);

/// Fails instead of hanging.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("soon")
}

pub(crate) fn own_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// A payload of this text.
pub(crate) fn text(text: impl Into<String>) -> Payload {
    Payload::Response(Response::Error(text.into()))
}

pub(crate) struct Bus {
    pub(crate) handle: BrokerHandle,
    directory: TempDir,
    socket: PathBuf,
    stop: watch::Sender<bool>,
    running: JoinHandle<()>,
}

/// A broker's configuration in this directory.
pub(crate) fn config(directory: &Path) -> BrokerConfig {
    BrokerConfig {
        socket: directory.join("run/agent.sock"),
        allowed_uids: vec![own_uid()],
        max_clients: 8,
        queue: 16,
        rate: None,
    }
}

impl Bus {
    pub(crate) fn start() -> Self {
        Bus::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut BrokerConfig)) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut config = config(directory.path());
        change(&mut config);
        let socket = config.socket.clone();
        let broker = Broker::bind(config).expect("a free socket");
        assert_eq!(broker.socket(), socket);
        let (stop, stopped) = watch::channel(false);
        let handle = broker.handle();
        let running = tokio::spawn(broker.run(stopped));
        Bus { handle, directory, socket, stop, running }
    }

    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) async fn client(&self, name: &str) -> Client {
        soon(Client::connect(&self.socket, name)).await.expect("connected")
    }

    pub(crate) async fn raw(&self) -> Raw {
        let (read, write) =
            UnixStream::connect(&self.socket).await.expect("connected").into_split();
        Raw { reader: FrameReader::new(read), writer: write }
    }

    /// A raw peer that was welcomed.
    pub(crate) async fn greeted(&self, name: &str) -> Raw {
        let mut raw = self.raw().await;
        raw.say(&ClientMessage::Hello { protocol: PROTOCOL, client: name.to_owned() }).await;
        assert_eq!(raw.hear().await, Some(ServerMessage::Welcome { protocol: PROTOCOL }));
        raw
    }

    /// Whether the broker still does its work, for another client.
    pub(crate) async fn assert_alive(&self) {
        let client = self.client("probe").await;
        let receipt = soon(client.publish("a.probe", Payload::Empty)).await;
        assert_eq!(receipt.expect("connected"), daemoneye_bus::message::Receipt::Done);
    }

    /// Ends the broker; returns the directory.
    pub(crate) async fn end(self) -> TempDir {
        self.stop.send_replace(true);
        soon(self.running).await.expect("the broker did not panic");
        self.directory
    }
}

/// A peer that says what it likes.
pub(crate) struct Raw {
    reader: FrameReader<OwnedReadHalf>,
    pub(crate) writer: OwnedWriteHalf,
}

impl Raw {
    pub(crate) async fn say(&mut self, message: &ClientMessage) {
        self.write(&encode(message).expect("a small message")).await;
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        soon(self.writer.write_all(bytes)).await.expect("written");
    }

    /// The next message, or nothing if the broker closed the connection.
    pub(crate) async fn hear(&mut self) -> Option<ServerMessage> {
        soon(self.reader.next()).await.expect("whole frames")
    }

    /// The reason for which the broker closes the connection.
    pub(crate) async fn refused(&mut self) -> String {
        match self.hear().await {
            Some(ServerMessage::Refused { reason }) => reason,
            other => panic!("not refused: {other:?}"),
        }
    }
}
