//! How a message is written: length, checksum, bytes.
//!
//! ```text
//! 0   u32 LE   length of the payload, 0 to MAX_FRAME_BYTES
//! 4   u32 LE   CRC32C over the four bytes of the length and the payload
//! 8   payload  one message in postcard's encoding, and nothing after it
//! ```
//!
//! Invariant: no length is believed before it is compared with [`MAX_FRAME_BYTES`], and no payload
//! is decoded before its checksum is compared.

mod codec;
mod stream;

use std::io;

pub use codec::{HEADER_BYTES, Header, MAX_FRAME_BYTES, encode};
pub use stream::{FrameReader, FrameWriter};

/// Why there is no message.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// More than [`MAX_FRAME_BYTES`].
    #[error("frame of {length} bytes, more than {MAX_FRAME_BYTES}")]
    TooLarge {
        /// Length of the payload, bytes.
        length: usize,
    },
    /// The bytes are not those that were written.
    #[error("frame with checksum {found:08x} instead of {expected:08x}")]
    Checksum {
        /// What the header says.
        expected: u32,
        /// What the bytes have.
        found: u32,
    },
    /// The stream ended within a frame.
    #[error("stream that ends within a frame")]
    Torn,
    /// The payload is no message of the expected type.
    #[error("frame that is no message: {0}")]
    Malformed(#[source] postcard::Error),
    /// The payload goes on after the message.
    #[error("frame with {0} bytes after its message")]
    Trailing(usize),
    /// The stream failed.
    #[error("stream that failed: {0}")]
    Io(#[source] io::Error),
}
