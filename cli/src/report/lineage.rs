//! The processes around alerts as one picture: ancestors that several have in common are drawn once.

use std::collections::HashMap;

use daemoneye_bus::alert::{Alert, Severity};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::render::{count, cut};

/// Processes in the picture, at most.
const DRAWN: usize = 300;
/// Height of a line, and width of a step to the right, in units of the picture.
const LINE: usize = 30;
const STEP: usize = 26;
/// Room for the text of the deepest process.
const TEXT: usize = 900;
/// Characters of a command line that are drawn; the alert below has it whole.
const CHARACTERS: usize = 90;

/// The picture.
#[derive(Debug, Default, Serialize)]
pub(super) struct Lineage {
    width: usize,
    height: usize,
    processes: Vec<Drawn>,
    /// How many there are besides.
    more: usize,
}

/// One process.
#[derive(Debug, Serialize)]
struct Drawn {
    x: usize,
    y: usize,
    /// Where the line to its parent begins, if it has one.
    from: Option<usize>,
    name: String,
    pid: String,
    what: String,
    severity: Option<&'static str>,
    alerts: Option<String>,
}

/// One ancestor as `ancestry` in `docs/events.md` has it.
#[derive(Deserialize)]
struct Ancestor {
    pid: i64,
    name: Option<String>,
    path: Option<String>,
}

/// What is known of an ancestor. Processes of which this is the same are told apart by their keys,
/// which only those with alerts have.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Identity {
    parent: Option<usize>,
    pid: i64,
    name: String,
}

#[derive(Debug, Default)]
struct Process {
    children: Vec<usize>,
    pid: i64,
    name: String,
    key: Option<String>,
    what: String,
    alerts: u64,
    worst: Option<Severity>,
}

/// The picture of the processes that these alerts are about.
pub(super) fn draw(alerts: &[Alert]) -> Lineage {
    let forest = Forest::of(alerts);
    let mut lineage = Lineage::default();
    let mut open: Vec<(usize, usize, Option<usize>)> =
        forest.roots.iter().rev().map(|root| (*root, 0, None)).collect();
    while let Some((number, depth, parent)) = open.pop() {
        if lineage.processes.len() == DRAWN {
            lineage.more = forest.processes.len() - DRAWN;
            break;
        }
        let process = &forest.processes[number];
        let y = LINE * lineage.processes.len() + LINE / 2;
        lineage.width = lineage.width.max(STEP * depth + TEXT);
        lineage.processes.push(drawn(process, depth, y, parent));
        let children = process.children.iter().rev();
        open.extend(children.map(|child| (*child, depth + 1, Some(y))));
    }
    lineage.height = LINE * lineage.processes.len();
    lineage
}

fn drawn(process: &Process, depth: usize, y: usize, from: Option<usize>) -> Drawn {
    let what: String = process.what.chars().take(CHARACTERS).collect();
    let ellipsis = if what.len() < process.what.len() { "…" } else { "" };
    let name = if process.name.is_empty() { "?" } else { &process.name };
    Drawn {
        x: STEP * depth + LINE / 2,
        y,
        from,
        name: cut(name),
        pid: process.pid.to_string(),
        what: cut(&what) + ellipsis,
        severity: process.worst.map(Severity::name),
        alerts: (process.alerts > 1).then(|| count(process.alerts)),
    }
}

#[derive(Default)]
struct Forest {
    processes: Vec<Process>,
    roots: Vec<usize>,
    known: HashMap<Identity, Vec<usize>>,
}

impl Forest {
    fn of(alerts: &[Alert]) -> Self {
        let mut forest = Forest::default();
        for alert in alerts {
            let Some(pid) = alert.event.get("pid").and_then(Json::as_i64) else { continue };
            let mut parent = None;
            for ancestor in ancestors(alert).into_iter().rev() {
                let name = ancestor.name.or(ancestor.path).unwrap_or_default();
                parent = Some(forest.enter(parent, ancestor.pid, &name, None));
            }
            let text = |field: &str| alert.event.get(field).and_then(Json::as_str);
            let name = text("name").or_else(|| text("executable_path")).unwrap_or_default();
            let own = forest.enter(parent, pid, name, text("process_key"));
            let process = &mut forest.processes[own];
            process.what = text("command_line").unwrap_or_default().to_owned();
            process.alerts += 1;
            process.worst = process.worst.max(Some(alert.severity));
        }
        forest
    }

