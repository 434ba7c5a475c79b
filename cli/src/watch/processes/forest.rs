//! Processes in the order in which they are drawn: each below who started it.

use std::collections::{HashMap, HashSet};

use super::{Process, Processes};

/// One line of the forest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Branch {
    /// Which process.
    pub(crate) number: u64,
    /// What stands before it: the lines to its parent.
    pub(crate) lines: String,
}

/// Those that one process started, or nobody who is known; the oldest first.
type Children = HashMap<Option<u64>, Vec<u64>>;

impl Processes {
    /// The forest from its roots; only what is `wanted`, and the ancestors of that.
    pub(crate) fn forest(&self, wanted: impl Fn(&Process) -> bool) -> Vec<Branch> {
        let children = self.children(&self.with_ancestors(wanted));
        let of = |parent| children.get(&parent).map(Vec::as_slice).unwrap_or_default();
        let mut branches = Vec::new();
        // What waits on the stack: a process, its own lines, and those of whoever is below it.
        let roots = of(None).iter().rev();
        let mut open: Vec<(u64, String, String)> =
            roots.map(|root| (*root, String::new(), String::new())).collect();
        while let Some((number, lines, below)) = open.pop() {
            branches.push(Branch { number, lines });
            for (place, child) in of(Some(number)).iter().rev().enumerate() {
                let (own, next) = if place == 0 { ("└ ", "  ") } else { ("├ ", "│ ") };
                open.push((*child, format!("{below}{own}"), format!("{below}{next}")));
            }
        }
        branches
    }

    fn with_ancestors(&self, wanted: impl Fn(&Process) -> bool) -> HashSet<u64> {
        let mut found = HashSet::new();
        for (number, _) in self.all.iter().filter(|(_, process)| wanted(process)) {
            let mut at = Some(*number);
            while let Some(number) = at.filter(|number| found.insert(*number)) {
                at = self.all.get(&number).and_then(|process| process.parent);
            }
        }
        found
    }

    fn children(&self, shown: &HashSet<u64>) -> Children {
        let mut children = Children::new();
        for (number, process) in self.all.iter().filter(|(number, _)| shown.contains(number)) {
            let parent = process.parent.filter(|parent| shown.contains(parent));
            children.entry(parent).or_default().push(*number);
        }
        let started = |number: &u64| self.all.get(number).and_then(|process| process.started);
        let order = |number: &u64| (started(number).unwrap_or_default(), *number);
        children.values_mut().for_each(|siblings| siblings.sort_unstable_by_key(order));
        children
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use daemoneye_bus::event::{Event, Field, Kind};

    #[test]
    fn what_is_wanted_comes_with_its_ancestors_and_without_the_rest() {
        let mut processes = Processes::default();
        for (pid, ppid, name) in [(1, 0, "init"), (2, 1, "sshd"), (3, 2, "bash"), (4, 1, "cron")] {
            let event = Event::new(Kind::Exec, 0).with(Field::Pid, pid).with(Field::Name, name);
            let event = event.with(Field::ProcessKey, pid.to_string().as_str());
            processes.see(&event.with(Field::ParentPid, ppid));
        }
        let said = |wanted: &str| -> Vec<String> {
            let branches = processes.forest(|process| process.name.contains(wanted));
            let name = |branch: &Branch| processes.get(branch.number).expect("known").name.clone();
            branches.iter().map(|branch| format!("{}{}", branch.lines, name(branch))).collect()
        };
        assert_eq!(said("bash"), ["init", "└ sshd", "  └ bash"]);
        assert_eq!(said(""), ["init", "├ sshd", "│ └ bash", "└ cron"]);
        assert!(said("nobody").is_empty());
    }
}
