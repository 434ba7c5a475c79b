//! Histories of processes, told to the lifecycle, and what it makes of them.

use daemoneye_bus::event::{Event, Field};

use super::*;
use crate::observation::ExecutableState;

const BOOT: Boot = Boot { id: 0xfeed, time: 1_000_000_000 };

/// A process with this pid that started so many seconds after boot.
fn process(pid: u32, start: u64, name: &str) -> Snapshot {
    Snapshot {
        pid,
        parent: Some(1),
        start_time: start * 1_000_000,
        name: Some(name.to_owned()),
        executable: Some(format!("/usr/bin/{name}")),
        executable_state: Some(ExecutableState::OnDisk),
        arguments: Some(vec![name.to_owned()]),
        user_id: Some(1000),
        effective_user_id: Some(1000),
        ..Snapshot::default()
    }
}

/// So many seconds after boot, as wall time.
fn at(seconds: u64) -> i64 {
    BOOT.time + i64::try_from(seconds * 1_000_000).expect("a small number")
}

fn forked(parent: u32, child: u32, second: u64) -> Observation {
    Observation::Forked { parent, child, time: at(second), since_boot: second * 1_000_000 }
}

fn executed(snapshot: Snapshot, second: u64) -> Observation {
    let pid = snapshot.pid;
    Observation::Executed { pid, time: at(second), snapshot: Some(Box::new(snapshot)) }
}

fn exited(pid: u32, second: u64, status: u32) -> Observation {
    Observation::Exited { pid, time: at(second), status }
}

fn swept(snapshots: Vec<Snapshot>, second: u64) -> Observation {
    Observation::Swept { time: at(second), snapshots }
}

/// Tells a history; one word for each event: kind, origin, pid and name.
fn tell(lifecycle: &mut Lifecycle, history: Vec<Observation>) -> Vec<String> {
    let events = history.into_iter().flat_map(|observation| lifecycle.observe(observation));
    events.map(|event| word(&event)).collect()
}

fn word(event: &Event) -> String {
    let text = |field| event.text(field).unwrap_or("-").to_owned();
    let pid = event.integer(Field::Pid).expect("every event has a pid");
    format!("{} {} {pid} {}", text(Field::Kind), text(Field::Origin), text(Field::Name))
}

fn told() -> Lifecycle {
    let mut lifecycle = Lifecycle::new(BOOT, true);
    lifecycle.observe(swept(vec![process(1, 0, "init"), process(2, 1, "bash")], 5));
    lifecycle
}

#[test]
fn fork_exec_exit_is_a_start_and_a_stop() {
    let mut lifecycle = told();
    let words = tell(
        &mut lifecycle,
        vec![forked(2, 10, 7), executed(process(10, 7, "ls"), 7), exited(10, 8, 3 << 8)],
    );
    assert_eq!(words, ["start exec 10 ls", "stop exit 10 ls"]);
    assert_eq!(lifecycle.len(), 2);
}

#[test]
fn a_second_program_in_the_same_process_is_an_exec_and_not_another_process() {
    let words = tell(
        &mut told(),
        vec![
            forked(2, 10, 7),
            executed(process(10, 7, "sh"), 7),
            executed(process(10, 7, "nginx"), 8),
        ],
    );
    assert_eq!(words, ["start exec 10 sh", "exec exec 10 nginx"]);
}

#[test]
fn a_fork_that_never_execs_is_told_at_its_end_with_its_parents_program() {
    let words = tell(&mut told(), vec![forked(2, 10, 7), exited(10, 8, 9)]);
    assert_eq!(words, ["start fork 10 bash", "stop exit 10 bash"]);
}

#[test]
fn a_fork_that_runs_on_is_told_when_two_sweeps_have_seen_it() {
    let all = || vec![process(1, 0, "init"), process(2, 1, "bash"), process(10, 7, "bash")];
    let mut lifecycle = told();
    let words = tell(&mut lifecycle, vec![forked(2, 10, 7), swept(all(), 8)]);
    assert!(words.is_empty(), "{words:?}");
    assert_eq!(tell(&mut lifecycle, vec![swept(all(), 9)]), ["start fork 10 bash"]);
}

#[test]
fn what_ran_before_the_sensor_is_a_snapshot() {
    let mut lifecycle = Lifecycle::new(BOOT, true);
    let words = tell(&mut lifecycle, vec![swept(vec![process(1, 0, "init")], 5)]);
    assert_eq!(words, ["snapshot poll 1 init"]);
}

