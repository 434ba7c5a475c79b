//! Sinks over real sockets: what the other side does wrong, what they are not granted, what arrives.

mod server;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::Duration;

use daemoneye_host::capability::Grants;
use daemoneye_host::plugin::{LoadError, Receipt, Sandbox, SinkPlugin};
use daemoneye_tests::{Agent, Home, Impostor, cache, component};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value as Json, json};
use server::{Behaviour, Identity, Request, Server};
use sha2::Sha256;
use syslog_rfc5424::parse_message;

const ALERT: &str = include_str!("data/alert.json");
const KEY: &str = "a key of thirty-two bytes, or so";

fn load(plugin: &str, config: &Json, grants: &str) -> Result<SinkPlugin, LoadError> {
    let sandbox = Sandbox::new(Some(&cache())).expect("a sandbox");
    let grants: Grants = toml::from_str(grants).unwrap_or_else(|e| panic!("{grants}: {e}"));
    let bytes = component(&format!("{plugin}.wasm"));
    SinkPlugin::load(&sandbox, plugin, &bytes, config.to_string(), grants)
}

fn alert() -> Vec<(String, String)> {
    let json: Json = serde_json::from_str(ALERT).expect("JSON");
    vec![(json["id"].as_str().expect("an id").to_owned(), json.to_string())]
}

/// Sends the alert once to a server that is granted by name and address, without TLS.
fn post(behaviour: Behaviour) -> (Receipt, Server) {
    let server = Server::start(None, &[behaviour]);
    let host = server.address;
    let config = json!({ "url": format!("http://{host}/hook") });
    let grants = format!("http = {{ hosts = [\"{host}\"], plaintext = true, timeout_s = 1 }}");
    (deliver(&config, &grants), server)
}

fn deliver(config: &Json, grants: &str) -> Receipt {
    let mut sink = load("webhook", config, grants).expect("a sink");
    let receipts = sink.deliver(&alert()).expect("no fault");
    receipts.into_iter().next().expect("one receipt")
}

fn answer(head: &'static str) -> Behaviour {
    Behaviour::Answer(head, "{}".to_owned())
}

fn secret(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("secret");
    fs::write(&path, KEY).expect("written");
    fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).expect("its owner");
    path
}

fn is_signed(request: &Request) -> bool {
    let value = &request.headers["x-daemoneye-signature"];
    let (time, signature) = value.split_once(",v1=").expect("two parts");
    let time = time.strip_prefix("t=").expect("a time");
    let mut hmac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).expect("a key");
    hmac.update(format!("{time}.{}", request.body).as_bytes());
    hmac.verify_slice(&hex::decode(signature).expect("hexadecimal")).is_ok()
}

#[test]
fn an_answer_decides_what_becomes_of_an_alert() {
    let redirect = "307 Temporary Redirect\r\nLocation: https://evil.example.org/";
    let table: [(&str, &str, &str); 8] = [
        ("200 OK", "delivered", ""),
        ("204 No Content", "delivered", ""),
        ("500 Internal Server Error", "retry", "status 500"),
        ("503 Service Unavailable", "retry", "status 503"),
        ("429 Too Many Requests", "retry", "status 429"),
        ("404 Not Found", "rejected", "status 404"),
        ("401 Unauthorized", "rejected", "status 401"),
        (redirect, "rejected", "https://evil.example.org/"),
    ];
    for (head, expected, named) in table {
        let (receipt, server) = post(answer(head));
        let (became, why) = told(&receipt);
        assert_eq!(became, expected, "{head}: {why}");
        assert!(why.contains(named), "{head}: {why}");
        assert!(server.request().line.starts_with("POST /hook HTTP/1.1"));
    }
}

fn told(receipt: &Receipt) -> (&'static str, &str) {
    match receipt {
        Receipt::Delivered => ("delivered", ""),
        Receipt::Retry(why) => ("retry", why),
        Receipt::Rejected(why) => ("rejected", why),
    }
}

#[test]
fn a_server_that_fails_is_tried_again_and_the_failure_has_a_name() {
    let table = [
        (Behaviour::Hang, "no answer: host \"127.0.0.1\""),
        (Behaviour::Reset, "reset: host \"127.0.0.1\""),
        (Behaviour::Garbage, "no HTTP: host \"127.0.0.1\""),
    ];
    for (behaviour, named) in table {
        let (receipt, _server) = post(behaviour.clone());
        let (became, why) = told(&receipt);
        assert_eq!(became, "retry", "{behaviour:?}: {why}");
        assert!(why.contains(named), "{behaviour:?}: {why}");
    }
}

