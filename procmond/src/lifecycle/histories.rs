//! Random histories of a machine, told whole or with losses, beside a small reference of what should
//! come of them.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::observation::ExecutableState;

const BOOT: Boot = Boot { id: 0xfeed, time: 1_000_000_000_000 };
/// From one step to the next, microseconds: what a sweep finds of the step before the last is settled.
const STEP: u64 = 700_000;

/// One step of the machine. An index picks one of those who live.
#[derive(Debug, Clone)]
enum Step {
    Fork(Index, u32),
    Exec(Index, Reading),
    Exit(Index),
    User(Index, u32),
    Sweep,
    /// The clock is set by so many seconds, more than what clocks do by themselves.
    Clock(i64),
}

/// What could be read of a process that has executed something.
#[derive(Debug, Clone, Copy)]
enum Reading {
    Whole,
    WithoutStart,
    Nothing,
}

fn step() -> impl Strategy<Value = Step> {
    let one = any::<Index>;
    let reading = prop::sample::select(vec![
        Reading::Whole,
        Reading::Whole,
        Reading::WithoutStart,
        Reading::Nothing,
    ]);
    prop_oneof![
        // Few numbers, so that they are used again.
        4 => (one(), 3..12_u32).prop_map(|(parent, pid)| Step::Fork(parent, pid)),
        3 => (one(), reading).prop_map(|(who, reading)| Step::Exec(who, reading)),
        4 => one().prop_map(Step::Exit),
        1 => (one(), 0..3_u32).prop_map(|(who, user)| Step::User(who, user)),
        3 => Just(Step::Sweep),
        1 => prop_oneof![-7200..-1_i64, 2..7200_i64].prop_map(Step::Clock),
    ]
}

/// A machine: who lives, what time it is, and what its kernel would tell.
struct Machine {
    alive: BTreeMap<u32, Snapshot>,
    since_boot: u64,
    boot: Boot,
}

impl Machine {
    fn new() -> Self {
        let mut machine = Machine { alive: BTreeMap::new(), since_boot: 9_000_000, boot: BOOT };
        for (pid, start, name) in [(1, 1_000_000, "init"), (2, 2_000_000, "bash")] {
            machine.alive.insert(pid, process(pid, (pid > 1).then_some(1), start, name));
        }
        machine
    }

    fn now(&self) -> i64 {
        self.boot.time.saturating_add_unsigned(self.since_boot)
    }

    fn swept(&self) -> Observation {
        Observation::Swept { time: self.now(), snapshots: self.alive.values().cloned().collect() }
    }

    /// Does a step; what the kernel, or a sweep, tells of it.
    fn step(&mut self, step: &Step) -> Option<Observation> {
        self.since_boot += STEP;
        let (time, since_boot) = (self.now(), self.since_boot);
        let pids: Vec<u32> = self.alive.keys().copied().collect();
        match step {
            Step::Fork(_, pid) if pids.contains(pid) => None,
            Step::Fork(parent, child) => {
                let (parent, child) = (*parent.get(&pids), *child);
                let name = self.alive[&parent].name.clone().unwrap_or_default();
                self.alive.insert(child, process(child, Some(parent), since_boot, &name));
                Some(Observation::Forked { parent, child, time, since_boot })
            }
            Step::Exec(who, reading) => {
                let pid = *who.get(&pids);
                let process = self.alive.get_mut(&pid)?;
                process.name = Some(format!("p{since_boot}"));
                let start_time = match reading {
                    Reading::WithoutStart => Snapshot::UNREAD,
                    _ => process.start_time,
                };
                let read = Box::new(Snapshot { start_time, ..process.clone() });
                let snapshot = (!matches!(reading, Reading::Nothing)).then_some(read);
                Some(Observation::Executed { pid, time, snapshot })
            }
            // Init never ends.
            Step::Exit(who) => {
                let pid = *who.get(&pids);
                let gone = (pid != 1).then(|| self.alive.remove(&pid)).flatten()?;
                for orphan in self.alive.values_mut().filter(|one| one.parent == Some(gone.pid)) {
                    orphan.parent = Some(1);
                }
                Some(Observation::Exited { pid, time, status: 0 })
            }
            Step::User(who, user) => {
                let pid = *who.get(&pids);
                self.alive.get_mut(&pid)?.user_id = Some(*user);
                let change = Change::User { real: *user, effective: 0, name: None };
                Some(Observation::Changed { pid, time, change })
            }
            Step::Sweep => Some(self.swept()),
            Step::Clock(seconds) => {
                self.boot.time += seconds * 1_000_000;
                None
            }
        }
    }
}

fn process(pid: u32, parent: Option<u32>, start_time: u64, name: &str) -> Snapshot {
    Snapshot {
        pid,
        parent,
        start_time,
        name: Some(name.to_owned()),
        executable: Some(format!("/usr/bin/{name}")),
        executable_state: Some(ExecutableState::OnDisk),
        user_id: Some(0),
        effective_user_id: Some(0),
        ..Snapshot::default()
    }
}

/// Who lives, as a reader of the events believes.
#[derive(Default)]
struct Reader(BTreeMap<String, bool>);

impl Reader {
    /// An event is possible only about who lives; and nobody starts twice, or after the end.
    fn read(&mut self, event: &Event) -> Result<(), String> {
        let key = event.text(Field::ProcessKey).ok_or("without a key")?.to_owned();
        let kind = event.text(Field::Kind).ok_or("without a kind")?;
        let before = self.0.get(&key).copied();
        let (is_possible, after) = match kind {
            "start" | "snapshot" => (before.is_none(), true),
            "stop" => (before == Some(true), false),
            _ => (before == Some(true), true),
        };
        self.0.insert(key.clone(), after);
        is_possible.then_some(()).ok_or(format!("{kind} of {key} after {before:?}"))
    }

