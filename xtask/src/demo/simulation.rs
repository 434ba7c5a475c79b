//! The simulated attacks: THE LIST. Each is one real process that does no harm: it connects to
//! nothing but a closed port of this host, and leaves nothing behind. It stays until it is ended, so
//! that the sensor can read it however busy the host is.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

/// Seconds that a sleeping program stays at most, should the demo die before it ends it.
const STAY: &str = "60";

/// One attack.
pub(crate) struct Simulation {
    /// What is played.
    pub(crate) what: &'static str,
    /// The rule that must see it.
    pub(crate) rule: &'static str,
    /// Starts it; the folder is for its files.
    pub(crate) play: fn(&Path) -> Result<Played>,
}

/// A process that plays an attack.
pub(crate) struct Played(Child);

pub(crate) const ALL: &[Simulation] = &[
    Simulation {
        what: "a shell that opens /dev/tcp to a closed port",
        rule: "shell-dev-tcp",
        play: |_| shell("exec 3<>/dev/tcp/127.0.0.1/9"),
    },
    Simulation {
        what: "a program that runs from a temporary directory",
        rule: "exec-from-temporary-directory",
        play: |folder| {
            let mut sleep = Command::new(copy("/bin/sleep", folder, "updater")?);
            sleep.arg(STAY);
            start(sleep)
        },
    },
    Simulation {
        what: "a process that calls itself a kernel thread",
        rule: "kernel-thread-name",
        play: |_| {
            let mut sleep = Command::new("/bin/sleep");
            sleep.arg0("[kworker/0:1]").arg(STAY);
            start(sleep)
        },
    },
    Simulation {
        what: "an encoded command piped to a shell",
        rule: "encoded-command-to-shell",
        play: |_| shell("echo OiBoYXJtbGVzcw== | base64 -d | bash"),
    },
    Simulation {
        what: "a download piped to a shell",
        rule: "download-piped-to-shell",
        play: |_| shell("curl -fsS --max-time 1 http://127.0.0.1:9/install.sh | bash"),
    },
    Simulation {
        what: "a program that deleted its own file and runs on",
        rule: "deleted-executable-running",
        play: |folder| {
            let program = copy("/bin/sleep", folder, "ghost")?;
            let mut sleep = Command::new(&program);
            sleep.arg(STAY);
            let played = start(sleep)?;
            fs::remove_file(&program)?;
            Ok(played)
        },
    },
];

/// A shell that, when it is done, waits for a line that never comes.
fn shell(script: &str) -> Result<Played> {
    let mut bash = Command::new("bash");
    bash.args(["-c", &format!("{script}; read")]);
    start(bash)
}

fn start(mut command: Command) -> Result<Played> {
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn().with_context(|| format!("{command:?}"))?;
    Ok(Played(child))
}

fn copy(program: &str, folder: &Path, name: &str) -> Result<std::path::PathBuf> {
    let to = folder.join(name);
    fs::copy(program, &to).with_context(|| format!("{program} to {}", to.display()))?;
    Ok(to)
}

impl Played {
    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Ends the process.
    pub(crate) fn end(mut self) -> Result<()> {
        self.0.kill()?;
        self.0.wait()?;
        Ok(())
    }
}