#[test]
fn what_has_its_status_is_delivered_whatever_the_body_does() {
    assert_eq!(post(Behaviour::HangInBody).0, Receipt::Delivered);
    let flood = Behaviour::Answer("200 OK", "x".repeat(4 << 20));
    assert_eq!(post(flood).0, Receipt::Delivered);
}

#[test]
fn an_endless_head_is_not_read_to_its_end() {
    let head = format!("200 OK\r\nX-Endless: {}", "x".repeat(256 << 10));
    let (receipt, _server) = post(Behaviour::Answer(head.leak(), String::new()));
    let (became, why) = told(&receipt);
    assert_eq!(became, "rejected");
    assert!(why.contains("too large"), "{why}");
}

#[test]
fn nobody_listening_is_tried_again() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback");
    let host = port.local_addr().expect("bound");
    drop(port);
    let config = json!({ "url": format!("http://{host}/") });
    let grants = format!("http = {{ hosts = [\"{host}\"], plaintext = true }}");
    let receipt = deliver(&config, &grants);
    let (became, why) = told(&receipt);
    assert_eq!(became, "retry");
    assert!(why.contains("does not connect: host \"127.0.0.1\""), "{why}");
}

/// The name is granted each time; what is not is its address, its port, or plain text.
#[test]
fn what_is_not_granted_is_refused_and_nobody_is_asked() {
    let server = Server::start(None, &[answer("200 OK")]);
    let port = server.address.port();
    let url = format!("http://localhost:{port}/");
    let table = [
        (format!("hosts = [\"localhost:{port}\"], plaintext = true"), "which is inside"),
        (
            format!(
                "hosts = [\"localhost:{port}\"], plaintext = true, addresses = [\"10.0.0.0/8\"]"
            ),
            "which is inside",
        ),
        (
            "hosts = [\"localhost\"], plaintext = true, addresses = [\"127.0.0.1\"]".to_owned(),
            "is not granted",
        ),
        (
            format!("hosts = [\"localhost:{port}\"], addresses = [\"127.0.0.1\"]"),
            "plain text needs",
        ),
    ];
    for (grants, why) in table {
        let receipt = deliver(&json!({ "url": url }), &format!("http = {{ {grants} }}"));
        let (became, said) = told(&receipt);
        assert_eq!(became, "rejected", "{grants}");
        assert!(said.contains(why), "{grants}: {said}");
    }
    assert!(server.is_unasked());
    let granted = format!(
        "http = {{ hosts = [\"localhost:{port}\"], plaintext = true, addresses = [\"127.0.0.1\"] }}"
    );
    assert_eq!(deliver(&json!({ "url": url }), &granted), Receipt::Delivered);
}

#[test]
fn tls_is_trusted_by_the_granted_certificate_and_by_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let (own, stranger) = (Identity::new(), Identity::new());
    own.write_certificate(&folder.path().join("own.pem"));
    stranger.write_certificate(&folder.path().join("stranger.pem"));
    let server = Server::start(Some(&own), &[answer("200 OK")]);
    let port = server.address.port();
    let config = json!({ "url": format!("https://localhost:{port}/") });
    let base = format!("hosts = [\"localhost:{port}\"], addresses = [\"127.0.0.1\"]");
    let granted = |name: &str| {
        let ca = folder.path().join(name);
        deliver(&config, &format!("http = {{ {base}, ca = {ca:?} }}"))
    };
    assert_eq!(granted("own.pem"), Receipt::Delivered);
    for untrusted in [granted("stranger.pem"), deliver(&config, &format!("http = {{ {base} }}"))] {
        let (became, why) = told(&untrusted);
        assert_eq!(became, "retry");
        assert!(why.contains("no TLS: host \"localhost\""), "{why}");
    }
}

