//! Events that the agent knows again: the same verdicts and the same accounts as if a plugin had been
//! shown everything, and who lies about its rules harms itself.

use daemoneye_bus::event::{Batch, Event, Field, Kind};
use daemoneye_host::plugin::{
    Account, Finding, Language, Limits, Plan, RulePlugin, RuleTemplate, Sandbox,
};
use daemoneye_host::sight::Sight;
use daemoneye_tests::component;
use proptest::prelude::*;

use crate::sandbox::{batch, misbehaver, sandbox};

/// Rules that an event alone decides, some of them only by themselves: the index cannot.
const CONSTANT: [&str; 5] = [
    "command_line LIKE '%curl%'",
    "name = 'sh' AND command_line LIKE '%/dev/tcp/%'",
    "length(command_line) > 6",
    "name NOT IN ('sh', 'ls') OR pid = 2",
    "command_line IS NULL",
];
/// One that others decide, too.
const CHANGING: &str = "name = 'sh' GROUP BY name HAVING COUNT(*) > 2";

/// Compiles rules and runs them.
struct Workshop {
    sql: Language,
    engine: RuleTemplate,
}

impl Workshop {
    fn new(sandbox: &Sandbox) -> Self {
        let sql = Language::load(sandbox, "sql", &component("sql.wasm"), Sight::Recorded);
        let engine = RuleTemplate::compile(sandbox, "engine", &component("engine.wasm"));
        Workshop { sql: sql.expect("a language"), engine: engine.expect("an engine") }
    }

    fn load(&mut self, conditions: &[&str]) -> RulePlugin {
        let plans = self.plans(conditions);
        self.run(&plans)
    }

    fn plans(&mut self, conditions: &[&str]) -> Vec<Plan> {
        let plan = |condition: &&str| {
            let rule = (*condition).to_owned();
            let text = format!("SELECT pid FROM process_starts WHERE {condition}");
            let compiled = self.sql.compile(&rule, &text, Some(60));
            Plan { rule, bytes: compiled.unwrap_or_else(|e| panic!("{condition}: {e:?}")).plan }
        };
        conditions.iter().map(plan).collect()
    }

    fn run(&self, plans: &[Plan]) -> RulePlugin {
        let loaded = self.engine.load(plans.to_vec(), Limits::RULES);
        loaded.unwrap_or_else(|error| panic!("{error}"))
    }
}

/// Few values, so that events come again.
fn event() -> impl Strategy<Value = Event> {
    let text = |texts: &'static [&str]| prop::option::of(prop::sample::select(texts));
    let line = text(&["ls", "ls -la /", "curl x", "sh </dev/tcp/1/2"]);
    let name = text(&["sh", "ls", "nc"]);
    (line, name, 1..3_i64).prop_map(|(line, name, pid)| {
        let mut event = Event::new(Kind::Exec, 1).with(Field::Pid, pid);
        line.into_iter().for_each(|line| event.set(Field::CommandLine, line));
        name.into_iter().for_each(|name| event.set(Field::Name, name));
        event
    })
}

fn said(found: &[Finding], rules: usize) -> Vec<String> {
    found.iter().filter(|found| found.rule < rules).map(|found| format!("{found:?}")).collect()
}

fn account(plugin: &RulePlugin, rule: usize) -> Account {
    Account { fuel: 0, ..plugin.account(rule) }
}

#[test]
fn what_is_known_again_has_the_verdicts_and_accounts_of_what_is_shown() {
    let mut workshop = Workshop::new(&sandbox());
    let all = workshop.plans(&[CONSTANT.as_slice(), &[CHANGING]].concat());
    let constant = &all[..CONSTANT.len()];
    let events = prop::collection::vec(event(), 1..24);
    let steps = prop::collection::vec((events, 0..8_u8), 1..16);
    let config = ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() };
    proptest!(config, |(steps in steps)| {
        // A plugin with a rule that changes is shown every event.
        let (mut plugin, mut shown) = (workshop.run(constant), workshop.run(&all));
        for (events, swap) in steps {
            if swap == 0 {
                let mut next = workshop.run(constant);
                next.inherit(&mut plugin).expect("nothing is remembered");
                plugin = next;
            }
            let batch = Batch::from_events(&events).expect("events");
            let (known, asked) = (plugin.judge(&batch), shown.judge(&batch));
            prop_assert_eq!(said(&known.findings, 5), said(&asked.findings, 5));
            prop_assert!(known.faults.is_empty() && known.over_budget.is_empty());
            for (rule, condition) in CONSTANT.iter().enumerate() {
                let (own, other) = (account(&plugin, rule), account(&shown, rule));
                prop_assert!(own.is_closed());
                let counts = |a: Account| (a.offered, a.judged, a.matched);
                prop_assert_eq!(counts(own), counts(other), "{}", condition);
            }
        }
        prop_assert_eq!(shown.known_again(), 0);
    });
}

#[test]
fn an_event_is_shown_twice_and_then_known_until_rules_change() {
    let mut workshop = Workshop::new(&sandbox());
    let mut plugin = workshop.load(&CONSTANT);
    let curl = batch(&["curl x"]);
    let known = |plugin: &mut RulePlugin| {
        assert_eq!(plugin.judge(&curl).findings.len(), 1);
        plugin.known_again()
    };
    assert_eq!([(); 5].map(|()| known(&mut plugin)), [0, 0, 1, 2, 3]);
    let fuel = plugin.account(0).fuel + plugin.open_fuel();
    assert_eq!((known(&mut plugin), plugin.account(0).fuel + plugin.open_fuel()), (4, fuel));
    plugin.set_row_fuel(0, Limits::RULES.row_fuel);
    assert_eq!([(); 3].map(|()| known(&mut plugin)), [4, 4, 5], "another budget is another rule");
    let mut next = workshop.load(&CONSTANT);
    next.inherit(&mut plugin).expect("nothing is remembered");
    assert_eq!([(); 3].map(|()| known(&mut next)), [5, 5, 6], "the count goes on");
}

#[test]
fn what_did_not_suffice_is_tried_again_each_time() {
    let mut plugin = misbehaver("words");
    for times in 1..6 {
        plugin.judge(&batch(&["over", "miss"]));
        assert_eq!(plugin.account(0).over_budget, times);
    }
    assert_eq!(plugin.known_again(), 3, "the other event is known");
}

/// It matches each third row that it sees: once it is believed, it sees nothing any more.
#[test]
fn who_lies_about_its_rules_harms_itself_and_nobody_else() {
    let (mut liar, mut honest) = (misbehaver("liar"), misbehaver("remember"));
    let mut obedient = misbehaver("obey");
    for plugin in [&mut liar, &mut honest, &mut obedient] {
        for _ in 0..12 {
            plugin.judge(&batch(&["x"]));
        }
    }
    let accounts = [&liar, &honest, &obedient].map(|plugin| plugin.account(0));
    assert!(accounts.iter().all(|account| account.is_closed() && account.judged == 12));
    assert_eq!(accounts.map(|account| account.matched), [0, 4, 12]);
    assert_eq!([&liar, &honest, &obedient].map(RulePlugin::known_again), [10, 0, 0]);
}
