//! The processes that live, by key, with the columns of them that rules ask for.

mod kept;

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::rule::Constant;
use crate::view::{Value, View};

/// Most processes.
pub(crate) const MAX_PROCESSES: usize = 65_536;
/// Most bytes of keys and texts of all processes together.
const MAX_BYTES: usize = 8 << 20;
/// Most bytes of one text; a longer one is not kept and reads as NULL.
const MAX_TEXT: usize = 64 << 10;
/// The kind of event that ends a process.
const STOP: &[u8] = b"stop";

/// The engine's numbers of the columns that the table is made from.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) key: usize,
    pub(crate) kind: usize,
    /// Those that rules ask for.
    pub(crate) kept: Vec<usize>,
}

/// The table. What was heard of longest ago goes first when there is no more room.
#[derive(Debug)]
pub(crate) struct Processes {
    source: Source,
    alive: FxHashMap<Arc<[u8]>, Process>,
    /// Keys by when their process was last heard of.
    heard: BTreeMap<u64, Arc<[u8]>>,
    /// Those that stopped in the batch that is open: its other rows still find them.
    stopped: Vec<Arc<[u8]>>,
    clock: u64,
    bytes: usize,
    pub(crate) evicted: u64,
    pub(crate) oversized: u64,
}

#[derive(Debug)]
struct Process {
    heard: u64,
    bytes: usize,
    /// As [`Source::kept`] says.
    values: Vec<Constant>,
}

impl Processes {
    pub(crate) fn new(source: Source) -> Self {
        Processes {
            source,
            alive: FxHashMap::default(),
            heard: BTreeMap::new(),
            stopped: Vec::new(),
            clock: 0,
            bytes: 0,
            evicted: 0,
            oversized: 0,
        }
    }

    /// The value that the column had when the process was heard of last.
    pub(crate) fn value(&self, key: &[u8], column: usize) -> Value<'_> {
        let place = self.source.kept.iter().position(|kept| *kept == column);
        let process = self.alive.get(key);
        process.zip(place).map_or(Value::Null, |(process, place)| process.values[place].value())
    }

    /// Learns from every row of the batch, in their order.
    pub(crate) fn learn(&mut self, view: &View) {
        for key in std::mem::take(&mut self.stopped) {
            self.forget(&key);
        }
        for row in 0..view.rows() {
            let Value::Text { raw: key, .. } = view.value(self.source.key, row) else { continue };
            if is_stop(view.value(self.source.kind, row)) {
                self.stopped.push(key.into());
            } else {
                self.hear(key, view, row);
            }
        }
    }

    /// A value that is absent does not erase what was known.
    fn hear(&mut self, key: &[u8], view: &View, row: usize) {
        if key.len() > MAX_TEXT {
            self.oversized += 1;
            return;
        }
        let known = self.forget(key);
        let mut values = known.unwrap_or_else(|| vec![Constant::Null; self.source.kept.len()]);
        for (value, column) in values.iter_mut().zip(&self.source.kept) {
            match view.value(*column, row) {
                Value::Null => {}
                long if long.len() > MAX_TEXT => {
                    *value = Constant::Null;
                    self.oversized += 1;
                }
                other => *value = Constant::from(other),
            }
        }
        self.keep(key.into(), values);
    }

    fn keep(&mut self, key: Arc<[u8]>, values: Vec<Constant>) {
        let bytes = key.len() + values.iter().map(Constant::bytes).sum::<usize>();
        self.clock += 1;
        self.bytes += bytes;
        self.heard.insert(self.clock, key.clone());
        self.alive.insert(key, Process { heard: self.clock, bytes, values });
        while self.alive.len() > MAX_PROCESSES || self.bytes > MAX_BYTES {
            let Some((_, oldest)) = self.heard.first_key_value() else { break };
            let oldest = oldest.clone();
            self.forget(&oldest);
            self.evicted += 1;
        }
    }

    /// Takes the process out, and what was known of it.
    fn forget(&mut self, key: &[u8]) -> Option<Vec<Constant>> {
        let process = self.alive.remove(key)?;
        self.heard.remove(&process.heard);
        self.bytes -= process.bytes;
        Some(process.values)
    }
}

fn is_stop(kind: Value<'_>) -> bool {
    matches!(kind, Value::Text { folded, .. } if folded == STOP)
}

#[cfg(test)]
mod tests {
    use daemoneye_sdk::rules::{Batch, Column};

    use super::*;
    use crate::facts::Facts;

    /// A batch of keys, kinds and values.
    fn view(rows: &[(&str, &str, &str)]) -> View {
        let column = |texts: Vec<&str>| {
            Column::Text(texts.into_iter().map(|text| Some(text.to_owned())).collect())
        };
        let columns = vec![
            column(rows.iter().map(|row| row.0).collect()),
            column(rows.iter().map(|row| row.1).collect()),
            column(rows.iter().map(|row| row.2).collect()),
        ];
        let rows = u32::try_from(rows.len()).expect("few rows");
        View::new(Batch::new(rows, columns), 3, &Facts::none(3)).expect("three columns")
    }

    fn processes() -> Processes {
        Processes::new(Source { key: 0, kind: 1, kept: vec![2] })
    }

    fn knows(processes: &Processes, key: &str) -> bool {
        !matches!(processes.value(key.as_bytes(), 2), Value::Null)
    }

    #[test]
    fn the_process_that_was_heard_of_longest_ago_goes_when_there_are_too_many() {
        let mut processes = processes();
        let keys: Vec<String> = (0..MAX_PROCESSES).map(|number| number.to_string()).collect();
        let rows: Vec<_> = keys.iter().map(|key| (&**key, "start", "x")).collect();
        processes.learn(&view(&rows));
        assert!(knows(&processes, "0") && processes.evicted == 0, "obeyed");
        processes.learn(&view(&[("0", "modify", "y"), ("new", "start", "x")]));
        assert!(knows(&processes, "0") && knows(&processes, "new") && !knows(&processes, "1"));
        assert_eq!((processes.evicted, processes.alive.len()), (1, MAX_PROCESSES));
    }

    #[test]
    fn values_beyond_8_mib_make_the_oldest_process_go() {
        let text = "x".repeat(MAX_TEXT);
        let mut processes = processes();
        let keys: Vec<String> = (0..65).map(|number| number.to_string()).collect();
        keys.iter().for_each(|key| processes.learn(&view(&[(key, "start", &text)])));
        assert!(processes.evicted > 0 && processes.bytes <= MAX_BYTES);
        assert!(!knows(&processes, "0") && knows(&processes, "64"));
    }

    #[test]
    fn a_value_of_64_kib_is_kept_and_a_longer_one_is_null_and_counted() {
        let mut processes = processes();
        let (most, more) = ("x".repeat(MAX_TEXT), "x".repeat(MAX_TEXT + 1));
        processes.learn(&view(&[("a", "start", &most), ("b", "start", &more)]));
        assert!(knows(&processes, "a") && !knows(&processes, "b"));
        assert_eq!(processes.oversized, 1);
    }

    #[test]
    fn what_is_forgotten_takes_no_room() {
        let mut processes = processes();
        processes.learn(&view(&[("a", "start", "x"), ("a", "STOP", "x")]));
        assert!(knows(&processes, "a"), "while the batch is open");
        processes.learn(&view(&[]));
        assert!(!knows(&processes, "a"));
        assert_eq!((processes.bytes, processes.heard.len()), (0, 0));
    }
}