#[test]
fn the_host_signs_and_the_receiver_can_verify() {
    let folder = tempfile::tempdir().expect("a folder");
    let secret = secret(folder.path());
    let server = Server::start(None, &[answer("200 OK")]);
    let host = server.address;
    let config = json!({
        "url": format!("http://{host}/"), "secret": "chat", "format": "slack",
        "headers": { "Authorization": "Bearer x" },
    });
    let base = format!("hosts = [\"{host}\"], plaintext = true");
    let grants = format!("http = {{ {base}, secrets = {{ chat = {secret:?} }} }}");
    assert_eq!(deliver(&config, &grants), Receipt::Delivered);
    let request = server.request();
    assert!(is_signed(&request), "{request:?}");
    assert!(request.headers["x-daemoneye-signature"].starts_with("t=1767225600,v1="));
    assert_eq!(request.headers["x-daemoneye-alert"], alert()[0].0);
    assert_eq!(request.headers["content-type"], "application/json");
    assert_eq!(request.headers["authorization"], "Bearer x");
    let body: Json = serde_json::from_str(&request.body).expect("JSON");
    assert!(body["text"].as_str().is_some_and(|text| !text.contains("<!channel>")), "{body}");
    let mut forged = request;
    forged.body.push(' ');
    assert!(!is_signed(&forged));

    let without = load("webhook", &config, &format!("http = {{ {base} }}")).err();
    let said = without.expect("no such secret").to_string();
    assert!(said.contains("secret \"chat\" is not granted"), "{said}");
    fs::set_permissions(&secret, PermissionsExt::from_mode(0o644)).expect("its owner");
    let said = load("webhook", &config, &grants).err().expect("everybody's").to_string();
    assert!(said.contains("mode 0644 is not for its owner only"), "{said}");
}

#[test]
fn a_header_that_is_the_agents_own_is_refused() {
    for name in ["Host", "content-length", "Transfer-Encoding", "a b"] {
        let config = json!({ "url": "https://localhost/", "headers": { name: "x" } });
        let receipt = deliver(&config, "http = { hosts = [\"localhost\"] }");
        let (became, why) = told(&receipt);
        assert_eq!(became, "rejected", "{name}");
        assert!(why.contains("header"), "{why}");
    }
}

