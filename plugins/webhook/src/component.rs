//! The webhook as a sink over the granted hosts.

use std::sync::OnceLock;

use daemoneye_format::Origin;
use daemoneye_sdk::host::{http, identity};
use daemoneye_sdk::sink::{Alert, Guest, Receipt};

use crate::{Configuration, Method, SIGNATURE_HEADER, Verdict, header, of_status, signed_text};

/// Tells an alert that is sent again from another one.
const ID_HEADER: &str = "X-DaemonEye-Alert";
const CONTENT_TYPE: &str = "Content-Type";

static CONFIGURATION: OnceLock<Configuration> = OnceLock::new();

struct Sink;

impl Guest for Sink {
    fn open(configuration: String) -> Result<(), String> {
        let configuration = Configuration::parse(&configuration).map_err(|e| e.to_string())?;
        if let Some(secret) = &configuration.secret {
            http::sign(secret, &[]).map_err(|error| format!("key \"secret\": {error}"))?;
        }
        CONFIGURATION.set(configuration).map_err(|_| "opened twice".to_owned())
    }

    fn deliver(alerts: Vec<Alert>) -> Vec<Receipt> {
        let configuration = CONFIGURATION.get().expect("the agent opens a sink before it uses it");
        let origin = Origin { host: identity::host_name(), version: identity::agent_version() };
        let mut pause = None;
        let send = |alert: &Alert| match &pause {
            Some(why) => Receipt::Retry(String::clone(why)),
            None => match send(configuration, &origin, alert) {
                Verdict::Delivered => Receipt::Delivered,
                Verdict::Retry(why) => Receipt::Retry(why),
                Verdict::Rejected(why) => Receipt::Rejected(why),
                Verdict::Pause(why) => Receipt::Retry(pause.insert(why).clone()),
            },
        };
        alerts.iter().map(send).collect()
    }

    /// Whether a server listens cannot be found out without sending it something.
    fn health() -> Result<(), String> {
        Ok(())
    }
}

fn send(configuration: &Configuration, origin: &Origin, alert: &Alert) -> Verdict {
    let rejected = |why: String| Verdict::Rejected(format!("alert {:?}: {why}", alert.id));
    let body = match configuration.body.render(&alert.json, origin) {
        Ok(body) => body,
        Err(error) => return rejected(error.to_string()),
    };
    let headers = match headers(configuration, alert, &body) {
        Ok(headers) => headers,
        Err(why) => return rejected(why),
    };
    let method = match configuration.method {
        Method::Post => http::Method::Post,
        Method::Put => http::Method::Put,
    };
    let url = configuration.url.clone();
    match http::send(&http::Request { method, url, headers, body: body.into_bytes() }) {
        Ok(response) => verdict(&response),
        Err(error) => of_error(error),
    }
}

fn headers(
    configuration: &Configuration,
    alert: &Alert,
    body: &str,
) -> Result<Vec<http::Header>, String> {
    let header_of = |name: &str, value: String| http::Header { name: name.to_owned(), value };
    let mut headers: Vec<_> =
        configuration.headers.iter().map(|(name, value)| header_of(name, value.clone())).collect();
    if !headers.iter().any(|header| header.name.eq_ignore_ascii_case(CONTENT_TYPE)) {
        headers.push(header_of(CONTENT_TYPE, "application/json".to_owned()));
    }
    headers.push(header_of(ID_HEADER, alert.id.clone()));
    if let Some(secret) = &configuration.secret {
        let seconds = seconds(&alert.json)?;
        let hmac = http::sign(secret, &signed_text(seconds, body))?;
        headers.push(header_of(SIGNATURE_HEADER, header(seconds, &hmac)));
    }
    Ok(headers)
}

fn seconds(alert: &str) -> Result<i64, String> {
    #[derive(serde::Deserialize)]
    struct Timed {
        time: i64,
    }
    let timed: Timed = serde_json::from_str(alert).map_err(|error| error.to_string())?;
    Ok(timed.time.div_euclid(1_000_000))
}

fn verdict(response: &http::Response) -> Verdict {
    let location = response.headers.iter().find(|header| header.name == "location");
    of_status(response.status, location.map(|header| header.value.as_str()))
}

/// What never reached the server may later; what the agent refuses, it refuses again.
fn of_error(error: http::Error) -> Verdict {
    use http::Error;
    match error {
        Error::Resolve(why) => Verdict::Pause(format!("does not resolve: {why}")),
        Error::Connect(why) => Verdict::Pause(format!("does not connect: {why}")),
        Error::Tls(why) => Verdict::Pause(format!("no TLS: {why}")),
        Error::Timeout(why) => Verdict::Pause(format!("no answer: {why}")),
        Error::Reset(why) => Verdict::Pause(format!("reset: {why}")),
        Error::Protocol(why) => Verdict::Pause(format!("no HTTP: {why}")),
        Error::Invalid(why) => Verdict::Rejected(format!("invalid: {why}")),
        Error::NotGranted(why) => Verdict::Rejected(why),
        Error::TooLarge(why) => Verdict::Rejected(format!("too large: {why}")),
    }
}

daemoneye_sdk::export_sink!(Sink);
