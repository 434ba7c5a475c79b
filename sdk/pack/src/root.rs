//! `daemoneye-pack root`: who may sign what, in versions that follow each other.

mod roles;
mod show;

use std::path::PathBuf;

use clap::Subcommand;
use daemoneye_pack_format::{Authority, AuthorityError, KeyError, Root, RootError, SigningKey};

use crate::args::Format;
use roles::Given;

const EXAMPLES: &str = "\
Examples:
  Two of three officers decide; one build machine signs packs
    daemoneye-pack root init ./roots --root-threshold 2 --root ann.pub --root bob.pub \\
      --root eve.pub --pack build.pub --revoke eve.pub --key ann.key --key bob.key
    install -m 0644 ./roots/* /etc/daemoneye/trust/
  Replace the build machine's key; the other roles stay as they are
    daemoneye-pack root rotate ./roots --pack build2.pub --key ann.key
    daemoneye-pack root sign ./roots --key bob.key
    daemoneye-pack sign ./linux-essentials --key build2.key --roots ./roots
  See who may sign what, and whether all signatures are there
    daemoneye-pack root show ./roots";

/// Make and change roots: which keys may sign packs, revocations, and the next root.
///
/// Each change is a new version, root.N.json, signed by enough keys of the old and of the new root
/// role. Endpoints begin with the oldest root of their trust directory and follow the later ones,
/// which come in any pack (`sign --roots`).
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RootArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make the first root.
    Init(Change),
    /// Make the next root. A role that is given gets exactly these keys; the others stay.
    Rotate(Change),
    /// Add signatures to the latest root.
    Sign(Sign),
    /// Show who may sign what, and whether an endpoint would believe it.
    Show(Show),
}

#[derive(Debug, clap::Args)]
struct Change {
    /// The folder of the roots.
    folder: PathBuf,
    #[command(flatten)]
    given: Given,
    /// A secret key that signs the root; may be given several times.
    #[arg(long, value_name = "FILE", required = true)]
    key: Vec<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct Sign {
    /// The folder of the roots.
    folder: PathBuf,
    /// A secret key; may be given several times.
    #[arg(long, value_name = "FILE", required = true)]
    key: Vec<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct Show {
    /// The folder of the roots.
    folder: PathBuf,
    /// How to show it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Why there is no root.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("the new root is none: {0}")]
    Root(#[from] RootError),
    #[error(transparent)]
    Authority(#[from] AuthorityError),
}

pub(crate) fn run(args: &RootArgs) -> Result<String, Failed> {
    match &args.command {
        Command::Init(change) => init(change),
        Command::Rotate(change) => rotate(change),
        Command::Sign(args) => sign(args),
        Command::Show(args) => Ok(show::show(&Authority::open(&args.folder)?, args.format)?),
    }
}

fn init(args: &Change) -> Result<String, Failed> {
    let keys = secrets(&args.key)?;
    let root = roles::root(1, &args.given, None)?;
    let mut authority = Authority::open(&args.folder)?;
    authority.found(&root, &keys)?;
    Ok(made(&authority, &root))
}

fn rotate(args: &Change) -> Result<String, Failed> {
    let keys = secrets(&args.key)?;
    let mut authority = Authority::open(&args.folder)?;
    let old = authority.latest()?;
    let root = roles::root(old.version() + 1, &args.given, Some(&old))?;
    authority.follow(&root, &keys)?;
    Ok(made(&authority, &root))
}

fn sign(args: &Sign) -> Result<String, Failed> {
    let keys = secrets(&args.key)?;
    let mut authority = Authority::open(&args.folder)?;
    authority.sign_root(&keys)?;
    Ok(made(&authority, &authority.latest()?))
}

fn made(authority: &Authority, root: &Root) -> String {
    format!("root {}: {}\n", root.version(), complete(authority))
}

/// Whether anything is missing, as words.
pub(crate) fn complete(authority: &Authority) -> String {
    match authority.standing() {
        Ok(_) => "complete; endpoints believe it".to_owned(),
        Err(missing) => format!("not complete yet: {missing}"),
    }
}

pub(crate) fn secrets(files: &[PathBuf]) -> Result<Vec<SigningKey>, KeyError> {
    files.iter().map(|file| SigningKey::read(file)).collect()
}
