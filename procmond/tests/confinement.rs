//! The real program, and its threads one by one: what they can do no more, and what they still can.
#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::io::{BufRead, BufReader, ErrorKind};
use std::net::{TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use daemoneye_bus::control::Measure;
use daemoneye_bus::event::{Event, Field, from_json};
use procmond::confinement::{Confinement, settle};
use rustix::process::{Pid, Signal, kill_process};

/// Longer than any of this takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// `CAP_DAC_READ_SEARCH` and `CAP_SYS_PTRACE`, capability(7).
const LOOKS: u64 = 1 << 2 | 1 << 19;

/// The sensor without an agent; it has looked once.
struct Sensor {
    child: Child,
    events: Receiver<Event>,
}

impl Sensor {
    fn start() -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_procmond"));
        program.args(["--standalone", "--interval", "500ms"]).env_remove("DAEMONEYE_LOG");
        program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = program.spawn().expect("starts");
        let (sender, events) = channel();
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        std::thread::spawn(move || {
            let events = lines.map(|line| from_json(&line.expect("text")).expect("an event"));
            for event in events {
                if sender.send(event).is_err() {
                    break;
                }
            }
        });
        let sensor = Sensor { child, events };
        sensor.until(|event| event.text(Field::Kind) == Some("snapshot"));
        sensor
    }

    fn until(&self, is_wanted: impl Fn(&Event) -> bool) -> Event {
        let event = || self.events.recv_timeout(PATIENCE).expect("the event in time");
        std::iter::repeat_with(event).find(is_wanted).expect("without end")
    }

    /// The status of each of its threads, by name.
    fn threads(&self) -> Vec<(String, String)> {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("it lives");
        let status = |task: std::io::Result<fs::DirEntry>| {
            let status = fs::read_to_string(task.expect("a task").path().join("status"));
            let status = status.expect("it lives");
            (value(&status, "Name:").to_owned(), status)
        };
        tasks.map(status).collect()
    }

    /// Ends it; what it said.
    fn end(mut self) -> String {
        kill_process(Pid::from_child(&self.child), Signal::TERM).expect("it lives");
        assert_eq!(self.child.wait().expect("it ends").code(), Some(0));
        std::io::read_to_string(self.child.stderr.take().expect("piped")).expect("text")
    }
}

fn value<'a>(status: &'a str, name: &str) -> &'a str {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("no {name} in {status}")).trim()
}

fn bits(status: &str, name: &str) -> u64 {
    u64::from_str_radix(value(status, name), 16).expect("a mask")
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// What this kernel cannot do, or this user.
fn lacks(measures: &[Measure]) -> Vec<&Measure> {
    // Other threads of the test are not confined, and are rightly complained of.
    measures.iter().filter(|m| m.fault.is_some() && m.name != "threads").collect()
}

/// Runs in a thread of its own, as nothing that is confined is ever let loose again.
fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(work).join().expect("no panic"))
}

#[test]
fn every_thread_is_held_to_what_it_needs() {
    let sensor = Sensor::start();
    let deadline = Instant::now() + PATIENCE;
    // The first sweep may be printed before the thread that speaks is sealed.
    while Instant::now() < deadline {
        let speaks = sensor.threads().into_iter().find(|(name, _)| name == "procmond");
        if speaks.is_some_and(|(_, status)| bits(&status, "CapEff:") == 0) {
            break;
        }
    }
    let threads = sensor.threads();
    assert!(threads.iter().any(|(name, _)| name == "lifecycle"), "{threads:?}");
    for (name, status) in &threads {
        let speaks = name == "procmond" || name.starts_with("tokio");
        let looks = if is_root() && !speaks { LOOKS } else { 0 };
        for set in ["CapEff:", "CapPrm:"] {
            assert_eq!(bits(status, set), looks, "{name} {set}");
        }
        for set in ["CapInh:", "CapAmb:"] {
            assert_eq!(bits(status, set), 0, "{name} {set}");
        }
        if is_root() {
            assert_eq!(bits(status, "CapBnd:"), 0, "{name}");
        }
        assert_eq!(value(status, "NoNewPrivs:"), "1", "{name}");
        assert_eq!(value(status, "Seccomp:"), "2", "{name}");
        assert_eq!(value(status, "Seccomp_filters:"), "3", "{name}");
    }
    let said = sensor.end();
    assert!(!said.contains("not confined by seccomp"), "{said}");
    assert!(!said.contains("not confined by threads"), "{said}");
}

