//! `cargo xtask record`: a session of `daemoneye watch` with a real agent and harmless attacks, as a
//! picture that moves: `docs/watch.svg`, and as text: `docs/watch.txt`.
//!
//! It runs in a place of its own (namespaces of Linux), so that what is recorded is the same
//! everywhere, and nothing of the host is in it.

mod session;
mod svg;

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::build::{self, workspace};
use crate::guests;
use crate::home::Home;

/// Where everything lies within the place: hidden from the host, and gone afterwards.
const PLACE: &str = "/opt/daemoneye";
/// Makes the place, and goes on there as this program: what it starts has it as its parent.
const ENTER: &str = "mount -t tmpfs none /opt && mkdir -p /opt/daemoneye/bin && \
    cp \"$0\" /opt/daemoneye/bin/session && cd /opt/daemoneye && exec bin/session record --inside";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Already in the place
    #[arg(long, hide = true)]
    inside: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if arguments.inside {
        return inside();
    }
    guests::build()?;
    // Building may put another xtask in its place.
    let session = std::env::current_exe()?;
    build::programs(false)?;
    let mut place = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        place.args(["--user", "--map-root-user"]);
    }
    place.args(["--mount", "--pid", "--fork", "--mount-proc", "--"]);
    build::run(place.args(["sh", "-c", ENTER]).arg(session))
}

fn inside() -> Result<()> {
    let place = Path::new(PLACE).to_owned();
    let programs = place.join("bin");
    for program in ["daemoneye", "daemoneye-agent", "daemoneye-pack", "procmond"] {
        let built = workspace().join("target/debug").join(program);
        std::fs::copy(&built, programs.join(program))
            .with_context(|| format!("{}", built.display()))?;
    }
    let home = Home::at(place, programs, &workspace().join("target/plugins"))?;
    let pictures = session::play(&home)?;
    let docs = workspace().join("docs");
    std::fs::write(docs.join("watch.svg"), svg::film(&pictures))?;
    std::fs::write(docs.join("watch.txt"), text(&pictures))?;
    Ok(())
}

/// One picture below the other.
fn text(pictures: &[session::Picture]) -> String {
    let one = |picture: &session::Picture| {
        let lines: Vec<String> = picture.screen.rows(0, session::SIZE.0).collect();
        let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
        format!("{}:\n\n{}\n", picture.title, lines.join("\n").trim_end())
    };
    pictures.iter().map(one).collect::<Vec<_>>().join("\n")
}
