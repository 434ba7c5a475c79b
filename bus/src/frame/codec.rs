//! The bytes of a frame, without I/O.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::FrameError;

/// The longest payload: 16 MiB. A batch of 1,024 ordinary events has less than one.
pub const MAX_FRAME_BYTES: usize = 16 << 20;

/// The length of what stands before the payload.
pub const HEADER_BYTES: usize = 8;

/// What stands before the payload: its length, at most [`MAX_FRAME_BYTES`], and its checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    length: u32,
    checksum: u32,
}

impl Header {
    /// Of this payload.
    ///
    /// # Errors
    /// [`FrameError::TooLarge`].
    pub fn of(payload: &[u8]) -> Result<Self, FrameError> {
        let length = checked(payload.len())?;
        Ok(Header { length, checksum: checksum(length, payload) })
    }

    /// Reads a header.
    ///
    /// # Errors
    /// [`FrameError::TooLarge`].
    pub fn decode(bytes: [u8; HEADER_BYTES]) -> Result<Self, FrameError> {
        let [a, b, c, d, e, f, g, h] = bytes;
        let length = checked(u32::from_le_bytes([a, b, c, d]) as usize)?;
        Ok(Header { length, checksum: u32::from_le_bytes([e, f, g, h]) })
    }

    /// The header's bytes.
    pub fn encode(self) -> [u8; HEADER_BYTES] {
        let [a, b, c, d] = self.length.to_le_bytes();
        let [e, f, g, h] = self.checksum.to_le_bytes();
        [a, b, c, d, e, f, g, h]
    }

    /// How many bytes of payload follow, at most [`MAX_FRAME_BYTES`].
    pub fn length(self) -> usize {
        self.length as usize
    }

    /// The message that the payload is.
    ///
    /// # Errors
    /// [`FrameError::Checksum`] before anything is decoded, then [`FrameError::Malformed`] and
    /// [`FrameError::Trailing`].
    pub fn message<T: DeserializeOwned>(self, payload: &[u8]) -> Result<T, FrameError> {
        let found = checksum(self.length, payload);
        if found != self.checksum {
            return Err(FrameError::Checksum { expected: self.checksum, found });
        }
        let (message, rest) = postcard::take_from_bytes(payload).map_err(FrameError::Malformed)?;
        if rest.is_empty() { Ok(message) } else { Err(FrameError::Trailing(rest.len())) }
    }
}

/// A message as a whole frame.
///
/// # Errors
/// [`FrameError::TooLarge`], and [`FrameError::Malformed`] for a type that postcard cannot write.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, FrameError> {
    let empty = vec![0; HEADER_BYTES];
    let mut frame = postcard::to_extend(message, empty).map_err(FrameError::Malformed)?;
    let header = Header::of(&frame[HEADER_BYTES..])?;
    frame[..HEADER_BYTES].copy_from_slice(&header.encode());
    Ok(frame)
}

fn checked(length: usize) -> Result<u32, FrameError> {
    let fits = u32::try_from(length).ok().filter(|_| length <= MAX_FRAME_BYTES);
    fits.ok_or(FrameError::TooLarge { length })
}

fn checksum(length: u32, payload: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&length.to_le_bytes()), payload)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse<T: DeserializeOwned>(frame: &[u8]) -> Result<T, FrameError> {
        let (header, payload) = frame.split_first_chunk().expect("a whole header");
        Header::decode(*header)?.message(payload)
    }

    proptest! {
        #[test]
        fn every_message_is_read_back(message: (u64, String, Vec<Option<i64>>)) {
            let frame = encode(&message).expect("small");
            prop_assert_eq!(parse::<(u64, String, Vec<Option<i64>>)>(&frame).expect("whole"), message);
        }

        #[test]
        fn no_flipped_bit_goes_unnoticed(message: (u64, String), bit: prop::sample::Index) {
            let mut frame = encode(&message).expect("small");
            let bit = bit.index(frame.len() * 8);
            frame[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(parse::<(u64, String)>(&frame).is_err());
        }

        #[test]
        fn no_bytes_make_the_decoder_panic(bytes: Vec<u8>) {
            if bytes.len() >= HEADER_BYTES {
                let _ = parse::<crate::message::ClientMessage>(&bytes);
            }
            if let Ok(header) = Header::of(&bytes) {
                let _ = header.message::<crate::message::ClientMessage>(&bytes);
            }
        }
    }

    #[test]
    fn the_longest_payload_is_accepted_and_one_byte_more_is_not() {
        let header = |length: usize| {
            let length = u32::try_from(length).expect("small").to_le_bytes();
            Header::decode([length[0], length[1], length[2], length[3], 0, 0, 0, 0])
        };
        assert_eq!(header(MAX_FRAME_BYTES).expect("allowed").length(), MAX_FRAME_BYTES);
        let refused = header(MAX_FRAME_BYTES + 1).expect_err("too large");
        assert!(
            matches!(refused, FrameError::TooLarge { length } if length == MAX_FRAME_BYTES + 1)
        );
    }

    #[test]
    fn a_message_that_is_too_large_is_not_written() {
        let message = vec![0_u8; MAX_FRAME_BYTES];
        assert!(matches!(encode(&message), Err(FrameError::TooLarge { .. })));
    }

    #[test]
    fn bytes_after_the_message_are_refused() {
        let payload = [1, 2, 3];
        let header = Header::of(&payload).expect("small");
        assert!(matches!(header.message::<u8>(&payload), Err(FrameError::Trailing(2))));
    }

    #[test]
    fn the_layout_is_the_documented_one() {
        // CRC-32C (Castagnoli) of 02 00 00 00 01 61, computed with an independent bitwise routine.
        let frame = encode(&"a").expect("small");
        let mut crc = !0_u32;
        for byte in [2, 0, 0, 0, 1, b'a'] {
            crc ^= u32::from(byte);
            (0..8).for_each(|_| crc = (crc >> 1) ^ (0x82f6_3b78 & (crc & 1).wrapping_neg()));
        }
        assert_eq!(frame[..4], [2, 0, 0, 0]);
        assert_eq!(frame[4..8], (!crc).to_le_bytes());
        assert_eq!(frame[8..], [1, b'a']);
    }
}
