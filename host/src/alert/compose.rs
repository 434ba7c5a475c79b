//! An alert from a finding and its event.

use daemoneye_bus::alert::Alert;
use daemoneye_bus::event::{Batch, Field, Value, to_json};
use serde_json::Value as Json;

use crate::judge::Found;

pub(super) fn alert(found: &Found, batch: &Batch, now: i64, repeats: u64) -> Alert {
    let rule = &found.rule;
    let shown = rule.shown.iter().map(|(label, field)| {
        let value = batch.value(*field, found.row).map_or(Json::Null, json);
        (label.clone(), value)
    });
    let happened = batch.integer(Field::Time, found.row).unwrap_or(now);
    Alert {
        id: id(found, batch),
        time: now,
        latency: now.saturating_sub(happened).max(0),
        rule: rule.id.clone(),
        title: rule.title.clone(),
        pack: rule.pack.clone(),
        severity: rule.severity,
        techniques: rule.techniques.clone(),
        evidence: found.evidence.clone(),
        shown: shown.collect(),
        event: to_json(&batch.event(found.row)),
        repeats,
        witness: None,
        degraded: None,
    }
}

fn json(value: Value) -> Json {
    match value {
        Value::Integer(value) => value.into(),
        Value::Float(value) => value.into(),
        Value::Text(value) => value.into(),
    }
}

/// The same finding about the same event has the same id, so that recording it again after a crash
/// changes nothing.
fn id(found: &Found, batch: &Batch) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("daemoneye alert id v1");
    let number = |field| batch.integer(field, found.row).unwrap_or_default().to_le_bytes();
    let process = batch.text(Field::ProcessKey, found.row).unwrap_or_default();
    for text in [&found.rule.pack, &found.rule.id, process] {
        hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
    }
    hasher.update(&number(Field::Sequence)).update(&number(Field::Time));
    hasher.finalize().to_hex()[..32].to_owned()
}
