//! What the operator grants of HTTP, and whether a URL and its addresses are within it. No I/O.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::num::NonZeroU8;
use std::path::PathBuf;

use ureq::http::Uri;
use ureq::http::uri::Authority;

use super::address::{Network, is_public};

/// Seconds for one request, from the name to the last byte of the answer, unless said otherwise.
const DEFAULT_TIMEOUT_S: NonZeroU8 = NonZeroU8::new(10).expect("not zero");

/// HTTP to some hosts.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpGrant {
    /// Hosts that may be asked.
    pub hosts: Vec<Endpoint>,
    /// Addresses inside (loopback, private, link-local) that these hosts may have.
    #[serde(default)]
    pub addresses: Vec<Network>,
    /// Whether they may be asked without TLS.
    #[serde(default)]
    pub plaintext: bool,
    /// Certificates to trust instead of Mozilla's, as PEM.
    #[serde(default)]
    pub ca: Option<PathBuf>,
    /// Seconds for one request, 1 to 255.
    #[serde(default = "default_timeout")]
    pub timeout_s: NonZeroU8,
    /// Secrets to sign with: by name a file that only its owner may read.
    #[serde(default)]
    pub secrets: BTreeMap<String, PathBuf>,
}

/// `host` or `host:port`. Without a port it is the scheme's own.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Endpoint {
    host: String,
    port: Option<u16>,
}

/// What names no host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("host {0:?} is not of the form \"host\" or \"host:port\"")]
pub struct NoEndpoint(String);

/// Why a URL is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum UrlError {
    #[error("url {url:?}: {cause}")]
    Invalid { url: String, cause: String },
    #[error("{scheme} to {host:?} is not granted: plain text needs `plaintext = true`")]
    Plaintext { scheme: String, host: String },
    #[error("host \"{host}:{port}\" is not granted")]
    Host { host: String, port: u16 },
}

fn default_timeout() -> NonZeroU8 {
    DEFAULT_TIMEOUT_S
}

impl TryFrom<String> for Endpoint {
    type Error = NoEndpoint;

    fn try_from(text: String) -> Result<Self, NoEndpoint> {
        let Ok(authority) = text.parse::<Authority>() else { return Err(NoEndpoint(text)) };
        let (host, port) = (authority.host().to_ascii_lowercase(), authority.port_u16());
        let endpoint = Endpoint { host, port };
        // Whatever else an authority may have (a user, an empty port) is no host to grant.
        let is_whole = String::from(endpoint.clone()) == text.to_ascii_lowercase();
        if is_whole && !endpoint.host.is_empty() { Ok(endpoint) } else { Err(NoEndpoint(text)) }
    }
}

impl From<Endpoint> for String {
    fn from(Endpoint { host, port }: Endpoint) -> String {
        port.map_or(host.clone(), |port| format!("{host}:{port}"))
    }
}

impl Endpoint {
    /// The address that it is, if it is one: who grants it by number grants the number.
    fn address(&self) -> Option<IpAddr> {
        self.host.trim_start_matches('[').trim_end_matches(']').parse().ok()
    }
}

impl HttpGrant {
    /// The URL, if a request to it is granted as far as its text tells.
    pub(super) fn url(&self, text: &str) -> Result<Uri, UrlError> {
        let invalid =
            |cause: &str| UrlError::Invalid { url: text.to_owned(), cause: cause.to_owned() };
        let url: Uri = text.parse().map_err(|error| invalid(&format!("{error}")))?;
        let authority = url.authority().ok_or_else(|| invalid("no host"))?;
        let host = authority.host().to_ascii_lowercase();
        if authority.as_str().contains('@') {
            return Err(invalid("a user name in it"));
        }
        let own_port = match url.scheme_str() {
            Some("https") => 443,
            Some("http") if self.plaintext => 80,
            Some("http") => return Err(UrlError::Plaintext { scheme: "http".to_owned(), host }),
            _ => return Err(invalid("neither https nor http")),
        };
        let port = authority.port_u16().unwrap_or(own_port);
        let is_granted = |endpoint: &Endpoint| {
            endpoint.host == host && endpoint.port.unwrap_or(own_port) == port
        };
        let granted = self.hosts.iter().any(is_granted);
        granted.then_some(url).ok_or(UrlError::Host { host, port })
    }

