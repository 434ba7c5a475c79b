//! What the guest remembers: how many rows it has seen. Saved and taken over, or not.

use std::sync::atomic::{AtomicU64, Ordering};

use daemoneye_sdk::memory::{Counters, Guest};

use crate::component::Misbehaver;
use crate::mode::{self, Mode};

/// More than anything that remembers may save.
const FLOOD: usize = 40 << 20;

static SEEN: AtomicU64 = AtomicU64::new(0);

/// Whether this row, seen now, is a third one.
pub(crate) fn is_third() -> bool {
    (SEEN.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(3)
}

impl Guest for Misbehaver {
    fn save() -> Vec<u8> {
        match Misbehaver::mode() {
            Mode::TrapInSave => panic!("trap in save"),
            Mode::LoopInSave => mode::forever(),
            Mode::FloodInSave => vec![0; FLOOD],
            _ => SEEN.load(Ordering::Relaxed).to_le_bytes().to_vec(),
        }
    }

    fn restore(saved: Vec<u8>) -> Result<(), String> {
        if Misbehaver::mode() == Mode::RefuseMemory {
            return Err("too much to remember".to_owned());
        }
        let seen = saved.try_into().map_err(|_| "not eight bytes".to_owned())?;
        SEEN.store(u64::from_le_bytes(seen), Ordering::Relaxed);
        Ok(())
    }

    fn count() -> Counters {
        Counters {
            late: SEEN.load(Ordering::Relaxed),
            evicted_groups: 0,
            evicted_rows: 0,
            evicted_processes: 0,
            oversized_values: 0,
            dropped_groups: 0,
        }
    }
}

daemoneye_sdk::export_memory!(Misbehaver);
