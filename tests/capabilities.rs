//! What rules of packs may do outside the sandbox: nothing, unless it is imported, requested in the
//! manifest, and granted; and then what is bounded, and undone where a rule fails.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use daemoneye_bus::event::{Batch, Event, Field, Kind};
use daemoneye_host::capability::{KeyValueGrant, RuleGrants};
use daemoneye_host::catalog::{Catalog, Languages};
use daemoneye_host::judge::{self, Judge};
use daemoneye_host::plugin::{Allowed, Caps, Granting, Sandbox};
use daemoneye_host::sight::Sight;
use daemoneye_pack_format::Trust;
use daemoneye_tests::{Agent, Home, cache, component, plugins};
use tempfile::TempDir;

const THIRD: &str = "remembering-third";
const CHILD: &str = "remembering-child-of-shell";
const BOTH: &str = "[\"key-value\", \"processes\"]";

/// A shell, its child, and the same command line for the third time.
const THRICE: &str = "\
    { kind = \"start\", process_key = \"s\", name = \"sh\", command_line = \"x\" }, \
    { kind = \"exec\", parent_key = \"s\", command_line = \"x\" }, { command_line = \"x\" }";

/// A pack with this component, which has these rules and requests these capabilities.
fn pack(bytes: &[u8], rules: &[&str], requested: &str, more: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let about = format!(
        "id = \"remembering\"\nrelease = 1\ntitle = \"T\"\ndescription = \"D\"\napi = \"0.1\"\n\
         [[plugins]]\npath = \"plugins/p.wasm\"\ncapabilities = {requested}\n{more}"
    );
    write(folder.path(), "pack.toml", about);
    write(folder.path(), "plugins/p.wasm", bytes);
    for id in rules {
        let rule = format!(
            "id = {id:?}\ntitle = \"T\"\nseverity = \"low\"\ntechniques = []\nwhy = \"W\"\n\
             false_positives = []\ncomponent = \"plugins/p.wasm\"\n\
             [[tests]]\nname = \"f\"\nexpect = \"fire\"\nevents = [{THRICE}]\n\
             [[tests]]\nname = \"s\"\nexpect = \"silent\"\nevent = {{ pid = 1 }}\n"
        );
        write(folder.path(), &format!("rules/{id}.toml"), rule);
    }
    folder
}

fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    let file = folder.join(name);
    fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    fs::write(file, bytes).expect("written");
}

fn remembering(requested: &str) -> TempDir {
    pack(&component("test/remembering.wasm"), &[CHILD, THIRD], requested, "")
}

fn judge_of(pack: &Path, allowed: Allowed) -> Result<Judge, String> {
    let sandbox = Sandbox::new(Some(&cache())).expect("a sandbox").allowing(allowed);
    let mut languages = Languages::load(&sandbox, &plugins(), Sight::Recorded, Some(&cache()))
        .expect("the languages");
    let mut catalog = Catalog::default();
    let added = catalog.add(pack, &Trust::AllowUnsigned, &sandbox, &mut languages);
    added.map_err(|error| error.to_string())?;
    let engine = judge::engine(&sandbox, &plugins()).expect("the engine");
    Ok(Judge::load(&engine, &mut catalog).map_err(|error| error.to_string())?.0)
}

fn granting(grants: RuleGrants) -> Allowed {
    let packs = BTreeMap::from([("remembering".to_owned(), grants)]);
    Allowed { rules: Granting::Listed(packs), ..Allowed::default() }
}

fn all() -> RuleGrants {
    RuleGrants { key_value: Some(KeyValueGrant::default()), processes: true }
}

fn judge_with(grant: KeyValueGrant) -> Judge {
    let grants = RuleGrants { key_value: Some(grant), ..all() };
    judge_of(remembering(BOTH).path(), granting(grants)).expect("it is granted")
}

fn batch(command_lines: &[&str]) -> Batch {
    let event = |line: &&str| Event::new(Kind::Exec, 1).with(Field::CommandLine, *line);
    Batch::from_events(&command_lines.iter().map(event).collect::<Vec<_>>()).expect("events")
}

/// Row and last value of what a rule finds.
fn found(judge: &mut Judge, batch: &Batch, rule: &str) -> Vec<(usize, String)> {
    let (found, _) = judge.judge(batch);
    let of_rule = found.into_iter().filter(|found| found.rule.id == rule);
    let value = |found: &judge::Found| found.evidence.last().expect("evidence").value.clone();
    of_rule.map(|found| (found.row, value(&found))).collect()
}

