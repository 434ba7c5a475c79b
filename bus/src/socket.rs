//! One local socket, read by one task and written by another.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use interprocess::local_socket::tokio::Stream;
use interprocess::local_socket::{GenericFilePath, Name, ToFsName};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The side that is read.
#[derive(Debug)]
pub(crate) struct ReadSide(Arc<Stream>);

/// The side that is written. The socket is closed when both sides are dropped.
#[derive(Debug)]
pub(crate) struct WriteSide(Arc<Stream>);

/// Both sides of a connection.
pub(crate) fn sides(stream: Stream) -> (ReadSide, WriteSide) {
    let stream = Arc::new(stream);
    (ReadSide(Arc::clone(&stream)), WriteSide(stream))
}

/// The path as a name of a local socket.
pub(crate) fn name(path: &Path) -> io::Result<Name<'_>> {
    path.to_fs_name::<GenericFilePath>()
}

impl AsyncRead for ReadSide {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut &*self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for WriteSide {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut &*self.0).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut &*self.0).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut &*self.0).poll_shutdown(context)
    }
}
