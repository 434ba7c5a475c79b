//! `cargo xtask run`: builds what is missing, then watches this host.

use anyhow::{Result, bail};

use crate::home::Home;
use crate::{build, demo, guests};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Play harmless simulations of attacks, show their alerts, and end: 0 if all were seen
    #[arg(long)]
    demo: bool,
    /// Build and run optimised programs
    #[arg(long)]
    release: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let plugins = guests::build()?;
    let programs = build::programs(arguments.release)?;
    if arguments.demo {
        return demo::run(&Home::prepare("demo", programs, &plugins)?);
    }
    watch(&Home::prepare("run", programs, &plugins)?)
}

/// Becomes the agent, so that Ctrl-C and the exit code are the agent's own.
fn watch(home: &Home) -> Result<()> {
    eprintln!("xtask: ask the agent from another terminal:");
    let daemoneye = home.programs.join("daemoneye");
    eprintln!("  {} --socket {} status", daemoneye.display(), home.socket().display());
    let mut agent = home.program("daemoneye-agent");
    agent.arg("run").arg("--config").arg(home.configuration());
    #[cfg(unix)]
    bail!("daemoneye-agent: {}", std::os::unix::process::CommandExt::exec(&mut agent));
    #[cfg(not(unix))]
    build::run(&mut agent)
}
