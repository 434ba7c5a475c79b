//! How large this process is and was, where the system tells (Linux).

/// Watches how far the process grows.
#[derive(Debug)]
pub struct Peak {
    before: Option<u64>,
}

impl Peak {
    /// From now on.
    pub fn watch() -> Self {
        // "5" sets the peak back to the present size: proc_pid_clear_refs(5).
        let reset = std::fs::write("/proc/self/clear_refs", "5");
        Peak { before: reset.ok().and_then(|()| status("VmRSS:")) }
    }

    /// Bytes by which it was larger at its largest. What it had freed before and took again is not
    /// counted.
    pub fn growth(&self) -> Option<u64> {
        Some(peak()?.saturating_sub(self.before?))
    }
}

/// Bytes of memory at its largest, since the start or the last [`Peak::watch`].
pub fn peak() -> Option<u64> {
    status("VmHWM:")
}

/// Bytes of memory at present.
pub fn resident() -> Option<u64> {
    status("VmRSS:")
}

fn status(key: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes << 10)
}
