//! Alerts that were judged again, for people and as JSON.

use daemoneye_bus::alert::Witness;
use serde_json::{Value as Json, json};

use super::again::Again;
use crate::line::line;

pub(super) fn text(all: &[Again]) -> String {
    let mut out = String::new();
    for again in all {
        line(&mut out, &format!("alert {}, rule {}", again.alert, again.rule));
        pack(&mut out, again);
        line(&mut out, &format!("  verdict  {}", verdict(again)));
        line(&mut out, &format!("  fuel     {}", fuel(again)));
    }
    let same = all.iter().filter(|again| again.is_same()).count();
    line(&mut out, &format!("{same} of {} say the same again", all.len()));
    out
}

/// Which release, and what is not as it was.
fn pack(out: &mut String, again: &Again) {
    let Some(then) = &again.then else {
        line(out, "  the alert has no witness: only its verdict can be compared");
        return;
    };
    if then.release != again.now.release {
        let releases = [then.release, again.now.release].map(release);
        line(out, &format!("  release  {} then, {} now", releases[0], releases[1]));
    }
    for name in again.differing() {
        let [before, after] = [then, &again.now].map(|witness| named(name, witness));
        line(out, &format!("  {name:8} another: {before} then, {after} now"));
    }
}

fn release(release: Option<u64>) -> String {
    release.map_or("none".to_owned(), |release| release.to_string())
}

fn named<'w>(name: &str, witness: &'w Witness) -> &'w str {
    let brief = |hash: &'w str| hash.get(..12).unwrap_or(hash);
    match name {
        "rule" => brief(&witness.rule),
        "engine" => brief(&witness.engine),
        _ => &witness.build,
    }
}

fn verdict(again: &Again) -> String {
    let word = |matched| if matched { "matches" } else { "does not match" };
    let now = word(again.now.matched);
    match (again.now.matched == again.expected(), again.now.matched) {
        (true, true) => format!("{now}, as then"),
        (true, false) => {
            format!("{now} alone, as then: the rule needs what came before this event")
        }
        (false, _) => format!("{now}; then: {}", word(again.expected())),
    }
}

fn fuel(again: &Again) -> String {
    let now = again.now.fuel;
    match (again.comparable_fuel(), &again.then) {
        (Some(then), _) if then == now => format!("{now}, as then"),
        (Some(then), _) => format!("{now}; then: {then}"),
        (None, None) => format!("{now}; then: not told"),
        (None, Some(then)) => {
            let differing = again.differing().join(" and ");
            format!("{now}; then: {}, not comparable: another {differing}", then.fuel)
        }
    }
}

pub(super) fn json(all: &[Again]) -> Json {
    let one = |again: &Again| {
        json!({
            "alert": again.alert,
            "rule": again.rule,
            "same": again.is_same(),
            "differing": again.differing(),
            "fuel_comparable": again.comparable_fuel().is_some(),
            "then": again.then,
            "now": again.now,
        })
    };
    Json::Array(all.iter().map(one).collect())
}
