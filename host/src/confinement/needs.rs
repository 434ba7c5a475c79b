//! What a configuration needs of the machine. Decides only.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::capability::{Grants, SyslogGrant};
use crate::config::Config;

/// What names of hosts, of users and of the host itself take: the resolver's files and libraries, and
/// what systemd-resolved leaves for it.
pub(super) const SYSTEM: [&str; 11] = [
    "/etc",
    "/usr/lib",
    "/usr/lib64",
    "/lib",
    "/lib64",
    "/run/systemd/resolve",
    "/run/resolvconf",
    "/dev/urandom",
    // How many processors there are, and how much of them.
    "/proc",
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup",
];
/// Names of hosts, where an answer is too long for a datagram (RFC 7766).
const DNS: u16 = 53;

/// Files, directories and ports.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// Directories that are written.
    pub written: Vec<PathBuf>,
    /// Files and directories that are read, besides those of the system.
    pub read: Vec<PathBuf>,
    /// TCP ports that are connected to.
    pub ports: BTreeSet<u16>,
}

impl Needs {
    /// Of an agent with this configuration.
    pub fn of(config: &Config) -> Self {
        // The cache may be a link that leads elsewhere.
        let mut written = vec![config.data_dir.clone(), config.cache()];
        written.extend(config.socket().parent().map(PathBuf::from));
        let mut needs = Needs { written, ..Needs::default() };
        needs.read.extend([&config.packs, &config.trust, &config.plugins].map(Clone::clone));
        needs.read.extend([config.shadow()]);
        needs.read.extend(config.rules());
        config.sinks.iter().for_each(|sink| needs.grant(&sink.grants));
        needs
    }

    /// The ports, for people.
    pub(super) fn port_list(&self) -> String {
        let ports: Vec<_> = self.ports.iter().map(u16::to_string).collect();
        ports.join(", ")
    }

    fn grant(&mut self, grants: &Grants) {
        self.written.extend(grants.directory.clone());
        if let Some(http) = &grants.http {
            self.read.extend(http.ca.iter().chain(http.secrets.values()).cloned());
            self.ports.extend(http.ports().chain([DNS]));
        }
        match &grants.syslog {
            Some(SyslogGrant::Tcp(address)) => {
                self.ports.insert(DNS);
                self.ports
                    .extend(address.rsplit(':').next().and_then(|port| port.parse::<u16>().ok()));
            }
            Some(SyslogGrant::Udp(_)) => self.ports.extend([DNS]),
            Some(SyslogGrant::Unix(_) | SyslogGrant::UnixStream(_)) | None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(toml: &str) -> Needs {
        Needs::of(&toml::from_str(toml).expect("a configuration"))
    }

    fn sink(grants: &str) -> String {
        format!("data_dir = '/d'\n[[sinks]]\nname = 'a'\nplugin = 'a'\ngrants = {{ {grants} }}")
    }

    #[test]
    fn an_agent_without_sinks_writes_its_data_and_connects_to_nothing() {
        let needs =
            needs("data_dir = '/d'\npacks = '/p'\ntrust = '/t'\nplugins = '/c'\nrules = '/r'");
        assert_eq!(needs.written, ["/d", "/d/cache", "/d/run"].map(PathBuf::from));
        assert!(needs.ports.is_empty());
        for path in ["/p", "/t", "/c", "/r"] {
            assert!(needs.read.contains(&path.into()), "{path} in {:?}", needs.read);
        }
    }

    #[test]
    fn ports_are_those_that_are_granted() {
        let table: [(&str, &[u16]); 7] = [
            ("http = { hosts = ['a.example'] }", &[53, 443]),
            ("http = { hosts = ['a.example'], plaintext = true }", &[53, 80, 443]),
            ("http = { hosts = ['a.example:8443', '[::1]:9'] }", &[9, 53, 8443]),
            ("syslog = { tcp = 'a.example:601' }", &[53, 601]),
            ("syslog = { tcp = '[::1]:601' }", &[53, 601]),
            ("syslog = { udp = 'a.example:514' }", &[53]),
            ("syslog = { unix = '/dev/log' }", &[]),
        ];
        for (grants, ports) in table {
            let found = needs(&sink(grants)).ports;
            assert_eq!(found.into_iter().collect::<Vec<_>>(), ports, "{grants}");
        }
    }

    #[test]
    fn what_a_sink_is_granted_is_written_or_read() {
        let found = needs(&sink("directory = '/out'"));
        assert_eq!(found.written, ["/d", "/d/cache", "/d/run", "/out"].map(PathBuf::from));
        let found = needs(&sink(
            "http = { hosts = ['a.example'], ca = '/ca.pem', secrets = { key = '/key' } }",
        ));
        assert!(found.read.contains(&"/ca.pem".into()) && found.read.contains(&"/key".into()));
        assert_eq!(found.written, ["/d", "/d/cache", "/d/run"].map(PathBuf::from));
    }
}
