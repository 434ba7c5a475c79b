//! `cargo xtask fuzz`: gives each format what nobody would write, and tells what became of it.

mod report;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::build::{run, workspace};
use report::Report;

/// Every target: a file in `fuzz/fuzz_targets`.
const TARGETS: &[&str] = &["frame", "wal", "ledger", "pack", "sql", "sigma"];
/// Known to work with the compiler that the workspace is for: no nightly one is needed as long as
/// there is no sanitizer, and without `unsafe` there is little that one would find.
const CARGO_FUZZ: &str = "0.13.2";
/// The longest input, bytes.
const LONGEST: &str = "-max_len=8192";
/// An input that takes longer is a finding, seconds.
const TIMEOUT: &str = "-timeout=10";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Which: frame, wal, ledger, pack, sql, sigma; all if none is named
    targets: Vec<String>,
    /// How long each of them runs
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
}

pub(crate) fn run_all(arguments: &Arguments) -> Result<()> {
    let named = &arguments.targets;
    if let Some(unknown) = named.iter().find(|name| !TARGETS.contains(&name.as_str())) {
        bail!("fuzz target {unknown:?} is none of {}", TARGETS.join(", "));
    }
    let fuzzer = Fuzzer::find_or_install()?;
    fuzzer.seeds()?;
    let is_wanted = |target: &&&str| named.is_empty() || named.iter().any(|name| name == **target);
    let mut found = Vec::new();
    println!("{}", Report::HEADING);
    for target in TARGETS.iter().filter(is_wanted) {
        let report = fuzzer.fuzz(target, arguments.seconds)?;
        println!("{}", report.line(target));
        found.extend(report.found);
    }
    ensure!(found.is_empty(), "found:\n  {}", found.join("\n  "));
    Ok(())
}

/// cargo-fuzz, and where it works.
struct Fuzzer {
    program: PathBuf,
    place: PathBuf,
}

impl Fuzzer {
    fn find_or_install() -> Result<Self> {
        let tools = workspace().join("target/tools");
        let program = tools.join("bin/cargo-fuzz");
        if !program.is_file() {
            eprintln!("xtask: installing cargo-fuzz {CARGO_FUZZ}");
            let mut install = Command::new(env!("CARGO"));
            install.args(["install", "cargo-fuzz", "--locked", "--version", CARGO_FUZZ, "--root"]);
            run(install.arg(tools))?;
        }
        Ok(Fuzzer { program, place: workspace().join("target/fuzz") })
    }

    /// What each target begins with.
    fn seeds(&self) -> Result<()> {
        let mut command = Command::new(env!("CARGO"));
        command.args([
            "run",
            "--quiet",
            "--manifest-path",
            "fuzz/Cargo.toml",
            "--example",
            "seeds",
        ]);
        command.arg("--target-dir").arg(self.place.join("build"));
        run(command.arg("--").arg(self.place.join("seeds")).current_dir(workspace()))
    }

    fn folder(&self, kind: &str, target: &str) -> Result<PathBuf> {
        let folder = self.place.join(kind).join(target);
        fs::create_dir_all(&folder).with_context(|| format!("{}", folder.display()))?;
        Ok(folder)
    }

    /// Builds a target and runs it for so long. What it says goes into a file.
    fn fuzz(&self, target: &str, seconds: u64) -> Result<Report> {
        let (corpus, seeds) = (self.folder("corpus", target)?, self.folder("seeds", target)?);
        let found = self.folder("found", target)?;
        let log = self.place.join(target).with_extension("log");
        let before = files(&found)?;
        run(self.cargo_fuzz("build").arg(target))?;
        let mut command = self.cargo_fuzz("run");
        command.arg(target).args([corpus, seeds]).args(["--", LONGEST, TIMEOUT]);
        command.args(["-print_final_stats=1".to_owned(), format!("-max_total_time={seconds}")]);
        command.arg(format!("-artifact_prefix={}/", found.display()));
        let dictionary = workspace().join(format!("fuzz/{target}.dict"));
        if dictionary.is_file() {
            command.arg(format!("-dict={}", dictionary.display()));
        }
        eprintln!("xtask: {target} for {seconds} s; {}", log.display());
        let status = command.stderr(File::create(&log)?).status().context("cargo-fuzz")?;
        let said = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
        let mut new = files(&found)?;
        new.retain(|path| !before.contains(path));
        let ended_well = status.success() || !new.is_empty();
        ensure!(ended_well, "{target} ended with {status}; see {}", log.display());
        Report::read(&said, new).with_context(|| format!("{}", log.display()))
    }

    fn cargo_fuzz(&self, subcommand: &str) -> Command {
        let mut command = Command::new(&self.program);
        // As the subcommand of cargo that it is.
        command.args(["fuzz", subcommand, "--fuzz-dir", "fuzz", "--sanitizer", "none"]);
        command.arg("--target-dir").arg(self.place.join("build")).current_dir(workspace());
        command
    }
}

fn files(folder: &Path) -> Result<Vec<String>> {
    let entries = folder.read_dir().with_context(|| format!("{}", folder.display()))?;
    entries.map(|entry| Ok(entry?.path().display().to_string())).collect()
}
