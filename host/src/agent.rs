//! Builds the rooms, joins their doors, and shuts them down in reverse.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use daemoneye_bus::alert::Alert;
use daemoneye_bus::broker::{BindError, Broker, BrokerConfig, BrokerHandle};
use daemoneye_bus::control::{AGENT, AgentState, LIFECYCLE, Measure};
use daemoneye_store::{OpenError, ReadError, Store};
use tokio::sync::{mpsc, watch};

use crate::acts::{Acts, acts};
use crate::alert::{AlertDesk, Hearing};
use crate::catalog::{Languages, LanguagesError};
use crate::collector::{Collectors, Nursery, Plan, plans};
use crate::config::{Alerts, Config, PROCMOND};
use crate::control::Control;
use crate::delivery::{self, Delivery, Office, SinkError};
use crate::exceptions::Exceptions;
use crate::handling::Operators;
use crate::health::Health;
use crate::hunt::{Hunts, Trials};
use crate::intake::Intake;
use crate::judge::{self, Judge, JudgeError};
use crate::judging::{Judging, JudgingRoom};
use crate::packs::{Activation, PacksError, Prover};
use crate::plugin::{FuelRate, Sandbox, SandboxError};
use crate::private;
use crate::retention;
use crate::rulebook::Rulebook;
use crate::shadow::Shadow;
use crate::sight::Sight;
use crate::switches::Switches;
use crate::writer::Writer;

/// Connections at a time.
const MAX_CLIENTS: usize = 256;
/// Messages that may wait for one client.
const CLIENT_QUEUE: usize = 256;
/// Batches of events that may wait for the store.
const INTAKE_QUEUE: usize = 128;
/// Calls that may wait for an answer.
const CALL_QUEUE: usize = 64;
/// Messages a second from one client: a sensor that sends what has waited is far below.
const CLIENT_RATE: NonZeroU32 = NonZeroU32::new(5_000).expect("not zero");
/// Alerts about collectors that may wait.
const ALARM_QUEUE: usize = 64;
/// How long threads may take to finish what they have.
const FAREWELL: Duration = Duration::from_secs(5);

