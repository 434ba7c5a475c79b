//! The file that clients connect to, and its directory.

use std::fs::{DirBuilder, File, Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use interprocess::local_socket::ListenerOptions;
use interprocess::local_socket::tokio::Listener;
use interprocess::os::unix::local_socket::ListenerOptionsExt;

use crate::socket::name;

/// Why there is no broker.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// The path of the socket names no directory.
    #[error("socket {0} without a directory")]
    NoDirectory(PathBuf),
    /// What should be the directory is something else, such as a symbolic link.
    #[error("{0} is no directory")]
    NotADirectory(PathBuf),
    /// Another user owns the directory.
    #[error("directory {path} belongs to uid {uid}")]
    Owner {
        /// The directory.
        path: PathBuf,
        /// Its owner.
        uid: u32,
    },
    /// Others may write into the directory.
    #[error("directory {path} with mode {mode:o} may be written by others")]
    Writable {
        /// The directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Somebody answers on the socket.
    #[error("socket {0} is in use")]
    InUse(PathBuf),
    /// Something that is no socket has its name.
    #[error("{0} is no socket")]
    NotASocket(PathBuf),
    /// The operating system refuses.
    #[error("{path}: {source}")]
    Io {
        /// The directory or the socket.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A listening socket; its file goes when this goes.
#[derive(Debug)]
pub(super) struct Socket {
    listener: Listener,
    path: PathBuf,
    /// Whether it is for its group, too.
    is_shared: bool,
    /// Device and inode, so that nobody else's file is removed.
    identity: (u64, u64),
}

impl Socket {
    /// Brokers that start at the same time take turns at the directory: between the look at a
    /// stale socket and its removal nobody else binds.
    pub(super) fn bind(path: &Path, is_shared: bool) -> Result<Self, BindError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| BindError::Io { path, source }
        };
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let directory = directory.ok_or_else(|| BindError::NoDirectory(path.to_owned()))?;
        prepare(directory)?;
        let turn = File::open(directory).map_err(at(directory))?;
        turn.lock().map_err(at(directory))?;
        remove_stale(path)?;
        let name = name(path).map_err(at(path))?;
        let options = ListenerOptions::new().name(name).reclaim_name(false).mode(0o600);
        let listener = options.create_tokio().map_err(at(path))?;
        if is_shared {
            // Whatever the umask says: who connects has to be able to write.
            std::fs::set_permissions(path, Permissions::from_mode(0o660)).map_err(at(path))?;
        }
        let identity = identity(&path.symlink_metadata().map_err(at(path))?);
        Ok(Socket { listener, path: path.to_owned(), is_shared, identity })
    }

    /// Makes the file again if somebody has deleted it: without it nobody finds the broker. Who is
    /// connected stays so. Says whether that was needed.
    pub(super) fn renew(&mut self) -> Result<bool, BindError> {
        match self.path.symlink_metadata() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                *self = Socket::bind(&self.path, self.is_shared)?;
                Ok(true)
            }
            // There, or somebody else's: never taken from others.
            _ => Ok(false),
        }
    }

    pub(super) fn listener(&self) -> &Listener {
        &self.listener
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let found = self.path.symlink_metadata();
        if !found.is_ok_and(|found| identity(&found) == self.identity) {
            return;
        }
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "the socket was not removed");
        }
    }
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// Makes the directory for this user alone, or checks that nobody else can replace the socket.
fn prepare(path: &Path) -> Result<(), BindError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    let found = match (made, path.symlink_metadata()) {
        (_, Ok(found)) => found,
        (Err(source), Err(_)) | (Ok(()), Err(source)) => {
            return Err(BindError::Io { path: path.to_owned(), source });
        }
    };
    let (path, mode, uid) = (path.to_owned(), found.mode() & 0o7777, found.uid());
    if !found.is_dir() {
        Err(BindError::NotADirectory(path))
    } else if uid != rustix::process::geteuid().as_raw() {
        Err(BindError::Owner { path, uid })
    } else if mode & 0o022 != 0 {
        Err(BindError::Writable { path, mode })
    } else {
        Ok(())
    }
}

/// Removes a socket that nobody answers on: what a broker leaves behind that was killed.
fn remove_stale(path: &Path) -> Result<(), BindError> {
    let io = |source| BindError::Io { path: path.to_owned(), source };
    match path.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(io(error)),
        Ok(found) if !found.file_type().is_socket() => {
            return Err(BindError::NotASocket(path.to_owned()));
        }
        Ok(_) => {}
    }
    match UnixStream::connect(path) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
            std::fs::remove_file(path).map_err(io)
        }
        Ok(_) => Err(BindError::InUse(path.to_owned())),
        Err(error) => Err(io(error)),
    }
}
