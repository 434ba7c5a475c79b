//! The operator's own rules, under a running agent.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use daemoneye_tests::{Agent, Home};
use rustix::process::Signal;
use serde_json::Value as Json;

/// A harmless process with a command line that nothing else has; killed when it is dropped.
struct Marked(Child);

impl Marked {
    /// `sleep` takes a sum of times, so that the second one may be any number.
    fn start(mark: &str) -> Self {
        let mut sleep = Command::new("/bin/sleep");
        sleep.args(["60", mark]).stdin(Stdio::null()).stdout(Stdio::null());
        Marked(sleep.spawn().expect("sleep starts"))
    }

    fn is_in<'a>(&self, rule: &'a str) -> impl Fn(&Json) -> bool + 'a {
        let pid = self.0.id();
        move |alert| alert["rule"] == rule && alert["event"]["pid"] == pid
    }
}

impl Drop for Marked {
    fn drop(&mut self) {
        if self.0.kill().is_ok() {
            let _reaped = self.0.wait();
        }
    }
}

fn finds(mark: &str) -> String {
    format!("SELECT pid, command_line FROM process_starts WHERE command_line LIKE '%{mark}%'\n")
}

const SIGMA_ID: &str = "5d1a5d0e-0000-4000-8000-000000000001";

fn sigma(mark: &str) -> String {
    format!(
        "title: A marked sleep\nid: {SIGMA_ID}\nlevel: high\n\
         tags: [attack.t1059.004]\nlogsource: {{category: process_creation, product: linux}}\n\
         detection:\n  sel:\n    CommandLine|contains: '{mark}'\n  condition: sel\n"
    )
}

fn rule(agent: &Agent<'_>, id: &str) -> Json {
    let rules = agent.ask(&["rules"]);
    rules
        .as_array()
        .into_iter()
        .flatten()
        .find(|rule| rule["id"] == id)
        .cloned()
        .unwrap_or_default()
}

fn active(agent: &Agent<'_>) -> u64 {
    counts(&agent.ask(&["status"]), "active").expect("a count")
}

fn counts(status: &Json, state: &str) -> Option<u64> {
    status["rules"][state].as_u64()
}

#[test]
fn a_rule_dropped_into_a_running_agents_folder_fires_on_the_next_process() {
    let table = [
        ("dropped.sql", "dropped", "0.012345671", finds("0.012345671")),
        ("marked.yml", SIGMA_ID, "0.012345672", sigma("0.012345672")),
    ];
    let home = Home::new();
    let mut agent = Agent::start(&home);
    for (file, id, mark, text) in table {
        let before = active(&agent);
        let dropped = Instant::now();
        fs::write(home.path("data/rules").join(file), text).expect("written");
        agent.wait_until("the rule is active", |status| {
            counts(status, "active") == Some(before + 1)
        });
        let active = dropped.elapsed();
        let marked = Marked::start(mark);
        let alert = agent.wait_for_alert(id, marked.is_in(id));
        eprintln!("{file}: active after {active:?}, alert after {:?}", dropped.elapsed());
        assert_eq!(alert["pack"], "(local)");
    }
    let alert = agent.wait_for_alert("sigma", |alert| alert["title"] == "A marked sleep");
    assert_eq!(
        (&alert["severity"], &alert["techniques"][0]),
        (&"high".into(), &"T1059.004".into())
    );
}

#[test]
fn a_bad_rule_costs_itself_and_its_place_is_told_until_it_is_mended() {
    let home = Home::new();
    let rules = home.path("data/rules");
    fs::create_dir_all(&rules).expect("a folder");
    fs::write(rules.join("good.sql"), finds("0.012345673")).expect("written");
    let mut agent = Agent::start(&home);
    fs::write(rules.join("bad.sql"), "SELECT pid\nFROM process_starts WHERE nonsense = 1\n")
        .expect("written");
    let status = agent.wait_until("refused", |status| counts(status, "refused") == Some(1));
    assert!(status["degraded"].to_string().contains("1 rules are refused"), "{status:#}");
    let bad = rule(&agent, "bad");
    assert_eq!(bad["state"], "refused");
    assert!(bad["why"][0].as_str().is_some_and(|why| why.contains("bad.sql:2:27: ")), "{bad:#}");
    assert_eq!(rule(&agent, "good")["state"], "active");
    let only = agent.ask(&["rules", "--refused"]);
    assert_eq!(only.as_array().map(Vec::len), Some(1), "{only:#}");

    fs::write(rules.join("bad.sql"), finds("0.012345674")).expect("written");
    let status = agent.wait_until("mended", |status| counts(status, "refused") == Some(0));
    assert!(!status["degraded"].to_string().contains("refused"), "{status:#}");
    let marked = Marked::start("0.012345674");
    agent.wait_for_alert("mended", marked.is_in("bad"));
}

