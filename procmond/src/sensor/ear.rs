//! The thread that listens to the kernel. It reads first and lets others think: a short-lived process
//! is there for a moment.

mod leaders;

use std::sync::atomic::Ordering;

use thread_priority::unix::{RealtimeThreadSchedulePolicy, ThreadSchedulePolicy};
use thread_priority::{ThreadExt, ThreadPriority};

use super::Feed;
use crate::clock;
use crate::collector::connector::{Connector, Happening, ProcessEvent, Told};
use crate::observation::{Change, Observation};
use leaders::{End, Leaders};

/// The nice value of this thread where it may not be real time.
const NICE: i32 = -20;

pub(super) struct Ear {
    connector: Connector,
    feed: Feed,
    leaders: Leaders,
}

impl Ear {
    pub(super) fn new(connector: Connector, feed: Feed) -> Self {
        Ear { connector, feed, leaders: Leaders::default() }
    }

    /// Ends with the sensor, or when the connector is broken; then sweeps go on alone.
    pub(super) fn run(mut self) {
        go_first();
        crate::confinement::settle();
        while !self.feed.stop.load(Ordering::Relaxed) {
            match self.connector.wait() {
                Ok(Told::Event(event)) => self.hear(event),
                Ok(Told::Overrun) => {
                    self.feed.offer(Observation::Overrun { time: clock::now() });
                }
                Ok(Told::Unread(error)) => {
                    tracing::warn!("{error}");
                    self.feed.counters.lose();
                }
                Ok(Told::Nothing) => {}
                Err(error) => {
                    return tracing::error!("proc connector: {error}; {}", super::senses::SHORT);
                }
            }
            self.feed.counters.lose_many(self.connector.take_lost());
            let reader = self.connector.reader();
            let due = self.leaders.due(clock::now(), |pid| reader.has_threads(pid));
            due.into_iter().for_each(|end| self.feed.offer(end.into()));
        }
    }

    fn hear(&mut self, event: ProcessEvent) {
        let ProcessEvent { pid, time: told, happening } = event;
        let time = clock::wall_time(told);
        let observation = match happening {
            Happening::Exec => {
                let snapshot = self.connector.reader().read(pid).map(Box::new);
                self.leaders.executed(pid);
                Observation::Executed { pid, time, snapshot }
            }
            Happening::Fork { parent } => {
                let before = self.leaders.forked(pid);
                before.into_iter().for_each(|end| self.feed.offer(end.into()));
                let since_boot = clock::since_boot(told);
                Observation::Forked { parent, child: pid, time, since_boot }
            }
            Happening::Thread => return self.leaders.threaded(pid),
            Happening::Name(name) => Observation::Changed { pid, time, change: Change::Name(name) },
            Happening::User { real, effective } => {
                let name = self.connector.reader().user_name(real);
                Observation::Changed { pid, time, change: Change::User { real, effective, name } }
            }
            Happening::Group { real } => {
                Observation::Changed { pid, time, change: Change::Group(real) }
            }
            Happening::Session => Observation::Changed { pid, time, change: Change::Session },
            Happening::Exit { status } => match self.leaders.ended(End { pid, time, status }) {
                Some(end) => end.into(),
                None => return,
            },
        };
        self.feed.offer(observation);
    }
}

/// What a short program was asked to do is gone with it, after some hundred microseconds. Whoever is
/// real time runs as soon as the kernel tells; whoever is only nice may wait for a tick of the clock.
/// There is no more to do than there are programs that start, and the kernel's own limit for real
/// time leaves something to everybody else.
fn go_first() {
    let policy = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::RoundRobin);
    let real_time = std::thread::current().set_priority_and_policy(policy, ThreadPriority::Min);
    let Err(refused) = real_time else { return };
    // No process: of the thread that calls.
    match rustix::process::setpriority_process(None, NICE) {
        Ok(()) => tracing::info!("connector thread is nice {NICE}, not real time: {refused}"),
        Err(error) => {
            tracing::info!("connector thread at nice {NICE}: {error}; more is read too late");
        }
    }
}

impl From<End> for Observation {
    fn from(End { pid, time, status }: End) -> Self {
        Observation::Exited { pid, time, status }
    }
}
