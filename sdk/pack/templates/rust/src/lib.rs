//! Rules that are code. Each is a struct with one function; `export!` at the end lists them.

use daemoneye_sdk::rule::{Finding, Rule, columns};

columns! {
    /// What the rule reads of an event. Every field is in docs/events.md.
    struct Process { name, executable_path }
}

/// A program that runs from a folder to which anybody may write.
#[derive(Default)]
struct {{Name}};

/// Folders to which anybody may write.
const OPEN_FOLDERS: [&str; 3] = ["/tmp/", "/var/tmp/", "/dev/shm/"];

impl Rule for {{Name}} {
    const ID: &'static str = "{{name}}";
    type Event<'a> = Process<'a>;

    fn judge(&self, event: Process<'_>) -> Option<Finding> {
        let path = event.executable_path()?;
        let folder = OPEN_FOLDERS.into_iter().find(|folder| path.starts_with(folder))?;
        let finding = Finding::because(format!("runs from {folder}"), "executable_path", path);
        Some(match event.name() {
            Some(name) => finding.and("is called", "name", name),
            None => finding,
        })
    }
}

daemoneye_sdk::export!({{Name}});

#[cfg(test)]
mod tests {
    use super::*;
    use daemoneye_sdk::rule::{field, judge};

    #[test]
    fn a_program_in_tmp_is_found_and_one_in_bin_is_not() {
        let finds = |path: &str| judge(&{{Name}}, &[field::executable_path.is(path)]).is_some();
        assert!(finds("/tmp/x"));
        assert!(!finds("/usr/bin/tmp"));
    }
}
