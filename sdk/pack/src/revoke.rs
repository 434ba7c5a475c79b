//! `daemoneye-pack revoke`.

use std::path::PathBuf;
use std::str::FromStr;

use daemoneye_pack_format::{
    Authority, AuthorityError, IdError, KeyError, KeyId, PackId, Revocations, RevokedKey,
    RevokedRelease,
};

use crate::root::{complete, secrets};

const EXAMPLES: &str = "\
Examples:
  daemoneye-pack revoke ./roots --signer 0123456789abcdef --reason 'laptop stolen' --key ann.key
  daemoneye-pack revoke ./roots --release linux-essentials@7 --reason 'fires on cron' --key ann.key
  Add a signature, where several are needed
    daemoneye-pack revoke ./roots --key bob.key
  Endpoints hear of it with the next pack
    daemoneye-pack sign ./linux-essentials --key build.key --roots ./roots";

/// Revoke keys that signed packs, or releases of packs; or sign the list of revocations.
///
/// What is revoked stays so. Endpoints hear of it from any pack that carries the list
/// (`sign --roots`), and never forget it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Revoke {
    /// The folder of the roots.
    folder: PathBuf,
    /// The id of a key whose signatures of packs no longer count; may be given several times.
    #[arg(long, value_name = "KEY-ID", requires = "reason")]
    signer: Vec<KeyId>,
    /// A release that nobody shall load any more; may be given several times.
    #[arg(long, value_name = "PACK@RELEASE", requires = "reason")]
    release: Vec<Release>,
    /// Why, for people.
    #[arg(long)]
    reason: Option<String>,
    /// A secret key of the revoke role; may be given several times.
    #[arg(long, value_name = "FILE", required = true)]
    key: Vec<PathBuf>,
}

/// One release of a pack.
#[derive(Debug, Clone)]
struct Release {
    pack: PackId,
    release: u64,
}

/// Why a text is no release.
#[derive(Debug, thiserror::Error)]
enum ReleaseError {
    #[error("{0:?} is not of the form PACK@RELEASE")]
    Form(String),
    #[error(transparent)]
    Id(#[from] IdError),
}

impl FromStr for Release {
    type Err = ReleaseError;

    fn from_str(text: &str) -> Result<Self, ReleaseError> {
        let form = || ReleaseError::Form(text.to_owned());
        let (pack, release) = text.split_once('@').ok_or_else(form)?;
        Ok(Release { pack: pack.parse()?, release: release.parse().map_err(|_| form())? })
    }
}

/// Why nothing was revoked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    #[error("no root lists key {0}, so there is nothing to revoke")]
    Stranger(KeyId),
}

pub(crate) fn run(args: &Revoke) -> Result<String, Failed> {
    let keys = secrets(&args.key)?;
    let mut authority = Authority::open(&args.folder)?;
    if args.signer.is_empty() && args.release.is_empty() {
        authority.sign_revocations(&keys)?;
    } else {
        let list = longer(&authority, args)?;
        authority.revoke(&list, &keys)?;
    }
    let Revocations { version, keys, releases, .. } = authority.revocations()?;
    let (keys, releases, complete) = (keys.len(), releases.len(), complete(&authority));
    Ok(format!("revocations {version}: {keys} keys, {releases} releases; {complete}\n"))
}

/// The list with what was given added.
fn longer(authority: &Authority, args: &Revoke) -> Result<Revocations, Failed> {
    let old = authority.revocations()?;
    if let Some(stranger) = args.signer.iter().find(|key| !authority.lists(**key)) {
        return Err(Failed::Stranger(*stranger));
    }
    let reason = args.reason.clone().unwrap_or_default();
    let key = |key: &KeyId| RevokedKey { key: *key, reason: reason.clone() };
    let release = |one: &Release| RevokedRelease {
        pack: one.pack.clone(),
        release: one.release,
        reason: reason.clone(),
    };
    let mut added = Revocations::default();
    added.version = old.version + 1;
    added.keys.extend(args.signer.iter().map(key));
    added.releases.extend(args.release.iter().map(release));
    Ok(old.and(&added))
}
