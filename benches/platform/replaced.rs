//! A pack is replaced again and again while events come in at the promised rate: over the bus, into
//! the store, through the rules, as in an agent; it is the agent's own code from socket to judge.

mod agent;
mod flow;
mod releases;

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use daemoneye_benches::hosting::median;
use daemoneye_bus::control::{EventCounts, RuleStatus, Status};

use agent::Agent;
use flow::{Flow, Told};
use releases::Releases;

/// Events in a second: the promise.
pub(crate) const RATE: u64 = 100_000;
/// From one release in force to the next one dropped into the folder.
const BETWEEN: Duration = Duration::from_millis(500);

/// What became of everything.
struct Outcome {
    replaced: u64,
    told: Told,
    /// From the last receipt until all was judged.
    behind: Duration,
    events: EventCounts,
    rules: Vec<RuleStatus>,
}

pub(crate) fn print(time: Duration) -> Result<()> {
    let outcome = run(time)?;
    outcome.tell();
    outcome.check()
}

fn run(time: Duration) -> Result<Outcome> {
    let home = tempfile::tempdir()?;
    let releases = Releases::open(home.path())?;
    releases.drop(1)?;
    let agent = Agent::start(home.path())?;
    agent.wait_for("release 1 in force", |status| in_force(status, 1))?;
    let flow = Flow::start(&agent, RATE, time)?;
    let replaced = replace(&releases, &agent, Instant::now() + time)?;
    let told = flow.end()?;
    let ended = Instant::now();
    agent.wait_for("all is judged", |status| status.events.judged == status.events.stored)?;
    let behind = ended.elapsed();
    let (events, rules) = (agent.status()?.events, agent.rules()?);
    agent.end()?;
    Ok(Outcome { replaced, told, behind, events, rules })
}

impl Outcome {
    fn tell(&self) {
        let Outcome { replaced, told, behind, events, .. } = self;
        println!(
            "ratio: {replaced} replacements of a pack while {} events came in at {:.0} events/s: {} \
             stored, {} judged, {} lost, {} twice",
            told.events,
            told.events as f64 / told.took.as_secs_f64(),
            events.stored,
            events.judged,
            events.lost,
            events.duplicates,
        );
        let worst = told.late.iter().max().copied().unwrap_or_default();
        println!(
            "ratio: a batch of {} had its receipt {:.1} ms after it was due, {worst:.1} ms at worst, \
             and the last was judged {:.1} ms after its receipt",
            flow::ROWS,
            milliseconds(median(told.late.clone())),
            milliseconds(*behind),
            worst = milliseconds(worst),
        );
    }

    /// Every event has come, is stored, and was judged by every rule that stayed: once.
    fn check(&self) -> Result<()> {
        let Outcome { replaced, told, events, rules, .. } = self;
        ensure!(*replaced > 0, "no release came into force in time");
        let counts = [events.received, events.stored, events.judged];
        ensure!(counts == [told.events; 3], "{} events were told: {events:?}", told.events);
        ensure!((events.lost, events.duplicates) == (0, 0), "not each came once: {events:?}");
        rules.iter().try_for_each(is_closed)?;
        let steady = rules.iter().find(|rule| rule.id == releases::STEADY);
        let counts = steady.map(|rule| (rule.offered, rule.matched));
        let expected = (told.events, told.attacks);
        ensure!(counts == Some(expected), "{expected:?} expected: {steady:?}");
        Ok(())
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// How many releases came into force until then, one after the other.
fn replace(releases: &Releases, agent: &Agent, until: Instant) -> Result<u64> {
    let mut replaced = 0;
    loop {
        std::thread::sleep(BETWEEN);
        if Instant::now() >= until {
            return Ok(replaced);
        }
        let release = replaced + 2;
        releases.drop(release)?;
        let what = format!("release {release} in force");
        agent.wait_for(&what, |status| in_force(status, release))?;
        replaced += 1;
    }
}

fn in_force(status: &Status, release: u64) -> bool {
    status.packs.iter().map(|pack| pack.release).eq([release])
}

fn is_closed(rule: &RuleStatus) -> Result<()> {
    let RuleStatus { offered, filtered, judged, over_budget, faulted, shed, .. } = rule;
    ensure!(*offered == filtered + judged + over_budget + faulted + shed, "not closed: {rule:?}");
    ensure!((*over_budget, *faulted, *shed) == (0, 0, 0), "not all were judged: {rule:?}");
    Ok(())
}
