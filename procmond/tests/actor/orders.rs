//! Orders of the agent to the real program.

use std::process::Child;

use daemoneye_bus::control::{
    AgentAct, Answered, Asked, CollectorMessage, Denial, MAX_ANSWER_BYTES, Order, Outcome, Setting,
    Task,
};
use daemoneye_bus::event::{Batch, Field};
use daemoneye_ledger::{Entry, Fact};
use tempfile::TempDir;

use crate::agent::{Agent, ended, procmond};

/// The agent, its sensor, and where both live.
struct Scene {
    agent: Agent,
    sensor: Option<Child>,
    directory: TempDir,
    correlation: u64,
}

impl Scene {
    async fn open() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let socket = directory.path().join("run/bus.sock");
        let mut agent = Agent::start(&socket);
        let sensor = Some(procmond(&socket, &["--heartbeat", "100ms"]));
        agent.registered().await;
        Scene { agent, sensor, directory, correlation: 0 }
    }

    async fn order(&mut self, order: Order) -> Result<Outcome, Denial> {
        self.within(order, 60_000, MAX_ANSWER_BYTES).await
    }

    async fn within(
        &mut self,
        order: Order,
        limit_ms: u32,
        max_bytes: u32,
    ) -> Result<Outcome, Denial> {
        self.correlation += 1;
        let correlation = self.correlation;
        let by = "test:1".to_owned();
        let asked = Asked { correlation, by, limit_ms, max_bytes, order };
        match self.agent.ask(CollectorMessage::Ask(Box::new(asked))).await {
            CollectorMessage::Answer(answered) => {
                let Answered { correlation: same, collector, result } = *answered;
                assert_eq!((same, collector.as_str()), (correlation, "procmond"));
                result
            }
            other => panic!("{other:?}"),
        }
    }

    /// The acts of the ledger, each as a name and its detail.
    fn acts(&self) -> Vec<String> {
        let path = self.directory.path().join("procmond/ledger/entries");
        let entries = std::fs::read(path).expect("a ledger");
        let entries = entries.split(|byte| *byte == b'\n').filter_map(|l| Entry::parse(l).ok());
        let act = |entry: Entry| match entry.fact {
            Fact::Act(act) => Some(format!("{} {}", act.name, act.detail)),
            Fact::Batch(_) => None,
        };
        entries.filter_map(act).collect()
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        if let Some(mut sensor) = self.sensor.take() {
            let _has_ended = sensor.kill();
            let _reaped = sensor.wait();
        }
    }
}

fn setting(key: &str, value: &str) -> Setting {
    Setting { key: key.to_owned(), value: value.to_owned() }
}

fn value(outcome: &Outcome, key: &str) -> String {
    let Outcome::Settings(settings) = outcome else { panic!("{outcome:?}") };
    settings.iter().find(|setting| setting.key == key).expect(key).value.clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_change_is_in_the_ledger_before_it_is_answered_and_a_refused_one_is_not() {
    let mut scene = Scene::open().await;
    let changed = Order::Configure(vec![setting("network", "false")]);
    let outcome = scene.order(changed).await.expect("followed");
    assert_eq!(value(&outcome, "network"), "false");
    assert_eq!(value(&outcome, "interval_ms"), "5000", "what is not named stays");
    assert!(scene.acts().contains(&"config by=test:1 network=true->false".to_owned()));

    let mixed = vec![setting("interval_ms", "700"), setting("colour", "red")];
    let refused = scene.order(Order::Configure(mixed)).await.expect_err("unknown");
    assert!(refused.to_string().starts_with("no setting \"colour\"; there are "), "{refused}");
    let outcome = scene.order(Order::AdjustInterval { milliseconds: 250 }).await.expect("followed");
    assert_eq!(value(&outcome, "interval_ms"), "250");
    let last = scene.acts().pop().expect("acts");
    assert_eq!(last, "config by=test:1 interval_ms=5000->250", "what was refused changed nothing");

    for milliseconds in [0, 1_000_000_000_000] {
        let refused = scene.order(Order::AdjustInterval { milliseconds }).await.expect_err("bad");
        assert!(refused.to_string().contains(&format!("{:?}", milliseconds.to_string())));
    }
    scene.order(Order::Pause).await.expect("followed");
    assert!(scene.agent.heartbeat().await.paused);
    let outcome = scene.order(Order::Resume).await.expect("followed");
    assert_eq!(value(&outcome, "paused"), "false");
    let acts = scene.acts();
    assert!(acts.contains(&"pause by=test:1".to_owned()), "{acts:?}");
    assert!(acts.iter().any(|act| act.starts_with("resume by=test:1 withheld=")), "{acts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_keep_to_their_size_and_their_time() {
    let mut scene = Scene::open().await;
    let enumerate = || Order::Execute(Task::Enumerate);
    let Ok(Outcome::Processes(all)) = scene.order(enumerate()).await else { panic!("no list") };
    let own = i64::from(std::process::id());
    let pids = all.iter().flat_map(Batch::events);
    assert!(pids.into_iter().any(|event| event.integer(Field::Pid) == Some(own)));

    match scene.within(enumerate(), 60_000, 100).await {
        Err(Denial::TooLarge { bytes, limit: 100 }) => assert!(bytes > 100),
        other => panic!("{other:?}"),
    }
    let late = scene.within(enumerate(), 0, MAX_ANSWER_BYTES).await;
    assert_eq!(late, Err(Denial::TooLate { limit_ms: 0 }));
    let nobody = scene.order(Order::Execute(Task::Process { pid: u32::MAX })).await;
    assert_eq!(nobody, Err(Denial::NoProcess { pid: u32::MAX }));
    let acts = scene.acts();
    assert!(acts.contains(&"task by=test:1 process pid=4294967295".to_owned()), "{acts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acts_of_the_agent_are_written_under_its_name_and_bad_ones_are_refused() {
    let mut scene = Scene::open().await;
    let act =
        |name: &str, detail: String| Order::Record(AgentAct { name: name.to_owned(), detail });
    let detail = "pack=a release=1\n0 0 act start forged".to_owned();
    assert_eq!(scene.order(act("pack-activated", detail)).await, Ok(Outcome::Done));
    let last = scene.acts().pop().expect("acts");
    assert_eq!(last, "agent.pack-activated pack=a release=1 0 0 act start forged");
    for (name, detail) in [("", 1), ("start stop", 1), ("Start", 1), ("start", 1_025)] {
        let refused = scene.order(act(name, "x".repeat(detail))).await;
        assert!(matches!(refused, Err(Denial::BadAct { .. })), "{name:?}: {refused:?}");
    }
    assert_eq!(scene.acts().pop(), Some(last));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forced_end_leaves_on_disk_what_nobody_has_taken() {
    let mut scene = Scene::open().await;
    while scene.agent.heartbeat().await.waiting == 0 {}
    let order = Order::Shutdown { forced: true };
    assert_eq!(scene.order(order).await, Ok(Outcome::Done));
    let sensor = scene.sensor.take().expect("the sensor");
    assert_eq!(ended(sensor).await, Some(0));
    let acts = scene.acts();
    assert!(acts.contains(&"shutdown by=test:1 forced=true".to_owned()), "{acts:?}");
    let stop = acts.last().expect("acts");
    assert!(stop.starts_with("stop batches-left=") && !stop.ends_with("=0"), "{stop}");
}
