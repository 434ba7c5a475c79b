//! The sensor under its keeper, as operators see it.

use daemoneye_tests::{Agent, Home};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value as Json;

fn collectors(home: &Home) -> Json {
    let answer = home.daemoneye(&["collectors", "--format", "json"]);
    serde_json::from_slice(&answer.stdout).unwrap_or_default()
}

/// The first line that `daemoneye bus tail` prints.
fn tail(home: &Home, pattern: &str) -> Json {
    let answer = home.daemoneye(&["bus", "tail", pattern, "-n", "1", "--format", "json"]);
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    serde_json::from_slice(&answer.stdout).expect("one line")
}

#[test]
fn a_sensor_that_hangs_is_asked_killed_and_replaced() {
    let home = Home::new();
    let mut agent = Agent::start(&home);
    let hung = agent.sensor();
    assert_eq!(collectors(&home)[0]["state"], "running");
    agent.wait_until("a heartbeat", |status| {
        status["collectors"][0]["heartbeat"]["processes"].as_u64() > Some(0)
    });
    let pid = i32::try_from(hung).ok().and_then(Pid::from_raw).expect("a pid");
    kill_process(pid, Signal::STOP).expect("our own sensor");
    agent.wait_until("probed", |status| status["collectors"][0]["state"] == "probed");
    let said = agent.wait_for_log("procmond was killed");
    assert!(said.contains("does not answer"), "{said}");
    let status = agent.wait_until("another sensor", |status| {
        let collector = &status["collectors"][0];
        collector["alive"] == true && collector["registration"]["pid"].as_i64() != Some(hung)
    });
    assert_eq!(status["collectors"][0]["state"], "running");
    assert_eq!(status["collectors"][0]["restarts"], 1);
}

#[test]
fn operators_see_events_pass_and_late_ones_how_the_collectors_are() {
    let home = Home::new();
    let _agent = Agent::start(&home);
    let state = tail(&home, "events.collector.+");
    assert_eq!(state["topic"], "events.collector.procmond");
    assert_eq!(state["collector"]["State"]["state"], "running");
    let event = tail(&home, "events.process.#");
    assert!(event["event"]["pid"].is_i64(), "{event}");
    let answer = home.daemoneye(&["bus", "status", "--format", "json"]);
    let traffic: Json = serde_json::from_slice(&answer.stdout).expect("JSON");
    let topics = traffic["topics"].as_array().expect("topics");
    assert!(topics.iter().any(|topic| topic["topic"] == "control.health.heartbeat.procmond"));
    let clients = traffic["clients"].as_array().expect("clients");
    assert!(clients.iter().any(|client| client["client"] == "procmond"), "{traffic}");
}

