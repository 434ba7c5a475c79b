//! Up to eight bytes at one end of a text, compared at once: rules out almost every other text.

/// Up to eight bytes at one end of a text, and which of them there are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Word {
    bytes: u64,
    mask: u64,
}

impl Word {
    /// Of the start of a text.
    pub(crate) fn first(text: &[u8]) -> Self {
        let mask = u64::MAX.checked_shr(missing_bits(text)).unwrap_or(0);
        Word { bytes: start(text), mask }
    }

    /// Of the end of a text.
    pub(crate) fn last(text: &[u8]) -> Self {
        let mask = u64::MAX.checked_shl(missing_bits(text)).unwrap_or(0);
        Word { bytes: end(text), mask }
    }

    /// Whether bytes of [`start`], or of [`end`], have it.
    #[inline]
    pub(crate) fn is_at(self, bytes: u64) -> bool {
        (bytes ^ self.bytes) & self.mask == 0
    }
}

/// Bits of a word that a text is too short for.
fn missing_bits(text: &[u8]) -> u32 {
    64 - 8 * text.len().min(8) as u32
}

/// The first eight bytes, the first one lowest; zeros where a text has none.
pub(crate) fn start(text: &[u8]) -> u64 {
    if let Some(first) = text.first_chunk() {
        return u64::from_le_bytes(*first);
    }
    let half = |bytes: &[u8; 4]| u64::from(u32::from_le_bytes(*bytes));
    match (text.first_chunk(), text.last_chunk()) {
        (Some(first), Some(last)) => half(first) | half(last) << (8 * (text.len() - 4)),
        _ => text.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    }
}

/// The last eight bytes, the last one highest; zeros where a text has none.
pub(crate) fn end(text: &[u8]) -> u64 {
    match text.last_chunk() {
        Some(last) => u64::from_le_bytes(*last),
        None => start(text).checked_shl(missing_bits(text)).unwrap_or(0),
    }
}