/// Why the agent does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The data directory cannot be used.
    #[error("data directory {path:?}: {cause}")]
    DataDir {
        /// Which.
        path: std::path::PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The store cannot be read.
    #[error("store: {0}")]
    Read(#[from] ReadError),
    /// The socket cannot be opened.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// One who may connect.
    #[error("user {name:?} of the key bus.users: {cause}")]
    User {
        /// The name.
        name: String,
        /// Why that is nobody.
        cause: &'static str,
    },
    /// There is no sandbox.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// Nobody could say which packs to believe.
    #[error(transparent)]
    Packs(#[from] PacksError),
    /// A language is missing.
    #[error(transparent)]
    Languages(#[from] LanguagesError),
    /// The engine does not load.
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// A sink does not load.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// The operating system gives no thread.
    #[error("thread: {0}")]
    Thread(std::io::Error),
    /// The sensor did not register.
    #[error("procmond did not register within {0} s")]
    NoCollector(u64),
}

/// Runs the agent until `stop` says so, then lets everything in flight finish. `confinement`: what
/// has been done about it; `nursery`: where the sensor is born, if the agent starts it.
///
/// # Errors
/// If it cannot start. What happens later is in its status and its log.
pub async fn run(
    config: Config,
    confinement: Vec<Measure>,
    nursery: Option<Nursery>,
    stop: watch::Receiver<bool>,
) -> Result<(), StartError> {
    let data_dir = config.data_dir.clone();
    private::create_directory(&data_dir)
        .map_err(|cause| StartError::DataDir { path: data_dir.clone(), cause })?;
    // First of all: a second agent on the same data must touch nothing.
    let store = Arc::new(Store::open(&config.store())?);
    let health = Arc::new(Health::new(data_dir.display().to_string()));
    health.set_confinement(confinement);
    let broker = bind(&config)?;
    let handle = broker.handle();
    let (end_broker, broker_ends) = watch::channel(false);
    let broker = tokio::spawn(broker.run(broker_ends));
    let result = run_rooms(config, nursery, store, &health, &handle, stop).await;
    if let Err(error) = &result {
        health.enter(AgentState::StartupFailed { reason: error.to_string() });
    }
    end_broker.send_replace(true);
    if let Err(error) = broker.await {
        tracing::error!("broker: {error}");
    }
    result
}

fn bind(config: &Config) -> Result<Broker, StartError> {
    // The agent's own user, and root, who runs the sensor where it has to see everything.
    let mut allowed_uids = vec![rustix::process::geteuid().as_raw(), 0];
    for name in &config.bus.users {
        allowed_uids.push(uid(name)?);
    }
    let (max_clients, queue) = (MAX_CLIENTS, CLIENT_QUEUE);
    let rate = Some(CLIENT_RATE);
    let config = BrokerConfig { socket: config.socket(), allowed_uids, max_clients, queue, rate };
    Ok(Broker::bind(config)?)
}

fn uid(name: &str) -> Result<u32, StartError> {
    let no_user = |cause| StartError::User { name: name.to_owned(), cause };
    let user = nix::unistd::User::from_name(name);
    let user = user.map_err(|error| no_user(error.desc()))?;
    Ok(user.ok_or_else(|| no_user("there is none"))?.uid.as_raw())
}

/// As others see the path, whatever their working directory is.
fn absolute(path: &std::path::Path) -> std::path::PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

async fn run_rooms(
    config: Config,
    nursery: Option<Nursery>,
    store: Arc<Store>,
    health: &Arc<Health>,
    broker: &BrokerHandle,
    mut stop: watch::Receiver<bool>,
) -> Result<(), StartError> {
    let (acts, acts_waiting) = acts();
    let loading = {
        let (config, store, health) = (config.clone(), store.clone(), health.clone());
        tokio::task::spawn_blocking(move || Rooms::load(&config, &store, &health, &acts))
    };
    let Rooms { writer, judging, shadow, trials, rulebook, office, operators, threads } =
        loading.await.expect("loading returns")?;
    let retention = retention::run(config.kept, writer.clone(), health.clone());
    let intake = Intake::open(writer, judging.clone(), store.clone(), health.clone()).await;

    let events = broker.intake("events.#", INTAKE_QUEUE).expect("a valid pattern");
    let plans = plans(&config, std::process::id());
    let (alarms, alarming) = mpsc::channel(ALARM_QUEUE);
    let expected = config.collectors.iter().filter(|one| one.enabled);
    let expected = expected.map(|one| one.name.clone()).collect();
    let collectors = Collectors::new(broker.clone(), health.clone(), alarms, &plans, expected);
    let collectors = Arc::new(collectors);
    let orders = collectors.orders();
    let ledger = config.collectors.first().map_or(PROCMOND, |first| &first.name).to_owned();
    let control = Control {
        orders: orders.clone(),
        health: health.clone(),
        hunts: Hunts::new(store.clone()),
        store,
        judging: judging.clone(),
        trials,
        shadow,
        broker: broker.clone(),
        office,
        operators,
        packs: absolute(&config.packs),
    };
    let calls = broker.serve(AGENT, CALL_QUEUE).expect("a valid topic");
    let doors = [
        tokio::spawn(intake.run(events)),
        tokio::spawn(control.run(calls)),
        tokio::spawn(judging.clone().keep_reminding()),
        tokio::spawn(raise(judging.clone(), alarming)),
        tokio::spawn(acts_waiting.run(orders, ledger, health.clone())),
        tokio::spawn(rulebook.run(judging)),
        tokio::spawn(retention),
    ];

    let patience = config.procmond.startup_timeout_s;
    let watched = watch_collectors(collectors, (plans, nursery), broker, patience, &mut stop).await;
    // Whoever still holds a door keeps the threads behind it alive.
    doors.iter().for_each(tokio::task::JoinHandle::abort);
    for door in doors {
        let _aborted = door.await;
    }
    join(threads).await;
    watched
}

/// From the first registration to the end: the sensor runs as long as this does.
async fn watch_collectors(
    collectors: Arc<Collectors>,
    (plans, nursery): (Vec<Plan>, Option<Nursery>),
    broker: &BrokerHandle,
    patience: u64,
    stop: &mut watch::Receiver<bool>,
) -> Result<(), StartError> {
    let registrations = broker.serve(LIFECYCLE, CALL_QUEUE).expect("a valid topic");
    let heartbeats = broker.intake("control.health.heartbeat.+", CALL_QUEUE).expect("a pattern");
    tokio::spawn(collectors.clone().run_registrations(registrations));
    tokio::spawn(collectors.clone().run_heartbeats(heartbeats));
    tokio::spawn(collectors.clone().run_departures(broker.departures()));
    let (end, ends) = watch::channel(false);
    let work = collectors.clone().supervise(plans, ends);
    let supervision = tokio::spawn(in_nursery(nursery, work));
    let health = collectors.health();
    let started = tokio::select! {
        started = become_steady(&collectors, health, Duration::from_secs(patience)) => started,
        _ = stop.wait_for(|stop| *stop) => true,
    };
    if started {
        let _asked_or_gone = stop.wait_for(|stop| *stop).await;
    }
    health.enter(AgentState::ShuttingDown);
    end.send_replace(true);
    match supervision.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!("supervision: {error}"),
        Err(error) => tracing::error!("supervision: {error}"),
    }
    if started { Ok(()) } else { Err(StartError::NoCollector(patience)) }
}

/// Where nothing is born there is no nursery, and the work is only to wait.
async fn in_nursery(
    nursery: Option<Nursery>,
    work: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    match nursery {
        Some(nursery) => nursery.run(work).await,
        None => {
            work.await;
            Ok(())
        }
    }
}

/// Alerts of collectors, to be recorded as those of rules are.
async fn raise(judging: Judging, mut alarms: mpsc::Receiver<Alert>) {
    while let Some(alert) = alarms.recv().await {
        judging.raise(alert).await;
    }
}

/// Whether a collector has registered, and begun, within the time for each.
async fn become_steady(collectors: &Collectors, health: &Health, patience: Duration) -> bool {
    if !collectors.wait_until(patience, |progress| progress.registered > 0).await {
        return false;
    }
    health.enter(AgentState::Ready);
    let begun = collectors.wait_until(patience, |progress| progress.begun > 0).await;
    if begun {
        health.enter(AgentState::SteadyState);
    }
    begun
}

/// What stands between the doors.
struct Rooms {
    writer: Writer,
    judging: Judging,
    shadow: Shadow,
    trials: Trials,
    rulebook: Rulebook,
    office: Office,
    operators: Operators,
    threads: Vec<JoinHandle<()>>,
}

impl Rooms {
    /// Verifies packs, compiles rules and components: seconds at the first start.
    fn load(
        config: &Config,
        store: &Arc<Store>,
        health: &Arc<Health>,
        acts: &Acts,
    ) -> Result<Self, StartError> {
        let sandbox = Sandbox::new(Some(&config.cache()))?.allowing(config.allowed());
        let cache = config.cache();
        let languages = Languages::load(&sandbox, &config.plugins, Sight::ThisHost, Some(&cache))?;
        let engine = judge::engine(&sandbox, &config.plugins)?;
        let languages = Arc::new(Mutex::new(languages));
        let prover = Prover::new(&sandbox, &engine, &languages);
        let (activation, rollbacks) =
            Activation::open(config, prover, health.clone(), acts.clone())?;
        let trials = Trials::new(store.clone(), engine.clone(), languages.clone());
        let (writer, thread) = Writer::spawn(store.clone()).map_err(StartError::Thread)?;
        let operators = Operators {
            store: store.clone(),
            writer: writer.clone(),
            exceptions: Exceptions::default(),
            switches: Switches::default(),
            rollbacks,
            acts: acts.clone(),
        };
        operators.resume()?;
        let (rulebook, judge, shades) = Rulebook::open(
            config.rules(),
            activation,
            engine,
            languages,
            health.clone(),
            operators.switches.clone(),
        )?;
        let (shadow, shadowing) = Shadow::spawn().map_err(StartError::Thread)?;
        shades.into_iter().for_each(|shades| shadow.set(shades));
        let (room, office, mut threads) =
            rooms(config, &sandbox, (judge, &shadow, acts), &operators, health)?;
        threads.extend([thread, shadowing]);
        let (judging, thread) = Judging::spawn(room).map_err(StartError::Thread)?;
        threads.push(thread);
        Ok(Rooms { writer, judging, shadow, trials, rulebook, office, operators, threads })
    }
}

/// From findings to delivered alerts, and what operators may ask about it.
fn rooms(
    config: &Config,
    sandbox: &Sandbox,
    (judge, shadow, acts): (Judge, &Shadow, &Acts),
    operators: &Operators,
    health: &Arc<Health>,
) -> Result<(JudgingRoom, Office, Vec<JoinHandle<()>>), StartError> {
    let fuel_rate = FuelRate::measure(sandbox)?;
    health.sandbox(|sandbox| sandbox.fuel_per_ms = fuel_rate.per_millisecond());
    let hearing = Arc::new(Hearing::new(config.sinks.len()));
    let Operators { store, writer, exceptions, .. } = operators.clone();
    let health = health.clone();
    let rooms = delivery::Rooms {
        store: store.clone(),
        writer: writer.clone(),
        hearing: hearing.clone(),
        health: health.clone(),
    };
    let policy = config.delivery.policy();
    let (delivery, threads) =
        Delivery::start(sandbox, &config.plugins, &config.sinks, &rooms, policy)?;
    let office = Office { store, writer: writer.clone(), delivery: delivery.clone() };
    let Alerts { per_rule_per_minute, .. } = config.alerts;
    let desk = AlertDesk::new(config.alerts.window(), per_rule_per_minute, hearing);
    let (shadow, acts) = (shadow.clone(), acts.clone());
    let room =
        JudgingRoom { judge, desk, writer, delivery, shadow, acts, health, exceptions, fuel_rate };
    Ok((room, office, threads))
}

/// Threads end when nobody can send them anything any more. One that hangs, in a sink that waits
/// for its endpoint, is left behind: what it holds is in the store.
async fn join(threads: Vec<JoinHandle<()>>) {
    let joined = tokio::task::spawn_blocking(move || {
        threads.into_iter().for_each(|thread| {
            let name = thread.thread().name().unwrap_or_default().to_owned();
            if thread.join().is_err() {
                tracing::error!("thread {name} panicked");
            }
        });
    });
    if tokio::time::timeout(FAREWELL, joined).await.is_err() {
        tracing::warn!(
            "threads are still busy after {} s; ending without them",
            FAREWELL.as_secs()
        );
    }
}
