//! `daemoneye-pack verify`.

use std::path::PathBuf;

use daemoneye_pack_format::{Gate, KeyId, NewsError, Pack, PackError, Parcel, Trust, TrustError};
use serde_json::{Value as Json, json};

use crate::args::Format;
use crate::line::line;

/// Check a pack as an endpoint does: signatures, hash of every file, every rule.
///
/// What only an endpoint knows is not checked: which release has been active there.
#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    /// The folder of the pack, or its .pack file.
    pub(crate) pack: PathBuf,
    /// The folder to believe: public keys (*.pub), or a root (root.N.json).
    #[arg(long, value_name = "DIR")]
    pub(crate) trust: PathBuf,
    /// How to show it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// Why the pack is not believed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    #[error(transparent)]
    Trust(#[from] TrustError),
    #[error(transparent)]
    Pack(#[from] PackError),
}

pub(crate) fn run(args: &Verify) -> Result<String, Refused> {
    let parcel = Parcel::open(&args.pack)?;
    let mut gate = Gate::new(Trust::load(&args.trust)?);
    let ignored = gate.learn(&parcel)?;
    let pack = gate.admit(&parcel)?;
    Ok(match args.format {
        Format::Text => text(&pack, gate.trust(), ignored.as_ref()),
        Format::Json => format!("{:#}\n", json(&pack, gate.trust(), ignored.as_ref())),
    })
}

fn text(pack: &Pack, trust: &Trust, ignored: Option<&NewsError>) -> String {
    let mut out = String::new();
    let signers = pack.signers.iter().map(|key| format!("{} ({key})", name(trust, *key)));
    let signers = signers.collect::<Vec<_>>().join(", ");
    let (id, release, rules) = (&pack.id, pack.release, pack.rules.len());
    line(&mut out, &format!("{id} release {release}: {rules} rules, signed by {signers}"));
    if let Trust::Root(standing) = trust {
        let (root, revocations) = (standing.root().version(), standing.revocations().version);
        line(&mut out, &format!("root {root}, revocations {revocations}"));
    }
    if let Some(why) = ignored {
        line(&mut out, &format!("its revocations are not heeded: {why}"));
    }
    out
}

fn json(pack: &Pack, trust: &Trust, ignored: Option<&NewsError>) -> Json {
    let standing = match trust {
        Trust::Root(standing) => Some(standing),
        _ => None,
    };
    let signer = |key: &KeyId| json!({ "key": key.to_string(), "name": name(trust, *key) });
    json!({
        "pack": pack.id.as_str(),
        "release": pack.release,
        "rules": pack.rules.len(),
        "signers": pack.signers.iter().map(signer).collect::<Vec<_>>(),
        "review_by": pack.review_by.map(|day| day.to_string()),
        "root": standing.map(|standing| standing.root().version()),
        "revocations": standing.map(|standing| standing.revocations().version),
        "revocations_ignored": ignored.map(ToString::to_string),
    })
}

/// What the trust calls a key that has signed.
fn name(trust: &Trust, key: KeyId) -> &str {
    let known = match trust {
        Trust::Keys(keys) => keys.get(key),
        Trust::Root(standing) => standing.root().key(key),
        Trust::AllowUnsigned => None,
    };
    known.expect("a believed pack has trusted signers").name()
}