    /// The process if it is known already; an ancestor is the one of its name that was met last.
    fn enter(&mut self, parent: Option<usize>, pid: i64, name: &str, key: Option<&str>) -> usize {
        let identity = Identity { parent, pid, name: name.to_owned() };
        let alike = self.known.entry(identity).or_default();
        let may_be = |number: &&usize| match (&self.processes[**number].key, key) {
            (Some(known), Some(key)) => known == key,
            _ => true,
        };
        if let Some(known) = alike.iter().rev().find(may_be) {
            let process = &mut self.processes[*known];
            process.key = process.key.take().or(key.map(str::to_owned));
            return *known;
        }
        let number = self.processes.len();
        alike.push(number);
        let (name, key) = (name.to_owned(), key.map(str::to_owned));
        self.processes.push(Process { pid, name, key, ..Process::default() });
        match parent {
            Some(parent) => self.processes[parent].children.push(number),
            None => self.roots.push(number),
        }
        number
    }
}

/// The nearest first; none where there are none, or where they are not what they should be.
fn ancestors(alert: &Alert) -> Vec<Ancestor> {
    let ancestry = alert.event.get("ancestry").and_then(Json::as_str);
    ancestry.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::alert;

    fn about(pid: i64, key: &str, ancestry: &str) -> Alert {
        let mut alert = alert("bash -i", Severity::High);
        let event = [
            ("pid", pid.into()),
            ("process_key", key.into()),
            ("name", "bash".into()),
            ("ancestry", ancestry.into()),
        ];
        alert.event.extend(event.map(|(name, value): (&str, Json)| (name.to_owned(), value)));
        alert
    }

    fn said(lineage: &Lineage) -> Vec<(&str, usize, Option<usize>, Option<&str>)> {
        lineage
            .processes
            .iter()
            .map(|one| (one.name.as_str(), one.x / STEP, one.from, one.alerts.as_deref()))
            .collect()
    }

    #[test]
    fn common_ancestors_are_drawn_once_and_processes_with_alerts_are_told_apart() {
        let ancestry =
            r#"[{"pid":20,"name":"sshd","path":"/usr/sbin/sshd"},{"pid":1,"name":"init"}]"#;
        let alerts = [
            about(30, "first", ancestry),
            about(30, "first", ancestry),
            about(30, "second", ancestry),
        ];
        let lineage = draw(&alerts);
        let expected = [
            ("init", 0, None, None),
            ("sshd", 1, Some(15), None),
            ("bash", 2, Some(45), Some("2")),
            ("bash", 2, Some(45), None),
        ];
        assert_eq!(said(&lineage), expected);
    }

    #[test]
    fn a_process_with_an_alert_is_the_ancestor_of_others_with_alerts() {
        let child = about(40, "child", r#"[{"pid":30,"name":"bash","path":null}]"#);
        for alerts in [[about(30, "first", ""), child.clone()], [child, about(30, "first", "")]] {
            let expected = [("bash", 0, None, None), ("bash", 1, Some(15), None)];
            assert_eq!(said(&draw(&alerts)), expected);
        }
    }

    #[test]
    fn odd_ancestries_cost_only_themselves() {
        for ancestry in ["", "[", "{}", r#"[{"pid":"x"}]"#, r#"[{"name":"x"}]"#] {
            assert_eq!(draw(&[about(1, "k", ancestry)]).processes.len(), 1, "{ancestry:?}");
        }
        let mut without = about(1, "k", "");
        without.event.remove("pid");
        assert!(draw(&[without]).processes.is_empty());
    }

    #[test]
    fn of_very_many_processes_the_rest_is_counted() {
        let pids = i64::try_from(DRAWN).expect("few") + 5;
        let alerts: Vec<Alert> = (0..pids).map(|pid| about(pid, "k", "")).collect();
        let lineage = draw(&alerts);
        assert_eq!((lineage.processes.len(), lineage.more), (DRAWN, 5));
    }
}
