//! The processes that events tell of: who started whom, and who has ended.

mod forest;

use std::collections::{HashMap, HashSet};

use daemoneye_bus::event::{Event, Field};
use serde::Deserialize;

pub(crate) use forest::Branch;

/// Processes that are remembered. Of more, those that have ended go at once; then what comes is
/// left out, and counted.
const MOST: usize = 5_000;
/// How long a process that has ended is still shown, microseconds.
const LINGER: i64 = 10_000_000;
/// Ancestors of one process that are told. `ancestry` has 16.
const GENERATIONS: usize = 64;

/// One process, as far as events have told. Texts that are not known are empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Process {
    parent: Option<u64>,
    /// `ProcessKey` as text; of an ancestor only its pid may be known.
    pub(crate) key: Option<String>,
    pub(crate) pid: i64,
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) command: String,
    pub(crate) user: String,
    /// Microseconds since the Unix epoch, as the next one.
    pub(crate) started: Option<i64>,
    pub(crate) ended: Option<i64>,
    /// How it ended: `exit 1`, `signal 9`.
    pub(crate) end: String,
}

/// Every process that is remembered, by a number of this room's own.
#[derive(Debug, Clone, Default)]
pub(crate) struct Processes {
    all: HashMap<u64, Process>,
    by_key: HashMap<String, u64>,
    by_pid: HashMap<i64, u64>,
    next: u64,
    /// Times that there was no room for a process.
    pub(crate) left_out: u64,
}

/// One ancestor as `ancestry` in `docs/events.md` has it.
#[derive(Deserialize)]
struct Ancestor {
    pid: i64,
    name: Option<String>,
    path: Option<String>,
}

impl Processes {
    /// Takes in what an event tells about its process and the ancestors of that.
    pub(crate) fn see(&mut self, event: &Event) {
        let Some(pid) = event.integer(Field::Pid) else { return };
        let parent = self.parent(event);
        let Some(number) = self.enter(event.text(Field::ProcessKey), pid) else { return };
        self.adopt(number, parent);
        let Some(process) = self.all.get_mut(&number) else { return };
        fill(&mut process.name, event.text(Field::Name));
        fill(&mut process.path, event.text(Field::ExecutablePath));
        fill(&mut process.command, event.text(Field::CommandLine));
        fill(&mut process.user, event.text(Field::UserName));
        process.started = event.integer(Field::StartTime).or(process.started);
        if event.text(Field::Kind) == Some("stop") {
            process.ended = event.integer(Field::Time);
            process.end = end(event);
        }
    }

    /// The direct parent, which an event knows best, below the ancestors, which it names.
    fn parent(&mut self, event: &Event) -> Option<u64> {
        let ancestors: Vec<Ancestor> = event
            .text(Field::Ancestry)
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let mut above = None;
        for ancestor in ancestors.iter().skip(1).rev() {
            let number = self.enter(None, ancestor.pid)?;
            self.adopt(number, above);
            self.describe(number, ancestor.name.as_deref(), ancestor.path.as_deref());
            above = Some(number);
        }
        let ppid = event.integer(Field::ParentPid).filter(|pid| *pid > 0)?;
        let number = self.enter(event.text(Field::ParentKey), ppid)?;
        self.adopt(number, above);
        self.describe(number, event.text(Field::ParentName), event.text(Field::ParentPath));
        let process = self.all.get_mut(&number)?;
        fill_if_empty(&mut process.command, event.text(Field::ParentCommandLine));
        fill_if_empty(&mut process.user, event.text(Field::ParentUserName));
        Some(number)
    }

    /// What others say of a process counts less than what its own events say.
    fn describe(&mut self, number: u64, name: Option<&str>, path: Option<&str>) {
        if let Some(process) = self.all.get_mut(&number) {
            fill_if_empty(&mut process.name, name);
            fill_if_empty(&mut process.path, path);
        }
    }

    /// The number of a process, new or known; none where there is no more room.
    fn enter(&mut self, key: Option<&str>, pid: i64) -> Option<u64> {
        let by_key = key.and_then(|key| self.by_key.get(key)).copied();
        let by_pid = self.by_pid.get(&pid).copied().filter(|number| {
            let known = self.all.get(number).and_then(|process| process.key.as_deref());
            known.is_none() || key.is_none()
        });
        let number = match by_key.or(by_pid) {
            Some(number) => number,
            None => self.make_room()?,
        };
        let process = self.all.entry(number).or_default();
        process.pid = pid;
        if let Some(key) = key {
            process.key = Some(key.to_owned());
            self.by_key.insert(key.to_owned(), number);
        }
        self.by_pid.insert(pid, number);
        Some(number)
    }

    fn make_room(&mut self) -> Option<u64> {
        if self.all.len() >= MOST {
            self.prune(i64::MAX);
        }
        if self.all.len() >= MOST {
            self.left_out += 1;
            return None;
        }
        self.next += 1;
        Some(self.next)
    }

    /// Nobody becomes their own ancestor, whatever is told.
    fn adopt(&mut self, number: u64, parent: Option<u64>) {
        let is_below = |parent: &u64| *parent == number || self.line(*parent).contains(&number);
        let Some(parent) = parent.filter(|parent| !is_below(parent)) else { return };
        if let Some(process) = self.all.get_mut(&number) {
            process.parent = Some(parent);
        }
    }

    fn line(&self, number: u64) -> Vec<u64> {
        let up = |number: &u64| self.all.get(number).and_then(|process| process.parent);
        std::iter::successors(up(&number), up).take(GENERATIONS).collect()
    }

    /// The parent of a process, its parent, and so on.
    pub(crate) fn ancestors(&self, number: u64) -> Vec<&Process> {
        self.line(number).iter().filter_map(|number| self.all.get(number)).collect()
    }

