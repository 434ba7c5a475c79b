//! What agent and sensor have taken from themselves, as the kernel tells it and as they do.

use std::cell::RefCell;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;

use daemoneye_host::confinement::confine;
use daemoneye_tests::{Agent, Home, Impostor};
use serde_json::Value as Json;

/// The status of each thread of a process, by the name of the thread.
fn threads(pid: &Json) -> Vec<(String, String)> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).expect("it lives");
    let read = |task: std::io::Result<fs::DirEntry>| {
        let status = fs::read_to_string(task.expect("a task").path().join("status")).ok()?;
        Some((value(&status, "Name:").to_owned(), status))
    };
    // A thread that ends meanwhile is none.
    tasks.filter_map(read).collect()
}

/// Whether this test, and so what it starts, has CAP_SYS_NICE, number 23 in `linux/capability.h`.
fn may_go_first() -> bool {
    let status = fs::read_to_string("/proc/self/status").expect("it lives");
    let effective = u64::from_str_radix(value(&status, "CapEff:"), 16).expect("a set");
    effective >> 23 & 1 == 1
}

/// Whether a thread of the sensor is real time (round robin is 2 in `sched.h`) or as nice as can be.
fn goes_first(pid: &Json, name: &str) -> bool {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).expect("it lives");
    let stats = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("stat")).ok());
    let mut own = stats.filter(|stat| stat.contains(&format!("({name})")));
    let stat = own.next().unwrap_or_else(|| panic!("no thread {name}"));
    let after = stat.rsplit_once(") ").expect("a name").1.split(' ').collect::<Vec<_>>();
    // Fields 19 and 41 of proc_pid_stat(5); the third comes first here.
    (after[16], after[38]) == ("-20", "0") || after[38] == "2"
}

fn value<'a>(status: &'a str, name: &str) -> &'a str {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("no {name} in {status}")).trim()
}

/// Measures that are not in force; Landlock may be missing where the kernel has none.
fn lacks(measures: &Json) -> Vec<&Json> {
    let measures = measures.as_array().expect("measures");
    assert!(!measures.is_empty(), "nothing was tried");
    measures.iter().filter(|measure| !measure["fault"].is_null()).collect()
}

/// Whether a process was seen with its program and the program's hash, which has 64 digits.
fn is_seen_whole(home: &Home, pid: u32) -> bool {
    let sql = format!("SELECT executable_path, executable_sha256 FROM processes WHERE pid = {pid}");
    let answer = home.daemoneye(&["query", &sql, "--format", "json"]);
    let answer: Json = serde_json::from_slice(&answer.stdout).unwrap_or_default();
    let is_whole =
        |row: &Json| row[0].is_string() && row[1].as_str().is_some_and(|hash| hash.len() == 64);
    answer["rows"].as_array().is_some_and(|rows| rows.iter().any(is_whole))
}

#[test]
fn agent_and_sensor_are_confined_and_say_so_and_the_sensor_still_sees_programs() {
    let home = Home::new();
    let mut agent = Agent::start(&home);
    let status = agent.ask(&["status"]);
    let sensor = &status["collectors"][0]["registration"];
    if rustix::process::geteuid().is_root() {
        for measures in [&status["confinement"], &sensor["confinement"]] {
            for lack in lacks(measures) {
                assert_eq!(lack["name"], "landlock", "{lack}");
                eprintln!("SKIPPED: {lack}");
                assert!(status["degraded"].to_string().contains("landlock"), "{status:#}");
            }
        }
    }
    let outside: Vec<_> = threads(&status["pid"])
        .into_iter()
        .filter(|(_, status)| value(status, "NoNewPrivs:") == "0")
        .map(|(name, _)| name)
        .collect();
    assert_eq!(outside, ["nursery"], "threads of the agent that are not confined");
    for (name, status) in threads(&sensor["pid"]) {
        assert_eq!(value(&status, "NoNewPrivs:"), "1", "{name}");
        assert_eq!(value(&status, "Seccomp:"), "2", "{name}");
    }
    if may_go_first() {
        assert!(goes_first(&sensor["pid"], "connector"), "what is short is read too late");
    }
    // The first start of a program only makes the sensor read it; a later one has its hash.
    let impostors = RefCell::new(Vec::new());
    agent.wait_until("programs are hashed", |_| {
        let mut impostors = impostors.borrow_mut();
        impostors.push(Impostor::start());
        impostors.iter().any(|impostor| is_seen_whole(&home, impostor.pid()))
    });
}

#[test]
fn somebody_else_starts_the_sensor_and_no_thread_of_the_agent_stays_outside() {
    let home = Home::new();
    let configuration = fs::read_to_string(home.path("agent.toml")).expect("a configuration");
    let program = configuration.lines().find(|line| line.starts_with("program = "));
    let without = configuration.replace(program.expect("a key"), "program = \"\"");
    fs::write(home.path("agent.toml"), without).expect("written");
    let agent = Agent::spawn(&home);
    let mut sensor = std::process::Command::new(daemoneye_tests::program("procmond"))
        .arg("--bus")
        .arg(home.socket())
        .spawn()
        .expect("starts");
    let mut agent = agent;
    let status = agent.wait_until("SteadyState", |status| status["state"] == "SteadyState");
    for (name, status) in threads(&status["pid"]) {
        assert_eq!(value(&status, "NoNewPrivs:"), "1", "{name}");
    }
    sensor.kill().expect("it lives");
    sensor.wait().expect("it ends");
}

fn write_to(folder: &Path) -> std::io::Result<()> {
    fs::write(folder.join("file"), "x")
}

#[test]
fn the_agent_writes_and_connects_as_granted_and_no_further() {
    let folder = tempfile::tempdir().expect("a folder");
    let (granted, other) = (TcpListener::bind("127.0.0.1:0"), TcpListener::bind("127.0.0.1:0"));
    let port = |server: std::io::Result<TcpListener>| {
        let server = server.expect("a server");
        (server.local_addr().expect("bound"), server)
    };
    let ((granted, _server), (other, _other_server)) = (port(granted), port(other));
    let text = format!(
        "data_dir = {:?}\n[[sinks]]\nname = 'a'\nplugin = 'a'\n\
         grants = {{ directory = {:?}, syslog = {{ tcp = '{granted}' }} }}",
        folder.path().join("data"),
        folder.path().join("out"),
    );
    let config = toml::from_str(&text).expect("a configuration");
    let confined = std::thread::spawn(move || {
        let measures = confine(&config);
        if let Some(lack) = measures.iter().find_map(|measure| measure.lack("the agent")) {
            return eprintln!("SKIPPED: {lack}");
        }
        for own in ["data", "data/run", "out"] {
            write_to(&folder.path().join(own)).expect(own);
        }
        write_to(folder.path()).expect_err("nobody granted it");
        fs::read_dir("/root").expect_err("nobody needs it");
        TcpStream::connect(granted).expect("a granted port");
        TcpStream::connect(other).expect_err("a port that nobody granted");
        TcpListener::bind("127.0.0.1:0").expect_err("the agent is no server");
        fs::read("/etc/hosts").expect("for names of hosts");
    });
    confined.join().expect("no panic");
}
