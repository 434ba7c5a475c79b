//! `daemoneye packs`: the packs of this host.

use clap::Subcommand;

/// What is wanted of packs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub(crate) enum OfPacks {
    /// What releases in shadow find and active ones do not, and the other way round
    #[command(after_help = "\
Examples:
  daemoneye packs shadow
  daemoneye packs shadow --format json | jq '.[].rules[] | select(.only_shadow > 0)'

Exit codes: 0 also if no pack judges in shadow")]
    Shadow,
}