#[test]
fn a_rule_has_what_it_imports_requests_and_is_granted_and_each_lack_is_a_refusal_of_its_own() {
    let nothing = RuleGrants::default();
    let table: [(&str, RuleGrants, &str); 6] = [
        (BOTH, nothing, "\"daemoneye:plugin/key-value@0.1.1\" is not granted"),
        (BOTH, RuleGrants { processes: false, ..all() }, "processes@0.1.1\" is not granted"),
        ("[\"processes\"]", all(), "\"key-value\" is granted in the agent's configuration and not"),
        (
            "[\"processes\"]",
            RuleGrants { processes: true, ..nothing },
            "key-value@0.1.1\" is imported and not requested in the pack's manifest",
        ),
        ("[]", nothing, "is imported and not requested in the pack's manifest"),
        (
            "[\"key-value\", \"processes\", \"http\"]",
            all(),
            "\"http\" is nothing that a rule can be granted",
        ),
    ];
    for (requested, grants, why) in table {
        let said = judge_of(remembering(requested).path(), granting(grants)).err().expect(why);
        assert!(said.contains(why), "{said}");
    }
    assert!(judge_of(remembering(BOTH).path(), granting(all())).is_ok());
    assert!(judge_of(remembering(BOTH).path(), Allowed::as_requested()).is_ok());
    let plain = pack(&component("test/packed.wasm"), &["packed-obey"], "[\"processes\"]", "");
    let said = judge_of(plain.path(), granting(RuleGrants { processes: true, ..nothing }));
    let said = said.err().expect("it does not import it");
    assert!(said.contains("requested in the pack's manifest and not imported"), "{said}");
}

#[test]
fn what_a_rule_remembers_outlives_a_batch_and_an_instance_and_a_new_judge_and_not_a_test() {
    let mut judge = judge_with(KeyValueGrant::default());
    assert!(found(&mut judge, &batch(&["id", "ls"]), THIRD).is_empty());
    assert!(found(&mut judge, &batch(&["poison"]), THIRD).is_empty(), "the instance dies");
    assert!(found(&mut judge, &batch(&["id"]), THIRD).is_empty());
    let mut next = judge_with(KeyValueGrant::default());
    assert_eq!(next.inherit(&mut judge), []);
    assert_eq!(found(&mut next, &batch(&["ls", "id"]), THIRD), [(1, "5".to_owned())]);
    next.forget();
    assert!(found(&mut next, &batch(&["ls"]), THIRD).is_empty(), "it would be the third time");
}

/// Whatever is poisoned and however the rows are divided: what the others write is written once, and
/// what the poisoned row wrote is undone.
#[test]
fn the_writes_of_a_row_that_faults_are_undone_and_those_of_the_others_are_there_once() {
    let with_poison = ["a", "b", "poison", "a", "b", "c", "poison", "a", "b", "c", "c", "d"];
    let without: Vec<&str> = with_poison.into_iter().filter(|line| *line != "poison").collect();
    let lines = |found: Vec<(usize, String)>, of: &[&str]| -> Vec<(String, String)> {
        found.into_iter().map(|(row, all)| (of[row].to_owned(), all)).collect()
    };
    let mut poisoned = judge_with(KeyValueGrant::default());
    let mut clean = judge_with(KeyValueGrant::default());
    let one = lines(found(&mut poisoned, &batch(&with_poison), THIRD), &with_poison);
    let other = lines(found(&mut clean, &batch(&without), THIRD), &without);
    assert_eq!(one, other, "line and number of events before it");
    assert_eq!(one.iter().map(|(line, _)| &**line).collect::<Vec<_>>(), ["a", "b", "c"]);
    let faulted = poisoned.report().iter().find(|rule| rule.id == THIRD).map(|rule| rule.faulted);
    assert_eq!(faulted, Some(2));
}

#[test]
fn a_namespace_holds_as_much_as_is_granted_and_what_goes_is_counted() {
    let grant = |entries| KeyValueGrant { entries, ..KeyValueGrant::default() };
    let lines = ["a", "b", "c", "a", "b", "c", "a", "b", "c"];
    let mut ample = judge_with(grant(4));
    assert_eq!(found(&mut ample, &batch(&lines), THIRD).len(), 3);
    assert_eq!(ample.evicted(), 0);
    let mut tight = judge_with(grant(3));
    assert!(found(&mut tight, &batch(&lines), THIRD).is_empty(), "each is forgotten in between");
    assert!(tight.evicted() > 0);
    let refused = found(&mut ample, &batch(&["large"]), THIRD);
    assert!(refused[0].1.contains("TooLarge") || refused[0].1.contains("too"), "{refused:?}");
}

