//! From a granted name to granted addresses. The connection is made to what is checked here, so that
//! a name cannot lead elsewhere in between.

use std::fmt;
use std::net::IpAddr;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::grant::HttpGrant;

/// The operating system's resolver, held to the grant.
pub(super) struct Checked {
    pub(super) grant: HttpGrant,
    pub(super) system: DefaultResolver,
}

/// Why a name is not connected to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ResolveError {
    #[error("host {host:?} has no address: {cause}")]
    Name { host: String, cause: String },
    #[error("host {host:?} has the address {address}, which is inside and not granted")]
    Inside { host: String, address: IpAddr },
}

impl fmt::Debug for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checked").field("hosts", &self.grant.hosts).finish_non_exhaustive()
    }
}

impl Resolver for Checked {
    fn resolve(
        &self,
        url: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let host = || url.host().unwrap_or_default().to_owned();
        let found = self.system.resolve(url, config, timeout).map_err(|error| match error {
            ureq::Error::Timeout(_) => error,
            error => refuse(ResolveError::Name { host: host(), cause: error.to_string() }),
        })?;
        let mut permitted = self.empty();
        let addresses = found.iter().filter(|address| self.grant.permits(address.ip()));
        addresses.for_each(|address| permitted.push(*address));
        match (permitted.is_empty(), found.first()) {
            (true, Some(inside)) => {
                Err(refuse(ResolveError::Inside { host: host(), address: inside.ip() }))
            }
            _ => Ok(permitted),
        }
    }
}

fn refuse(error: ResolveError) -> ureq::Error {
    ureq::Error::Other(Box::new(error))
}
