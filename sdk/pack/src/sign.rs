//! `daemoneye-pack sign`.

use std::path::PathBuf;

use daemoneye_pack_format::{
    Authority, AuthorityError, KeyError, Manifest, SignError, Signatures, SigningKey, sign,
};

/// Sign a pack: write manifest.json and manifest.sig into its folder.
///
/// A pack that no endpoint could read is not signed. The same files and keys always give the same
/// manifest and signatures. Signatures that others have made of the same manifest stay.
#[derive(Debug, clap::Args)]
pub(crate) struct Sign {
    /// The folder of the pack.
    pub(crate) pack: PathBuf,
    /// A secret key, as keygen wrote it; may be given several times.
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) key: Vec<PathBuf>,
    /// Put the roots and revocations of this folder into the pack, so that endpoints hear of them.
    #[arg(long, value_name = "DIR")]
    pub(crate) roots: Option<PathBuf>,
}

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Roots(#[from] AuthorityError),
    #[error(transparent)]
    Sign(#[from] SignError),
}

pub(crate) fn run(args: &Sign) -> Result<String, Failed> {
    let keys = args.key.iter().map(|file| SigningKey::read(file));
    let keys = keys.collect::<Result<Vec<SigningKey>, KeyError>>()?;
    if let Some(folder) = &args.roots {
        let authority = Authority::open(folder)?;
        authority.standing()?;
        authority.carry(&args.pack)?;
    }
    let (manifest, signatures) = sign(&args.pack, &keys)?;
    Ok(told(&manifest, &signatures))
}

fn told(manifest: &Manifest, signatures: &Signatures) -> String {
    let (pack, release, files) = (&manifest.pack, manifest.release, manifest.files.len());
    let keys: Vec<String> = signatures.keys().map(|key| key.to_string()).collect();
    let (word, keys) = (if keys.len() == 1 { "key" } else { "keys" }, keys.join(", "));
    format!("signed {pack} release {release}: {files} files, {word} {keys}\n")
}
