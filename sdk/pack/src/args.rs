//! What was said on the command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::build::Build;
use crate::revoke::Revoke;
use crate::root::RootArgs;
use crate::sign::Sign;
use crate::verify::Verify;

const EXAMPLES: &str = "\
Examples:
  Begin a plugin in Rust, and build it into a component of its pack
    daemoneye-pack new plugin from-tmp
    daemoneye-pack build-plugin from-tmp
  Run the tests of a pack on the real host, and measure each rule
    daemoneye-pack test ./from-tmp/pack
  See what each rule costs, what a new release finds that the old one did not, and whether an
  alert says the same again
    daemoneye-pack bench ./my-rules --events recorded.jsonl
    daemoneye-pack diff my-rules-3.pack ./my-rules --events recorded.jsonl
    daemoneye-pack replay alert.json ./my-rules
  Make a key pair; keep the secret half, give the public half to endpoints
    daemoneye-pack keygen --out ~/keys --name ops@example.org
    install -m 0644 ~/keys/ops@example.org.pub /etc/daemoneye/trust/
  Sign a pack, and check it as an endpoint would
    daemoneye-pack sign ./linux-essentials --key ~/keys/ops@example.org.key
    daemoneye-pack verify ./linux-essentials --trust /etc/daemoneye/trust
  Put it into one file, which travels and which endpoints read
    daemoneye-pack build ./linux-essentials -o linux.pack
    daemoneye-pack verify linux.pack --trust /etc/daemoneye/trust --format json
  Let several people decide whom endpoints believe (root --help, revoke --help)
    daemoneye-pack root init ./roots --root ann.pub --pack build.pub --revoke ann.pub --key ann.key
  See what is in a pack
    daemoneye-pack inspect ./linux-essentials
    daemoneye-pack inspect ./linux-essentials --format json
  See what a rule will cost, and why
    daemoneye-pack explain reverse-shell.sql
    daemoneye-pack explain ./linux-essentials/rules/reverse-shell.toml --format json

Exit codes:
  0  done; for verify: the pack is believed
  1  refused or failed; the reason is on standard error (diff: the releases differ)
  2  the command line was not understood";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  daemoneye-pack explain reverse-shell.sql
  daemoneye-pack explain proc_creation_lnx_curl.yml
  daemoneye-pack explain rules/reverse-shell.toml --format json | jq .cost.event_fuel

Exit codes:
  0  done
  1  no rule: each error is on standard error as FILE:LINE:COLUMN: MESSAGE (HELP)
  2  the command line was not understood";

/// Makes keys, signs packs of rules, and shows whether and why an endpoint believes them.
#[derive(Debug, Parser)]
#[command(name = "daemoneye-pack", version, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    New(crate::new::Args),
    BuildPlugin(crate::component::Args),
    Test(crate::test::Args),
    Bench(crate::bench::Args),
    Diff(crate::diff::Args),
    Replay(crate::replay::Args),
    Keygen(Keygen),
    Root(RootArgs),
    Revoke(Revoke),
    Sign(Sign),
    Build(Build),
    Verify(Verify),
    Inspect(Inspect),
    Explain(Explain),
    /// Manual pages and completions of this program, for packages
    #[command(hide = true)]
    Manual {
        /// A folder
        folder: PathBuf,
    },
}

/// Make a key pair: NAME.key, which only you may read, and NAME.pub for endpoints.
///
/// A key that exists is never overwritten.
#[derive(Debug, clap::Args)]
pub(crate) struct Keygen {
    /// The folder for the two files; it is created when it is missing.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// What people call the key: letters, digits, '.', '_', '@', '+' and '-'.
    #[arg(long)]
    pub(crate) name: String,
}

/// Show what is in a pack, whoever made it; its signature is not checked.
#[derive(Debug, clap::Args)]
pub(crate) struct Inspect {
    /// The folder of the pack, or its .pack file.
    pub(crate) pack: PathBuf,
    /// How to show it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// Show what a rule will cost and why: columns, literals that find it, state, estimated fuel.
///
/// The rule is compiled as if every column had values, whatever the platform. Estimates are orders of
/// magnitude. The keys of the JSON object are listed in docs/sql.md.
#[derive(Debug, clap::Args)]
#[command(after_help = EXPLAIN_EXAMPLES)]
pub(crate) struct Explain {
    /// The rule: SQL (.sql), Sigma (.yml, .yaml), or a rule of a pack (.toml).
    #[arg(value_name = "FILE")]
    pub(crate) rule: PathBuf,
    /// How to show it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// For people; also called human.
    #[value(alias = "human")]
    Text,
    /// One JSON object.
    Json,
}

#[cfg(test)]
mod documented;

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }
}