    fn alive(&self) -> Vec<&str> {
        self.0.iter().filter(|(_, lives)| **lives).map(|(key, _)| key.as_str()).collect()
    }
}

/// What a machine that is told of whole should become, as `kind pid`: the reference.
#[derive(Default)]
struct Reference {
    /// Whether it was told, and when it was forked.
    processes: BTreeMap<u32, (bool, u64)>,
}

impl Reference {
    fn expect(&mut self, observation: &Observation, now: u64) -> Vec<String> {
        match observation {
            Observation::Forked { child, .. } => {
                self.processes.insert(*child, (false, now));
                Vec::new()
            }
            Observation::Executed { pid, .. } => {
                let known = self.processes.get_mut(pid).expect("it lives");
                let was_told = std::mem::replace(&mut known.0, true);
                vec![format!("{} {pid}", if was_told { "exec" } else { "start" })]
            }
            Observation::Exited { pid, .. } => {
                let (was_told, _) = self.processes.remove(pid).expect("it lived");
                let start = (!was_told).then(|| format!("start {pid}"));
                start.into_iter().chain([format!("stop {pid}")]).collect()
            }
            Observation::Swept { .. } => {
                let settled = |forked: u64| now - forked > 1_000_000;
                let untold = self.processes.iter_mut().filter(|(_, one)| !one.0 && settled(one.1));
                untold
                    .map(|(pid, known)| {
                        known.0 = true;
                        format!("start {pid}")
                    })
                    .collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Starts, execs and ends, as `kind pid`. What changes and what is suspicious has tests of its own.
fn outline(events: &[Event]) -> Vec<String> {
    let word = |event: &Event| {
        let kind = event.text(Field::Kind).filter(|kind| !matches!(*kind, "modify" | "suspicious"));
        Some(format!("{} {}", kind?, event.integer(Field::Pid)?))
    };
    events.iter().filter_map(word).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// With nothing lost, and a clock that is set now and then: exactly what the reference says.
    #[test]
    fn a_history_that_is_told_whole_becomes_what_it_was(
        steps in prop::collection::vec(step(), 1..150),
    ) {
        let (mut machine, mut lifecycle) = (Machine::new(), Lifecycle::new(BOOT, true));
        let mut reference = Reference::default();
        reference.processes.extend([(1, (true, 0)), (2, (true, 0))]);
        let mut reader = Reader::default();
        let first = lifecycle.observe(machine.swept());
        first.iter().try_for_each(|event| reader.read(event)).expect("two snapshots");
        for step in steps {
            let observation = machine.step(&step);
            lifecycle.adjust(machine.boot);
            let Some(observation) = observation else { continue };
            let mut expected = reference.expect(&observation, machine.since_boot);
            let events = lifecycle.observe(observation);
            events.iter().try_for_each(|event| reader.read(event)).map_err(TestCaseError::fail)?;
            let mut told = outline(&events);
            // A sweep tells by age, the reference by number.
            if matches!(step, Step::Sweep) {
                told.sort_unstable();
                expected.sort_unstable();
            }
            prop_assert_eq!(told, expected);
            let futures = events.iter().filter_map(|event| event.text(Field::SuspiciousReason));
            prop_assert_eq!(futures.filter(|reason| reason.contains("future")).count(), 0);
        }
    }

    /// Whatever is lost: no impossible event; and after the sweeps of a quiet while, who lives is
    /// believed to live, and nobody else.
    #[test]
    fn what_is_lost_is_reconciled_by_sweeps(
        steps in prop::collection::vec((step(), prop::bool::weighted(0.3)), 1..150),
        is_told: bool,
    ) {
        let (mut machine, mut lifecycle) = (Machine::new(), Lifecycle::new(BOOT, is_told));
        let mut reader = Reader::default();
        let mut tell = |lifecycle: &mut Lifecycle, observation| {
            let events = lifecycle.observe(observation);
            events.iter().try_for_each(|event| reader.read(event)).map_err(TestCaseError::fail)
        };
        tell(&mut lifecycle, machine.swept())?;
        for (step, is_lost) in steps {
            let observation = machine.step(&step);
            lifecycle.adjust(machine.boot);
            let is_heard = is_told && !is_lost || matches!(step, Step::Sweep);
            if let Some(observation) = observation.filter(|_| is_heard) {
                tell(&mut lifecycle, observation)?;
            }
        }
        for _ in 0..3 {
            machine.since_boot += 2_000_000;
            tell(&mut lifecycle, machine.swept())?;
        }
        let believed: Vec<ProcessKey> =
            reader.alive().iter().map(|key| key.parse().expect("a key")).collect();
        let pids = |keys: &[ProcessKey]| keys.iter().map(|key| key.pid).collect::<BTreeSet<_>>();
        prop_assert_eq!(pids(&believed), machine.alive.keys().copied().collect());
        prop_assert_eq!(believed.len(), machine.alive.len());
        for key in believed {
            // One whose start could not be read is known by a later one, and none by an earlier.
            let start_time = machine.alive[&key.pid].start_time;
            prop_assert!(key.start_time >= start_time, "{key} started at {start_time}");
        }
    }
}
