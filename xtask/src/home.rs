//! A place to run from: keys, signed packs, configuration and data below `target/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::build::{self, workspace};

/// Everything that a run needs.
pub(crate) struct Home {
    /// The folder.
    pub(crate) path: PathBuf,
    /// Where the programs are.
    pub(crate) programs: PathBuf,
}

impl Home {
    /// `target/<name>` with a key, the packs signed by it, and a configuration. Data of earlier
    /// runs stays.
    pub(crate) fn prepare(name: &str, programs: PathBuf, plugins: &Path) -> Result<Self> {
        Home::at(workspace().join("target").join(name), programs, plugins)
    }

    /// The same in another folder.
    pub(crate) fn at(path: PathBuf, programs: PathBuf, plugins: &Path) -> Result<Self> {
        let home = Home { path, programs };
        fs::create_dir_all(&home.path)?;
        home.make_key()?;
        home.sign_packs()?;
        fs::write(home.configuration(), home.agent_toml(plugins))?;
        Ok(home)
    }

    /// Forgets the data of earlier runs.
    pub(crate) fn forget(&self) -> Result<()> {
        for folder in ["data", "alerts"] {
            let folder = self.path.join(folder);
            if folder.exists() {
                fs::remove_dir_all(&folder).with_context(|| format!("{}", folder.display()))?;
            }
        }
        Ok(())
    }

    /// The agent's configuration file.
    pub(crate) fn configuration(&self) -> PathBuf {
        self.path.join("agent.toml")
    }

    /// The socket on which the agent answers.
    pub(crate) fn socket(&self) -> PathBuf {
        self.path.join("data/run/bus.sock")
    }

    /// One of the programs, told where this home is.
    pub(crate) fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.env("DAEMONEYE_SOCKET", self.socket());
        command
    }

    /// The key belongs to this folder: it signs for nobody else and is never committed.
    fn make_key(&self) -> Result<()> {
        if self.path.join("keys/demo.key").exists() {
            return Ok(());
        }
        let keys = self.path.join("keys");
        fs::create_dir_all(&keys)?;
        let mut keygen = self.program("daemoneye-pack");
        build::run(keygen.args(["keygen", "--name", "demo", "--out"]).arg(&keys))?;
        fs::create_dir_all(self.path.join("trust"))?;
        fs::copy(keys.join("demo.pub"), self.path.join("trust/demo.pub"))?;
        Ok(())
    }

    fn sign_packs(&self) -> Result<()> {
        let packs = self.path.join("packs");
        if packs.exists() {
            fs::remove_dir_all(&packs)?;
        }
        for pack in workspace().join("plugins/packs").read_dir()? {
            let pack = pack?;
            let copy = packs.join(pack.file_name());
            copy_folder(&pack.path(), &copy)?;
            let mut sign = self.program("daemoneye-pack");
            build::run(
                sign.arg("sign").arg(&copy).arg("--key").arg(self.path.join("keys/demo.key")),
            )?;
        }
        Ok(())
    }

    fn agent_toml(&self, plugins: &Path) -> String {
        format!(
            "# Written by cargo xtask run; every key is in docs/agent-config.md.\n\
             data_dir = {data:?}\n\
             packs = {packs:?}\n\
             trust = {trust:?}\n\
             plugins = {plugins:?}\n\
             \n\
             [procmond]\n\
             program = {procmond:?}\n\
             interval_ms = 1000\n\
             \n\
             [[sinks]]\n\
             name = \"console\"\n\
             plugin = \"stdout\"\n\
             grants = {{ console = true }}\n\
             config = {{ format = \"human\" }}\n\
             \n\
             [[sinks]]\n\
             name = \"file\"\n\
             plugin = \"file\"\n\
             grants = {{ directory = {alerts:?} }}\n",
            data = self.path.join("data"),
            packs = self.path.join("packs"),
            trust = self.path.join("trust"),
            procmond = self.programs.join("procmond"),
            alerts = self.path.join("alerts"),
        )
    }
}

pub(crate) fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in from.read_dir().with_context(|| format!("{}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
