//! `daemoneye-pack keygen`.

use daemoneye_pack_format::{KeyError, keygen};

use crate::args::Keygen;

pub(crate) fn run(args: &Keygen) -> Result<String, KeyError> {
    let made = keygen(&args.out, &args.name)?;
    let (secret, public) = (made.secret.display(), made.public.display());
    Ok(format!(
        "key {}\nsecret  {secret}  (keep it; packs are signed with it)\npublic  {public}  (for trust directories)\n",
        made.id
    ))
}
