//! Every event is accounted for, whatever a plugin does; who fails again and again is not asked any
//! more, and that is counted too.

use daemoneye_host::plugin::{
    Account, Disposition, Limits, Plan, ReleaseError, RulePlugin, RuleTemplate,
};
use daemoneye_tests::component;
use proptest::prelude::*;

use crate::sandbox::{batch, misbehaver, misbehaver_with, sandbox};

const WORDS: [&str; 5] = ["filter", "match", "miss", "over", "trap"];

/// Judges one row after the other in batches of their own until the rule is in quarantine.
fn poison(plugin: &mut RulePlugin) -> u64 {
    let batches = (0..64).take_while(|_| {
        plugin.judge(&batch(&["poison"]));
        !plugin.rules()[0].is_quarantined()
    });
    1 + batches.count() as u64
}

#[test]
fn a_rule_that_fails_is_tried_less_and_less_until_it_is_in_quarantine() {
    let mut plugin = misbehaver("trap_on_poison");
    // Five faults, and 0 + 1 + 2 + 4 batches between them that it was not shown.
    assert_eq!(poison(&mut plugin), 5 + 7);
    let account = plugin.account(0);
    assert_eq!((account.faulted, account.shed), (5, 7), "{account:?}");
    assert_eq!(plugin.disposition(0), Disposition::Quarantine);
    let blind: Vec<_> = plugin.blind().collect();
    assert_eq!(blind.len(), 1);
    assert_eq!(blind[0].rule.as_deref(), Some("trap_on_poison"));

    assert!(plugin.judge(&batch(&["harmless"; 3])).faults.is_empty());
    let after = plugin.account(0);
    assert_eq!(after.shed, account.shed + 3, "what it does not see is counted");
    assert!(after.is_closed(), "{after:?}");
}

#[test]
fn a_rule_that_recovers_is_not_in_quarantine() {
    let mut plugin = misbehaver("trap_on_poison");
    for _ in 0..5 {
        for line in ["poison", "poison", "harmless", "harmless"] {
            plugin.judge(&batch(&[line]));
        }
    }
    assert_eq!(plugin.disposition(0), Disposition::Run);
    assert_eq!(plugin.blind().count(), 0);
    assert_eq!(plugin.account(0).faulted, 10);
}

#[test]
fn a_released_rule_judges_again_and_nothing_else_is_released() {
    let mut plugin = misbehaver("trap_on_poison");
    let id = "trap_on_poison".to_owned();
    assert_eq!(plugin.release(&id), Err(ReleaseError::NotInQuarantine(id.clone())));
    assert_eq!(plugin.release("x"), Err(ReleaseError::UnknownRule("x".to_owned())));
    poison(&mut plugin);
    assert_eq!(plugin.release(&id), Ok(()));
    let before = plugin.account(0);
    plugin.judge(&batch(&["harmless"]));
    assert_eq!(plugin.account(0).judged, before.judged + 1);
}

#[test]
fn a_rule_that_stays_keeps_account_and_quarantine_and_a_changed_one_begins_anew() {
    let mut before = misbehaver("trap_on_poison");
    poison(&mut before);
    let mut same = misbehaver("trap_on_poison");
    same.inherit(&mut before).expect("the same plugin");
    assert!(same.rules()[0].is_quarantined());
    assert_eq!(same.account(0), before.account(0));
    same.judge(&batch(&["harmless"]));
    assert!(same.account(0).is_closed());

    let mut changed = misbehaver_with("trap_on_poison", "1", Limits::RULES).expect("a rule");
    changed.inherit(&mut before).expect("nothing that goes over");
    assert!(!changed.rules()[0].is_quarantined());
    assert_eq!(changed.account(0).offered, 0);
}

#[test]
fn a_plugin_that_fails_before_any_rule_is_blind_and_sees_again() {
    let mut plugin = misbehaver("loop_in_candidates");
    for _ in 0..12 {
        plugin.judge(&batch(&["poison"]));
    }
    let blind: Vec<_> = plugin.blind().collect();
    assert_eq!(blind.len(), 1);
    assert_eq!((blind[0].rule.as_deref(), blind[0].trouble.since), (None, 1));
    let account = plugin.account(0);
    assert_eq!((account.faulted, account.shed), (5, 7), "{account:?}");
    for _ in 0..9 {
        plugin.judge(&batch(&["harmless"]));
    }
    assert_eq!(plugin.blind().count(), 0);
    assert_eq!(plugin.account(0).matched, 1, "eight are shed and the ninth is judged");
    assert!(plugin.account(0).is_closed());
}

