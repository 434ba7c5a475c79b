//! Elastic Common Schema 8.17. What it has no field for is under `daemoneye`.

use serde_json::{Value as Json, json};

use crate::Origin;
use crate::alert::{Alert, Severity};
use crate::sparse::sparse;
use crate::time::rfc3339;

const VERSION: &str = "8.17.0";

/// The alert as a document.
pub(crate) fn document(alert: &Alert, origin: &Origin) -> Json {
    let value = |name| alert.value(name);
    sparse(json!({
        "@timestamp": rfc3339(alert.happened()),
        "ecs": { "version": VERSION },
        "message": alert.title,
        "event": event(alert),
        "rule": { "id": alert.rule, "name": alert.title, "ruleset": alert.pack },
        "threat": threat(alert),
        "host": { "hostname": host(origin), "name": host(origin) },
        "agent": { "type": "daemoneye", "version": origin.version },
        "process": process(alert),
        "user": { "id": alert.field("user_id"), "name": value("user_name") },
        "container": { "id": value("container_id") },
        "related": {
            "hash": [value("executable_sha256")],
            "hosts": [host(origin)],
            "user": [value("user_name"), value("parent_user_name")],
        },
        "daemoneye": {
            "severity": alert.severity.name(),
            "evidence": alert.evidence.iter().map(evidence).collect::<Vec<_>>(),
            "latency_us": alert.latency,
            "repeats": alert.repeats,
            "shown": alert.shown,
        },
    }))
}

fn event(alert: &Alert) -> Json {
    let reason: Vec<_> = alert.evidence.iter().map(|e| e.clause.as_str()).collect();
    json!({
        "kind": "alert",
        "category": ["process"],
        "type": [event_type(alert)],
        "action": alert.value("kind"),
        "id": alert.id,
        "module": "daemoneye",
        "dataset": "daemoneye.alerts",
        "created": rfc3339(alert.time),
        "severity": severity(alert.severity),
        "reason": if reason.is_empty() { Json::Null } else { reason.join(" and ").into() },
    })
}

/// The types that ECS allows for the category `process`.
fn event_type(alert: &Alert) -> &'static str {
    match alert.field("kind").as_deref() {
        Some("start" | "exec") => "start",
        Some("stop") => "end",
        Some("modify") => "change",
        _ => "info",
    }
}

/// ECS leaves the scale to the source: 1 is info, 5 is critical.
fn severity(severity: Severity) -> u32 {
    match severity {
        Severity::Info => 1,
        Severity::Low => 2,
        Severity::Medium => 3,
        Severity::High => 4,
        Severity::Critical => 5,
    }
}

fn threat(alert: &Alert) -> Json {
    if alert.techniques.is_empty() {
        return Json::Null;
    }
    let technique = |id: &String| id.split('.').next().unwrap_or_default().to_owned();
    let mut techniques: Vec<String> = alert.techniques.iter().map(technique).collect();
    techniques.sort_unstable();
    techniques.dedup();
    let sub: Vec<_> = alert.techniques.iter().filter(|id| id.contains('.')).collect();
    json!({
        "framework": "MITRE ATT&CK",
        "technique": { "id": techniques, "subtechnique": { "id": sub } },
    })
}

fn evidence(evidence: &crate::Evidence) -> Json {
    json!({ "clause": evidence.clause, "field": evidence.field, "value": evidence.value })
}

fn process(alert: &Alert) -> Json {
    let value = |name| alert.value(name);
    let arguments: Json = value("arguments").as_str().and_then(parse_list).unwrap_or_default();
    json!({
        "pid": value("pid"),
        "entity_id": value("process_key"),
        "name": value("name"),
        "executable": value("executable_path"),
        "command_line": value("command_line"),
        "args": arguments,
        "args_count": arguments.as_array().map(Vec::len),
        "working_directory": value("cwd"),
        "start": value("start_time").as_i64().map(rfc3339),
        "exit_code": value("exit_code"),
        "hash": { "sha256": value("executable_sha256") },
        "parent": {
            "pid": value("ppid"),
            "entity_id": value("parent_key"),
            "name": value("parent_name"),
            "executable": value("parent_path"),
            "command_line": value("parent_command_line"),
        },
    })
}

fn parse_list(text: &str) -> Option<Json> {
    serde_json::from_str::<Vec<String>>(text).ok().map(Json::from)
}

fn host(origin: &Origin) -> Json {
    if origin.host.is_empty() { Json::Null } else { origin.host.to_lowercase().into() }
}
