//! Identity of a process that survives pid reuse.

use std::fmt;
use std::str::FromStr;

/// A process is named by the boot it lives in, its pid, and when it started: a reused pid has
/// another start time, and another boot has another id.
///
/// Written as `boot_id:pid:start_time`, sixteen hexadecimal digits and two decimal numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProcessKey {
    /// The first 64 bits of the kernel's boot id (elsewhere, of the boot time).
    pub boot_id: u64,
    /// Process id.
    pub pid: u32,
    /// Microseconds from boot to the start of the process: unlike wall time it never steps.
    pub start_time: u64,
}

impl fmt::Display for ProcessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}:{}:{}", self.boot_id, self.pid, self.start_time)
    }
}

/// A text that is no process key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("process key {0:?} is not of the form boot_id:pid:start_time")]
pub struct ParseProcessKeyError(String);

impl FromStr for ProcessKey {
    type Err = ParseProcessKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| ParseProcessKeyError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<ProcessKey> {
    let (boot_id, rest) = text.split_once(':')?;
    let (pid, start_time) = rest.split_once(':')?;
    let key = ProcessKey {
        boot_id: u64::from_str_radix(boot_id, 16).ok()?,
        pid: pid.parse().ok()?,
        start_time: start_time.parse().ok()?,
    };
    (key.to_string() == text).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_key_is_read_back_from_its_text(boot_id: u64, pid: u32, start_time: u64) {
            let key = ProcessKey { boot_id, pid, start_time };
            prop_assert_eq!(key.to_string().parse(), Ok(key));
        }
    }

    #[test]
    fn other_texts_are_refused_by_value() {
        for text in ["", "1:2:3", "00000000000000ff:1", "00000000000000ff:1:2:3", "x:1:2"] {
            let error = text.parse::<ProcessKey>().expect_err(text);
            assert!(error.to_string().contains(&format!("{text:?}")));
        }
    }
}
