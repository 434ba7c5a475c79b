//! Frames on a stream of bytes.

use std::io::ErrorKind;

use serde::de::DeserializeOwned;
use tokio::io::{
    AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, BufWriter,
};

use super::{FrameError, HEADER_BYTES, Header};

/// Small frames share a system call; larger ones pass by the buffer.
const BUFFER_BYTES: usize = 16 << 10;

/// A payload buffer that grew beyond this is given back after use.
const KEPT_BYTES: usize = 2 << 20;

/// Reads frames.
#[derive(Debug)]
pub struct FrameReader<R> {
    stream: BufReader<R>,
    payload: Vec<u8>,
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    /// Of this stream.
    pub fn new(stream: R) -> Self {
        FrameReader { stream: BufReader::with_capacity(BUFFER_BYTES, stream), payload: Vec::new() }
    }

    /// The next message, or nothing if the stream ends between two frames. Not cancel-safe: a call
    /// that was dropped may leave half a frame behind.
    ///
    /// # Errors
    /// Every [`FrameError`]; none leaves the stream in a state in which it can be read on.
    pub async fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, FrameError> {
        // A peer that never pauses must not keep its reader from letting others run.
        tokio::task::coop::consume_budget().await;
        if self.stream.fill_buf().await.map_err(FrameError::Io)?.is_empty() {
            return Ok(None);
        }
        let mut header = [0; HEADER_BYTES];
        self.stream.read_exact(&mut header).await.map_err(torn)?;
        let header = Header::decode(header)?;
        let message = header.message(self.fill(header.length()).await?)?;
        if self.payload.len() > KEPT_BYTES {
            self.payload = Vec::new();
        }
        Ok(Some(message))
    }

    async fn fill(&mut self, length: usize) -> Result<&[u8], FrameError> {
        if self.payload.len() < length {
            self.payload = vec![0; length];
        }
        let payload = &mut self.payload[..length];
        self.stream.read_exact(payload).await.map_err(torn)?;
        Ok(payload)
    }
}

fn torn(error: std::io::Error) -> FrameError {
    match error.kind() {
        ErrorKind::UnexpectedEof => FrameError::Torn,
        _ => FrameError::Io(error),
    }
}

/// Writes frames.
#[derive(Debug)]
pub struct FrameWriter<W> {
    stream: BufWriter<W>,
}

impl<W: AsyncWrite + Unpin> FrameWriter<W> {
    /// On this stream.
    pub fn new(stream: W) -> Self {
        FrameWriter { stream: BufWriter::with_capacity(BUFFER_BYTES, stream) }
    }

    /// Writes the bytes of a frame, as [`encode`](super::encode) made them; they may stay in the
    /// buffer until the next flush.
    ///
    /// # Errors
    /// [`FrameError::Io`].
    pub async fn write(&mut self, frame: &[u8]) -> Result<(), FrameError> {
        self.stream.write_all(frame).await.map_err(FrameError::Io)
    }

    /// Hands everything written so far to the stream.
    ///
    /// # Errors
    /// [`FrameError::Io`].
    pub async fn flush(&mut self) -> Result<(), FrameError> {
        self.stream.flush().await.map_err(FrameError::Io)
    }
}

#[cfg(test)]
mod tests {
    use super::super::encode;
    use super::*;

    async fn read_all(bytes: &[u8]) -> Result<Vec<String>, FrameError> {
        let mut reader = FrameReader::new(bytes);
        let mut messages = Vec::new();
        while let Some(message) = reader.next().await? {
            messages.push(message);
        }
        Ok(messages)
    }

    #[tokio::test]
    async fn frames_come_out_in_the_order_in_which_they_went_in() {
        let words = ["", "one", &"x".repeat(3 * BUFFER_BYTES), "two"];
        let mut writer = FrameWriter::new(Vec::new());
        for word in words {
            writer.write(&encode(&word).expect("small")).await.expect("memory");
        }
        writer.flush().await.expect("memory");
        let bytes = writer.stream.into_inner();
        assert_eq!(read_all(&bytes).await.expect("whole frames"), words);
    }

    #[tokio::test]
    async fn a_torn_frame_is_an_error_and_an_end_between_frames_is_none() {
        let frame = encode(&"a message").expect("small");
        for length in 1..frame.len() {
            let torn = read_all(&frame[..length]).await.expect_err("torn");
            assert!(matches!(torn, FrameError::Torn), "{length}: {torn}");
        }
        assert!(read_all(&[]).await.expect("no frame").is_empty());
        assert_eq!(read_all(&frame).await.expect("one frame"), ["a message"]);
    }

    #[tokio::test]
    async fn a_length_is_refused_before_anything_is_allocated() {
        let mut reader = FrameReader::new(&[0xff_u8; HEADER_BYTES][..]);
        let refused = reader.next::<String>().await.expect_err("too large");
        assert!(matches!(refused, FrameError::TooLarge { length: 0xffff_ffff }));
        assert_eq!(reader.payload.capacity(), 0);
    }
}
