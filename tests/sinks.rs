//! Sinks over real sockets: what the other side does wrong, what they are not granted, what arrives.

mod live;
mod server;
mod syslog;
mod webhook;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use daemoneye_host::capability::Grants;
use daemoneye_host::plugin::{Allowed, Caps, LoadError, Receipt, Sandbox, SinkPlugin};
use daemoneye_tests::{cache, component};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value as Json, json};
use server::{Behaviour, Request};
use sha2::Sha256;

const ALERT: &str = include_str!("data/alert.json");
const KEY: &str = "a key of thirty-two bytes, or so";

fn load(plugin: &str, config: &Json, grants: &str) -> Result<SinkPlugin, LoadError> {
    load_under(Caps::default(), plugin, config, grants)
}

fn load_under(
    caps: Caps,
    plugin: &str,
    config: &Json,
    grants: &str,
) -> Result<SinkPlugin, LoadError> {
    let allowed = Allowed { caps, ..Allowed::default() };
    let sandbox = Sandbox::new(Some(&cache())).expect("a sandbox").allowing(allowed);
    let grants: Grants = toml::from_str(grants).unwrap_or_else(|e| panic!("{grants}: {e}"));
    let bytes = component(&format!("{plugin}.wasm"));
    SinkPlugin::load(&sandbox, plugin, &bytes, config.to_string(), grants)
}

fn alert() -> Vec<(String, String)> {
    let json: Json = serde_json::from_str(ALERT).expect("JSON");
    vec![(json["id"].as_str().expect("an id").to_owned(), json.to_string())]
}

fn secret(folder: &Path) -> PathBuf {
    let path = folder.join("secret");
    fs::write(&path, KEY).expect("written");
    fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).expect("its owner");
    path
}

fn answer(head: &'static str) -> Behaviour {
    Behaviour::Answer(head, "{}".to_owned())
}

fn is_signed(request: &Request) -> bool {
    let value = &request.headers["x-daemoneye-signature"];
    let (time, signature) = value.split_once(",v1=").expect("two parts");
    let time = time.strip_prefix("t=").expect("a time");
    let mut hmac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).expect("a key");
    hmac.update(format!("{time}.{}", request.body).as_bytes());
    hmac.verify_slice(&hex::decode(signature).expect("hexadecimal")).is_ok()
}

/// Requested and not granted, and granted and not requested, are two refusals.
#[test]
fn what_is_requested_and_what_is_granted_are_held_against_each_other() {
    let http = "http = { hosts = [] }";
    let syslog = "syslog = { unix = '/nonexistent' }";
    let url = json!({ "url": "https://a.org/" });
    let table = [
        ("webhook", &url, "", "daemoneye:plugin/http@0.1.1\" is not granted"),
        ("syslog", &json!({}), "", "daemoneye:plugin/syslog@0.1.1\" is not granted"),
        ("stdout", &json!({}), &format!("console = true\n{http}"), "\"http\" is granted"),
        ("webhook", &url, &format!("{http}\n{syslog}"), "\"syslog\" is granted"),
    ];
    for (plugin, config, grants, why) in table {
        let said = load(plugin, config, grants).err().expect(plugin).to_string();
        assert!(said.contains(why), "{said}");
        assert_eq!(why.contains("not granted"), !said.contains("not requested"), "{said}");
    }
    assert!(load("webhook", &url, http).is_ok());
    assert!(load("syslog", &json!({}), syslog).is_ok());
}

/// 64 is what the agent offers at once.
#[test]
fn many_large_alerts_at_once_are_no_fault() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut json: Json = serde_json::from_str(ALERT).expect("JSON");
    json["event"]["command_line"] = "\u{1}\"".repeat(8 << 10).into();
    let alerts = vec![("1".to_owned(), json.to_string()); 64];
    for format in ["json", "ecs", "ocsf"] {
        let config = json!({ "format": format, "file": format });
        let grants = format!("directory = {:?}", folder.path());
        let mut sink = load("file", &config, &grants).expect("a sink");
        assert_eq!(sink.deliver(&alerts), Ok(vec![Receipt::Delivered; 64]), "{format}");
        let written = fs::read_to_string(folder.path().join(format)).expect("a file");
        assert_eq!(written.lines().count(), 64);
    }
}
