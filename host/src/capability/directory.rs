//! One directory. `cap-std` resolves every name below it, so that neither `..` nor a link leads out.

use std::io::{self, Write};
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt};
use wasmtime::component::Linker;

use super::GrantError;
use crate::plugin::State;
use crate::plugin::sink_bindings::daemoneye::plugin::directory;

pub(super) fn open(path: &Path) -> Result<Dir, GrantError> {
    let opened = crate::private::create_directory(path)
        .and_then(|()| Dir::open_ambient_dir(path, ambient_authority()));
    opened.map_err(|cause| GrantError::Directory { path: path.to_owned(), cause })
}

pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    directory::add_to_linker::<State, wasmtime::component::HasSelf<State>>(linker, |state| state)
}

impl directory::Host for State {
    fn append(&mut self, name: String, bytes: Vec<u8>) -> wasmtime::Result<Result<u64, String>> {
        in_directory(self, &name, |directory| append(directory, &name, &bytes))
    }

    fn length(&mut self, name: String) -> wasmtime::Result<Result<Option<u64>, String>> {
        in_directory(self, &name, |directory| match directory.metadata(&name) {
            Ok(metadata) => Ok(Some(metadata.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        })
    }

    fn rename(&mut self, name: String, to: String) -> wasmtime::Result<Result<(), String>> {
        if let Err(refused) = one_component(&to) {
            self.calls.count()?;
            return Ok(Err(refused));
        }
        in_directory(self, &name, |directory| directory.rename(&name, directory, &to))
    }

    fn remove(&mut self, name: String) -> wasmtime::Result<Result<(), String>> {
        in_directory(self, &name, |directory| directory.remove_file(&name))
    }
}

fn in_directory<T>(
    state: &mut State,
    name: &str,
    act: impl FnOnce(&Dir) -> io::Result<T>,
) -> wasmtime::Result<Result<T, String>> {
    state.calls.count()?;
    let directory = state.granted.directory.as_ref().ok_or_else(|| "no directory".to_owned());
    let directory = one_component(name).and(directory);
    Ok(directory.and_then(|dir| act(dir).map_err(|error| format!("file {name:?}: {error}"))))
}

fn one_component(name: &str) -> Result<(), String> {
    let mut components = Path::new(name).components();
    match (components.next(), components.next()) {
        (Some(std::path::Component::Normal(only)), None) if only == name => Ok(()),
        _ => Err(format!("file name {name:?} is not one path component")),
    }
}

fn append(directory: &Dir, name: &str, bytes: &[u8]) -> io::Result<u64> {
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(0o600);
    let mut file = directory.open_with(name, &options)?;
    file.write_all(bytes)?;
    file.sync_data()?;
    Ok(file.metadata()?.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_path_component() {
        for name in ["alerts.jsonl", "a", "..a", "a b"] {
            assert_eq!(one_component(name), Ok(()), "{name:?}");
        }
        for name in ["", ".", "..", "/etc/passwd", "a/b", "../a", "a/", "./a"] {
            assert!(one_component(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_link_does_not_lead_out_of_the_directory() {
        let outside = tempfile::tempdir().expect("a directory");
        let inside = tempfile::tempdir().expect("a directory");
        let target = outside.path().join("target");
        std::os::unix::fs::symlink(&target, inside.path().join("link")).expect("a link");
        let directory = open(inside.path()).expect("a grant");
        assert!(append(&directory, "link", b"x").is_err());
        assert!(!target.exists());
        assert_eq!(append(&directory, "file", b"xyz").expect("a length"), 3);
    }
}