#[test]
fn without_the_kernel_sweeps_tell_start_stop_and_reuse() {
    let mut lifecycle = Lifecycle::new(BOOT, false);
    let words = tell(
        &mut lifecycle,
        vec![
            swept(vec![process(1, 0, "init")], 5),
            swept(vec![process(1, 0, "init"), process(10, 6, "ls")], 10),
            swept(vec![process(1, 0, "init"), process(10, 12, "cat")], 15),
            swept(vec![process(1, 0, "init")], 20),
        ],
    );
    assert_eq!(
        words,
        [
            "snapshot poll 1 init",
            "start poll 10 ls",
            "stop poll 10 ls",
            "start poll 10 cat",
            "suspicious poll 10 cat",
            "stop poll 10 cat",
        ]
    );
}

#[test]
fn a_stop_tells_code_or_signal_and_run_time() {
    for (status, field, value) in [(3 << 8, Field::ExitCode, 3), (9, Field::ExitSignal, 9)] {
        let mut lifecycle = told();
        tell(&mut lifecycle, vec![forked(2, 10, 7), executed(process(10, 7, "ls"), 7)]);
        let stop = lifecycle.observe(exited(10, 9, status)).pop().expect("a stop");
        assert_eq!(stop.integer(field), Some(value));
        assert_eq!(stop.integer(Field::RunTime), Some(2_000_000));
    }
}

#[test]
fn a_process_that_was_gone_before_it_could_be_read_is_told_with_the_reason() {
    let mut lifecycle = told();
    lifecycle.observe(forked(2, 10, 7));
    let gone = Observation::Executed { pid: 10, time: at(7), snapshot: None };
    let event = lifecycle.observe(gone).pop().expect("a start");
    assert_eq!(event.text(Field::CommandLine), None);
    assert!(event.text(Field::Absent).is_some_and(|a| a.contains("command_line=gone")));
    assert_eq!(event.text(Field::ParentName), Some("bash"));
}

#[test]
fn ancestors_are_told_nearest_first() {
    let mut lifecycle = told();
    let sh = Snapshot { parent: Some(2), ..process(10, 7, "sh") };
    let ls = Snapshot { parent: Some(10), ..process(11, 8, "ls") };
    tell(&mut lifecycle, vec![forked(2, 10, 7), executed(sh, 7), forked(10, 11, 8)]);
    let event = lifecycle.observe(executed(ls, 8)).pop().expect("a start");
    let ancestry: serde_json::Value =
        serde_json::from_str(event.text(Field::Ancestry).expect("an ancestry")).expect("JSON");
    let names: Vec<_> = ancestry.as_array().expect("a list").iter().map(|a| &a["name"]).collect();
    assert_eq!(names, ["sh", "bash", "init"]);
}

#[test]
fn a_change_is_believed_when_two_sweeps_say_it_and_at_once_without_the_kernel() {
    let root = Snapshot { user_id: Some(0), ..process(2, 1, "bash") };
    for (is_told, sweeps) in [(true, 2), (false, 1)] {
        let mut lifecycle = Lifecycle::new(BOOT, is_told);
        lifecycle.observe(swept(vec![process(2, 1, "bash")], 5));
        for _ in 1..sweeps {
            assert!(lifecycle.observe(swept(vec![root.clone()], 6)).is_empty());
        }
        let event = lifecycle.observe(swept(vec![root.clone()], 7)).pop().expect("modify");
        assert_eq!(event.text(Field::ModifiedFields), Some("user_id"));
    }
}

#[test]
fn each_suspicion_is_told_once_and_its_opposite_never() {
    let deleted = ExecutableState::Deleted;
    let impostor =
        Snapshot { arguments: Some(vec!["[kworker/0:1]".to_owned()]), ..process(10, 7, "sleep") };
    let table = [
        (Snapshot { executable_state: Some(deleted), ..process(10, 7, "x") }, "deleted"),
        (
            Snapshot { executable_state: Some(ExecutableState::Replaced), ..process(10, 7, "x") },
            "replaced",
        ),
        (
            Snapshot { executable_state: Some(ExecutableState::Memfd), ..process(10, 7, "x") },
            "anonymous memory",
        ),
        (process(10, 7, "kworker"), "kernel thread"),
        (impostor, "kernel thread"),
        (process(10, 100, "x"), "future"),
    ];
    for (snapshot, reason) in table {
        let mut lifecycle = told();
        let events = lifecycle.observe(executed(snapshot.clone(), 8));
        let told = events.iter().filter_map(|event| event.text(Field::SuspiciousReason));
        let told: Vec<_> = told.collect();
        assert!(matches!(told[..], [one] if one.contains(reason)), "{reason}: {told:?}");
        let again = lifecycle.observe(swept(vec![snapshot], 9));
        assert!(again.iter().all(|event| event.get(Field::SuspiciousReason).is_none()));
    }
    let harmless = [
        process(10, 7, "kworkers-of-the-world"),
        Snapshot { executable: None, arguments: None, ..process(10, 7, "kworker/0:1") },
    ];
    for snapshot in harmless {
        let events = told().observe(executed(snapshot, 8));
        assert_eq!(events.len(), 1, "{events:?}");
    }
}