/// Requested and not granted, and granted and not requested, are two refusals.
#[test]
fn what_is_requested_and_what_is_granted_are_held_against_each_other() {
    let http = "http = { hosts = [] }";
    let syslog = "syslog = { unix = '/nonexistent' }";
    let url = json!({ "url": "https://a.org/" });
    let table = [
        ("webhook", &url, "", "daemoneye:plugin/http@0.1.0\" is not granted"),
        ("syslog", &json!({}), "", "daemoneye:plugin/syslog@0.1.0\" is not granted"),
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

#[test]
fn syslog_arrives_by_every_transport() {
    let folder = tempfile::tempdir().expect("a folder");
    let send = |grants: &str| {
        let mut sink = load("syslog", &json!({}), grants).expect("a sink");
        assert_eq!(sink.deliver(&alert()), Ok(vec![Receipt::Delivered]), "{grants}");
    };
    let mut bytes = [0; 9_000];

    let path = folder.path().join("log");
    let unix = UnixDatagram::bind(&path).expect("a socket");
    send(&format!("syslog = {{ unix = {path:?} }}"));
    let length = unix.recv(&mut bytes).expect("a datagram");
    assert_message(&bytes[..length]);

    let udp = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
    send(&format!("syslog = {{ udp = \"{}\" }}", udp.local_addr().expect("bound")));
    let length = udp.recv(&mut bytes).expect("a datagram");
    assert_message(&bytes[..length]);

    let tcp = std::net::TcpListener::bind("127.0.0.1:0").expect("a socket");
    send(&format!("syslog = {{ tcp = \"{}\" }}", tcp.local_addr().expect("bound")));
    assert_frame(tcp.accept().expect("a connection").0);

    let path = folder.path().join("stream");
    let stream = std::os::unix::net::UnixListener::bind(&path).expect("a socket");
    send(&format!("syslog = {{ unix_stream = {path:?} }}"));
    assert_frame(stream.accept().expect("a connection").0);
}

fn assert_frame(mut stream: impl std::io::Read) {
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("text");
    let (length, message) = text.split_once(' ').expect("a length");
    assert_eq!(length.parse(), Ok(message.len()));
    assert_message(message.as_bytes());
}

fn assert_message(bytes: &[u8]) {
    let text = str::from_utf8(bytes).expect("text");
    let message = parse_message(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    let id = message.sd.find_tuple("daemoneye@32473", "id").cloned();
    assert_eq!(id.as_deref(), Some(alert()[0].0.as_str()));
    assert_eq!(message.appname.as_deref(), Some("daemoneye-agent"));
    assert!(!text.contains('\n'), "{text}");
}

#[test]
fn a_syslog_server_that_is_away_is_tried_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log");
    let mut sink = load("syslog", &json!({}), &format!("syslog = {{ unix = {path:?} }}"));
    let sink = sink.as_mut().expect("a sink");
    let receipts = sink.deliver(&alert()).expect("no fault");
    assert!(matches!(receipts.as_slice(), [Receipt::Retry(_)]), "{receipts:?}");
    let server = UnixDatagram::bind(&path).expect("a socket");
    assert_eq!(sink.deliver(&alert()), Ok(vec![Receipt::Delivered]));
    server.set_read_timeout(Some(Duration::from_secs(60))).expect("a socket");
    assert!(server.recv(&mut [0; 9_000]).is_ok());
}

/// Whatever else alarms this host meanwhile arrives, too; so the alert is looked for by its id.
#[test]
fn one_live_alert_reaches_every_sink_that_lives_past_those_that_do_not() {
    let home = Home::new();
    let identity = Identity::new();
    let (log, ca) = (home.path("log"), home.path("ca.pem"));
    identity.write_certificate(&ca);
    let secret = secret(&home.path(""));
    let trouble = answer("500 Internal Server Error");
    let late = Server::start(Some(&identity), &[trouble, answer("200 OK")]);
    let hung = Server::start(None, &[Behaviour::Hang]);
    let redirecting = Server::start(None, &[answer("302 Found\r\nLocation: http://127.0.0.1:9/")]);
    let syslog = UnixDatagram::bind(&log).expect("a socket");
    syslog.set_read_timeout(Some(Duration::from_secs(60))).expect("a socket");
    let signed = format!("ca = {ca:?}, secrets = {{ chat = {secret:?} }}");
    home.configure(
        &[
            webhook("late", &late, "https", &signed, "secret = 'chat', format = 'ocsf'"),
            webhook("hung", &hung, "http", "plaintext = true, timeout_s = 255", ""),
            webhook("redirected", &redirecting, "http", "plaintext = true", ""),
            format!("[[sinks]]\nname = 'siem'\nplugin = 'syslog'\ngrants.syslog.unix = {log:?}\n"),
        ]
        .concat(),
    );
    let mut agent = Agent::start(&home);
    let impostor = Impostor::start();
    let alert = agent.wait_for_alert("kernel thread", impostor.is_in("kernel-thread-name"));
    let id = alert["id"].as_str().expect("an id");

    assert_comes_again_and_signed(&late, id);
    while received(&syslog) != id {}
    hung.request();
    let status = agent.wait_until("delivered", |status| {
        let count = |name, became| sink(status, name)[became].as_u64().unwrap_or_default();
        let delivered = ["late", "siem", "file"].iter().all(|name| count(name, "delivered") > 0);
        delivered && count("redirected", "rejected") > 0
    });
    assert_eq!(sink(&status, "hung")["delivered"], 0, "{status:#}");
    let said = sink(&status, "redirected")["fault"].to_string();
    assert!(said.contains("http://127.0.0.1:9/"), "{said}");
}

/// The first request was answered with an error.
fn assert_comes_again_and_signed(server: &Server, id: &str) {
    let mut requests = vec![server.request()];
    let has = |requests: &[Request], id: &str| {
        requests.iter().any(|request| request.headers["x-daemoneye-alert"] == id)
    };
    let first = requests[0].headers["x-daemoneye-alert"].clone();
    while !has(&requests, id) || !has(&requests[1..], &first) {
        requests.push(server.request());
    }
    for request in &requests {
        assert!(is_signed(request), "{request:?}");
        let finding: Json = serde_json::from_str(&request.body).expect("JSON");
        assert_eq!(finding["class_uid"], 2004);
        assert_eq!(finding["finding_info"]["uid"], request.headers["x-daemoneye-alert"].as_str());
    }
}

/// The id of the next alert at a syslog server.
fn received(syslog: &UnixDatagram) -> String {
    let mut bytes = [0; 9_000];
    let length = syslog.recv(&mut bytes).expect("a datagram");
    let text = str::from_utf8(&bytes[..length]).expect("text");
    let message = parse_message(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    message.sd.find_tuple("daemoneye@32473", "id").cloned().expect("an id")
}

fn webhook(name: &str, server: &Server, scheme: &str, grants: &str, config: &str) -> String {
    let port = server.address.port();
    let comma = if config.is_empty() { "" } else { ", " };
    format!(
        "[[sinks]]\nname = '{name}'\nplugin = 'webhook'\n\
         config = {{ url = '{scheme}://localhost:{port}/'{comma}{config} }}\n\
         [sinks.grants]\n\
         http = {{ hosts = ['localhost:{port}'], addresses = ['127.0.0.1'], {grants} }}\n"
    )
}

fn sink<'a>(status: &'a Json, name: &str) -> &'a Json {
    let found = status["sinks"].as_array().into_iter().flatten().find(|sink| sink["name"] == name);
    found.unwrap_or(&Json::Null)
}
