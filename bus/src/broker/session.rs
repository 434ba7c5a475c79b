//! One connection: a task that reads, a task that writes.

use std::fmt::Display;
use std::sync::Arc;
use std::time::{Duration, Instant};

use interprocess::local_socket::tokio::Stream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::allowance::Allowance;
use super::door::{HELLO_LIMIT, Refusal, greeted};
use super::hub::Hub;
use super::outlet::{Outgoing, Outlet};
use super::stopped;
use crate::frame::{FrameError, FrameReader, FrameWriter, encode};
use crate::message::{PROTOCOL, ServerMessage};
use crate::socket::{ReadSide, WriteSide, sides};

/// What waits for a client whose connection ends is written within this, or not at all.
const FLUSH_LIMIT: Duration = Duration::from_secs(1);

/// Serves a connection until it ends; leaves nothing behind.
pub(super) async fn run(
    stream: Stream,
    uid: Option<u32>,
    hub: Arc<Hub>,
    mut shutdown: watch::Receiver<bool>,
) {
    let (read, write) = sides(stream);
    let (mut reader, mut writer) = (FrameReader::new(read), FrameWriter::new(write));
    let greeting = tokio::select! {
        greeting = greet(&mut reader) => greeting,
        () = stopped(&mut shutdown) => return,
    };
    match greeting {
        Ok(Some(client)) => attend((client, uid), reader, writer, hub, shutdown).await,
        Ok(None) => {}
        Err(refusal) => {
            hub.count_refused();
            tracing::warn!(reason = %refusal, "connection refused before its hello");
            let _ = timeout(FLUSH_LIMIT, tell(&mut writer, &refused(&refusal))).await;
        }
    }
}

/// Tells a peer why it may not enter, if it takes that in time.
pub(super) async fn turn_away(stream: Stream, refusal: Refusal) {
    let (_, write) = sides(stream);
    let mut writer = FrameWriter::new(write);
    let _ = timeout(FLUSH_LIMIT, tell(&mut writer, &refused(&refusal))).await;
}

fn refused(reason: &impl Display) -> ServerMessage {
    ServerMessage::Refused { reason: reason.to_string() }
}

async fn tell(
    writer: &mut FrameWriter<WriteSide>,
    message: &ServerMessage,
) -> Result<(), FrameError> {
    writer.write(&encode(message)?).await?;
    writer.flush().await
}

/// The name of the client, or nothing if it left without a word.
async fn greet(reader: &mut FrameReader<ReadSide>) -> Result<Option<String>, Refusal> {
    let first = timeout(HELLO_LIMIT, reader.next()).await.map_err(|_| Refusal::Silent)??;
    first.map(greeted).transpose()
}

async fn attend(
    client: (String, Option<u32>),
    mut reader: FrameReader<ReadSide>,
    writer: FrameWriter<WriteSide>,
    hub: Arc<Hub>,
    mut shutdown: watch::Receiver<bool>,
) {
    let (queue, waiting) = mpsc::channel(hub.queue());
    let mut session = Session::enter(client, hub, queue);
    let (end, ended) = oneshot::channel();
    let mut written = tokio::spawn(write(writer, waiting, Arc::clone(&session.outlet), ended));
    let outcome = tokio::select! {
        outcome = session.serve(&mut reader) => outcome,
        _ = &mut written => return,
        () = stopped(&mut shutdown) => Ok(()),
    };
    let last = outcome.err().map(|refusal| session.dismiss(&refusal));
    drop(session);
    let _ = end.send(last);
    if timeout(FLUSH_LIMIT, &mut written).await.is_err() {
        written.abort();
    }
}

/// Writes what waits, flushing whenever nothing does. Ends with the connection, or after what
/// waits at the time of the end, and the last word if there is one.
async fn write(
    mut writer: FrameWriter<WriteSide>,
    mut waiting: mpsc::Receiver<Outgoing>,
    outlet: Arc<Outlet>,
    mut ended: oneshot::Receiver<Option<ServerMessage>>,
) -> Result<(), FrameError> {
    let mut last = None;
    loop {
        let outgoing = tokio::select! {
            Some(outgoing) = waiting.recv() => outgoing,
            end = &mut ended, if !waiting.is_closed() => {
                last = end.ok().flatten();
                waiting.close();
                continue;
            }
            else => break,
        };
        writer.write(&outgoing.frame).await?;
        if waiting.is_empty() {
            writer.flush().await?;
        }
        outlet.count_out(&outgoing);
    }
    match last {
        Some(last) => tell(&mut writer, &last).await,
        None => Ok(()),
    }
}

/// One client that said hello; it has left when this is dropped.
pub(super) struct Session {
    pub(super) hub: Arc<Hub>,
    pub(super) outlet: Arc<Outlet>,
    /// Requests in progress, at most as many as the client's queue is long.
    pub(super) requests: JoinSet<()>,
    /// How often it may ask, if that is limited.
    pub(super) allowance: Option<Allowance>,
    pub(super) since: Instant,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.hub.leave(&self.outlet);
    }
}

impl Session {
    fn enter(
        (client, uid): (String, Option<u32>),
        hub: Arc<Hub>,
        queue: mpsc::Sender<Outgoing>,
    ) -> Self {
        let outlet = hub.enter(client, uid, queue);
        let allowance = hub.rate().map(Allowance::new);
        let (requests, since) = (JoinSet::new(), Instant::now());
        Session { hub, outlet, requests, allowance, since }
    }

    fn dismiss(&self, refusal: &Refusal) -> ServerMessage {
        self.hub.count_refused();
        tracing::warn!(client = self.outlet.client, reason = %refusal, "connection closed");
        refused(refusal)
    }

    /// Does what the client asks until it leaves.
    async fn serve(&mut self, reader: &mut FrameReader<ReadSide>) -> Result<(), Refusal> {
        self.outlet.tell(ServerMessage::Welcome { protocol: PROTOCOL }).await;
        while let Some(message) = reader.next().await? {
            self.outlet.count_in();
            self.handle(message).await?;
        }
        Ok(())
    }
}
