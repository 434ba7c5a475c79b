//! Rules of a pack that remember and look up processes, well or badly, as a command line says.

use daemoneye_sdk::rule::{Finding, Rule, columns};
use daemoneye_sdk::{key_value, processes};

columns! {
    /// What the rules read.
    struct Process { command_line, parent_key }
}

/// Finds a command line the third time that it comes. Its writes come before its sins.
#[derive(Default)]
struct Third;

/// Finds a child of a shell, by what the agent knows of the parent.
#[derive(Default)]
struct ChildOfShell;

impl Rule for Third {
    const ID: &'static str = "remembering-third";
    type Event<'a> = Process<'a>;

    fn judge(&self, event: Process<'_>) -> Option<Finding> {
        let line = event.command_line()?;
        let times = key_value::add("all", 1).and_then(|_| key_value::add(line, 1));
        let times = times.expect("an event is being judged");
        match line {
            "poison" => panic!("poison after it was written"),
            "chatter" => loop {
                key_value::get(line);
            },
            "large" => {
                let refused = key_value::set(line, &[0; (64 << 10) + 1]);
                return Some(Finding::because(
                    "is refused",
                    "command_line",
                    format!("{refused:?}"),
                ));
            }
            _ => {}
        }
        let all = key_value::add("all", 0).expect("a number");
        (times == 3).then(|| {
            Finding::because("the third time", "command_line", line).and("of all", "all", all)
        })
    }
}

impl Rule for ChildOfShell {
    const ID: &'static str = "remembering-child-of-shell";
    type Event<'a> = Process<'a>;

    fn judge(&self, event: Process<'_>) -> Option<Finding> {
        let parent = processes::get(event.parent_key()?, &["name", "pid", "colour"])?;
        assert_eq!(parent.value("colour"), None, "no event has a colour");
        let name = parent.text("name").filter(|name| *name == "sh")?;
        let pid = parent.integer("pid").unwrap_or(0);
        Some(Finding::because("its parent is a shell", "name", name).and("of pid", "pid", pid))
    }
}

daemoneye_sdk::export!(Third, ChildOfShell);

#[cfg(test)]
mod tests {
    use super::*;
    use daemoneye_sdk::rule::{field, judge};

    #[test]
    fn the_third_time_is_found_natively() {
        let times = [(); 4].map(|()| judge(&Third, &[field::command_line.is("id")]).is_some());
        assert_eq!(times, [false, false, true, false]);
    }

    #[test]
    fn a_parent_is_looked_up_natively() {
        processes::lives("k", &[field::name.is("sh"), field::pid.is(7)]);
        assert!(judge(&ChildOfShell, &[field::parent_key.is("k")]).is_some());
        assert!(judge(&ChildOfShell, &[field::parent_key.is("x")]).is_none());
    }
}
