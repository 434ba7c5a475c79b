//! How rare a literal is in what processes are called and told: an estimate in bits, where one bit
//! more means half as many values.
//!
//! The figures are rough orders of magnitude for paths and command lines of Linux, macOS and
//! Windows. They decide how fast the index is, never what it finds.

use std::cmp::Reverse;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::literal::Anchor;

/// Folded bytes of paths and command lines, the most frequent first.
const BYTES: &[u8] = b"e\\s/iatrnoc.mldp -u\"whg:xb0y132fvk45_6879=z,jq;|&()'@%{}$[]<>*+?`~!#^";
/// Of the most frequent byte, and how much rarer each next one is.
const FIRST_BYTE_BITS: f32 = 3.6;
const BYTE_STEP_BITS: f32 = 0.08;
/// Of every byte that is not in the list.
const OTHER_BYTE_BITS: f32 = 10.0;

/// Folded texts that are far more frequent than their bytes suggest, the frequency in bits.
const FREQUENT: &[(&str, f32)] = &[
    ("c:\\", 0.6),
    ("c:\\windows\\", 0.9),
    ("\\windows\\", 0.9),
    ("c:\\windows\\system32\\", 1.2),
    ("c:\\windows\\syswow64\\", 3.5),
    ("\\windows\\system32\\", 1.2),
    (".exe", 0.6),
    ("\\program files", 2.5),
    ("\\program files (x86)\\", 4.0),
    ("\\users\\", 3.0),
    ("\\appdata\\local\\", 3.5),
    ("\\temp\\", 4.0),
    ("\\syswow64\\", 3.5),
    ("microsoft", 2.5),
    ("microsoft corporation", 1.0),
    ("microsoft® windows® operating system", 1.0),
    ("\\microsoft.net\\framework", 4.0),
    ("\\cmd.exe", 2.5),
    ("\\powershell.exe", 2.5),
    ("\\windowspowershell\\v1.0\\", 2.5),
    ("\\pwsh.exe", 5.0),
    ("\\svchost.exe", 3.5),
    ("\\services.exe", 3.5),
    ("\\explorer.exe", 3.5),
    ("\\rundll32.exe", 4.0),
    ("\\conhost.exe", 4.0),
    ("\\net.exe", 4.5),
    ("\\net1.exe", 4.5),
    ("\\reg.exe", 4.5),
    ("\\schtasks.exe", 5.0),
    ("\\wmic.exe", 5.5),
    (".dll", 3.5),
    ("/bin/", 0.6),
    ("/usr/bin/", 1.0),
    ("/usr/", 0.9),
    ("/sbin/", 2.0),
    ("/etc/", 3.5),
    ("/tmp/", 4.0),
    ("/home/", 3.5),
    ("/var/", 4.0),
    ("/dev/null", 4.0),
    ("/bin/bash", 2.5),
    ("/bin/sh", 2.0),
    ("/bin/zsh", 3.0),
    ("python", 4.0),
    ("sudo ", 4.0),
    ("systemctl", 5.0),
    ("curl", 5.5),
    ("http", 4.0),
    ("https://", 4.5),
    (" -c ", 3.0),
    (" /c ", 3.0),
    (" -", 1.0),
    (" --", 2.5),
    (" /", 1.2),
    ("root", 2.0),
    ("system", 2.0),
    ("nt authority\\system", 2.5),
];

/// Columns that have few values: no literal there is rarer than this.
const FEW_VALUES: &[(&str, f32)] = &[
    ("kind", 1.0),
    ("origin", 1.0),
    ("executable_hash_state", 1.0),
    ("executable_state", 2.0),
    ("integrity_level", 1.0),
    ("logon_id", 1.5),
    ("user_name", 2.0),
    ("parent_user_name", 2.0),
    ("host_name", 2.0),
];

/// A literal anywhere in a value has this many places to be found at, in bits.
const PLACES_BITS: f32 = 4.0;

