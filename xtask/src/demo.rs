//! `cargo xtask run --demo`: harmless simulations of attacks, as real processes of this host, from
//! exec to alert.

mod report;
pub(crate) mod simulation;

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::Value as Json;

use crate::agent::{Agent, Alerts};
use crate::home::Home;
pub(crate) use simulation::Played;
use simulation::Simulation;

/// How long to wait for one alert.
const PATIENCE: Duration = Duration::from_secs(15);

/// One simulation and the alert that it raised.
struct Seen {
    simulation: &'static Simulation,
    alert: Option<Json>,
}

pub(crate) fn run(home: &Home) -> Result<()> {
    home.forget()?;
    println!("Starting the agent. It verifies the pack, compiles its rules in the sandbox ...");
    let started = Instant::now();
    let mut agent = Agent::start(home)?;
    let status = agent.wait_until_steady()?;
    report::opening(&status, started.elapsed());
    agent.wait_until_first_sweep()?;
    let mut alerts = Alerts::follow(home)?;
    let seen = play_all(&mut alerts)?;
    drop(alerts);
    let status = agent.status()?;
    agent.stop()?;
    report::closing(&seen, &status);
    let missing = seen.iter().filter(|seen| seen.alert.is_none()).count();
    if missing > 0 {
        bail!("{missing} of {} simulated attacks raised no alert", seen.len());
    }
    Ok(())
}

fn play_all(alerts: &mut Alerts) -> Result<Vec<Seen>> {
    let scratch = tempfile::Builder::new().prefix("daemoneye-demo-").tempdir_in("/tmp")?;
    let mut seen = Vec::new();
    for simulation in simulation::ALL {
        report::playing(simulation);
        let process = (simulation.play)(scratch.path())?;
        let alert = alerts.wait_for(simulation.rule, process.id(), PATIENCE);
        process.end()?;
        seen.push(Seen { simulation, alert });
    }
    Ok(seen)
}
