//! Releases of a small pack, and a home that has no other.

use std::fs;

use daemoneye_bus::event::{Event, Field, Kind};
use daemoneye_tests::{Agent, Home};
use serde_json::Value as Json;

/// The pack's id.
pub(crate) const PACK: &str = "turning";

/// A home without packs, whose agent limits no alerts.
pub(crate) fn home() -> Home {
    let home = Home::new();
    fs::remove_dir_all(home.path("packs")).expect("removed");
    fs::create_dir_all(home.path("packs")).expect("a folder");
    home.configure("\n[alerts]\nper_rule_per_minute = 1000000\n");
    home
}

/// A rule of a pack: its id and its file.
pub(crate) type Rule = (&'static str, String);

fn rule(id: &'static str, sql: &str, fires: &str, more: &str) -> Rule {
    let text = format!(
        "id = {id:?}\ntitle = \"T\"\nseverity = \"low\"\ntechniques = []\nwhy = \"W\"\n\
         false_positives = []\n{more}sql = '''{sql}'''\n\
         [[tests]]\nname = \"f\"\nexpect = \"fire\"\nevents = [{fires}]\n\
         [[tests]]\nname = \"s\"\nexpect = \"silent\"\nevent = {{ command_line = \"harmless\" }}\n"
    );
    (id, text)
}

/// Finds command lines that begin with one of these.
pub(crate) fn finds(id: &'static str, beginnings: &[&str]) -> Rule {
    let likes = beginnings.iter().map(|text| format!("command_line LIKE '{text}%'"));
    let sql = format!(
        "SELECT command_line FROM process_starts WHERE {}",
        likes.collect::<Vec<_>>().join(" OR ")
    );
    rule(id, &sql, &format!("{{ command_line = \"{} x\" }}", beginnings[0]), "")
}

/// Finds each third command line that begins so.
pub(crate) fn each_third(id: &'static str, beginning: &str) -> Rule {
    let sql = format!(
        "SELECT command_line FROM process_starts WHERE command_line LIKE '{beginning}%' \
         GROUP BY kind HAVING count(*) >= 3"
    );
    let event = format!("{{ command_line = \"{beginning} x\" }}");
    rule(id, &sql, &[&*event; 3].join(", "), "window = \"1d\"\n")
}

/// Finds children of what has this name.
pub(crate) fn children_of(id: &'static str, parent: &str) -> Rule {
    let sql = format!(
        "SELECT e.command_line FROM process_starts e JOIN processes p ON p.key = e.parent_key \
         WHERE p.name = '{parent}'"
    );
    let events = format!(
        "{{ process_key = \"1\", name = \"{parent}\" }}, {{ process_key = \"2\", parent_key = \"1\" }}"
    );
    rule(id, &sql, &events, "")
}

/// Makes and signs a release; where its file is, outside of all folders that are watched.
pub(crate) fn release(home: &Home, number: u64, rules: &[Rule]) -> std::path::PathBuf {
    let folder = home.path(&format!("made/{number}"));
    let _none_before = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("rules")).expect("a folder");
    let about = format!(
        "id = {PACK:?}\nrelease = {number}\ntitle = \"T\"\ndescription = \"D\"\nauthors = []\napi = \"0.1\"\n"
    );
    fs::write(folder.join("pack.toml"), about).expect("written");
    for (id, text) in rules {
        fs::write(folder.join(format!("rules/{id}.toml")), text).expect("written");
    }
    home.sign(&folder);
    home.build(&folder, &format!("made/{number}.pack"))
}

/// Puts a release into the folder of packs, in place of any other.
pub(crate) fn drop_release(home: &Home, number: u64, rules: &[Rule]) {
    fs::rename(release(home, number, rules), home.path("packs/turning.pack")).expect("renamed");
}

/// The releases in force.
pub(crate) fn in_force(status: &Json) -> Vec<u64> {
    let packs = status["packs"].as_array().expect("packs");
    packs.iter().map(|pack| pack["release"].as_u64().expect("a number")).collect()
}

/// Waits until this release and no other is in force.
pub(crate) fn wait_for(agent: &mut Agent<'_>, number: u64) -> Json {
    agent.wait_until(&format!("release {number} in force"), |status| in_force(status) == [number])
}

/// One rule as the agent lists it.
pub(crate) fn listed(agent: &Agent<'_>, id: &str) -> Json {
    let rules = agent.ask(&["rules"]);
    let mut rules = rules.as_array().into_iter().flatten();
    rules.find(|rule| rule["id"] == id).cloned().unwrap_or_default()
}

/// A start that no other has the number of.
pub(crate) fn start(number: i64, command_line: &str) -> Event {
    Event::new(Kind::Start, 1_000_000 + number)
        .with(Field::Sequence, number)
        .with(Field::ProcessKey, format!("told:{number}"))
        .with(Field::CommandLine, command_line.to_owned())
}