#[test]
fn a_process_and_its_hash_are_still_seen() {
    let sensor = Sensor::start();
    // The first start of a program only makes the sensor read it; a later one has its hash.
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut child = Command::new("sleep").arg("60").spawn().expect("sleep");
        let pid = i64::from(child.id());
        let started = sensor.until(|event| event.integer(Field::Pid) == Some(pid));
        child.kill().expect("it lives");
        child.wait().expect("it ends");
        assert_eq!(started.text(Field::CommandLine), Some("sleep 60"), "{started:?}");
        assert!(started.text(Field::WorkingDirectory).is_some(), "{started:?}");
        match started.text(Field::ExecutableHashState) {
            Some("ok") => break assert!(started.text(Field::ExecutableSha256).is_some()),
            state => assert_eq!(state, Some("pending"), "{started:?}"),
        }
        assert!(Instant::now() < deadline, "never hashed");
    }
    sensor.end();
}

#[test]
fn no_thread_opens_a_network_socket_or_starts_a_program() {
    apart(|| {
        assert!(UdpSocket::bind("127.0.0.1:0").is_ok(), "before");
        let _confinement = Confinement::begin(Vec::new(), None);
        for refused in [
            UdpSocket::bind("127.0.0.1:0").err(),
            UdpSocket::bind("[::1]:0").err(),
            TcpStream::connect("127.0.0.1:1").err(),
            Command::new("true").spawn().err(),
        ] {
            let refused = refused.expect("refused");
            assert_eq!(refused.kind(), ErrorKind::PermissionDenied, "{refused}");
        }
        UnixStream::pair().expect("sockets that lead nowhere else");
        std::thread::spawn(|| {}).join().expect("threads");
    });
}

#[test]
fn a_thread_that_looks_reads_everything_and_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, other) = (folder.path().join("file"), folder.path().join("other"));
    fs::write(&file, "old").expect("written");
    apart(|| {
        let _confinement = Confinement::begin(Vec::new(), None);
        settle();
        assert_eq!(fs::read_to_string(&file).expect("read"), "old");
        let parent = std::os::unix::process::parent_id();
        fs::read_link(format!("/proc/{parent}/exe")).expect("the program of another process");
        let append = fs::OpenOptions::new().append(true).open(&file).err();
        for refused in [
            File::create(&file).err(),
            File::create(&other).err(),
            append,
            fs::remove_file(&file).err(),
            fs::rename(&file, &other).err(),
            fs::create_dir(&other).err(),
            fs::hard_link(&file, &other).err(),
            std::os::unix::fs::symlink(&file, &other).err(),
            fs::set_permissions(&file, fs::metadata(&file).expect("a file").permissions()).err(),
        ] {
            let refused = refused.expect("refused");
            assert_eq!(refused.kind(), ErrorKind::PermissionDenied, "{refused}");
        }
    });
    assert_eq!(fs::read_to_string(&file).expect("read"), "old");
}

/// Writes a file, reads it, gives it another name, and removes it.
fn keep_house(folder: &Path) -> std::io::Result<()> {
    let (file, other) = (folder.join("file"), folder.join("other"));
    fs::write(&file, "x")?;
    assert_eq!(fs::read_to_string(&file)?, "x");
    fs::rename(&file, &other)?;
    fs::create_dir(folder.join("below"))?;
    fs::remove_file(&other)
}

#[test]
fn a_thread_that_speaks_writes_its_own_directories_only() {
    let (own, others) = (tempfile::tempdir().expect("one"), tempfile::tempdir().expect("two"));
    let directories = vec![PathBuf::from(own.path())];
    let measures = apart(|| {
        let measures = Confinement::begin(directories, None).seal();
        keep_house(own.path()).expect("its own");
        let landlock = measures.iter().find(|measure| measure.name == "landlock").expect("tried");
        match &landlock.fault {
            None => {
                let refused = keep_house(others.path()).expect_err("somebody else's");
                assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
                File::open("/etc/passwd").expect_err("what it does not need");
            }
            Some(fault) => eprintln!("SKIPPED: no Landlock: {fault}"),
        }
        measures
    });
    if is_root() {
        let lacks = lacks(&measures);
        assert!(lacks.iter().all(|lack| lack.name == "landlock"), "{lacks:?}");
    }
}

#[test]
fn what_is_not_in_force_is_said_with_the_reason() {
    let measures = apart(|| Confinement::begin(Vec::new(), None).seal());
    let threads = measures.iter().find(|measure| measure.name == "threads").expect("tried");
    // This program has threads that were never confined.
    let lack = threads.lack("procmond").expect("said");
    assert!(lack.starts_with("procmond is not confined by threads ("), "{lack}");
    assert!(lack.contains("may gain privileges"), "{lack}");
}
