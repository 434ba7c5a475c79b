//! A few bits that say which pairs of bytes a text has: whoever lacks a pair of a needle's does not
//! have the needle.

/// Longer texts have so many pairs that almost nothing is lacking.
pub(crate) const LONGEST: usize = 384;

/// The pairs of neighbouring bytes of a text, hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Signature([u64; 4]);

impl Signature {
    /// Of a folded text.
    pub(crate) fn new(text: &[u8]) -> Self {
        let mut bits = [0; 4];
        for pair in text.windows(2) {
            let hash = pair[0].wrapping_mul(31) ^ pair[1].wrapping_mul(113);
            bits[usize::from(hash >> 6)] |= 1 << (hash & 63);
        }
        Signature(bits)
    }

    /// Whether a text of this signature may have a part of the other.
    pub(crate) fn may_have(&self, part: &Signature) -> bool {
        self.0.iter().zip(part.0).all(|(own, part)| own & part == part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_text_may_be_in_it_and_most_others_may_not() {
        let text = b"powershell.exe -nop -w hidden -enc sqbfafga";
        let signature = Signature::new(text);
        for length in 0..text.len() {
            let mut parts = text.windows(length.max(1));
            assert!(parts.all(|part| signature.may_have(&Signature::new(part))));
        }
        let others = ["mimikatz", "/dev/tcp/", "certutil", "rundll32.exe", "-urlcache"];
        let found = others.iter().filter(|o| signature.may_have(&Signature::new(o.as_bytes())));
        assert_eq!(found.count(), 0);
    }
}
