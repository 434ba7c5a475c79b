//! An agent in this process: its own rooms, on threads of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use daemoneye_benches::options::plugins;
use daemoneye_bus::client::Client;
use daemoneye_bus::control::{AGENT, Request, Response, RuleStatus, Status};
use daemoneye_bus::message::Payload;
use daemoneye_host::agent::{self, StartError};
use daemoneye_host::config::Config;
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// How long anything may take that is waited for; the first start compiles all components.
const PATIENCE: Duration = Duration::from_secs(120);
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// An agent, and somebody who asks it.
pub(super) struct Agent {
    socket: PathBuf,
    stop: watch::Sender<bool>,
    thread: JoinHandle<Result<(), StartError>>,
    runtime: Runtime,
    operator: Client,
}

impl Agent {
    /// Starts an agent whose packs, trusted keys and data are in this folder.
    pub(super) fn start(home: &Path) -> Result<Self> {
        let config = config(home)?;
        let socket = config.socket();
        let (stop, stopped) = watch::channel(false);
        let runtime = Runtime::new()?;
        let agents = Runtime::new()?;
        let thread = std::thread::Builder::new().name("agent".to_owned());
        let run = move || agents.block_on(agent::run(config, Vec::new(), None, stopped));
        let thread = thread.spawn(run)?;
        let operator = connect(&runtime, &socket, "cli:bench")?;
        let agent = Agent { socket, stop, thread, runtime, operator };
        agent.wait_until_it_answers()?;
        Ok(agent)
    }

    /// It listens before its rules are loaded, and answers after.
    fn wait_until_it_answers(&self) -> Result<()> {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.status() {
                Ok(_) => return Ok(()),
                Err(error) if self.thread.is_finished() || Instant::now() > until => {
                    return Err(error).context("the agent does not start");
                }
                Err(_) => std::thread::sleep(BETWEEN_LOOKS),
            }
        }
    }

    /// Where sensors find it.
    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }

    /// Returns when its status is as wanted.
    pub(super) fn wait_for(&self, what: &str, is: impl Fn(&Status) -> bool) -> Result<()> {
        let until = Instant::now() + PATIENCE;
        loop {
            let status = self.status()?;
            if is(&status) {
                return Ok(());
            }
            if Instant::now() > until {
                bail!("{what}: not within {PATIENCE:?}: {status:#?}");
            }
            std::thread::sleep(BETWEEN_LOOKS);
        }
    }

    pub(super) fn status(&self) -> Result<Status> {
        match self.ask(Request::Status)? {
            Response::Status(status) => Ok(*status),
            other => bail!("not a status: {other:?}"),
        }
    }

    pub(super) fn rules(&self) -> Result<Vec<RuleStatus>> {
        match self.ask(Request::Rules)? {
            Response::Rules(rules) => Ok(rules),
            other => bail!("not a list of rules: {other:?}"),
        }
    }

    fn ask(&self, request: Request) -> Result<Response> {
        let asked = self.operator.call(AGENT, Payload::Request(request), PATIENCE);
        match self.runtime.block_on(asked)? {
            Payload::Response(response) => Ok(response),
            other => bail!("not an answer: {other:?}"),
        }
    }

    /// Ends it as SIGTERM would.
    pub(super) fn end(self) -> Result<()> {
        self.stop.send_replace(true);
        let ended = self.thread.join().ok().context("the agent panicked")?;
        Ok(ended?)
    }
}

/// Without a sensor: nobody starts one, and nobody waits for it.
fn config(home: &Path) -> Result<Config> {
    let text = format!(
        "data_dir = {:?}\npacks = {:?}\ntrust = {:?}\nplugins = {:?}\nrules = ''\n\
         [procmond]\nprogram = ''\nstartup_timeout_s = 3600\n\
         [alerts]\nper_rule_per_minute = 1000000\n\
         [[sinks]]\nname = 'file'\nplugin = 'file'\ngrants = {{ directory = {:?} }}\n",
        home.join("data"),
        home.join("packs"),
        home.join("trust"),
        plugins(),
        home.join("alerts"),
    );
    let file = home.join("agent.toml");
    fs::write(&file, text)?;
    Ok(Config::load(&file)?)
}

/// Connects as soon as somebody listens.
pub(super) fn connect(runtime: &Runtime, socket: &Path, name: &str) -> Result<Client> {
    let until = Instant::now() + PATIENCE;
    loop {
        match runtime.block_on(Client::connect(socket, name)) {
            Ok(client) => return Ok(client),
            Err(error) if Instant::now() > until => return Err(error).context("no agent"),
            Err(_) => std::thread::sleep(BETWEEN_LOOKS),
        }
    }
}
