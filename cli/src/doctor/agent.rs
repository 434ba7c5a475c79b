//! Whether the configuration makes sense, the agent answers, and all is of one release.

use std::path::PathBuf;

use daemoneye_bus::control::{AgentState, Status};

use super::{Answer, Check, Facts, files};

pub(super) fn examine(facts: &Facts) -> Vec<Check> {
    let mut checks = vec![
        config("configuration", &facts.config),
        config("own configuration", &facts.own_config),
    ];
    checks.extend(agent(facts));
    checks
}

fn config(name: &'static str, found: &Result<Vec<PathBuf>, String>) -> Check {
    let list = |files: &[PathBuf]| {
        files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ")
    };
    match found {
        Ok(files) if files.is_empty() => Check::ok(name, "no files; the defaults hold"),
        Ok(files) => Check::ok(name, list(files)),
        Err(why) => {
            Check::fail(name, why.clone(), "mend what it names, and try: daemoneye config check")
        }
    }
}

fn agent(facts: &Facts) -> Vec<Check> {
    const NAME: &str = "agent";
    match &facts.agent {
        Answer::Status(status) => {
            let checks = [state(status), version(facts, status), sensor(status)];
            checks.into_iter().chain(status.degraded.iter().map(|why| degraded(why))).collect()
        }
        Answer::Stopped => {
            let found = format!("none answers at {}", facts.socket.path.display());
            vec![Check::fail(NAME, found, files::start(facts))]
        }
        Answer::Starting => {
            let found = "it is starting, or about to end".to_owned();
            vec![Check::warn(NAME, found, "ask again in a moment; see the agent's log")]
        }
        Answer::Denied(why) => {
            let remedy = "ask as the agent's user or as root, or name this user in bus.users";
            vec![Check::warn(NAME, why.clone(), remedy)]
        }
        Answer::Other(why) => {
            let remedy = "install daemoneye and the agent from one release; see the agent's log";
            vec![Check::fail(NAME, why.clone(), remedy)]
        }
    }
}

fn state(status: &Status) -> Check {
    match &status.state {
        AgentState::SteadyState => Check::ok("agent", "it judges"),
        AgentState::StartupFailed { reason } => {
            Check::fail("agent", format!("it could not start: {reason}"), "see its log")
        }
        AgentState::Loading | AgentState::Ready => {
            Check::warn("agent", "it does not judge yet", "ask again in a minute")
        }
        AgentState::ShuttingDown => Check::warn("agent", "it is about to end", "ask again"),
    }
}

fn version(facts: &Facts, status: &Status) -> Check {
    let sensors = status.collectors.iter().map(|one| &one.registration);
    let others: Vec<String> = [("the agent", &status.version)]
        .into_iter()
        .chain(sensors.map(|one| (one.id.as_str(), &one.version)))
        .filter(|(_, version)| **version != facts.version)
        .map(|(who, version)| format!("{who} is {version}"))
        .collect();
    match others.is_empty() {
        true => Check::ok("version", format!("all are {}", facts.version)),
        false => Check::warn(
            "version",
            format!("this is {}, and {}", facts.version, others.join(", ")),
            "restart what still runs from the older release",
        ),
    }
}

fn sensor(status: &Status) -> Check {
    match status.collectors.iter().find(|one| one.alive) {
        Some(one) => Check::ok("sensor", format!("{} is alive", one.registration.id)),
        None => Check::fail(
            "sensor",
            "none is alive: nothing is seen",
            "see the sensor's log: journalctl -u procmond",
        ),
    }
}

fn degraded(why: &str) -> Check {
    Check::warn("degraded", why, "see daemoneye status, and the page of docs that it belongs to")
}