#[test]
fn what_is_too_long_is_cut_named_and_still_readable() {
    let long = Snapshot { arguments: Some(vec!["x".repeat(1000); 1000]), ..process(10, 7, "x") };
    let short = Snapshot { arguments: Some(vec!["x".repeat(1000); 100]), ..process(10, 7, "x") };
    for (snapshot, truncated) in [(long, Some("command_line arguments")), (short, None)] {
        let event = told().observe(executed(snapshot, 8)).pop().expect("a start");
        assert_eq!(event.text(Field::Truncated), truncated);
        let arguments = event.text(Field::Arguments).expect("arguments");
        let arguments: Vec<String> = serde_json::from_str(arguments).expect("a JSON array");
        assert!(arguments.len() >= 100 && arguments.len() < 1000);
    }
}

#[test]
fn the_kernel_tells_of_a_new_user_and_a_new_name_at_once() {
    let root = Change::User { real: 0, effective: 0, name: Some("root".to_owned()) };
    let table = [
        (root, vec!["modify change 2 bash"]),
        (Change::Name("bash".to_owned()), vec![]),
        (
            Change::Name("kworker/0:1".to_owned()),
            vec!["modify change 2 kworker/0:1", "suspicious change 2 kworker/0:1"],
        ),
    ];
    for (change, expected) in table {
        let change = Observation::Changed { pid: 2, time: at(7), change };
        assert_eq!(tell(&mut told(), vec![change]), expected);
    }
}

#[test]
fn a_fork_takes_over_what_changes_before_its_exec() {
    let user = Change::User { real: 33, effective: 33, name: Some("www".to_owned()) };
    let change = Observation::Changed { pid: 10, time: at(7), change: user };
    let mut lifecycle = told();
    assert!(tell(&mut lifecycle, vec![forked(2, 10, 7), change]).is_empty());
    let events = lifecycle.observe(exited(10, 8, 0));
    assert_eq!(events[0].text(Field::UserName), Some("www"));
}

#[test]
fn a_sweep_that_is_faster_than_the_kernels_word_makes_nothing_double() {
    let mut lifecycle = Lifecycle::new(BOOT, true);
    let all = vec![process(1, 0, "init"), process(10, 4, "sh")];
    let words = tell(&mut lifecycle, vec![swept(all, 5), forked(1, 10, 4), exited(10, 6, 0)]);
    assert_eq!(words, ["snapshot poll 1 init", "snapshot poll 10 sh", "stop exit 10 sh"]);
}

#[test]
fn more_processes_than_fit_are_counted_and_none_is_told_twice() {
    let mut lifecycle = Lifecycle::new(BOOT, false).with_capacity(2);
    let all = || (1..=3).map(|pid| process(pid, 1, "x")).collect::<Vec<_>>();
    assert_eq!(tell(&mut lifecycle, vec![swept(all(), 5)]).len(), 2);
    assert_eq!(lifecycle.forgotten(), 1);
    assert!(tell(&mut lifecycle, vec![swept(all(), 10)]).is_empty());
}

#[test]
fn a_clock_that_was_set_moves_start_times_and_no_identity() {
    let mut lifecycle = told();
    let start = |lifecycle: &mut Lifecycle| {
        let event = lifecycle.observe(executed(process(2, 1, "x"), 8)).pop().expect("exec");
        (event.text(Field::ProcessKey).map(str::to_owned), event.integer(Field::StartTime))
    };
    let before = start(&mut lifecycle);
    lifecycle.adjust(Boot { time: BOOT.time + CLOCK_SET as i64, ..BOOT });
    assert_eq!(start(&mut lifecycle), before);
    lifecycle.adjust(Boot { time: BOOT.time + 5_000_000, ..BOOT });
    assert_eq!(start(&mut lifecycle), (before.0, before.1.map(|time| time + 5_000_000)));
}