/// No rule is asked about a batch that the plugin cannot open: it is divided all the same.
#[test]
fn a_poison_event_costs_only_itself_even_before_any_rule() {
    let mut lines = ["harmless"; 100];
    (lines[7], lines[64]) = ("poison", "poison");
    let mut plugin = misbehaver("loop_in_candidates");
    let judgement = plugin.judge(&batch(&lines));
    let poisoned: Vec<u32> =
        judgement.faults.iter().flat_map(|(_, _, rows)| rows.clone()).collect();
    assert_eq!(poisoned, [7, 64]);
    let rows: Vec<usize> = judgement.findings.iter().map(|finding| finding.row).collect();
    let expected: Vec<usize> = (0..100).filter(|row| ![7, 64].contains(row)).collect();
    assert_eq!(rows, expected);
    let account = plugin.account(0);
    assert!(account.is_closed(), "{account:?}");
    assert_eq!((account.matched, account.faulted), (98, 2), "{account:?}");
}

#[test]
fn who_asks_for_single_rules_blames_them_when_the_plugin_fails_before_any() {
    let mut plugin = misbehaver("loop_in_candidates");
    for _ in 0..12 {
        plugin.judge_for(&batch(&["poison"]), &[0]);
    }
    assert_eq!(plugin.disposition(0), Disposition::Quarantine);
    let account = plugin.account(0);
    assert_eq!((account.faulted, account.shed), (5, 7), "{account:?}");
    assert!(account.is_closed(), "{account:?}");
    assert_eq!(plugin.release("loop_in_candidates"), Ok(()));
    plugin.judge_for(&batch(&["harmless"; 2]), &[0]);
    let after = plugin.account(0);
    assert_eq!((after.offered, after.shed), (14, 7), "{after:?}");
    assert!(after.is_closed(), "{after:?}");
}

#[test]
fn an_instance_that_is_made_again_is_counted_as_state_lost() {
    let mut plugin = misbehaver("trap_on_poison");
    plugin.judge(&batch(&["harmless"]));
    assert_eq!((plugin.restarts().count, plugin.restarts().last), (0, None));
    plugin.judge(&batch(&["poison"]));
    plugin.judge(&batch(&["harmless"]));
    assert_eq!((plugin.restarts().count, plugin.restarts().last), (1, Some(1)));
}

/// What the account must be, by a model that knows neither instances nor halves: a batch that says
/// trap is a strike, and the rows that say so are lost.
#[derive(Default)]
struct Model {
    account: Account,
    strikes: u32,
    rest: u64,
}

impl Model {
    fn judge(&mut self, rows: &[&str]) {
        let count = |word: &str| rows.iter().filter(|row| **row == word).count() as u64;
        let taken = rows.len() as u64 - count("filter");
        self.account.offered += rows.len() as u64;
        self.account.filtered += count("filter");
        if taken == 0 {
            return;
        }
        if self.strikes == 5 || self.rest > 0 {
            self.rest = self.rest.saturating_sub(1);
            self.account.shed += taken;
            return;
        }
        self.account.matched += count("match");
        self.account.judged += count("match") + count("miss");
        self.account.over_budget += count("over");
        self.account.faulted += count("trap");
        self.strikes = if count("trap") == 0 { 0 } else { self.strikes + 1 };
        self.rest = [0, 0, 1, 2, 4, 0][self.strikes as usize];
    }
}

fn words(template: &RuleTemplate) -> RulePlugin {
    let plan = Plan { rule: "words".to_owned(), bytes: Vec::new() };
    template.load(vec![plan], Limits::RULES).expect("a plugin")
}

#[test]
fn whatever_happens_to_events_the_account_is_that_of_the_model() {
    let bytes = component("test/misbehaver.wasm");
    let template = RuleTemplate::compile(&sandbox(), "misbehaver", &bytes).expect("a plugin");
    let batches = prop::collection::vec(prop::collection::vec(0..WORDS.len(), 1..12), 1..24);
    let config = ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() };
    proptest!(config, |(batches in batches)| {
        let (mut plugin, mut model) = (words(&template), Model::default());
        for rows in batches {
            let rows: Vec<&str> = rows.into_iter().map(|word| WORDS[word]).collect();
            let judgement = plugin.judge(&batch(&rows));
            model.judge(&rows);
            let account = Account { fuel: 0, ..plugin.account(0) };
            prop_assert!(account.is_closed(), "{:?}", account);
            prop_assert_eq!(account, model.account, "{:?}", rows);
            for (_, _, lost) in judgement.faults {
                prop_assert!(lost.iter().all(|row| rows[*row as usize] == "trap"));
            }
        }
    });
}