/// What `daemoneye` says to these arguments: exit code, standard output and standard error.
fn said(home: &Home, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = home.daemoneye(arguments);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn acts(agent: &Agent) -> Vec<String> {
    let acts = agent.ask(&["ledger", "acts"]);
    let acts = acts.as_array().expect("acts").iter();
    let text = |act: &Json, key: &str| act[key].as_str().unwrap_or_default().to_owned();
    acts.map(|act| format!("{} {}", text(act, "act"), text(act, "detail"))).collect()
}

#[test]
fn operators_change_a_running_sensor_and_the_ledger_tells_who_and_what() {
    let home = Home::new();
    let mut agent = Agent::start(&home);
    let before = agent.ask(&["collectors", "config", "procmond"]);
    assert_eq!(before["settings"]["interval_ms"], "500");
    let after = agent.ask(&["collectors", "config", "procmond", "network=false"]);
    assert_eq!(
        (&after["collector"], &after["settings"]["network"]),
        (&"procmond".into(), &"false".into())
    );
    assert_eq!(after["settings"]["interval_ms"], "500", "what is not named stays");
    let after = agent.ask(&["collectors", "interval", "procmond", "0.25"]);
    assert_eq!(after["settings"]["interval_ms"], "250");
    let shown = agent.ask(&["collectors", "show", "procmond"]);
    assert_eq!(shown["state"], "running");
    assert!(shown["abilities"]["tasks"].to_string().contains("tree"), "{shown}");
    agent.wait_for_answer(&["ledger", "acts"], "the pack's activation", |acts| {
        acts.to_string().contains("agent.pack-activated")
    });
    let acts = acts(&agent);
    let is_told =
        |by: &str, what: &str| acts.iter().any(|a| a.starts_with(by) && a.ends_with(what));
    assert!(is_told("config by=cli:", " network=true->false"), "{acts:?}");
    assert!(is_told("config by=cli:", " interval_ms=500->250"), "{acts:?}");
    assert!(is_told("start version=", ""), "{acts:?}");
    assert_eq!(said(&home, &["ledger", "verify"]).0, Some(0));
}

#[test]
fn a_paused_sensor_reports_nothing_says_so_and_makes_good_when_it_is_resumed() {
    let home = Home::new();
    let mut agent = Agent::start(&home);
    let paused = agent.ask(&["collectors", "pause", "procmond"]);
    assert_eq!(paused["settings"]["paused"], "true");
    agent.wait_until("degraded", |status| status["degraded"].to_string().contains("is paused"));
    let alert = agent.wait_for_alert("paused", |alert| alert["rule"] == "(sensor)");
    assert!(alert["title"].as_str().is_some_and(|title| title.contains("is paused")), "{alert}");
    let (code, table, _) = said(&home, &["collectors"]);
    assert!(code == Some(3) && table.contains("paused"), "{code:?}: {table}");

    let seen = |status: &Json| status["collectors"][0]["heartbeat"]["seen"].as_u64();
    let before = seen(&agent.ask(&["status"]));
    let impostor = daemoneye_tests::Impostor::start();
    // A round trip of the sensor, and its next heartbeat.
    let pid = impostor.pid().to_string();
    let found = agent.ask(&["collectors", "task", "procmond", "process", &pid]);
    assert_eq!(found["processes"][0]["pid"], impostor.pid(), "{found}");
    assert_eq!(seen(&agent.ask(&["status"])), before, "nothing is reported");

    let resumed = agent.ask(&["collectors", "resume", "procmond"]);
    assert_eq!(resumed["settings"]["paused"], "false");
    agent.wait_for_alert("who came meanwhile", impostor.is_in("kernel-thread-name"));
    agent.wait_until("well", |status| !status["degraded"].to_string().contains("is paused"));
    assert!(acts(&agent).iter().any(|act| act.starts_with("resume by=cli:")));
}

#[test]
fn what_is_looked_up_is_what_the_system_has() {
    let home = Home::new();
    let agent = Agent::start(&home);
    let mut shell = std::process::Command::new("sh")
        .args(["-c", "exec 3<&0; sh -c 'read never' <&3 & read never"])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .expect("sh starts");
    let pid = shell.id().to_string();
    let task = |task: &[&str]| agent.ask(&[&["collectors", "task", "procmond"], task].concat());
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    let tree = loop {
        let tree = task(&["tree", &pid]);
        let is_whole = tree["processes"].as_array().is_some_and(|found| found.len() == 2);
        if is_whole || std::time::Instant::now() > deadline {
            break tree;
        }
    };
    let of = |index: usize, field: &str| tree["processes"][index][field].clone();
    assert_eq!((of(0, "pid"), of(1, "ppid")), (shell.id().into(), shell.id().into()), "{tree}");
    let all = task(&["enumerate"]);
    let all = all["processes"].as_array().expect("processes");
    assert!(all.iter().any(|process| process["pid"] == std::process::id()));
    assert!(all.len() > 2, "{}", all.len());

    let program = std::env::current_exe().expect("a program");
    let own = task(&["hash", &std::process::id().to_string()]);
    let sums = std::process::Command::new("sha256sum").arg(&program).output().expect("sha256sum");
    let sums = String::from_utf8_lossy(&sums.stdout).into_owned();
    assert_eq!(own["sha256"].as_str(), sums.split(' ').next(), "{own}");
    assert_eq!(task(&["hash", program.to_str().expect("text")])["sha256"], own["sha256"]);
    shell.kill().expect("our own shell");
    shell.wait().expect("it ends");
}

#[test]
fn orders_that_make_no_sense_are_refused_by_name() {
    let home = Home::new();
    let _agent = Agent::start(&home);
    let folder = home.path("data");
    let folder = folder.to_str().expect("text");
    let table: [(&[&str], &str); 11] = [
        (&["pause", "nobody"], "no collector \"nobody\"; there are procmond"),
        (&["task", "@magic", "enumerate"], "the capability \"magic\""),
        (
            &["interval", "procmond", "0"],
            "setting interval_ms = \"0\", not a whole number from 100",
        ),
        (&["interval", "procmond", "1e9"], "\"1000000000000\""),
        (&["config", "procmond", "colour=red"], "no setting \"colour\"; there are interval_ms"),
        (&["config", "procmond", "network=1"], "network = \"1\", not true or false"),
        (&["config", "procmond", "network=true", "network=true"], "network is named twice"),
        (&["task", "procmond", "process", "4294967295"], "no process 4294967295"),
        (&["task", "procmond", "tree", "4294967295"], "no process 4294967295"),
        (&["task", "procmond", "hash", "etc/passwd"], "file \"etc/passwd\": not an absolute path"),
        (&["task", "procmond", "hash", folder], "no ordinary file"),
    ];
    for (arguments, why) in table {
        let (code, answer, error) = said(&home, &[&["collectors"], arguments].concat());
        assert_eq!((code, answer.as_str()), (Some(70), ""), "{arguments:?}: {error}");
        assert!(error.contains(why), "{arguments:?}: {error}");
    }
}

#[test]
fn a_sensor_that_does_not_answer_is_told_in_time() {
    let home = Home::new();
    let agent = Agent::start(&home);
    let sensor = i32::try_from(agent.sensor()).ok().and_then(Pid::from_raw).expect("a pid");
    kill_process(sensor, Signal::STOP).expect("our own sensor");
    let (code, _, error) = said(&home, &["collectors", "pause", "procmond"]);
    kill_process(sensor, Signal::CONT).expect("our own sensor");
    assert_eq!(code, Some(70), "{error}");
    let why = "collector procmond: no answer from topic control.collector.procmond within 5s";
    assert!(error.contains(why), "{error}");
}

#[test]
fn several_collectors_share_tasks_and_one_that_keeps_dying_is_given_up_with_an_alert() {
    let home = Home::new();
    let program = daemoneye_tests::program("procmond");
    let collectors = format!(
        "[[collectors]]\nname = \"procmond\"\n\
         [[collectors]]\nname = \"second\"\nprogram = {program:?}\n\
         arguments = [\"--no-connector\", \"--no-network\", \"--interval\", \"60s\"]\n\
         [[collectors]]\nname = \"broken\"\nprogram = \"/bin/false\"\ngive_up_after = 1\n\
         [[collectors]]\nname = \"off\"\nprogram = \"/bin/false\"\nenabled = false\n"
    );
    std::fs::write(home.path("collectors.toml"), collectors).expect("written");
    let mut agent = Agent::start(&home);
    let state = |status: &Json, id: &str| {
        let collectors = status["collectors"].as_array().into_iter().flatten();
        let mut of_id = collectors.filter(|one| one["registration"]["id"] == id);
        of_id.next().map_or(Json::Null, |one| one["state"].clone())
    };
    let status = agent.wait_until("two run and one is given up", |status| {
        ["procmond", "second"].iter().all(|id| state(status, id) == "running")
            && state(status, "broken") == "given-up"
    });
    assert_eq!(state(&status, "off"), Json::Null);
    let alert = agent.wait_for_alert("given up", |alert| alert["rule"] == "(sensor)");
    assert!(alert["title"].as_str().is_some_and(|t| t.contains("broken is given up")), "{alert}");
    let own = std::process::id().to_string();
    let task = ["collectors", "task", "@sweeps", "process", own.as_str()];
    let mut turns = [agent.ask(&task), agent.ask(&task)].map(|answer| answer["collector"].clone());
    turns.sort_by_key(Json::to_string);
    assert_eq!(turns, ["procmond", "second"]);
    assert!(home.path("data/collectors/second/ledger/entries").exists());
}

#[test]
fn a_list_of_collectors_that_makes_no_sense_ends_the_agent_with_its_name() {
    let home = Home::new();
    std::fs::write(home.path("collectors.toml"), "[[collectors]]\nname = \"a\"\nargs = []\n")
        .expect("written");
    let (status, log) = Agent::spawn(&home).wait_for_end();
    assert!(!status.success(), "{log}");
    assert!(log.contains("collectors.toml") && log.contains("args"), "{log}");
}
