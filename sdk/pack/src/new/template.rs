//! Files with names to fill in: `{{name}}`, `{{Name}}` and `{{sdk}}`, in contents and file names.

use std::fs;
use std::path::Path;

use include_dir::{Dir, DirEntry, include_dir};

use super::Failed;

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");
/// The SDK for Rust, and the interfaces that it is made from.
pub(super) static SDK: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../rust/src");
pub(super) static WIT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../wit");

pub(super) const PACK: &str = "pack";
pub(super) const RULE: &str = "rule";
pub(super) const PLUGIN: &str = "plugin";
pub(super) const SINK: &str = "sink";

/// What is filled in.
pub(super) struct Names {
    /// The id.
    pub(super) name: String,
    /// Where the SDK is.
    pub(super) sdk: String,
}

impl Names {
    fn fill(&self, text: &str) -> String {
        let filled = text.replace("{{name}}", &self.name).replace("{{sdk}}", &self.sdk);
        filled.replace("{{Name}}", &type_name(&self.name))
    }
}

/// `from-tmp` as a type of Rust is `FromTmp`; a name that begins with a digit gets an `R`.
fn type_name(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    let joined: String = name.split('-').map(word).collect();
    if joined.starts_with(|letter: char| letter.is_ascii_digit()) {
        return format!("R{joined}");
    }
    joined
}

/// Writes every file of a template.
pub(super) fn write(template: &str, to: &Path, names: &Names) -> Result<(), Failed> {
    let template = TEMPLATES.get_dir(template).expect("a template of the list");
    write_folder(template, to, &|text| names.fill(text))
}

/// Writes every file as it is.
pub(super) fn copy(folder: &Dir<'_>, to: &Path) -> Result<(), Failed> {
    write_folder(folder, to, &str::to_owned)
}

fn write_folder(folder: &Dir<'_>, to: &Path, fill: &dyn Fn(&str) -> String) -> Result<(), Failed> {
    for entry in folder.entries() {
        let name = entry.path().file_name().unwrap_or_default().to_string_lossy();
        let target = to.join(fill(&name));
        match entry {
            DirEntry::Dir(folder) => write_folder(folder, &target, fill)?,
            DirEntry::File(file) => {
                let text = file.contents_utf8().expect("templates are text");
                write_file(&target, &fill(text))?;
            }
        }
    }
    Ok(())
}

/// Nothing that exists is overwritten.
fn write_file(path: &Path, text: &str) -> Result<(), Failed> {
    let io = |source| Failed::Io { path: path.to_owned(), source };
    if path.exists() {
        return Err(Failed::Exists(path.to_owned()));
    }
    fs::create_dir_all(path.parent().expect("a file is in a folder")).map_err(io)?;
    fs::write(path, text).map_err(io)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_named_as_rust_names_types() {
        for (name, expected) in [("from-tmp", "FromTmp"), ("x", "X"), ("7z", "R7z"), ("a--b", "AB")]
        {
            assert_eq!(type_name(name), expected);
        }
    }

    #[test]
    fn every_name_is_filled_in() {
        let folder = tempfile::tempdir().expect("a folder");
        let names = Names { name: "odd-one".to_owned(), sdk: "sdk".to_owned() };
        for template in [PACK, RULE, PLUGIN, SINK] {
            let to = folder.path().join(template);
            write(template, &to, &names).expect("written");
            assert!(matches!(write(template, &to, &names), Err(Failed::Exists(_))));
            let mut folders = vec![to];
            while let Some(folder) = folders.pop() {
                for entry in folder.read_dir().expect("a folder") {
                    let path = entry.expect("an entry").path();
                    assert!(!path.to_string_lossy().contains("{{"), "{}", path.display());
                    if path.is_dir() {
                        folders.push(path);
                    } else {
                        let text = fs::read_to_string(&path).expect("text");
                        assert!(!text.contains("{{"), "{}", path.display());
                    }
                }
            }
        }
    }

    #[test]
    fn the_copy_of_the_sdk_depends_on_what_the_sdk_depends_on() {
        let after =
            |text: &'static str| text.lines().skip_while(|line| *line != "[dependencies]").skip(1);
        let sdk = after(include_str!("../../../rust/Cargo.toml")).take_while(|l| !l.is_empty());
        let workspace = include_str!("../../../../Cargo.toml");
        let in_full = |line: &str| {
            let name = line.strip_suffix(".workspace = true").expect("one of the workspace's");
            let begins = |line: &&str| line.starts_with(&format!("{name} = "));
            workspace.lines().find(begins).expect("a dependency of the workspace")
        };
        let template = after(include_str!("../../templates/sdk/Cargo.toml"));
        assert_eq!(template.collect::<Vec<_>>(), sdk.map(in_full).collect::<Vec<_>>());
    }
}
