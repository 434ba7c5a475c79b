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
use include_dir::Dir;

use self::template::Names;

/// Write a beginning that works: a pack, a rule, a sink in Rust, or a plugin in any of four
/// languages.
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
    /// The language of a plugin.
    #[arg(long, value_enum, default_value_t = Written::Rust)]
    language: Written,
    /// Use this copy of the SDK for Rust (sdk/rust of the project) instead of bringing one along.
    #[arg(long, value_name = "DIR")]
    sdk: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  daemoneye-pack new plugin from-tmp           # from-tmp/: Rust, a rule, a pack
  daemoneye-pack new plugin from-tmp --language python
  daemoneye-pack new pack my-rules             # my-rules/: a pack with a rule in SQL
  daemoneye-pack new rule odd-shell --in my-rules
  daemoneye-pack new sink to-chat";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// A pack with one rule in SQL.
    Pack,
    /// A rule in SQL, for a pack that exists.
    Rule,
    /// Rules that are code, with a pack around them.
    Plugin,
    /// A sink in Rust.
    Sink,
}

/// The language of a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Written {
    /// Smallest and fastest with C; the only one for sinks.
    Rust,
    /// A few KiB; needs clang and lld.
    C,
    /// 2 MB; needs npm.
    Js,
    /// 18 MB; needs pip.
    Python,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    #[error(transparent)]
    Id(#[from] IdError),
    #[error("--language {0} is for plugins, not for what is no plugin")]
    Language(&'static str),
    #[error("--sdk {} is for what is written in Rust", .0.display())]
    Sdk(PathBuf),
    #[error("{}: is there already", .0.display())]
    Exists(PathBuf),
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

pub(crate) fn run(args: &Args) -> Result<String, Failed> {
    check(args)?;
    let folder = args.folder.join(args.name.as_str());
    match args.what {
        What::Pack => template::write(template::PACK, &folder, &names(args, &folder)?),
        What::Rule => {
            let rules = args.folder.join("rules");
            template::write(template::RULE, &rules, &names(args, &rules)?)
        }
        What::Plugin => plugin(args, &folder),
        What::Sink => in_rust(template::SINK, args, &folder),
    }?;
    Ok(next(args))
}

/// Refuses what would be left out silently.
fn check(args: &Args) -> Result<(), Failed> {
    let in_rust = args.language == Written::Rust;
    if args.what != What::Plugin && !in_rust {
        return Err(Failed::Language(args.language.folder()));
    }
    match &args.sdk {
        Some(sdk) if !in_rust => Err(Failed::Sdk(sdk.clone())),
        _ => Ok(()),
    }
}

/// The pack, the same in every language, and what is written in this one.
fn plugin(args: &Args, folder: &Path) -> Result<(), Failed> {
    let names = names(args, folder)?;
    let language = args.language.folder();
    if args.language == Written::Rust {
        in_rust(language, args, folder)?;
    } else {
        template::write(language, folder, &names)?;
        template::copy(args.language.sdk(), &folder.join(daemoneye_component::SDK).join(language))?;
        template::copy_wit(&folder.join(daemoneye_component::WIT))?;
    }
    template::write(template::PLUGIN, folder, &names)
}

impl Written {
    /// The name of its template, and of its folder in the SDK.
    fn folder(self) -> &'static str {
        match self {
            Written::Rust => "rust",
            Written::C => "c",
            Written::Js => "js",
            Written::Python => "python",
        }
    }

    fn sdk(self) -> &'static Dir<'static> {
        match self {
            Written::Rust => &template::RUST,
            Written::C => &template::C,
            Written::Js => &template::JS,
            Written::Python => &template::PYTHON,
        }
    }

    /// Fuel for one event, and memory, that the rule of the template asks for.
    fn budget(self) -> (&'static str, &'static str) {
        match self {
            Written::Rust => ("100_000", "4_194_304"),
            Written::C => ("20_000", "1_048_576"),
            Written::Js => ("1_000_000", "8_388_608"),
            Written::Python => ("1_000_000", "33_554_432"),
        }
    }

    /// What to install first, if anything.
    fn install(self, folder: &str) -> String {
        match self {
            Written::Rust | Written::C => String::new(),
            Written::Js => format!("(cd {folder} && npm install)\n      "),
            Written::Python => {
                let install = "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt";
                format!("(cd {folder} && {install})\n      ")
            }
        }
    }
}

/// A project in Rust, with the SDK unless there is one.
fn in_rust(template: &str, args: &Args, folder: &Path) -> Result<(), Failed> {
    let names = names(args, folder)?;
    template::write(template, folder, &names)?;
    if args.sdk.is_none() {
        template::write("sdk", &folder.join("vendor/sdk/rust"), &names)?;
        template::copy(&template::RUST, &folder.join("vendor/sdk/rust/src"))?;
        template::copy_wit(&folder.join("vendor/wit"))?;
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
    let (fuel, memory) = args.language.budget();
    Ok(Names { name: args.name.to_string(), sdk, fuel, memory })
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
            "wrote {folder}\nnext: {}daemoneye-pack build-plugin {folder}\n      \
             daemoneye-pack test {folder}/pack\n",
            args.language.install(&folder.to_string()),
        ),
        What::Sink => format!("wrote {folder}\nnext: daemoneye-pack build-plugin {folder}\n"),
    }
}
