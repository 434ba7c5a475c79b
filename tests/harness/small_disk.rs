//! A small file system of its own below a folder of a home, which a test can fill. It is seen in a
//! mount namespace that the programs enter and the test looks into from outside.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::Home;

/// Mounts, says so, and keeps the namespace until its standard input ends. What programs outside of
/// it have to reach stays where it is: the socket, and the folder of compiled code.
const HOLD: &str = r#"
set -e
folder=$1 beneath=$2 size=$3
mkdir -p "$folder" "$beneath"
mount --bind "$folder" "$beneath"
mount -t tmpfs -o "size=$size,mode=0700" tmpfs "$folder"
if [ -L "$beneath/cache" ]; then
    cp -P "$beneath/cache" "$folder/cache"
    mkdir -m 0700 -p "$beneath/run" "$folder/run"
    mount --bind "$beneath/run" "$folder/run"
fi
echo ready
read -r never || true
"#;
const BALLAST: &str = "ballast";
/// What is written at once: a page, so that no room for one is left.
const PAGE: [u8; 4096] = [1; 4096];

/// Gone, with everything on it, when it is dropped.
pub struct SmallDisk {
    holder: Child,
    folder: PathBuf,
    as_root: bool,
}

impl SmallDisk {
    /// In place of a folder of this home, before anybody uses it, with room for so many MiB.
    ///
    /// # Errors
    /// If this machine lets us mount nothing: why.
    pub fn mount(home: &Home, folder: &str, mebibytes: u32) -> Result<Self, String> {
        let as_root = rustix::process::geteuid().is_root();
        let folder = home.path(folder);
        let mut unshare = Command::new("unshare");
        unshare.arg(if as_root { "-m" } else { "-rm" }).args(["sh", "-c", HOLD, "sh"]);
        unshare.arg(&folder).arg(home.path("beneath")).arg(format!("{mebibytes}m"));
        unshare.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut holder = unshare.spawn().map_err(|error| format!("unshare: {error}"))?;
        let mut said = String::new();
        let stdout = holder.stdout.take().expect("piped");
        BufReader::new(stdout).read_line(&mut said).expect("readable");
        if said == "ready\n" {
            return Ok(SmallDisk { holder, folder, as_root });
        }
        let mut why = String::new();
        holder.stderr.take().expect("piped").read_to_string(&mut why).expect("readable");
        holder.wait().expect("it ends");
        Err(format!("no file system can be mounted here: {}", why.trim()))
    }

    /// A program that sees it.
    pub fn command(&self, program: &Path) -> Command {
        let mut enter = Command::new("nsenter");
        if !self.as_root {
            enter.args(["--user", "--preserve-credentials"]);
        }
        enter.args(["--mount", "--target", &self.holder.id().to_string()]).arg(program);
        enter
    }

    /// Something on it, as it is seen from outside.
    pub fn path(&self, name: &str) -> PathBuf {
        let inside = self.folder.strip_prefix("/").expect("a home is absolute");
        Path::new("/proc").join(self.holder.id().to_string()).join("root").join(inside).join(name)
    }

    /// Leaves no room for another page.
    ///
    /// # Panics
    /// If it cannot be written for another reason.
    pub fn fill(&self) {
        let mut ballast = File::options();
        let ballast = ballast.create(true).append(true).open(self.path(BALLAST));
        let mut ballast = ballast.expect("a file needs no room");
        loop {
            match ballast.write(&PAGE) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => return,
                Err(error) => panic!("ballast: {error}"),
            }
        }
    }

    /// There is room again.
    ///
    /// # Panics
    /// If it was not filled.
    pub fn empty(&self) {
        std::fs::remove_file(self.path(BALLAST)).expect("it was filled");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        if self.holder.kill().is_ok() {
            let _reaped = self.holder.wait();
        }
    }
}
