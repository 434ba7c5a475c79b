//! What is started for each collector, decided from the configuration.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use crate::config::{self, Config, Restart};

/// One collector that the agent starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its id on the bus.
    pub name: String,
    /// The program.
    pub program: PathBuf,
    /// All that it is told.
    pub arguments: Vec<OsString>,
    /// What is done when it dies.
    pub restart: Restart,
    /// After so many short lives in a row it is given up.
    pub give_up_after: u32,
}

/// Those that are enabled, in the order of the configuration. `parent`: this process.
pub fn plans(config: &Config, parent: u32) -> Vec<Plan> {
    let enabled = config.collectors.iter().filter(|one| one.enabled);
    enabled.filter_map(|one| plan(config, one, parent)).collect()
}

/// Nothing if somebody else starts it.
fn plan(config: &Config, one: &config::Collector, parent: u32) -> Option<Plan> {
    let sensor = &config.procmond;
    let is_sensor = one.program.is_none();
    let program =
        one.program.clone().or_else(|| sensor.starts().then(|| sensor.program.clone()))?;
    let state = match one.name.as_str() {
        config::PROCMOND => config.sensor_state(),
        name => config.data_dir.join("collectors").join(name),
    };
    let mut arguments: Vec<OsString> = vec!["--bus".into(), config.socket().into()];
    arguments.extend(["--id".into(), one.name.clone().into()]);
    arguments.extend(["--heartbeat".into(), "1s".into()]);
    arguments.extend(["--state-dir".into(), state.into()]);
    // A killed agent cannot end its collectors; the next agent starts its own.
    arguments.extend(["--parent".into(), parent.to_string().into()]);
    if is_sensor {
        arguments.extend(of_sensor(config));
    }
    arguments.extend(one.arguments.iter().map(Into::into));
    let Restarting { restart, give_up_after } = Restarting::of(one);
    Some(Plan { name: one.name.clone(), program, arguments, restart, give_up_after })
}

struct Restarting {
    restart: Restart,
    give_up_after: u32,
}

impl Restarting {
    fn of(one: &config::Collector) -> Self {
        Restarting { restart: one.restart, give_up_after: one.give_up_after }
    }
}

/// What `[procmond]` says, as arguments.
fn of_sensor(config: &Config) -> Vec<OsString> {
    let sensor = &config.procmond;
    let mut arguments: Vec<OsString> =
        vec!["--interval".into(), format!("{}ms", sensor.interval_ms).into()];
    arguments.extend((!sensor.network).then(|| "--no-network".into()));
    if !sensor.redaction {
        arguments.push("--no-redaction".into());
        return arguments;
    }
    let key = sensor.redaction_key.clone();
    let key = key.unwrap_or_else(|| config.data_dir.join("redaction.key"));
    arguments.push(joined("--redaction-key=", key.as_os_str()));
    arguments.extend(sensor.redact.iter().map(|text| joined("--redact=", OsStr::new(text))));
    arguments
}

fn joined(flag: &str, value: &OsStr) -> OsString {
    let mut argument = OsString::from(flag);
    argument.push(value);
    argument
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(collectors: Vec<config::Collector>) -> Config {
        let mut config = Config { data_dir: "/d".into(), collectors, ..Config::default() };
        config.procmond.program = "/bin/procmond".into();
        config
    }

    fn texts(plan: &Plan) -> Vec<&str> {
        plan.arguments.iter().filter_map(|argument| argument.to_str()).collect()
    }

    #[test]
    fn without_a_file_there_is_one_procmond_as_the_configuration_says() {
        let plans = plans(&config(Config::default().collectors), 7);
        assert_eq!(plans.len(), 1);
        assert_eq!(
            (plans[0].name.as_str(), plans[0].program.to_str()),
            ("procmond", Some("/bin/procmond"))
        );
        let expected = [
            "--bus",
            "/d/run/bus.sock",
            "--id",
            "procmond",
            "--heartbeat",
            "1s",
            "--state-dir",
            "/d/procmond",
            "--parent",
            "7",
            "--interval",
            "5000ms",
            "--redaction-key=/d/redaction.key",
        ];
        assert_eq!(texts(&plans[0]), expected);
    }

    #[test]
    fn others_have_a_state_of_their_own_and_their_own_arguments_last() {
        let own = config::Collector {
            name: "other".to_owned(),
            program: Some("/bin/other".into()),
            arguments: vec!["--x".to_owned()],
            ..config::Collector::default()
        };
        let off = config::Collector { enabled: false, ..config::Collector::default() };
        let plans = plans(&config(vec![own, off]), 7);
        assert_eq!(plans.len(), 1, "what is not enabled is not started");
        let told = texts(&plans[0]);
        assert!(told.contains(&"/d/collectors/other") && !told.contains(&"--interval"), "{told:?}");
        assert_eq!(told.last(), Some(&"--x"));
    }

    #[test]
    fn a_sensor_that_somebody_else_starts_is_not_started() {
        let mut config = config(Config::default().collectors);
        config.procmond.program = PathBuf::new();
        assert_eq!(plans(&config, 7), []);
    }
}
