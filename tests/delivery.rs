//! Alerts reach their sinks at least once: through kills, full disks, damage and sinks that fail.

mod crash;
mod disk;
mod feed;
mod letters;
mod rooms;
mod witness;

use std::time::{Duration, Instant};

/// Nothing waits for a time; this only ends a test that would never end.
const PATIENCE: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(10);

/// Asks until it is so.
fn wait_until(what: &str, mut so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < deadline, "never {what}");
        std::thread::sleep(POLL);
    }
}
