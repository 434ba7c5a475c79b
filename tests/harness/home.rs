//! A place for one agent: keys, signed packs, a configuration, and data that goes with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::{plugins, program, workspace};

/// Gone, with everything in it, when it is dropped.
pub struct Home {
    folder: TempDir,
}

impl Home {
    /// With the built-in packs, signed by a key of its own.
    ///
    /// # Panics
    /// If the tools for it do not work.
    pub fn new() -> Self {
        let home = Home { folder: tempfile::tempdir().expect("a folder") };
        let keys = home.path("keys");
        fs::create_dir_all(&keys).expect("a folder");
        home.pack_tool(&["keygen", "--name", "test", "--out", text(&keys)]);
        fs::create_dir_all(home.path("trust")).expect("a folder");
        fs::copy(keys.join("test.pub"), home.path("trust/test.pub")).expect("a public key");
        let packs = workspace().join("plugins/packs");
        home.add_pack(&packs.join("linux-essentials"));
        // Compiled code is the same for every home.
        fs::create_dir_all(home.path("data")).expect("a folder");
        fs::create_dir_all(crate::cache()).expect("a folder");
        std::os::unix::fs::symlink(crate::cache(), home.path("data/cache")).expect("a link");
        home.configure("");
        home
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The agent's socket.
    pub fn socket(&self) -> PathBuf {
        self.path("data/run/bus.sock")
    }

    /// Copies a pack and signs the copy. A temporary folder's name begins with a dot, and hidden
    /// folders are passed over.
    ///
    /// # Panics
    /// If the pack is no pack.
    pub fn add_pack(&self, pack: &Path) {
        let name = pack.file_name().and_then(|name| name.to_str()).expect("a folder with a name");
        let copy = self.path("packs").join(name.trim_start_matches('.'));
        copy_folder(pack, &copy);
        self.sign(&copy);
    }

    /// Signs a pack with the key of this home.
    ///
    /// # Panics
    /// If the pack is no pack.
    pub fn sign(&self, pack: &Path) {
        self.pack_tool(&["sign", text(pack), "--key", text(&self.path("keys/test.key"))]);
    }

    /// Puts a signed pack into one file of this home; returns where that is.
    ///
    /// # Panics
    /// If the pack is not signed.
    pub fn build(&self, pack: &Path, file: &str) -> PathBuf {
        let file = self.path(file);
        self.pack_tool(&["build", text(pack), "-o", text(&file)]);
        file
    }

    /// Writes the agent's configuration, with more at its end.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn configure(&self, more: &str) {
        let configuration = format!(
            "data_dir = {:?}\npacks = {:?}\ntrust = {:?}\nplugins = {:?}\n\
             [procmond]\nprogram = {:?}\ninterval_ms = 500\n\
             [[sinks]]\nname = \"file\"\nplugin = \"file\"\ngrants = {{ directory = {:?} }}\n{more}",
            self.path("data"),
            self.path("packs"),
            self.path("trust"),
            plugins(),
            program("procmond"),
            self.path("alerts"),
        );
        fs::write(self.path("agent.toml"), configuration).expect("written");
    }

    /// Runs `daemoneye` and lets it end.
    ///
    /// # Panics
    /// If it does not start.
    pub fn daemoneye(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(program("daemoneye"));
        command.env("DAEMONEYE_SOCKET", self.socket()).args(arguments);
        command.output().expect("daemoneye starts")
    }

    /// Runs `daemoneye-pack` in this home's folder.
    ///
    /// # Panics
    /// If it fails.
    pub fn pack_tool(&self, arguments: &[&str]) {
        let mut command = Command::new(program("daemoneye-pack"));
        let output = command.current_dir(self.folder.path()).args(arguments).output();
        let output = output.expect("daemoneye-pack starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Default for Home {
    fn default() -> Self {
        Home::new()
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of a test is text")
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in from.read_dir().expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}
