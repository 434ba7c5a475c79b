//! Files with names to fill in, in contents and file names: `{{name}}`, the same as a type
//! (`{{Name}}`) and as a variable (`{{snake}}`, `{{camel}}`), and what else [`Names`] has.

use std::fs;
use std::path::Path;

use include_dir::{Dir, DirEntry, include_dir};

use super::Failed;

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");
/// The SDK for each language, and the interfaces that they are made from.
pub(super) static RUST: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../rust/src");
pub(super) static C: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../c");
pub(super) static JS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../js");
pub(super) static PYTHON: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../python");
static WIT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../wit");

pub(super) const PACK: &str = "pack";
pub(super) const RULE: &str = "rule";
pub(super) const PLUGIN: &str = "plugin";
pub(super) const SINK: &str = "sink";

/// What is filled in.
pub(super) struct Names {
    /// The id.
    pub(super) name: String,
    /// Where the SDK for Rust is.
    pub(super) sdk: String,
    /// Fuel for one event.
    pub(super) fuel: &'static str,
    /// Memory, bytes.
    pub(super) memory: &'static str,
}

impl Names {
    fn fill(&self, text: &str) -> String {
        let type_name = type_name(&self.name);
        let all = [
            ("{{name}}", self.name.as_str()),
            ("{{Name}}", &type_name),
            ("{{snake}}", &snake(&self.name)),
            ("{{camel}}", &camel(&type_name)),
            ("{{sdk}}", &self.sdk),
            ("{{fuel}}", self.fuel),
            ("{{memory}}", self.memory),
            ("{{qjs}}", daemoneye_component::COMPONENTIZE_QJS),
            ("{{py}}", daemoneye_component::COMPONENTIZE_PY),
        ];
        all.into_iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    }
}

/// `from-tmp` as a function of C and Python is `from_tmp_rule`: no word of theirs is.
fn snake(name: &str) -> String {
    let joined = name.replace('-', "_");
    let start = if joined.starts_with(|letter: char| letter.is_ascii_digit()) { "r" } else { "" };
    format!("{start}{joined}_rule")
}

/// `FromTmp` as a variable of JavaScript is `fromTmpRule`.
fn camel(type_name: &str) -> String {
    let (first, rest) = type_name.split_at(1);
    format!("{}{rest}Rule", first.to_ascii_lowercase())
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
    write_folder(template, to, Some(names))
}

/// The interfaces of this version; those of older ones, in folders beside, are not the author's
/// business.
pub(super) fn copy_wit(to: &Path) -> Result<(), Failed> {
    WIT.files().try_for_each(|file| {
        let name = file.path().file_name().expect("a file has a name");
        write_file(&to.join(name), file.contents())
    })
}

/// Writes every file as it is.
pub(super) fn copy(folder: &Dir<'_>, to: &Path) -> Result<(), Failed> {
    write_folder(folder, to, None)
}

fn write_folder(folder: &Dir<'_>, to: &Path, names: Option<&Names>) -> Result<(), Failed> {
    for entry in folder.entries() {
        let name = entry.path().file_name().unwrap_or_default().to_string_lossy();
        let target = to.join(names.map_or(name.to_string(), |names| names.fill(&name)));
        match (entry, names) {
            (DirEntry::Dir(folder), _) => write_folder(folder, &target, names)?,
            (DirEntry::File(file), None) => write_file(&target, file.contents())?,
            (DirEntry::File(file), Some(names)) => {
                let text = file.contents_utf8().expect("templates are text");
                write_file(&target, names.fill(text).as_bytes())?;
            }
        }
    }
    Ok(())
}

/// Nothing that exists is overwritten.
fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failed> {
    let io = |source| Failed::Io { path: path.to_owned(), source };
    if path.exists() {
        return Err(Failed::Exists(path.to_owned()));
    }
    fs::create_dir_all(path.parent().expect("a file is in a folder")).map_err(io)?;
    fs::write(path, bytes).map_err(io)
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
    fn a_variable_is_no_word_of_any_language() {
        for (name, in_c, in_js) in [
            ("from-tmp", "from_tmp_rule", "fromTmpRule"),
            ("while", "while_rule", "whileRule"),
            ("7z", "r7z_rule", "r7zRule"),
        ] {
            assert_eq!((snake(name), camel(&type_name(name))), (in_c.into(), in_js.into()));
        }
    }

    #[test]
    fn every_name_is_filled_in() {
        let folder = tempfile::tempdir().expect("a folder");
        let names =
            Names { name: "odd-one".to_owned(), sdk: "sdk".to_owned(), fuel: "1", memory: "2" };
        for template in [PACK, RULE, PLUGIN, SINK, "rust", "c", "js", "python"] {
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