    /// Forgets what ended a while ago.
    pub(crate) fn forget(&mut self, now: i64) {
        self.prune(now.saturating_sub(LINGER));
    }

    /// What ended before stays only as the ancestor of what does not go.
    fn prune(&mut self, before: i64) {
        let stays = |process: &&Process| process.ended.is_none_or(|ended| ended > before);
        let mut kept: HashSet<u64> = HashSet::new();
        for (number, _) in self.all.iter().filter(|(_, process)| stays(process)) {
            kept.insert(*number);
            kept.extend(self.line(*number));
        }
        self.all.retain(|number, _| kept.contains(number));
        self.by_key.retain(|_, number| kept.contains(number));
        self.by_pid.retain(|_, number| kept.contains(number));
    }

    pub(crate) fn get(&self, number: u64) -> Option<&Process> {
        self.all.get(&number)
    }

    /// How many have not ended.
    pub(crate) fn living(&self) -> usize {
        self.all.values().filter(|process| process.ended.is_none()).count()
    }
}

fn fill(place: &mut String, text: Option<&str>) {
    if let Some(text) = text {
        text.clone_into(place);
    }
}

fn fill_if_empty(place: &mut String, text: Option<&str>) {
    if place.is_empty() {
        fill(place, text);
    }
}

fn end(event: &Event) -> String {
    match (event.integer(Field::ExitSignal), event.integer(Field::ExitCode)) {
        (Some(signal), _) => format!("signal {signal}"),
        (None, Some(code)) => format!("exit {code}"),
        (None, None) => "ended".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use daemoneye_bus::event::Kind;

    const ANCESTRY: &str =
        r#"[{"pid":20,"name":"sshd"},{"pid":7,"name":"sshd"},{"pid":1,"name":"init"}]"#;

    fn start(pid: i64, key: &str) -> Event {
        Event::new(Kind::Exec, 1_000).with(Field::Pid, pid).with(Field::ProcessKey, key)
    }

    fn stop(pid: i64, key: &str, time: i64) -> Event {
        let stop = Event::new(Kind::Stop, time).with(Field::ExitCode, 3);
        stop.with(Field::Pid, pid).with(Field::ProcessKey, key)
    }

    fn names(processes: &Processes) -> Vec<String> {
        let line = |branch: &Branch| {
            let process = processes.get(branch.number).expect("it is there");
            format!("{}{} {}", branch.lines, process.pid, process.name)
        };
        processes.forest(|_| true).iter().map(line).collect()
    }

    fn shell() -> Event {
        start(30, "c")
            .with(Field::ParentPid, 20)
            .with(Field::ParentKey, "b")
            .with(Field::ParentName, "sshd")
            .with(Field::Ancestry, ANCESTRY)
            .with(Field::Name, "bash")
    }

    #[test]
    fn one_event_tells_of_its_process_and_all_ancestors() {
        let mut processes = Processes::default();
        processes.see(&shell());
        let expected = ["1 init", "└ 7 sshd", "  └ 20 sshd", "    └ 30 bash"];
        assert_eq!(names(&processes), expected);
    }

    #[test]
    fn who_was_known_as_an_ancestor_is_not_doubled_by_an_event_of_its_own() {
        let mut processes = Processes::default();
        processes.see(&shell());
        processes.see(&start(7, "a").with(Field::Name, "sshd-main"));
        let sibling = start(31, "d").with(Field::ParentPid, 20).with(Field::ParentKey, "b");
        processes.see(&sibling);
        let expected = ["1 init", "└ 7 sshd-main", "  └ 20 sshd", "    ├ 30 bash", "    └ 31 "];
        assert_eq!(names(&processes), expected);
    }

    #[test]
    fn a_reused_pid_is_another_process() {
        let mut processes = Processes::default();
        processes.see(&start(30, "old"));
        processes.see(&stop(30, "old", 2_000));
        processes.see(&start(30, "new"));
        assert_eq!((names(&processes).len(), processes.living()), (2, 1));
    }

    #[test]
    fn who_ended_is_shown_for_a_while_and_longer_as_an_ancestor() {
        let mut processes = Processes::default();
        processes.see(&start(1, "a"));
        processes.see(&start(2, "b").with(Field::ParentPid, 1).with(Field::ParentKey, "a"));
        processes.see(&start(3, "c"));
        for (pid, key) in [(1, "a"), (3, "c")] {
            processes.see(&stop(pid, key, 0));
        }
        processes.forget(LINGER - 1);
        assert_eq!(names(&processes).len(), 3);
        processes.forget(LINGER);
        assert_eq!(names(&processes), ["1 ", "└ 2 "]);
    }

    #[test]
    fn nobody_is_their_own_ancestor_whatever_is_told() {
        let mut processes = Processes::default();
        let below = |pid: i64, key: &str, ppid: i64, parent: &str| {
            start(pid, key).with(Field::ParentPid, ppid).with(Field::ParentKey, parent)
        };
        processes.see(&below(1, "a", 1, "a"));
        processes.see(&below(2, "b", 1, "a"));
        processes.see(&below(1, "a", 2, "b"));
        assert_eq!(names(&processes), ["1 ", "└ 2 "]);
    }

    #[test]
    fn beyond_the_most_who_ended_goes_and_then_who_comes_is_counted() {
        let mut processes = Processes::default();
        let most = i64::try_from(MOST).expect("few");
        for pid in 1..=most {
            processes.see(&start(pid, &pid.to_string()));
        }
        processes.see(&stop(1, "1", 0));
        processes.see(&start(most + 1, "one more"));
        assert_eq!((processes.all.len(), processes.left_out), (MOST, 0));
        processes.see(&start(most + 2, "too many"));
        assert_eq!((processes.all.len(), processes.left_out), (MOST, 1));
    }
}