    /// The ports that requests may go to.
    pub fn ports(&self) -> impl Iterator<Item = u16> {
        let plain = self.plaintext.then_some(80);
        self.hosts.iter().flat_map(move |host| match host.port {
            Some(port) => vec![port],
            None => [443].into_iter().chain(plain).collect(),
        })
    }

    /// Whether a granted host may have this address.
    pub(super) fn permits(&self, address: IpAddr) -> bool {
        let listed = self.hosts.iter().filter_map(Endpoint::address).map(Network::from);
        is_public(address)
            || self.addresses.iter().copied().chain(listed).any(|network| network.contains(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(toml: &str) -> Result<HttpGrant, String> {
        toml::from_str(toml).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn a_url_is_granted_by_host_port_and_scheme() {
        let grant = grant("hosts = ['hooks.example.org', 'siem.example.org:8443', '[::1]:9']");
        let grant = grant.expect("a grant");
        let granted = [
            "https://hooks.example.org/a?b=c",
            "https://HOOKS.example.org:443/",
            "https://siem.example.org:8443/x",
            "https://[::1]:9/",
        ];
        for url in granted {
            assert!(grant.url(url).is_ok(), "{url}");
        }
        let refused = [
            ("https://hooks.example.org:8443/", "\"hooks.example.org:8443\" is not granted"),
            ("https://siem.example.org/", "\"siem.example.org:443\" is not granted"),
            ("https://evil.example.org/", "\"evil.example.org:443\" is not granted"),
            ("https://hooks.example.org.evil.org/", "is not granted"),
            ("https://hooks.example.org./", "is not granted"),
            ("http://hooks.example.org/", "`plaintext = true`"),
            ("ftp://hooks.example.org/", "neither https nor http"),
            ("https://hooks.example.org@evil.org/", "a user name"),
            ("https://evil.org@hooks.example.org/", "a user name"),
            ("/relative", "no host"),
            ("https://", "url \"https://\""),
        ];
        for (url, why) in refused {
            let said = grant.url(url).expect_err(url).to_string();
            assert!(said.contains(why), "{url}: {said}");
        }
    }

    #[test]
    fn plain_text_is_granted_on_its_own_and_has_its_own_port() {
        let grant = grant("hosts = ['a.org', 'b.org:8080']\nplaintext = true").expect("a grant");
        for url in ["http://a.org/", "https://a.org/", "http://b.org:8080/"] {
            assert!(grant.url(url).is_ok(), "{url}");
        }
        assert!(grant.url("http://a.org:443/").is_err());
    }

    #[test]
    fn an_address_inside_is_permitted_only_where_it_is_listed() {
        let permits = |toml: &str, address: &str| {
            grant(toml).expect(toml).permits(address.parse().expect(address))
        };
        assert!(permits("hosts = ['a.org']", "1.1.1.1"));
        assert!(!permits("hosts = ['a.org']", "127.0.0.1"));
        assert!(permits("hosts = ['a.org']\naddresses = ['127.0.0.0/8']", "127.0.0.1"));
        assert!(!permits("hosts = ['a.org']\naddresses = ['10.0.0.0/8']", "127.0.0.1"));
        assert!(permits("hosts = ['10.1.2.3:8443']", "10.1.2.3"));
        assert!(!permits("hosts = ['10.1.2.3:8443']", "10.1.2.4"));
        assert!(permits("hosts = ['[::1]:8443']", "::1"));
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let table = [
            ("hosts = ['']", "host \"\""),
            ("hosts = ['https://a.org']", "host \"https://a.org\""),
            ("hosts = ['a.org/x']", "host \"a.org/x\""),
            ("hosts = ['u@a.org']", "host \"u@a.org\""),
            ("hosts = ['a.org:99999']", "host \"a.org:99999\""),
            ("hosts = []\naddresses = ['ten']", "address \"ten\""),
            ("hosts = []\ntimeout_s = 0", "nonzero"),
            ("hosts = []\nproxy = 'x'", "proxy"),
            ("plaintext = true", "hosts"),
        ];
        for (toml, named) in table {
            let said = grant(toml).expect_err(toml);
            assert!(said.contains(named), "{toml}: {said}");
        }
    }
}
