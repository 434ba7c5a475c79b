//! `daemoneye-pack root show`.

use daemoneye_pack_format::{Authority, AuthorityError, KeyId, Revocations, RoleName, Root};
use serde_json::{Map, Value as Json, json};

use super::complete;
use crate::args::Format;
use crate::line::line;

pub(super) fn show(authority: &Authority, format: Format) -> Result<String, AuthorityError> {
    let (root, revocations) = (authority.latest()?, authority.revocations()?);
    Ok(match format {
        Format::Text => text(authority, &root, &revocations),
        Format::Json => format!("{:#}\n", json(authority, &root, &revocations)),
    })
}

fn text(authority: &Authority, root: &Root, revocations: &Revocations) -> String {
    let mut out = String::new();
    line(&mut out, &format!("root {}: {}", root.version(), complete(authority)));
    for name in RoleName::ALL {
        let role = root.role(name);
        let keys: Vec<String> =
            role.keys.iter().map(|key| format!("{} ({key})", key_name(root, *key))).collect();
        let (threshold, count, keys) = (role.threshold, keys.len(), keys.join(", "));
        line(&mut out, &format!("{name:6}  {threshold} of {count}  {keys}"));
    }
    if revocations.version > 0 {
        line(&mut out, &format!("revocations {}", revocations.version));
    }
    for revoked in &revocations.keys {
        line(&mut out, &format!("  key {}: {}", revoked.key, revoked.reason));
    }
    for revoked in &revocations.releases {
        let (pack, release, reason) = (&revoked.pack, revoked.release, &revoked.reason);
        line(&mut out, &format!("  pack {pack} release {release}: {reason}"));
    }
    out
}

fn json(authority: &Authority, root: &Root, revocations: &Revocations) -> Json {
    let role = |name: RoleName| {
        let role = root.role(name);
        let key = |id: &KeyId| json!({ "key": id.to_string(), "name": key_name(root, *id) });
        let keys: Vec<Json> = role.keys.iter().map(key).collect();
        (name.to_string(), json!({ "threshold": role.threshold, "keys": keys }))
    };
    let missing = authority.standing().err().map(|missing| missing.to_string());
    json!({
        "version": root.version(),
        "complete": missing.is_none(),
        "missing": missing,
        "roles": RoleName::ALL.into_iter().map(role).collect::<Map<_, _>>(),
        "revocations": {
            "version": revocations.version,
            "keys": revocations.keys,
            "releases": revocations.releases,
        },
    })
}

fn key_name(root: &Root, key: KeyId) -> &str {
    root.key(key).expect("a root lists the keys of its roles").name()
}
