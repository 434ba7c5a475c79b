//! `cargo xtask`: builds, runs, tests and measures DaemonEye.
#![expect(
    clippy::print_stdout,
    reason = "the demo tells its story there, and a release what it made"
)]

mod agent;
mod bench;
mod build;
mod chaos;
mod demo;
mod dist;
mod docs;
mod fuzz;
mod guests;
mod home;
mod languages;
mod record;
mod run;
mod test;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about, long_about = None, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build what is missing and watch this host until Ctrl-C
    Run(run::Arguments),
    /// Build and test everything, plugins included
    Test(test::Arguments),
    /// Build every plugin into a component: target/plugins/*.wasm
    Plugins,
    /// Kill sensor, agent and both at random moments under load, and count what is lost
    Chaos(chaos::Arguments),
    /// Give every format what nobody would write: frames, logs, ledgers, packs and rules
    Fuzz(fuzz::Arguments),
    /// Build the example's rule in C, JavaScript and Python; installs what is missing for it
    Languages,
    /// Record a session of `daemoneye watch` into docs/watch.svg; Linux only
    Record(record::Arguments),
    /// Write the pages of docs/ that are made from the code
    Docs,
    /// Package a release: a tarball and a Debian package in target/dist
    Dist(dist::Arguments),
    /// Measure: all benches, or those named (engine, rule, platform, bus, store, hunt, sensor, cli; peers
    /// when named)
    Bench(bench::Arguments),
    /// Write realistic events into a new store, always the same
    SeedEvents(bench::Seed),
}

fn main() -> std::process::ExitCode {
    let done = match Arguments::parse().task {
        Task::Run(arguments) => run::run(&arguments),
        Task::Test(arguments) => test::run(&arguments),
        Task::Plugins => guests::build().map(|_| ()),
        Task::Chaos(arguments) => chaos::run(&arguments),
        Task::Fuzz(arguments) => fuzz::run_all(&arguments),
        Task::Languages => languages::run_all(),
        Task::Record(arguments) => record::run(&arguments),
        Task::Docs => docs::write(),
        Task::Dist(arguments) => dist::run(&arguments),
        Task::Bench(arguments) => bench::run(&arguments),
        Task::SeedEvents(arguments) => bench::seed(&arguments),
    };
    match done {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
