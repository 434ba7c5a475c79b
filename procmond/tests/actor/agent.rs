//! The part of an agent that a collector meets, and the real program.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use daemoneye_bus::broker::{Broker, BrokerConfig, BrokerHandle, Call, Delivery};
use daemoneye_bus::control::{
    CollectorMessage, Heartbeat, LIFECYCLE, Registration, collector_topic,
};
use daemoneye_bus::event::{Event, Field, Kind};
use daemoneye_bus::message::{Payload, Receipt, SourceBatch};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// Longer than any of this takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The part of an agent that a collector meets.
pub(crate) struct Agent {
    pub(crate) broker: BrokerHandle,
    lifecycle: mpsc::Receiver<Call>,
    pub(crate) events: mpsc::Receiver<Delivery>,
    stop: watch::Sender<bool>,
    running: JoinHandle<()>,
}

impl Agent {
    pub(crate) fn start(socket: &Path) -> Self {
        let own = rustix::process::geteuid().as_raw();
        let config = BrokerConfig {
            socket: socket.to_owned(),
            allowed_uids: vec![own],
            max_clients: 4,
            queue: 64,
            rate: None,
        };
        let broker = Broker::bind(config).expect("a broker");
        let handle = broker.handle();
        let lifecycle = handle.serve(LIFECYCLE, 4).expect("a topic");
        let events = handle.intake("events.#", 64).expect("a pattern");
        let (stop, stopped) = watch::channel(false);
        let running = tokio::spawn(broker.run(stopped));
        Agent { broker: handle, lifecycle, events, stop, running }
    }

    pub(crate) async fn registered(&mut self) -> Registration {
        let call = within(self.lifecycle.recv()).await.expect("a registration");
        let Payload::Collector(CollectorMessage::Register(registration)) = call.payload else {
            panic!("{:?}", call.payload);
        };
        let accepted = Payload::Collector(CollectorMessage::Accepted);
        call.reply.send(Ok(accepted)).expect("procmond waits");
        registration
    }

    pub(crate) async fn ask(&self, message: CollectorMessage) -> CollectorMessage {
        let topic = collector_topic("procmond");
        let answer = self.broker.call(&topic, Payload::Collector(message), PATIENCE).await;
        match answer.expect("an answer") {
            Payload::Collector(message) => message,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn heartbeat(&self) -> Heartbeat {
        match self.ask(CollectorMessage::Health).await {
            CollectorMessage::Heartbeat(heartbeat) => heartbeat,
            other => panic!("{other:?}"),
        }
    }

    /// The next batch, which gets this receipt.
    pub(crate) async fn batch(&mut self, receipt: Receipt) -> SourceBatch {
        let delivery = within(self.events.recv()).await.expect("a batch");
        let Payload::Events(batch) = delivery.payload else { panic!("{:?}", delivery.payload) };
        let kinds = batch.batch.events().map(|event| text(&event, Field::Kind));
        // Also of connections: somebody may begin to listen on this machine at any time.
        let kind = |name: String| Kind::ALL.into_iter().find(|kind| kind.name() == name);
        let topics: Vec<_> = kinds.map(|name| kind(name).expect("a kind").topic()).collect();
        assert!(topics.iter().all(|topic| *topic == delivery.topic), "{topics:?}");
        delivery.receipt.send(receipt).expect("procmond waits");
        batch
    }

    pub(crate) async fn end(self) {
        self.stop.send_replace(true);
        within(self.running).await.expect("the broker ends");
    }
}

pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("in time")
}

pub(crate) fn procmond(socket: &Path, arguments: &[&str]) -> Child {
    let mut program = Command::new(env!("CARGO_BIN_EXE_procmond"));
    program.env("DAEMONEYE_BUS_SOCKET", socket).args(arguments);
    program.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("starts")
}

pub(crate) async fn ended(mut child: Child) -> Option<i32> {
    let waiting = tokio::task::spawn_blocking(move || child.wait());
    within(waiting).await.expect("no panic").expect("it ends").code()
}

pub(crate) fn tells_of_this_process(batch: &SourceBatch) -> bool {
    let own = i64::from(std::process::id());
    batch.batch.events().any(|event| event.integer(Field::Pid) == Some(own))
}

fn text(event: &Event, field: Field) -> String {
    event.text(field).unwrap_or_default().to_owned()
}
