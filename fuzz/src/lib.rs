//! What fuzz targets share.
//!
//! ```text
//! judging   a rule over a fixed batch, through the index and past it
//! segments  a disk in memory for the write-ahead log, and bytes that it believes
//! archive   files as a pack's archive
//! ```

pub mod archive;
pub mod judging;
pub mod segments;
