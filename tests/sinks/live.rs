//! One live alert, and every kind of other side at once, through the real agent.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use daemoneye_tests::{Agent, Home, Impostor};
use serde_json::Value as Json;
use syslog_rfc5424::parse_message;

use super::server::{Behaviour, Identity, Request, Server};
use super::{answer, is_signed, secret};

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
        delivered && count("redirected", "dead") > 0
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
