//! Ends that are none. When a thread executes a program, the kernel first ends all other threads of
//! the process, the one that gave it its id among them, and tells of that as of an end. So the end of
//! a process with threads is believed a moment later. Decides only: no I/O, no clock.

use std::collections::{HashMap, HashSet};

/// How long an end is held back, microseconds: an exec follows within a few.
const HELD: i64 = 50_000;
/// Ends that are held back at a time; more are believed at once.
const MAX_HELD: usize = 4096;

/// The end of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    pub(super) pid: u32,
    pub(super) time: i64,
    pub(super) status: u32,
}

#[derive(Debug, Default)]
pub(super) struct Leaders {
    /// Processes that have had more than one thread. Each leaves with its end or its next program.
    threaded: HashSet<u32>,
    held: HashMap<u32, End>,
}

impl Leaders {
    /// A process has one more thread.
    pub(super) fn threaded(&mut self, pid: u32) {
        self.threaded.insert(pid);
    }

    /// A process runs another program: it has one thread, and has not ended.
    pub(super) fn executed(&mut self, pid: u32) {
        self.threaded.remove(&pid);
        self.held.remove(&pid);
    }

    /// A new process: whoever had its id has ended indeed.
    pub(super) fn forked(&mut self, pid: u32) -> Option<End> {
        self.threaded.remove(&pid);
        self.held.remove(&pid)
    }

    /// The kernel tells of an end: the end, if it can be believed at once.
    pub(super) fn ended(&mut self, end: End) -> Option<End> {
        if !self.threaded.contains(&end.pid) || self.held.len() >= MAX_HELD {
            self.threaded.remove(&end.pid);
            return Some(end);
        }
        self.held.insert(end.pid, end);
        None
    }

    /// The ends that can be believed now: of processes that have no threads left.
    pub(super) fn due(&mut self, now: i64, has_threads: impl Fn(u32) -> bool) -> Vec<End> {
        let is_due = |end: &End| now - end.time >= HELD && !has_threads(end.pid);
        let mut due: Vec<End> =
            self.held.extract_if(|_, end| is_due(end)).map(|(_, end)| end).collect();
        due.sort_unstable_by_key(|end| (end.time, end.pid));
        for end in &due {
            self.threaded.remove(&end.pid);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: End = End { pid: 7, time: 1_000_000, status: 0 };
    const LATER: i64 = END.time + HELD;

    fn threaded() -> Leaders {
        let mut leaders = Leaders::default();
        leaders.threaded(END.pid);
        leaders
    }

    #[test]
    fn the_end_of_a_process_that_never_had_threads_is_believed_at_once() {
        assert_eq!(Leaders::default().ended(END), Some(END));
    }

    #[test]
    fn an_exec_by_another_thread_is_no_end() {
        let mut leaders = threaded();
        assert_eq!(leaders.ended(END), None);
        leaders.executed(END.pid);
        assert_eq!(leaders.due(LATER, |_| false), []);
        assert_eq!(leaders.ended(END), Some(END), "it has no threads any more");
    }

    #[test]
    fn an_end_without_an_exec_is_believed_once_when_no_thread_is_left() {
        let mut leaders = threaded();
        leaders.ended(END);
        assert_eq!(leaders.due(LATER - 1, |_| false), [], "too early");
        assert_eq!(leaders.due(LATER, |_| true), [], "a thread runs on");
        assert_eq!(leaders.due(LATER, |_| false), [END]);
        assert_eq!(leaders.due(LATER, |_| false), []);
    }

    #[test]
    fn a_reused_id_proves_the_end() {
        let mut leaders = threaded();
        leaders.ended(END);
        assert_eq!(leaders.forked(END.pid), Some(END));
        assert_eq!(leaders.forked(END.pid), None);
    }
}
