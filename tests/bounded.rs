//! Hostile and merely unlucky sets of rules in the real engine: whatever they ask for, each stays
//! within its own budget, and all together within that of a batch.

use daemoneye_bus::event::{Batch, Event, Field, Kind};
use daemoneye_host::plugin::{Language, Limits, Plan, RulePlugin, RuleTemplate, Sandbox};
use daemoneye_host::sight::Sight;
use daemoneye_tests::{cache, component};

/// The real engine with these conditions as rules.
fn engine(conditions: impl Iterator<Item = String>) -> RulePlugin {
    let sandbox = Sandbox::new(Some(&cache())).expect("a sandbox");
    let sql = Language::load(&sandbox, "sql", &component("sql.wasm"), Sight::Recorded);
    let mut sql = sql.unwrap_or_else(|error| panic!("{error}"));
    let plans: Vec<Plan> = conditions
        .enumerate()
        .map(|(number, condition)| {
            let (rule, text) = (format!("rule-{number}"), select(&condition));
            let compiled = sql.compile(&rule, &text, None);
            Plan { bytes: compiled.unwrap_or_else(|e| panic!("{condition}: {e:?}")).plan, rule }
        })
        .collect();
    let engine = RuleTemplate::compile(&sandbox, "engine", &component("engine.wasm"));
    let limits = Limits::for_rules(plans.len());
    let loaded = engine.and_then(|engine| engine.load(plans, limits));
    loaded.unwrap_or_else(|error| panic!("{error}"))
}

fn select(condition: &str) -> String {
    format!("SELECT command_line FROM process_starts WHERE {condition}")
}

fn batch(lines: impl Iterator<Item = String>) -> Batch {
    let event = |line: String| {
        Event::new(Kind::Exec, 1).with(Field::Name, "sh").with(Field::CommandLine, line)
    };
    Batch::from_events(&lines.map(event).collect::<Vec<_>>()).expect("events")
}

/// Judges the batch; no rule faults, and every account closes. Returns how many events matched, and
/// on how many a rule went over its budget.
fn judge(name: &str, mut engine: RulePlugin, batch: &Batch) -> (u64, u64) {
    let judgement = engine.judge(batch);
    let fault = judgement.faults.first();
    assert!(fault.is_none(), "{name}: {:?} {:?}", fault.map(|f| &f.0), fault.map(|f| &f.1));
    let accounts: Vec<_> = (0..engine.rules().len()).map(|rule| engine.account(rule)).collect();
    for account in &accounts {
        assert!(account.is_closed() && account.offered == batch.rows() as u64, "{name}");
    }
    let sum = |count: fn(&daemoneye_host::plugin::Account) -> u64| accounts.iter().map(count).sum();
    (sum(|account| account.matched), sum(|account| account.over_budget))
}

/// Many rules that no index can rule out, over as many events as a batch can have with as little
/// text as possible: what all rules share is paid for by the batch.
#[test]
fn many_rules_that_are_always_evaluated_blind_nobody() {
    type Rule = fn(usize) -> String;
    let table: [(&str, usize, Rule, u64); 6] = [
        ("length", 2_000, |n| format!("length(command_line) > {}", n + 100), 0),
        ("negated list", 1_000, |n| format!("name NOT IN ('sh', 'a{n}', 'b{n}')"), 0),
        ("negated text", 1_000, |n| format!("NOT (command_line LIKE '%l%' OR name = 'x{n}')"), 0),
        ("constants", 500, |n| format!("(1 = 1 OR pid = {n}) AND length(name) = 9"), 0),
        ("pattern", 1_000, |n| format!("command_line LIKE '_%_%_%_%_%_x{n}'"), 0),
        ("everything", 1_500, |n| format!("length(name) < {}", n + 100), 1_500 * 1_024),
    ];
    let tiny = batch((0..1_024).map(|number| format!("ls {number}")));
    for (name, rules, rule, matched) in table {
        assert_eq!(judge(name, engine((0..rules).map(rule)), &tiny), (matched, 0), "{name}");
    }
}

#[test]
fn a_text_that_every_event_has_makes_no_rule_fault() {
    let rules = (0..1_000).map(|n| format!("command_line LIKE '%curl%' AND pid = {n}"));
    let lines = batch((0..1_024).map(|number| format!("curl curl curl {number}")));
    assert_eq!(judge("curl", engine(rules), &lines), (0, 0));
}

/// The longest evidence that there is, for every event of the largest batch.
#[test]
fn long_evidence_for_every_event_makes_no_rule_fault() {
    let long = "x".repeat(1_500);
    let clause = |n: usize| format!("command_line LIKE '%{}{n}%'", "x".repeat(900));
    let clauses: Vec<_> = (0..30).map(|_| clause(1)).collect();
    let rule = clauses.join(" AND ");
    let lines = batch((0..1_024).map(|number| format!("{number}{long}1")));
    assert_eq!(judge("evidence", engine(std::iter::once(rule)), &lines), (1_024, 0));
}

/// What costs most per step, over the longest text that there is.
#[test]
fn whatever_a_rule_does_within_its_steps_stays_within_its_fuel() {
    let longest = "ab".repeat(1 << 19);
    let long = "ab".repeat(200_000);
    let conditions = [
        "command_line LIKE '%a%a%a%a%b_c%'",
        "command_line LIKE '%a_b_a_b_a_b_c%'",
        "command_line LIKE '%______________________________c'",
        "command_line REGEXP '(a+b+)+c'",
        "command_line REGEXP '(ab){1,50}c'",
        "replace(command_line, 'a', 'bb') LIKE '%c'",
        "hex(command_line) LIKE '%zz'",
        "instr(lower(upper(command_line)), 'abc') > 0",
        "substr(trim(command_line, 'ab'), 1, 3) = 'abc'",
        "length(command_line) = 3",
        "entropy(command_line) > 7.9",
        "regexp_extract(command_line, '(b+)c', 1) = 'b'",
        "command_line = name",
        "command_line IN ('abab', 'abac', 'abad')",
        "date(command_line) = '2026-01-01'",
        "CAST(command_line AS INTEGER) = 7",
        "command_line + 1 = 7",
        "basename(command_line) = 'x' OR dirname(command_line) = 'y'",
        "cidr_match(command_line, '10.0.0.0/8')",
        "coalesce(nullif(command_line, name), 'x') = 'y'",
        "CASE WHEN command_line LIKE '%c%' THEN 1 ELSE 0 END = 1",
        "max(command_line, name) = 'x'",
    ];
    let lines = [batch(std::iter::once(longest)), batch(std::iter::once(long))];
    for (condition, line) in conditions.iter().flat_map(|c| lines.iter().map(move |l| (*c, l))) {
        let rules = std::iter::once(condition.to_owned());
        let (matched, _) = judge(condition, engine(rules), line);
        assert_eq!(matched, 0, "{condition}");
    }
}
