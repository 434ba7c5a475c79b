//! `daemoneye-pack new`: a beginning that works.
//!
//! ```text
//! template  files with names to fill in, part of this program
//! ```

mod template;

use std::io;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use daemoneye_pack_format::{IdError, RuleId};

use self::template::{Names, SDK, WIT};

/// Write a beginning that works: a pack, a rule, or a plugin or sink in Rust.
///
/// A pack and a plugin come with a rule and its tests. A plugin and a sink bring a copy of the SDK
/// along, the one that the agent beside this tool speaks; nothing that exists is overwritten.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// What to write.
    #[arg(value_enum)]
    what: What,
    /// Its id: 1 to 64 of a-z, 0-9 and -, beginning with a letter or digit.
    name: RuleId,
    /// The folder to write into; for a rule, the folder of the pack.
    #[arg(long = "in", value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// Use this copy of the SDK (sdk/rust of the project) instead of bringing one along.
    #[arg(long, value_name = "DIR")]
    sdk: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  daemoneye-pack new plugin from-tmp           # from-tmp/: Rust, a rule, a pack
  daemoneye-pack new pack my-rules             # my-rules/: a pack with a rule in SQL
  daemoneye-pack new rule odd-shell --in my-rules
  daemoneye-pack new sink to-chat";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// A pack with one rule in SQL.
    Pack,
    /// A rule in SQL, for a pack that exists.
    Rule,
    /// Rules in Rust, with a pack around them.
    Plugin,
    /// A sink in Rust.
    Sink,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    #[error(transparent)]
    Id(#[from] IdError),
    #[error("{}: is there already", .0.display())]
    Exists(PathBuf),
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

pub(crate) fn run(args: &Args) -> Result<String, Failed> {
    let folder = args.folder.join(args.name.as_str());
    match args.what {
        What::Pack => template::write(template::PACK, &folder, &names(args, &folder)?),
        What::Rule => {
            let rules = args.folder.join("rules");
            template::write(template::RULE, &rules, &names(args, &rules)?)
        }
        What::Plugin => in_rust(template::PLUGIN, args, &folder),
        What::Sink => in_rust(template::SINK, args, &folder),
    }?;
    Ok(next(args))
}

/// A project in Rust, with the SDK unless there is one.
fn in_rust(template: &str, args: &Args, folder: &Path) -> Result<(), Failed> {
    let names = names(args, folder)?;
    template::write(template, folder, &names)?;
    if args.sdk.is_none() {
        template::write("sdk", &folder.join("vendor/sdk/rust"), &names)?;
        template::copy(&SDK, &folder.join("vendor/sdk/rust/src"))?;
        template::copy(&WIT, &folder.join("vendor/wit"))?;
    }
    Ok(())
}

fn names(args: &Args, folder: &Path) -> Result<Names, Failed> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| Failed::Io { path, source }
    };
    if args.what != What::Rule && folder.exists() {
        return Err(Failed::Exists(folder.to_owned()));
    }
    let sdk = match &args.sdk {
        Some(sdk) => sdk.canonicalize().map_err(io(sdk))?.display().to_string(),
        None => "vendor/sdk/rust".to_owned(),
    };
    Ok(Names { name: args.name.to_string(), sdk })
}

/// What to do next.
fn next(args: &Args) -> String {
    let name = &args.name;
    let folder = args.folder.join(name.as_str());
    let folder = folder.display();
    match args.what {
        What::Pack => format!("wrote {folder}\nnext: daemoneye-pack test {folder}\n"),
        What::Rule => {
            let pack = args.folder.display();
            format!("wrote {pack}/rules/{name}.toml\nnext: daemoneye-pack test {pack}\n")
        }
        What::Plugin => format!(
            "wrote {folder}\nnext: daemoneye-pack build-plugin {folder}\n      \
             daemoneye-pack test {folder}/pack\n"
        ),
        What::Sink => format!("wrote {folder}\nnext: daemoneye-pack build-plugin {folder}\n"),
    }
}
