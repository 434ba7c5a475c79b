//! `daemoneye-pack build`.

use std::path::PathBuf;
use std::{fs, io};

use daemoneye_pack_format::{Digest, PackError, build};

/// Put a signed pack into one file, X.pack, which endpoints read like the folder.
///
/// The same files always give the same bytes. Nothing is compressed, and no date, owner or mode of
/// a file is kept.
#[derive(Debug, clap::Args)]
pub(crate) struct Build {
    /// The folder of the signed pack.
    pub(crate) folder: PathBuf,
    /// The file; one that exists is replaced [default: ID-RELEASE.pack]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    #[error(transparent)]
    Pack(#[from] PackError),
    #[error("{file}: {source}", file = .file.display())]
    Write { file: PathBuf, source: io::Error },
}

pub(crate) fn run(args: &Build) -> Result<String, Failed> {
    let (manifest, bytes) = build(&args.folder)?;
    let name = || PathBuf::from(format!("{}-{}.pack", manifest.pack, manifest.release));
    let file = args.out.clone().unwrap_or_else(name);
    fs::write(&file, &bytes).map_err(|source| Failed::Write { file: file.clone(), source })?;
    let (pack, release, size) = (&manifest.pack, manifest.release, bytes.len());
    let file = file.display();
    Ok(format!("{file}: {pack} release {release}, {size} bytes, blake3 {}\n", Digest::of(&bytes)))
}
