//! The formats, held against golden files and against what their standards publish.
//!
//! `UPDATE_EXPECT=1` writes the golden files anew; the diff is for a person to judge.

use std::path::{Path, PathBuf};

use daemoneye_format::{Format, Origin};
use serde_json::{Map, Value as Json};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn json(name: &str) -> Json {
    serde_json::from_str(&read(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn origin() -> Origin {
    Origin { host: "Web-1".to_owned(), version: "0.1.0".to_owned() }
}

fn rendered(format: Format, alert: &str, origin: &Origin) -> Json {
    let text = format.render(&read(alert), origin).expect("an alert");
    assert!(!text.contains('\n'), "{text}");
    serde_json::from_str(&text).expect("JSON")
}

fn is_golden(format: Format, alert: &str, golden: &str) {
    let made = rendered(format, alert, &origin());
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let text = serde_json::to_string_pretty(&made).expect("text keys") + "\n";
        std::fs::write(path(golden), text).expect("written");
    }
    assert_eq!(made, json(golden), "{golden}");
}

#[test]
fn an_alert_in_each_format_is_what_it_was() {
    is_golden(Format::Ocsf, "alert.json", "alert.ocsf.json");
    is_golden(Format::Ocsf, "bare.json", "bare.ocsf.json");
    is_golden(Format::Ecs, "alert.json", "alert.ecs.json");
    is_golden(Format::Ecs, "bare.json", "bare.ecs.json");
}

#[test]
fn json_is_the_alert_as_it_came() {
    let alert = read("alert.json");
    assert_eq!(Format::Json.render(&alert, &origin()).expect("anything"), alert);
}

#[test]
fn what_is_no_alert_is_an_error() {
    for format in [Format::Ocsf, Format::Ecs] {
        for text in ["", "[]", "{}", r#"{"id": 1}"#] {
            assert!(format.render(text, &origin()).is_err(), "{format:?}: {text}");
        }
    }
}

/// Names, types, required attributes and "at least one of" of OCSF 1.5.0, class 2004 and the objects
/// that we use, taken from the published schema.
#[test]
fn an_ocsf_finding_is_valid_by_the_published_schema() {
    let schema = json("ocsf-1.5.0.json");
    for alert in ["alert.json", "bare.json"] {
        for origin in [origin(), Origin { host: String::new(), ..origin() }] {
            let finding = rendered(Format::Ocsf, alert, &origin);
            check_object(&schema, "detection_finding", &finding, alert);
            assert_eq!(finding["class_uid"], 2004);
            assert_eq!(finding["type_uid"], 200_401);
            assert_eq!(finding["metadata"]["version"], "1.5.0");
        }
    }
}

fn check_object(schema: &Json, name: &str, value: &Json, at: &str) {
    let object = value.as_object().unwrap_or_else(|| panic!("{at} is no {name}: {value}"));
    let rules = &schema[name];
    let names = |key: &str| -> Vec<&str> {
        rules[key].as_array().into_iter().flatten().filter_map(Json::as_str).collect()
    };
    for required in names("required") {
        assert!(object.contains_key(required), "{at} has no {required}");
    }
    let one_of = names("at_least_one");
    assert!(
        one_of.is_empty() || one_of.iter().any(|name| object.contains_key(*name)),
        "{at} has none of {one_of:?}"
    );
    for (key, value) in object {
        let at = format!("{at}.{key}");
        let kind = rules["attributes"][key.as_str()].as_str();
        check_value(schema, kind.unwrap_or_else(|| panic!("{at} is unknown")), value, &at);
    }
}

fn check_value(schema: &Json, kind: &str, value: &Json, at: &str) {
    if let Some(kind) = kind.strip_prefix("list of ") {
        let items = value.as_array().unwrap_or_else(|| panic!("{at} is no list"));
        return items.iter().for_each(|item| check_value(schema, kind, item, at));
    }
    let fits = match kind.strip_prefix("object ") {
        Some(name) => return check_object(schema, name, value, at),
        None => match kind {
            "integer" => value.is_i64(),
            "boolean" => value.is_boolean(),
            "string" => value.is_string(),
            "any" => true,
            other => panic!("{other} in the schema"),
        },
    };
    assert!(fits, "{at} is no {kind}: {value}");
}

/// Names and types of the fields of ECS 8.17 that we use; everything else is under `daemoneye`.
#[test]
fn an_ecs_document_has_only_fields_of_ecs_and_our_own() {
    let fields = json("ecs-8.17.json");
    for alert in ["alert.json", "bare.json"] {
        let document = rendered(Format::Ecs, alert, &origin());
        let mut flat = Map::new();
        flatten("", &document, &mut flat);
        for required in ["@timestamp", "ecs.version", "event.kind", "message"] {
            assert!(flat.contains_key(required), "{alert} has no {required}");
        }
        for (name, value) in flat.iter().filter(|(name, _)| !name.starts_with("daemoneye.")) {
            let kind = fields[name.as_str()].as_str();
            let fits = match kind.unwrap_or_else(|| panic!("{name} is no field of ECS")) {
                "long" => value.is_i64(),
                "keyword[]" => value.as_array().is_some_and(|all| all.iter().all(Json::is_string)),
                _ => value.is_string(),
            };
            assert!(fits, "{name}: {value}");
        }
    }
}

fn flatten(prefix: &str, value: &Json, flat: &mut Map<String, Json>) {
    match value {
        Json::Object(members) => {
            for (name, value) in members {
                let dot = if prefix.is_empty() { "" } else { "." };
                flatten(&format!("{prefix}{dot}{name}"), value, flat);
            }
        }
        other => drop(flat.insert(prefix.to_owned(), other.clone())),
    }
}
