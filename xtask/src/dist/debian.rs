//! A Debian package: deb(5), an ar archive of a version, control data and files.

use std::fs;

use anyhow::{Context, Result, ensure};

use super::Release;
use super::archive::{archive, loose};
use super::tree::Tree;
use crate::build::workspace;

/// Scripts in `packaging/debian`, which dpkg runs.
const SCRIPTS: [&str; 3] = ["postinst", "postrm", "prerm"];
/// Symbols of the C library carry their version.
const GLIBC: &[u8] = b"GLIBC_2.";

/// The name of the file, and its bytes.
pub(super) fn package(tree: &Tree, release: &Release) -> Result<(String, Vec<u8>)> {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let mut control = vec![
        ("control", control(tree, release, architecture)?.into_bytes(), 0o644),
        ("conffiles", conffiles(tree).into_bytes(), 0o644),
    ];
    for name in SCRIPTS {
        let path = workspace().join("packaging/debian").join(name);
        let script = fs::read(&path).with_context(|| format!("{}", path.display()))?;
        control.push((name, script, 0o755));
    }
    let members = [
        ("debian-binary", b"2.0\n".to_vec()),
        ("control.tar.gz", loose(&control, release.time)?),
        ("data.tar.gz", archive(tree, "./", release.time)?),
    ];
    let mut package = ar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = ar::Header::new(name.as_bytes().to_vec(), bytes.len() as u64);
        header.set_mtime(release.time);
        header.set_mode(0o100_644);
        package.append(&header, bytes.as_slice())?;
    }
    let name = format!("daemoneye_{}_{architecture}.deb", release.version);
    Ok((name, package.into_inner()?))
}

fn control(tree: &Tree, release: &Release, architecture: &str) -> Result<String> {
    let kib: usize = tree.files().map(|(_, file)| file.bytes.len().div_ceil(1_024)).sum();
    Ok(format!(
        "Package: daemoneye\n\
         Version: {version}\n\
         Architecture: {architecture}\n\
         Maintainer: DaemonEye developers <daemoneye@localhost>\n\
         Installed-Size: {kib}\n\
         Depends: libc6 (>= 2.{glibc}), libgcc-s1, passwd\n\
         Recommends: systemd\n\
         Section: admin\n\
         Priority: optional\n\
         Description: knows when something bad runs on this host\n \
         A small sensor sees every process, an unprivileged agent judges it with signed\n \
         rules in a sandbox, and a command line tells what was found. It works offline.\n",
        version = release.version,
        glibc = glibc(tree)?,
    ))
}

/// What operators change stays theirs: everything below /etc.
fn conffiles(tree: &Tree) -> String {
    let files = tree.files().filter(|(path, _)| path.starts_with("etc/"));
    files.map(|(path, _)| format!("/{path}\n")).collect()
}

/// The latest minor version of the C library 2 whose symbols a program needs.
fn glibc(tree: &Tree) -> Result<u32> {
    let programs = tree.files().filter(|(_, file)| file.is_program);
    let needed = programs.flat_map(|(_, file)| versions(&file.bytes)).max();
    let needed = needed.context("no program names a version of the C library")?;
    ensure!(needed < 200, "a program names version 2.{needed} of the C library");
    Ok(needed)
}

fn versions(program: &[u8]) -> impl Iterator<Item = u32> {
    let starts = program.windows(GLIBC.len()).enumerate().filter(|(_, bytes)| *bytes == GLIBC);
    starts.filter_map(|(start, _)| {
        let rest = &program[start + GLIBC.len()..];
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()
    })
}
