//! `daemoneye-pack sign`.

use daemoneye_pack_format::{KeyError, SignError, SigningKey, sign};

use crate::args::Sign;

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Sign(#[from] SignError),
}

pub(crate) fn run(args: &Sign) -> Result<String, Failed> {
    let key = SigningKey::read(&args.key)?;
    let manifest = sign(&args.pack, &key)?;
    let (pack, release, files) = (&manifest.pack, manifest.release, manifest.files.len());
    Ok(format!("signed {pack} release {release}: {files} files, key {}\n", key.id()))
}
