//! An agent that is one thread of the test: the real broker, and prepared answers.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use daemoneye_bus::broker::{Broker, BrokerConfig};
use daemoneye_bus::control::{AGENT, Request, Response};
use daemoneye_bus::message::Payload;
use tempfile::TempDir;
use tokio::sync::watch;

type Answer = Box<dyn Fn(Request) -> Response + Send>;

/// Ends, and removes its socket, when it is dropped.
pub(crate) struct Agent {
    directory: TempDir,
    asked: Arc<Mutex<Vec<Request>>>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Agent {
    /// An agent for this user that answers so.
    pub(crate) fn that(answer: impl Fn(Request) -> Response + Send + 'static) -> Self {
        Agent::start(own_uid(), Some(Box::new(answer)))
    }

    /// An agent for another user.
    pub(crate) fn of_another_user() -> Self {
        Agent::start(own_uid() + 1, None)
    }

    /// A bus without anybody who answers.
    pub(crate) fn mute() -> Self {
        Agent::start(own_uid(), None)
    }

    pub(crate) fn socket(&self) -> PathBuf {
        socket(&self.directory)
    }

    /// What it was asked.
    pub(crate) fn asked(&self) -> Vec<Request> {
        self.asked.lock().expect("not poisoned").clone()
    }

    /// Goes; what it had stays.
    pub(crate) fn stop(&mut self) {
        let _has_ended = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the agent ends");
        }
    }

    /// Comes back to the same place after it has gone.
    pub(crate) fn resume(&mut self, answer: impl Fn(Request) -> Response + Send + 'static) {
        let answer = Some(Box::new(answer) as Answer);
        (self.stop, self.thread) = begin(&self.directory, &self.asked, own_uid(), answer);
    }

    fn start(uid: u32, answer: Option<Answer>) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let asked = Arc::default();
        let (stop, thread) = begin(&directory, &asked, uid, answer);
        Agent { directory, asked, stop, thread }
    }
}

type Running = (watch::Sender<bool>, Option<JoinHandle<()>>);

/// Returns once it can be connected to.
fn begin(
    directory: &TempDir,
    asked: &Arc<Mutex<Vec<Request>>>,
    uid: u32,
    answer: Option<Answer>,
) -> Running {
    let (stop, stopped) = watch::channel(false);
    let (ready, is_ready) = std::sync::mpsc::channel();
    let (socket, list) = (socket(directory), asked.clone());
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let config = BrokerConfig {
                socket,
                allowed_uids: vec![uid],
                max_clients: 4,
                queue: 16,
                rate: None,
            };
            let broker = Broker::bind(config).expect("a socket");
            if let Some(answer) = answer {
                let calls = broker.handle().serve(AGENT, 4).expect("a topic");
                tokio::spawn(serve(calls, answer, list));
            }
            ready.send(()).expect("the test waits");
            broker.run(stopped).await;
        });
    });
    is_ready.recv().expect("the agent starts");
    (stop, Some(thread))
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn serve(
    mut calls: tokio::sync::mpsc::Receiver<daemoneye_bus::broker::Call>,
    answer: Answer,
    asked: Arc<Mutex<Vec<Request>>>,
) {
    while let Some(call) = calls.recv().await {
        let Payload::Request(request) = call.payload else { panic!("{:?}", call.payload) };
        asked.lock().expect("not poisoned").push(request.clone());
        let _asker_is_gone = call.reply.send(Ok(Payload::Response(answer(request))));
    }
}

fn socket(directory: &TempDir) -> PathBuf {
    directory.path().join("run/bus.sock")
}

/// The user that runs the test: the owner of what it creates.
fn own_uid() -> u32 {
    use std::os::unix::fs::MetadataExt;
    let file = tempfile::NamedTempFile::new().expect("a file");
    Path::metadata(file.path()).expect("it exists").uid()
}
