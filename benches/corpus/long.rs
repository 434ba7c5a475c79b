//! Events with a command line that is far too long.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;

use super::{Product, Recorded};

/// Where the text of long command lines comes from.
pub const SEED: u64 = 20_260_923;
/// Bytes of the command lines that are measured.
pub const SIZES: [usize; 5] = [1 << 10, 8 << 10, 32 << 10, 128 << 10, 1 << 20];
/// What stands before the text.
const START: &str =
    "powershell.exe -NoProfile -NonInteractive -WindowStyle Hidden -EncodedCommand ";
const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

impl Product {
    /// The same rules and one event for each size: a PowerShell whose command line has so many bytes
    /// of what looks like base64.
    pub fn with_long_events(&self, sizes: &[usize]) -> Product {
        let mut random = StdRng::seed_from_u64(SEED);
        let event = |(line, bytes): (usize, &usize)| {
            Recorded::made_up(line, event(&command_line(*bytes, &mut random)), &self.name)
        };
        let events = sizes.iter().enumerate().map(event).collect();
        Product { events, expected: None, ..self.clone() }
    }
}

fn command_line(bytes: usize, random: &mut impl Rng) -> String {
    let fill = bytes.saturating_sub(START.len());
    let letter = |_| char::from(BASE64[random.random_range(0..BASE64.len())]);
    START.chars().chain((0..fill).map(letter)).take(bytes).collect()
}

fn event(command_line: &str) -> String {
    let powershell = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe";
    json!({
        "Image": powershell,
        "OriginalFileName": "PowerShell.EXE",
        "CommandLine": command_line,
        "CurrentDirectory": r"C:\Users\alice\",
        "User": r"WORKSTATION\alice",
        "IntegrityLevel": "Medium",
        "ParentImage": r"C:\Windows\explorer.exe",
        "ParentCommandLine": r"C:\Windows\Explorer.EXE",
        "ProcessId": 4242,
        "ParentProcessId": 1337,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_has_exactly_its_size_and_is_the_same_every_time() {
        let line = |bytes| command_line(bytes, &mut StdRng::seed_from_u64(SEED));
        for bytes in [0, 10, START.len(), 1 << 10, 1 << 20] {
            assert_eq!(line(bytes).len(), bytes);
        }
        assert_eq!(line(4096), line(4096));
    }
}
