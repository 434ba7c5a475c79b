//! OCSF 1.5.0: Detection Finding, class 2004 of the category Findings.
//!
//! Names, required attributes and enumerations are those of the published schema of that version;
//! `tests/ocsf.rs` holds a finding against them.

use serde_json::{Value as Json, json};

use crate::Origin;
use crate::alert::{Alert, Ancestor, Severity};
use crate::sparse::sparse;

const VERSION: &str = "1.5.0";
const CATEGORY_FINDINGS: u32 = 2;
const CLASS_DETECTION_FINDING: u32 = 2004;
const ACTIVITY_CREATE: u32 = 1;
const STATUS_NEW: u32 = 1;
const ANALYTIC_RULE: u32 = 1;
const FILE_REGULAR: u32 = 1;
const FILE_UNKNOWN: u32 = 0;
const HASH_SHA256: u32 = 3;
const DEVICE_UNKNOWN: u32 = 0;

/// The alert as a finding.
pub(crate) fn finding(alert: &Alert, origin: &Origin) -> Json {
    let (severity_id, severity) = severity(alert.severity);
    sparse(json!({
        "category_uid": CATEGORY_FINDINGS,
        "category_name": "Findings",
        "class_uid": CLASS_DETECTION_FINDING,
        "class_name": "Detection Finding",
        "activity_id": ACTIVITY_CREATE,
        "activity_name": "Create",
        "type_uid": CLASS_DETECTION_FINDING * 100 + ACTIVITY_CREATE,
        "type_name": "Detection Finding: Create",
        "time": milliseconds(alert.time),
        "start_time": milliseconds(alert.happened()),
        "severity_id": severity_id,
        "severity": severity,
        "status_id": STATUS_NEW,
        "status": "New",
        "is_alert": true,
        "message": alert.title,
        "metadata": metadata(alert, origin),
        "finding_info": finding_info(alert),
        "device": device(origin),
        "evidences": [evidence(alert)],
        "unmapped": {
            "event_kind": alert.value("kind"),
            "exit_code": alert.value("exit_code"),
            "latency_us": alert.latency,
            "repeats": alert.repeats,
            "shown": alert.shown,
        },
    }))
}

fn severity(severity: Severity) -> (u32, &'static str) {
    match severity {
        Severity::Info => (1, "Informational"),
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    }
}

fn metadata(alert: &Alert, origin: &Origin) -> Json {
    let in_container = alert.field("container_id").map(|_| "container");
    json!({
        "version": VERSION,
        "uid": alert.id,
        "product": { "name": "DaemonEye", "vendor_name": "DaemonEye", "version": origin.version },
        "profiles": [in_container],
    })
}

fn finding_info(alert: &Alert) -> Json {
    json!({
        "uid": alert.id,
        "title": alert.title,
        "created_time": milliseconds(alert.time),
        "first_seen_time": milliseconds(alert.happened()),
        "analytic": {
            "type_id": ANALYTIC_RULE,
            "type": "Rule",
            "uid": alert.rule,
            "name": alert.title,
            "category": alert.pack,
        },
        "attacks": alert.techniques.iter().map(|id| attack(id)).collect::<Vec<_>>(),
    })
}

/// `T1059.004` is a sub-technique of `T1059`.
fn attack(id: &str) -> Json {
    match id.split_once('.') {
        Some((technique, _)) => {
            json!({ "technique": { "uid": technique }, "sub_technique": { "uid": id } })
        }
        None => json!({ "technique": { "uid": id } }),
    }
}

fn device(origin: &Origin) -> Json {
    match origin.host.as_str() {
        "" => Json::Null,
        host => json!({ "hostname": host, "type_id": DEVICE_UNKNOWN }),
    }
}

fn evidence(alert: &Alert) -> Json {
    let matched =
        |e: &crate::Evidence| json!({ "clause": e.clause, "field": e.field, "value": e.value });
    json!({
        "process": process(alert),
        "data": { "matched": alert.evidence.iter().map(matched).collect::<Vec<_>>() },
    })
}

fn process(alert: &Alert) -> Json {
    let value = |name| alert.value(name);
    let process = json!({
        "pid": value("pid"),
        "uid": value("process_key"),
        "name": value("name"),
        "cmd_line": value("command_line"),
        "working_directory": value("cwd"),
        "created_time": time(&value("start_time")),
        "file": file(alert, "executable_path", true),
        "user": { "uid": alert.field("user_id"), "name": value("user_name") },
        "session": { "uid": alert.field("session_id"), "terminal": value("tty") },
        "container": { "uid": value("container_id") },
        "parent_process": parent(alert),
        "ancestry": alert.ancestry().into_iter().map(ancestor).collect::<Vec<_>>(),
    });
    identified(process)
}

fn parent(alert: &Alert) -> Json {
    let value = |name| alert.value(name);
    identified(json!({
        "pid": value("ppid"),
        "uid": value("parent_key"),
        "name": value("parent_name"),
        "cmd_line": value("parent_command_line"),
        "file": file(alert, "parent_path", false),
        "user": { "name": value("parent_user_name") },
    }))
}

/// A process has a pid or a uid, or is none.
fn identified(process: Json) -> Json {
    let is_known = !process["pid"].is_null() || !process["uid"].is_null();
    if is_known { process } else { Json::Null }
}

fn ancestor(Ancestor { pid, name, path }: Ancestor) -> Json {
    json!({ "pid": pid, "name": name, "path": path })
}

/// The file at a path; `own` if what is known of the program's file belongs to it.
fn file(alert: &Alert, path: &str, own: bool) -> Json {
    let Some(path) = alert.field(path).filter(|path| !path.is_empty()) else { return Json::Null };
    let hash = alert.field("executable_sha256").filter(|_| own);
    let hash = hash
        .map(|hash| json!({ "algorithm_id": HASH_SHA256, "algorithm": "SHA-256", "value": hash }));
    let is_memory = own && alert.value("executable_state") == "memfd";
    json!({
        "name": path.rsplit('/').next(),
        "path": path,
        "type_id": if is_memory { FILE_UNKNOWN } else { FILE_REGULAR },
        "hashes": [hash],
    })
}

fn time(microseconds: &Json) -> Json {
    microseconds.as_i64().map(milliseconds).into()
}

/// OCSF counts milliseconds.
fn milliseconds(microseconds: i64) -> i64 {
    microseconds.div_euclid(1_000)
}
