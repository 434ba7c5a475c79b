//! `daemoneye packs`: the packs of this host.

use std::path::PathBuf;

use clap::Subcommand;

use super::Why;

/// What is wanted of packs.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum OfPacks {
    /// What releases in shadow find and active ones do not, and the other way round
    #[command(after_help = "\
Examples:
  daemoneye packs shadow
  daemoneye packs shadow --format json | jq '.[].rules[] | select(.only_shadow > 0)'

Exit codes: 0 also if no pack judges in shadow")]
    Shadow,
    /// Put a .pack file into the agent's folder, and tell what the agent makes of it
    #[command(after_help = "\
Examples:
  daemoneye packs add linux-5.pack

The file keeps its name and takes the place of another of this name. Whoever runs this must be able
to write into the folder. Exit codes: 70 if the pack is not in force, with the reason; 74 if the
file cannot be copied")]
    Add {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Take the file of a pack out of the agent's folder; its rules go
    #[command(after_help = "\
Examples:
  daemoneye packs remove linux-essentials

A pack that is a folder is not removed. Exit codes: 70 if no such pack is in force; 74 if the file
cannot be removed")]
    Remove {
        /// The pack's id
        id: String,
    },
    /// Go back to the release of a pack that was in force before, until there is a later one
    #[command(after_help = "\
Examples:
  daemoneye packs rollback linux-essentials --reason 'release 5 floods us'
  daemoneye packs rollback linux-essentials --undo --reason 'the flood is excepted'

The agent keeps the release that was in force before the one that is, believes it as it believes
any other, and runs its tests again; a revoked one is not taken. Who did it and why is in the ledger.
Exit codes: 2 without a reason; 70 if it cannot be, with the reason")]
    Rollback {
        /// The pack's id
        id: String,
        /// Take the latest release again
        #[arg(long)]
        undo: bool,
        #[command(flatten)]
        why: Why,
    },
}
