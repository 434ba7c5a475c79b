//! Wall time and time since boot.

use std::time::{SystemTime, UNIX_EPOCH};

/// Microseconds since the Unix epoch.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// What was true of the machine when the sensor started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Boot {
    /// The first 64 bits of the kernel's boot id; elsewhere the boot time in seconds.
    pub id: u64,
    /// When the machine booted, microseconds since the Unix epoch.
    pub time: i64,
}

#[cfg(target_os = "linux")]
mod linux {
    use rustix::time::{ClockId, clock_gettime};

    use super::{Boot, now};

    /// What /proc counts in, microseconds: `USER_HZ` is 100 on every architecture of today.
    const TICK: u64 = 10_000;
    const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

    impl Boot {
        /// Reads it.
        ///
        /// # Errors
        /// If the boot id cannot be read.
        pub fn read() -> std::io::Result<Self> {
            let text = std::fs::read_to_string(BOOT_ID)?;
            let digits: String = text.chars().filter(char::is_ascii_hexdigit).take(16).collect();
            let id = u64::from_str_radix(&digits, 16).map_err(std::io::Error::other)?;
            Ok(Boot { id, time: now() - microseconds(ClockId::Boottime) })
        }
    }

    impl Boot {
        /// The same boot by the clock of now, which may have been set.
        #[must_use]
        pub fn by_clock(self) -> Self {
            Boot { time: now() - microseconds(ClockId::Boottime), ..self }
        }
    }

    /// The wall time of a kernel event, told in nanoseconds of the monotonic clock.
    pub fn wall_time(nanoseconds: u64) -> i64 {
        let ago = microseconds(ClockId::Monotonic) - i64::try_from(nanoseconds / 1000).unwrap_or(0);
        now() - ago
    }

    /// The time since boot of a kernel event, told in nanoseconds of the monotonic clock: in
    /// microseconds, of which whole hundredths of a second, as /proc tells starts. Unlike the
    /// monotonic clock, time since boot counts the time that the machine slept.
    pub fn since_boot(nanoseconds: u64) -> u64 {
        let ago = microseconds(ClockId::Monotonic) - i64::try_from(nanoseconds / 1000).unwrap_or(0);
        let since = u64::try_from(microseconds(ClockId::Boottime) - ago).unwrap_or(0);
        since / TICK * TICK
    }

    fn microseconds(clock: ClockId) -> i64 {
        let time = clock_gettime(clock);
        time.tv_sec * 1_000_000 + time.tv_nsec / 1_000
    }
}

#[cfg(target_os = "linux")]
pub use linux::{since_boot, wall_time};

#[cfg(not(target_os = "linux"))]
impl Boot {
    /// Reads it.
    ///
    /// # Errors
    /// If the boot time cannot be read.
    pub fn read() -> std::io::Result<Self> {
        let seconds = sysinfo::System::boot_time().map_err(std::io::Error::other)?;
        Ok(Boot { id: seconds, time: i64::try_from(seconds).unwrap_or(0) * 1_000_000 })
    }

    /// The same boot: here the system tells when it was, whatever the clock says.
    #[must_use]
    pub fn by_clock(self) -> Self {
        self
    }
}
