//! One collector: how it is, its configuration, and what it has looked up.

use daemoneye_bus::control::{Abilities, CollectorStatus, FileHash, Setting};
use daemoneye_bus::event::{Batch, to_json};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Json};

use super::escape::{cut, escape};
use super::table::{self, lines};
use super::words::count;
use crate::terminal::Look;

/// A collector, as JSON has it.
#[derive(Serialize)]
pub(crate) struct Shown<'a> {
    #[serde(flatten)]
    pub(crate) status: &'a CollectorStatus,
    pub(crate) abilities: &'a Abilities,
}

/// The configuration in force, as JSON has it.
#[derive(Serialize)]
pub(crate) struct Configuration<'a> {
    pub(crate) collector: &'a str,
    #[serde(serialize_with = "by_key")]
    pub(crate) settings: &'a [Setting],
}

/// A hash, as JSON has it.
#[derive(Serialize)]
pub(crate) struct Hashed<'a> {
    pub(crate) collector: &'a str,
    #[serde(flatten)]
    pub(crate) hash: &'a FileHash,
}

/// What was done to a collector, as JSON has it.
#[derive(Serialize)]
pub(crate) struct Done<'a> {
    pub(crate) collector: &'a str,
    /// `stopped` or `starting`.
    pub(crate) state: &'a str,
}

/// Processes, as JSON has them.
#[derive(Serialize)]
pub(crate) struct Processes<'a> {
    collector: &'a str,
    processes: Vec<Map<String, Json>>,
}

fn by_key<S: Serializer>(settings: &&[Setting], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(settings.iter().map(|setting| (&setting.key, &setting.value)))
}

/// Settings, one a line.
pub(crate) fn settings(settings: &[Setting], look: &Look) -> String {
    let mut table = table::table(&["setting", "value"], 0..0, look);
    for Setting { key, value } in settings {
        table.add_row([table::text(key), table::text(value)]);
    }
    lines(&table, look)
}

/// As `sha256sum` writes it.
pub(crate) fn hash(hash: &FileHash) -> String {
    format!("{}  {}\n", escape(&hash.sha256), escape(&hash.path))
}

impl Done<'_> {
    /// For people.
    pub(crate) fn line(&self) -> String {
        format!("{} is {}\n", cut(self.collector), self.state)
    }
}

impl Shown<'_> {
    /// What is known, and the settings.
    pub(crate) fn page(&self, look: &Look) -> String {
        let CollectorStatus { registration, state, restarts, heartbeat, .. } = self.status;
        let state = if heartbeat.paused { "paused" } else { state.name() };
        let listed = |words: &[String]| cut(&words.join(", "));
        let mut text = format!(
            "collector  {} {}, {state}, pid {}, {} restarts\n\
             sees by    {}\n\
             tasks      {}\n\
             events     {} seen, {} acknowledged, {} lost, {} withheld while paused\n",
            cut(&registration.id),
            cut(&registration.version),
            registration.pid,
            count(*restarts),
            listed(&self.abilities.capabilities),
            listed(&self.abilities.tasks),
            count(heartbeat.seen),
            count(heartbeat.acknowledged),
            count(heartbeat.lost),
            count(heartbeat.withheld),
        );
        for reason in &registration.degraded {
            text.push_str(&format!("degraded   {}\n", escape(reason)));
        }
        text + "\n" + &settings(&self.abilities.settings, look)
    }
}

impl<'a> Processes<'a> {
    /// In the order in which they were found.
    pub(crate) fn of(collector: &'a str, batches: &[Batch]) -> Self {
        let events = batches.iter().flat_map(Batch::events);
        Processes { collector, processes: events.map(|event| to_json(&event)).collect() }
    }

    /// A line for each, and how many.
    pub(crate) fn table(&self, look: &Look) -> String {
        let labels = ["pid", "ppid", "user", "name", "command line"];
        let mut table = table::table(&labels, 0..2, look);
        for process in &self.processes {
            let number = |field: &str| process.get(field).and_then(Json::as_i64);
            let text = |field: &str| process.get(field).and_then(Json::as_str);
            let number = |field| number(field).map_or("-".to_owned(), |n| n.to_string());
            let user = text("user_name").map_or_else(|| number("user_id"), str::to_owned);
            table.add_row([
                table::text(&number("pid")),
                table::text(&number("ppid")),
                table::text(&user),
                table::text(text("name").unwrap_or("-")),
                table::text(text("command_line").or(text("executable_path")).unwrap_or("-")),
            ]);
        }
        let found = count(self.processes.len() as u64);
        lines(&table, look) + "\n" + &format!("{found} processes\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::{HOSTILE, assert_fits, look, status};
    use daemoneye_bus::event::{Event, Field, Kind};

    fn abilities(text: &str) -> Abilities {
        let (key, value) = ("interval_ms".to_owned(), text.to_owned());
        Abilities {
            capabilities: vec![text.to_owned()],
            tasks: vec!["enumerate".to_owned(), "tree".to_owned()],
            settings: vec![Setting { key, value }],
        }
    }

    fn batch(command_line: &str) -> Batch {
        let event = Event::new(Kind::Snapshot, 1)
            .with(Field::Pid, 42_i64)
            .with(Field::ParentPid, 1_i64)
            .with(Field::Name, "sh")
            .with(Field::CommandLine, command_line);
        Batch::from_events([&event]).expect("one event")
    }

    #[test]
    fn the_page_says_how_it_is_what_it_can_and_its_configuration() {
        let (status, abilities) = (status(), abilities("5000"));
        let shown = Shown { status: &status.collectors[0], abilities: &abilities };
        let page = shown.page(&look(80));
        for part in
            ["procmond 0.1.0, running, pid 43", "enumerate, tree", "12,345 seen", "interval_ms"]
        {
            assert!(page.contains(part), "{part}: {page}");
        }
        let json = serde_json::to_value(&shown).expect("JSON");
        assert_eq!(json["registration"]["id"], "procmond");
        assert_eq!(json["abilities"]["settings"][0]["value"], "5000");
    }

    #[test]
    fn processes_are_lines_or_whole_events() {
        let found = Processes::of("procmond", &[batch("sh -c x")]);
        let expected = "\
PID  PPID  USER  NAME  COMMAND LINE
 42     1  -     sh    sh -c x

1 processes
";
        assert_eq!(found.table(&look(80)), expected);
        let json = serde_json::to_value(&found).expect("JSON");
        assert_eq!(json["processes"][0]["command_line"], "sh -c x");
    }

    #[test]
    fn hostile_text_is_harmless_and_tables_fit() {
        let hostile = abilities(HOSTILE);
        for width in [60, 80, 200] {
            let look = look(width);
            assert_fits(&Processes::of("x", &[batch(HOSTILE)]).table(&look), width);
            assert_fits(&settings(&hostile.settings, &look), width);
        }
        let hash = hash(&FileHash { path: HOSTILE.to_owned(), ..FileHash::default() });
        assert!(!hash.trim_end().chars().any(char::is_control), "{hash:?}");
    }
}