#[test]
fn calls_into_the_host_are_counted_and_one_too_many_is_a_fault_of_the_row() {
    let caps = Caps { host_calls: 1_000, ..Caps::default() };
    let allowed = Allowed { caps, ..granting(all()) };
    let mut judge = judge_of(remembering(BOTH).path(), allowed).expect("it is granted");
    let (_, unjudged) = judge.judge(&batch(&["a", "chatter", "b"]));
    let [failed] = &unjudged[..] else { panic!("{unjudged:?}") };
    assert_eq!(failed.why.to_string(), "more than 1000 calls into the host");
    assert_eq!(failed.rows, [1]);
}

#[test]
fn a_living_process_is_known_by_its_key_and_a_dead_one_is_not() {
    let mut judge = judge_with(KeyValueGrant::default());
    let process = |kind, key: &str, name: &str, pid: i64| {
        let event = Event::new(kind, 1).with(Field::ProcessKey, key);
        event.with(Field::Name, name).with(Field::Pid, pid)
    };
    let child = |parent: &str| process(Kind::Exec, "c", "ls", 9).with(Field::ParentKey, parent);
    let batch = |events: &[Event]| Batch::from_events(events).expect("events");
    let births = batch(&[process(Kind::Start, "s", "sh", 7), process(Kind::Start, "v", "vi", 8)]);
    assert!(found(&mut judge, &births, CHILD).is_empty());
    let children = batch(&[child("s"), child("v"), child("unknown")]);
    assert_eq!(found(&mut judge, &children, CHILD), [(0, "7".to_owned())]);
    let end = batch(&[process(Kind::Stop, "s", "sh", 7), child("s")]);
    assert_eq!(found(&mut judge, &end, CHILD), [(1, "7".to_owned())], "in the batch of its end");
    assert!(found(&mut judge, &children, CHILD).is_empty());
}

#[test]
fn what_a_pack_asks_for_is_given_up_to_the_operators_cap_and_refused_beyond_it() {
    let packed = |more: &str| {
        let rules = ["packed-obey", "packed-poison", "packed-endless"];
        pack(&component("test/packed.wasm"), &rules, "[]", more)
    };
    let caps = Caps { fuel_per_event: 1_000_000, memory_mib: 8, ..Caps::default() };
    let judge =
        |more: &str, caps| judge_of(packed(more).path(), Allowed { caps, ..Allowed::default() });
    assert!(judge("fuel = 1_000_000\nmemory = 8_388_608", caps).is_ok(), "to the unit");
    let fuel = judge("fuel = 1_000_001", caps).err().expect("over the cap");
    assert!(fuel.contains("limits.fuel_per_event"), "{fuel}");
    let memory = judge("memory = 8_388_609", caps).err().expect("over the cap");
    assert!(memory.contains("limits.memory_mib"), "{memory}");
    // What `pack.toml` says is what counts where the rule says nothing.
    for (fuel, faulted) in [(1_000_000, 0), (10, 1)] {
        let mut judge = judge(&format!("fuel = {fuel}"), Caps::default()).expect("within the caps");
        judge.judge(&batch(&["x"]));
        let obey = judge.report().into_iter().find(|rule| rule.id == "packed-obey");
        assert_eq!(obey.map(|rule| rule.faulted), Some(faulted), "{fuel}");
    }
    let tiny = judge("memory = 4096", Caps::default()).err().expect("too little");
    assert!(tiny.contains("out of memory"), "{tiny}");
}

#[test]
fn the_operators_word_is_in_the_agents_configuration() {
    let home = Home::new();
    let pack = remembering(BOTH);
    home.add_pack(pack.path());
    let mut agent = Agent::start(&home);
    let refusal = "is not granted in the agent's configuration";
    agent.wait_until("refused", |status| status["degraded"].to_string().contains(refusal));
    drop(agent);
    home.configure("[grants.remembering]\nprocesses = true\nkey_value = { entries = 10 }\n");
    let mut agent = Agent::start(&home);
    agent.wait_until("in force", |status| status["packs"].to_string().contains("remembering"));
    let rules = agent.ask(&["rules"]).to_string();
    assert!(rules.contains(THIRD) && rules.contains(CHILD), "{rules}");
}
