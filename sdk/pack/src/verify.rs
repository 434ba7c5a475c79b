//! `daemoneye-pack verify`.

use daemoneye_pack_format::{Pack, PackError, Trust, TrustError, TrustedKeys};

use crate::args::Verify;

/// Why the pack is not believed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    #[error(transparent)]
    Trust(#[from] TrustError),
    #[error(transparent)]
    Pack(#[from] PackError),
}

pub(crate) fn run(args: &Verify) -> Result<String, Refused> {
    let keys = TrustedKeys::load(&args.trust)?;
    let pack = Pack::read(&args.pack, &Trust::Keys(keys.clone()))?;
    let signer =
        pack.signer.and_then(|id| keys.get(id)).expect("a believed pack has a trusted signer");
    let (id, release, rules) = (&pack.id, pack.release, pack.rules.len());
    Ok(format!(
        "{id} release {release}: {rules} rules, signed by {} ({})\n",
        signer.name(),
        signer.id()
    ))
}