#[test]
fn a_rule_is_gone_when_its_file_is() {
    let home = Home::new();
    let mut agent = Agent::start(&home);
    let before = active(&agent);
    let file = home.path("data/rules/brief.sql");
    fs::write(&file, finds("0.012345675")).expect("written");
    agent.wait_until("active", |status| counts(status, "active") == Some(before + 1));
    assert_eq!(rule(&agent, "brief")["state"], "active");
    fs::remove_file(file).expect("removed");
    agent.wait_until("gone", |status| counts(status, "active") == Some(before));
    assert_eq!(rule(&agent, "brief"), Json::Null);
}

#[test]
fn no_event_is_lost_or_judged_twice_by_a_change_of_rules() {
    let home = Home::new();
    let mut agent = Agent::start(&home);
    let (rules, before) = (home.path("data/rules"), active(&agent));
    for number in 0..3 {
        for _ in 0..40 {
            assert!(Command::new("/bin/true").status().expect("true starts").success());
        }
        fs::write(rules.join(format!("r{number}.sql")), finds("0.012345676")).expect("written");
        agent.wait_until("active", |status| counts(status, "active") >= Some(before + number + 1));
    }
    agent.wait_until("all judged", |status| {
        let events = &status["events"];
        events["judged"].as_u64() >= Some(120) && events["judged"] == events["stored"]
    });
    // Between the two questions more may happen, and a rule that stays sees all of it.
    let before = agent.ask(&["status"])["events"]["judged"].as_u64();
    let offered = rule(&agent, "kernel-thread-name")["offered"].as_u64();
    let after = agent.ask(&["status"])["events"]["stored"].as_u64();
    assert!(before <= offered && offered <= after, "{before:?} {offered:?} {after:?}");
    let newest = rule(&agent, "r2");
    assert!(newest["offered"].as_u64() < offered, "a new rule begins with nothing: {newest}");
}

#[test]
fn a_folder_that_others_may_write_is_not_believed_until_it_is_closed() {
    let home = Home::new();
    let rules = home.path("data/rules");
    fs::create_dir_all(&rules).expect("a folder");
    fs::write(rules.join("good.sql"), finds("0.012345677")).expect("written");
    let mode = |bits| fs::set_permissions(&rules, fs::Permissions::from_mode(bits)).expect("own");
    mode(0o777);
    let mut agent = Agent::start(&home);
    let (status, before) = (agent.ask(&["status"]), active(&agent));
    assert!(
        status["degraded"].to_string().contains("mode 0777 lets others write it"),
        "{status:#}"
    );
    assert_eq!(rule(&agent, "good"), Json::Null);
    mode(0o755);
    agent.wait_until("believed", |status| counts(status, "active") == Some(before + 1));
    assert_eq!(rule(&agent, "good")["state"], "active");
    assert!(agent.ask(&["status"])["degraded"].to_string().find("mode 0777").is_none());
}

#[test]
fn a_folder_that_is_missing_is_created_for_its_owner_and_none_is_none() {
    let home = Home::new();
    let agent = Agent::start(&home);
    let mode = fs::metadata(home.path("data/rules")).expect("a folder").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    assert!(agent.end(Signal::TERM).success());

    fs::write(home.path("data/rules/off.sql"), finds("0.012345678")).expect("written");
    let configuration = fs::read_to_string(home.path("agent.toml")).expect("a configuration");
    fs::write(home.path("agent.toml"), format!("rules = ''\n{configuration}")).expect("written");
    let agent = Agent::start(&home);
    assert_eq!(rule(&agent, "off"), Json::Null);
}

#[test]
fn a_rule_that_can_never_match_here_is_inert_and_says_why() {
    let home = Home::new();
    let rules = home.path("data/rules");
    fs::create_dir_all(&rules).expect("a folder");
    let windows = sigma("x").replace("product: linux", "product: windows");
    fs::write(rules.join("windows.yml"), windows).expect("written");
    let text = "SELECT pid FROM process_starts WHERE original_file_name = 'cmd.exe'";
    fs::write(rules.join("field.sql"), text).expect("written");
    let agent = Agent::start(&home);
    assert_eq!(counts(&agent.ask(&["status"]), "inert"), Some(2));
    let inert = agent.ask(&["rules", "--inert"]).to_string();
    for named in ["windows", "original_file_name", "field"] {
        assert!(inert.contains(named), "{inert}");
    }
    assert_eq!(rule(&agent, "field")["state"], "inert");
}
