//! What web servers do wrong, what is not granted of them, and what they get.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use daemoneye_host::plugin::{Caps, Receipt};
use serde_json::{Value as Json, json};

use super::server::{Behaviour, Identity, Server};
use super::{alert, answer, is_signed, load, load_under, secret};

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

fn told(receipt: &Receipt) -> (&'static str, &str) {
    match receipt {
        Receipt::Delivered => ("delivered", ""),
        Receipt::Retry(why) => ("retry", why),
        Receipt::Rejected(why) => ("rejected", why),
    }
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

/// Each request might take 255 s; all of the delivery may take one.
#[test]
fn a_delivery_waits_no_longer_than_it_may_and_ends_with_receipts() {
    let server = Server::start(None, &[answer("200 OK"), Behaviour::Hang]);
    let host = server.address;
    let config = json!({ "url": format!("http://{host}/hook") });
    let grants = format!("http = {{ hosts = [\"{host}\"], plaintext = true, timeout_s = 255 }}");
    let caps = Caps { delivery_s: 1, ..Caps::default() };
    let mut sink = load_under(caps, "webhook", &config, &grants).expect("a sink");
    let alerts = [alert(), alert(), alert()].concat();
    let receipts = sink.deliver(&alerts).expect("no fault");
    assert_eq!(receipts[0], Receipt::Delivered, "what was taken is not offered again");
    for receipt in &receipts[1..] {
        assert_eq!(told(receipt).0, "retry", "{receipt:?}");
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
