//! What stands in the place of a secret: `[redacted:` and 16 hexadecimal digits of a keyed hash.

use std::ops::Range;

const OPEN: &str = "[redacted:";
const CLOSE: char = ']';
/// Bytes of the hash: enough that two secrets of one host never share a mark.
const HASH_BYTES: usize = 8;
const MARK_BYTES: usize = OPEN.len() + 2 * HASH_BYTES + 1;

/// The host's key. Who has it can try out guesses at secrets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key(pub [u8; 32]);

pub(super) struct Marks(Key);

impl Marks {
    pub(super) fn new(key: Key) -> Self {
        Marks(key)
    }

    /// The mark of a secret.
    pub(super) fn of(&self, secret: &str) -> String {
        let hash = blake3::keyed_hash(&self.0.0, secret.as_bytes());
        format!("{OPEN}{}{CLOSE}", &hash.to_hex()[..2 * HASH_BYTES])
    }

    /// Whether nothing but a mark is there, so that what was redacted once stays as it is.
    pub(super) fn is_marked(&self, text: &str, bytes: &Range<usize>) -> bool {
        let Some(mark) = text.get(bytes.start..bytes.start + MARK_BYTES) else { return false };
        let digits = mark.strip_prefix(OPEN).and_then(|rest| rest.strip_suffix(CLOSE));
        bytes.len() <= MARK_BYTES
            && digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    }
}
