//! `daemoneye ledger`: questions to the ledger.

use std::path::PathBuf;

use clap::Subcommand;

/// What is asked of the ledger.
#[derive(Debug, PartialEq, Eq, clap::Args)]
#[command(after_help = "\
Examples:
  daemoneye ledger verify
  daemoneye ledger acts -n 20
  daemoneye ledger checkpoint > monday.checkpoint        and keep it elsewhere
  daemoneye ledger consistency monday.checkpoint
  daemoneye ledger verify --checkpoint monday.checkpoint --key \"$(cat kept.key)\"
  daemoneye ledger prove 1017 > 1017.tlog-proof

Exit codes:
   0  it holds
  65  it does not: truncated, reordered, rewritten or forged; standard output or error says what
  66  no ledger there
  70  no such entry, or the checkpoint is not older than the newest
  77  permission denied")]
pub(crate) struct LedgerArgs {
    #[command(subcommand)]
    pub(crate) question: LedgerQuestion,
    /// The sensor's state directory [default: `procmond` beside the folder of the socket]
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) state_dir: Option<PathBuf>,
    /// The key that must have signed, or a file with it, as `ledger key` tells it [default: the one
    /// beside the ledger, which whoever rewrites the ledger can rewrite, too]
    #[arg(long, global = true, value_name = "KEY")]
    pub(crate) key: Option<String>,
}

/// One question to the ledger.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum LedgerQuestion {
    /// Everything: each entry, the chain, the tree and each checkpoint
    Verify {
        /// Also against this checkpoint, which was kept elsewhere; may be repeated
        #[arg(long = "checkpoint", value_name = "FILE")]
        checkpoints: Vec<PathBuf>,
    },
    /// What was done: starts, orders to the sensor, packs, rules; the newest last. Checks nothing
    Acts {
        /// At most so many, the newest
        #[arg(long, short = 'n', default_value_t = 100, value_name = "N",
              value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    /// A proof that an entry is under the newest checkpoint, in the form of C2SP's tlog-proof
    Prove {
        /// Its index, from 0
        entry: u64,
    },
    /// A proof that the ledger has grown out of what an older checkpoint has signed
    Consistency {
        /// The older checkpoint
        old: PathBuf,
    },
    /// The newest checkpoint, to be kept elsewhere
    Checkpoint,
    /// The public key that the checkpoints are signed with
    Key,
}