/// The lists, ready to be looked up.
struct Known {
    bytes: [f32; 256],
    /// Of three bytes or more, by their first byte, the longest first.
    frequent: Vec<Vec<(&'static [u8], f32)>>,
    /// Every part of a frequent text, with the bits of the most frequent text that has it.
    parts: FxHashMap<&'static [u8], f32>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let mut known = Known {
        bytes: [OTHER_BYTE_BITS; 256],
        frequent: vec![Vec::new(); 256],
        parts: FxHashMap::default(),
    };
    for (rank, byte) in BYTES.iter().enumerate() {
        known.bytes[usize::from(*byte)] = FIRST_BYTE_BITS + BYTE_STEP_BITS * rank as f32;
    }
    for (text, bits) in FREQUENT.iter().map(|(text, bits)| (text.as_bytes(), *bits)) {
        if text.len() > 2 {
            known.frequent[usize::from(text[0])].push((text, bits));
        }
        for part in (1..=text.len()).flat_map(|length| text.windows(length)) {
            let least = known.parts.entry(part).or_insert(bits);
            *least = least.min(bits);
        }
    }
    known.frequent.iter_mut().for_each(|texts| texts.sort_by_key(|(text, _)| Reverse(text.len())));
    known
});

/// The bits of one folded literal in the column of this name.
pub(crate) fn bits(text: &[u8], anchor: Anchor, column: &str) -> f32 {
    let mut bits = containing(text).min(spelt(text));
    bits += match anchor {
        Anchor::Contains => -PLACES_BITS,
        Anchor::Prefix | Anchor::Suffix => 0.0,
        Anchor::Exact => 2.0,
    };
    let few = FEW_VALUES.iter().find(|(name, _)| *name == column);
    bits.max(0.0).min(few.map_or(f32::INFINITY, |(_, bits)| *bits))
}

/// The bits of four bytes anywhere.
pub(super) fn gram_bits(gram: &[u8]) -> f32 {
    let Known { bytes, parts, .. } = &*KNOWN;
    let spelt = gram.iter().map(|byte| bytes[usize::from(*byte)]).sum::<f32>() - PLACES_BITS;
    parts.get(gram).map_or(spelt, |bits| bits.min(spelt))
}

/// The bits of a set of which one is enough: frequencies add up.
pub(crate) fn bits_of_any(bits: impl Iterator<Item = f32>) -> f32 {
    let frequency: f32 = bits.map(|bits| (-bits).exp2()).sum();
    -frequency.log2()
}

/// A part of a frequent text is as frequent at least.
fn containing(literal: &[u8]) -> f32 {
    // The place bits come off later; what is known to be frequent has them in its figure.
    KNOWN.parts.get(literal).map_or(f32::INFINITY, |bits| bits + PLACES_BITS)
}

/// Frequent texts count once, every other byte by itself.
fn spelt(literal: &[u8]) -> f32 {
    let Known { bytes, frequent, .. } = &*KNOWN;
    let (mut bits, mut rest) = (0.0, literal);
    while let Some((first, others)) = rest.split_first() {
        let mut known = frequent[usize::from(*first)].iter();
        match known.find(|(text, _)| rest.starts_with(text)) {
            Some((text, text_bits)) => {
                (bits, rest) = (bits + text_bits + PLACES_BITS, &rest[text.len()..]);
            }
            None => (bits, rest) = (bits + bytes[usize::from(*first)], others),
        }
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anywhere(text: &str) -> f32 {
        bits(text.as_bytes(), Anchor::Contains, "command_line")
    }

    #[test]
    fn what_every_command_line_has_is_less_rare_than_what_few_have() {
        assert!(anywhere("/dev/tcp/") > anywhere("/usr/bin/"));
        assert!(anywhere("xmrig") > anywhere(".exe"));
        assert!(anywhere("mimikatz") > anywhere("\\windows\\system32\\"));
        assert!(anywhere("\\windows\\system32\\fodhelper") > anywhere("\\windows\\system32\\"));
    }

    #[test]
    fn a_kind_is_never_rare() {
        assert!(bits(b"start", Anchor::Exact, "kind") <= 1.0);
        assert!(bits(b"start", Anchor::Exact, "name") > 10.0);
    }

    #[test]
    fn one_of_two_is_twice_as_frequent() {
        assert!((bits_of_any([8.0, 8.0].into_iter()) - 7.0).abs() < 0.001);
    }
}
