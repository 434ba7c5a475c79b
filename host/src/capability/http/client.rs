//! One request to a granted host: asked, waited for, bounded.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use ureq::http::{Request, Response};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body};

use super::grant::{HttpGrant, UrlError};
use super::resolver::{Checked, ResolveError};
use super::secret::Secret;
use super::wit;
use crate::capability::GrantError;
use crate::plugin::Calls;

/// Bytes of a request's body.
const MAX_REQUEST: usize = 512 << 10;
/// Bytes of an answer's body that a sink sees.
const MAX_ANSWER: usize = 64 << 10;
/// Bytes of an answer's head.
const MAX_HEAD: usize = 32 << 10;
/// Headers that frame the message or name its receiver; they are the agent's.
const OWN_HEADERS: &[&str] = &[
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// What a grant of HTTP is when it is opened.
pub(crate) struct Client {
    agent: Agent,
    grant: HttpGrant,
    secrets: BTreeMap<String, Secret>,
}

impl Client {
    /// Reads certificates and secrets; connects to nobody.
    pub(crate) fn open(grant: &HttpGrant) -> Result<Self, GrantError> {
        let secret = |(name, path): (&String, &std::path::PathBuf)| match Secret::read(path) {
            Ok(secret) => Ok((name.clone(), secret)),
            Err(cause) => Err(GrantError::Secret { name: name.clone(), path: path.clone(), cause }),
        };
        let secrets = grant.secrets.iter().map(secret).collect::<Result<_, _>>()?;
        let roots = grant.ca.as_deref().map(certificates).transpose()?;
        let checked = Checked { grant: grant.clone(), system: DefaultResolver::default() };
        let config = config(grant, roots.unwrap_or(RootCerts::WebPki));
        let agent = Agent::with_parts(config, DefaultConnector::default(), checked);
        Ok(Client { agent, grant: grant.clone(), secrets })
    }

    /// Asks and waits, no longer than the operator grants and the delivery has left.
    pub(super) fn send(
        &self,
        request: wit::Request,
        calls: &Calls,
    ) -> Result<wit::Response, wit::Error> {
        let (host, request) = self.request(request)?;
        let most = Duration::from_secs(self.grant.timeout_s.get().into());
        let Some(patience) = calls.patience(most) else {
            let why = format!("host {host:?}: the time for this delivery is over");
            return Err(wit::Error::Timeout(why));
        };
        let request = self.agent.configure_request(request).timeout_global(Some(patience)).build();
        match self.agent.run(request) {
            Ok(response) => Ok(answer(response)),
            Err(error) => Err(failure(&host, &error)),
        }
    }

    /// HMAC-SHA256 with a granted secret.
    pub(super) fn sign(&self, name: &str, bytes: &[u8]) -> Result<Vec<u8>, String> {
        let secret = self.secrets.get(name);
        secret.map(|s| s.sign(bytes)).ok_or_else(|| format!("secret {name:?} is not granted"))
    }

    /// The request and its host, if it is one and granted.
    fn request(&self, asked: wit::Request) -> Result<(String, Request<Vec<u8>>), wit::Error> {
        if asked.body.len() > MAX_REQUEST {
            let size = asked.body.len();
            return Err(wit::Error::TooLarge(format!("body of {size} of {MAX_REQUEST} bytes")));
        }
        let url = self.grant.url(&asked.url).map_err(|error| match error {
            UrlError::Invalid { .. } => wit::Error::Invalid(error.to_string()),
            refused => wit::Error::NotGranted(refused.to_string()),
        })?;
        let host = url.host().unwrap_or_default().to_owned();
        let method = match asked.method {
            wit::Method::Post => "POST",
            wit::Method::Put => "PUT",
        };
        let mut request = Request::builder().method(method).uri(url);
        for wit::Header { name, value } in asked.headers {
            if OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
                return Err(wit::Error::Invalid(format!("header {name:?} is the agent's own")));
            }
            request = request.header(name, value);
        }
        let request = request.body(asked.body);
        Ok((host, request.map_err(|error| wit::Error::Invalid(format!("header: {error}")))?))
    }
}

fn config(grant: &HttpGrant, roots: RootCerts) -> ureq::config::Config {
    Agent::config_builder()
        .https_only(!grant.plaintext)
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        // A proxy out of the environment would be a host that nobody granted.
        .proxy(None)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .max_response_header_size(MAX_HEAD)
        .user_agent(concat!("daemoneye/", env!("CARGO_PKG_VERSION")))
        .build()
}

fn certificates(path: &Path) -> Result<RootCerts, GrantError> {
    let refused = |cause: String| GrantError::Ca { path: path.to_owned(), cause };
    let pem = std::fs::read(path).map_err(|error| refused(error.to_string()))?;
    let mut roots: Vec<Certificate<'static>> = Vec::new();
    for item in parse_pem(&pem) {
        if let PemItem::Certificate(root) = item.map_err(|error| refused(error.to_string()))? {
            roots.push(root);
        }
    }
    let none = refused("no certificate in it".to_owned());
    if roots.is_empty() { Err(none) } else { Ok(RootCerts::new_with_certs(&roots)) }
}

/// What a sink sees of an answer. Its status has come; whatever the body does changes nothing of it.
fn answer(response: Response<Body>) -> wit::Response {
    let (head, body) = response.into_parts();
    let header = |(name, value): (&ureq::http::HeaderName, &ureq::http::HeaderValue)| {
        let value = value.to_str().ok()?.to_owned();
        Some(wit::Header { name: name.as_str().to_owned(), value })
    };
    let mut bytes = Vec::new();
    let mut reader = body.into_with_config().limit(u64::MAX).reader().take(MAX_ANSWER as u64 + 1);
    let ended = reader.read_to_end(&mut bytes).is_ok();
    let cut = !ended || bytes.len() > MAX_ANSWER;
    bytes.truncate(MAX_ANSWER);
    let headers = head.headers.iter().filter_map(header).collect();
    wit::Response { status: head.status.as_u16(), headers, body: bytes, cut }
}

fn failure(host: &str, error: &ureq::Error) -> wit::Error {
    let said = format!("host {host:?}: {error}");
    match error {
        ureq::Error::Timeout(_) => wit::Error::Timeout(said),
        ureq::Error::Other(other) => match other.downcast_ref::<ResolveError>() {
            Some(refused @ ResolveError::Inside { .. }) => {
                wit::Error::NotGranted(refused.to_string())
            }
            Some(name) => wit::Error::Resolve(name.to_string()),
            None => wit::Error::Connect(said),
        },
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => wit::Error::Tls(said),
        ureq::Error::LargeResponseHeader(..) => wit::Error::TooLarge(said),
        ureq::Error::ConnectionFailed => wit::Error::Connect(said),
        ureq::Error::Io(cause) => broken(said, cause.kind()),
        ureq::Error::Http(_) | ureq::Error::BadUri(_) => wit::Error::Invalid(said),
        _ => wit::Error::Protocol(said),
    }
}

fn broken(said: String, kind: io::ErrorKind) -> wit::Error {
    use io::ErrorKind as Kind;
    match kind {
        // rustls tells through the socket what it finds wrong with what it reads there.
        Kind::InvalidData => wit::Error::Tls(said),
        Kind::TimedOut | Kind::WouldBlock => wit::Error::Timeout(said),
        Kind::ConnectionReset
        | Kind::ConnectionAborted
        | Kind::BrokenPipe
        | Kind::UnexpectedEof
        | Kind::NotConnected => wit::Error::Reset(said),
        _ => wit::Error::Connect(said),
    }
}
