//! Packages of a few files, and what Debian's own tool makes of them.

use std::process::Command;

use super::tree::{File, Tree};
use super::*;

fn tree() -> Tree {
    let mut tree = Tree::default();
    tree.put("etc/daemoneye/agent.toml".to_owned(), b"# nothing\n".to_vec());
    tree.put("usr/share/doc/daemoneye/LICENSE".to_owned(), b"yes\n".to_vec());
    let bytes = b"\x7fELF GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.9\0".to_vec();
    tree.add("usr/bin/daemoneye".to_owned(), File { bytes, is_program: true });
    tree
}

fn release() -> Release {
    Release {
        programs: PathBuf::new(),
        plugins: PathBuf::new(),
        key: (PathBuf::new(), PathBuf::new()),
        folder: PathBuf::new(),
        version: "1.2.3".to_owned(),
        time: 1_700_000_000,
    }
}

/// What `dpkg-deb` says of a package; nothing where there is no such program.
fn dpkg(package: &[u8], question: &str) -> Option<String> {
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), package).expect("written");
    let output = Command::new("dpkg-deb").arg(question).arg(file.path()).output().ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).expect("text"))
}

#[test]
fn the_same_files_give_the_same_bytes() {
    let made = || debian::package(&tree(), &release()).expect("a package");
    assert_eq!(made(), made());
    let tarball = || archive::tarball(&tree(), "top", 7).expect("an archive");
    assert_eq!(tarball(), tarball());
}

#[test]
fn dpkg_reads_the_package() {
    let (name, package) = debian::package(&tree(), &release()).expect("a package");
    assert!(name.starts_with("daemoneye_1.2.3_"), "{name}");
    let Some(info) = dpkg(&package, "--info") else { return eprintln!("NOT RUN: no dpkg-deb") };
    for said in ["Version: 1.2.3", "libc6 (>= 2.34)", "postinst", "conffiles"] {
        assert!(info.contains(said), "{said} in\n{info}");
    }
    let contents = dpkg(&package, "--contents").expect("it was there");
    let program = contents.lines().find(|line| line.ends_with(" usr/bin/daemoneye"));
    assert!(program.is_some_and(|line| line.starts_with("-rwxr-xr-x 0/0")), "{contents}");
    let file = contents.lines().find(|line| line.ends_with(" etc/daemoneye/agent.toml"));
    assert!(file.is_some_and(|line| line.starts_with("-rw-r--r-- 0/0")), "{contents}");
    assert!(contents.contains("drwxr-xr-x 0/0"), "{contents}");
}
