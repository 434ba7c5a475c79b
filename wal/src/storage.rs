//! What a log needs of a disk. Small, so that crashes, torn writes and full disks are ordinary tests.

use std::io;

/// Numbered files that are appended to, the one with the highest number only.
pub trait Storage {
    /// The numbers of all segments, ascending.
    ///
    /// # Errors
    /// If the disk fails.
    fn segments(&mut self) -> io::Result<Vec<u64>>;

    /// A new segment that begins so, durable when this returns.
    ///
    /// # Errors
    /// If there is one of this number, or the disk is full or fails. Something may be left behind.
    fn create(&mut self, segment: u64, header: &[u8]) -> io::Result<()>;

    /// Appends to a segment. Not durable before [`sync`](Storage::sync).
    ///
    /// # Errors
    /// If the disk is full or fails. A part may be written.
    fn append(&mut self, segment: u64, bytes: &[u8]) -> io::Result<()>;

    /// Makes durable what was appended.
    ///
    /// # Errors
    /// If the disk is full or fails. What was appended may be lost, or not.
    fn sync(&mut self, segment: u64) -> io::Result<()>;

    /// Cuts a segment at this length, durable when this returns.
    ///
    /// # Errors
    /// If the disk fails.
    fn cut(&mut self, segment: u64, length: u64) -> io::Result<()>;

    /// Up to `length` bytes from this offset on; fewer at the end of the segment.
    ///
    /// # Errors
    /// If the disk fails.
    fn read(&mut self, segment: u64, offset: u64, length: usize) -> io::Result<Vec<u8>>;

    /// Removes a segment.
    ///
    /// # Errors
    /// If the disk fails.
    fn remove(&mut self, segment: u64) -> io::Result<()>;
}
