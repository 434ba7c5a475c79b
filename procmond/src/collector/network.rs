//! Connections and open ports: `/proc/net/{tcp,tcp6,udp,udp6}`, and whose they are by the sockets that
//! processes have open. Only the network namespace of the sensor itself.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::io;
use std::net::SocketAddr;

use procfs::net::{self, TcpState};
use procfs::{ProcError, ProcResult};

use super::process::pids;
use super::{Collector, Health};
use crate::observation::{Connection, Protocol, Way};

/// A socket of a table. Who has it open, tables do not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Socket {
    inode: u64,
    protocol: Protocol,
    is_listening: bool,
    local: SocketAddr,
    remote: SocketAddr,
}

/// Looks at connections.
#[derive(Debug, Default)]
pub struct Network {
    /// Who has which socket open, by its inode; nothing where nobody was found.
    owners: HashMap<u64, Option<u32>>,
}

impl Collector for Network {
    type Seen = Connection;

    fn name(&self) -> &'static str {
        "network"
    }

    fn capabilities(&self) -> &'static [&'static str] {
        &["network connections"]
    }

    fn collect_all(&mut self) -> io::Result<Vec<Connection>> {
        let sockets = tables()?;
        let inodes: HashSet<u64> = sockets.iter().map(|socket| socket.inode).collect();
        self.owners.retain(|inode, _| inodes.contains(inode));
        let unknown = inodes.into_iter().filter(|inode| !self.owners.contains_key(inode)).collect();
        self.owners.extend(owners(unknown, &pids()?));
        Ok(connections(&sockets, &self.owners))
    }

    fn collect_one(&mut self, pid: u32) -> io::Result<Vec<Connection>> {
        let sockets = tables()?;
        let inodes = sockets.iter().map(|socket| socket.inode).collect();
        let all = connections(&sockets, &owners(inodes, &[pid]));
        Ok(all.into_iter().filter(|connection| connection.pid == Some(pid)).collect())
    }

    fn health(&self) -> Health {
        if crate::confinement::sees_others() {
            return Health::Good;
        }
        Health::Degraded("no CAP_SYS_PTRACE: whose connections are whose is hidden".to_owned())
    }
}

/// Every socket that has an owner; one that only waits for its end has none.
fn tables() -> io::Result<Vec<Socket>> {
    let mut sockets = Vec::new();
    for entry in [present(net::tcp())?, present(net::tcp6())?].concat() {
        let is_listening = entry.state == TcpState::Listen;
        let (local, remote, inode) = (entry.local_address, entry.remote_address, entry.inode);
        sockets.push(Socket { inode, protocol: Protocol::Tcp, is_listening, local, remote });
    }
    for entry in [present(net::udp())?, present(net::udp6())?].concat() {
        let is_listening = entry.remote_address.port() == 0;
        let (local, remote, inode) = (entry.local_address, entry.remote_address, entry.inode);
        sockets.push(Socket { inode, protocol: Protocol::Udp, is_listening, local, remote });
    }
    sockets.retain(|socket| socket.inode != 0);
    Ok(sockets)
}

/// Without IPv6 its tables are not there.
fn present<T>(table: ProcResult<Vec<T>>) -> io::Result<Vec<T>> {
    match table {
        Err(ProcError::NotFound(_)) => Ok(Vec::new()),
        table => table.map_err(io::Error::other),
    }
}

/// Who has these sockets open; of several processes, the first.
fn owners(mut wanted: HashSet<u64>, pids: &[u32]) -> HashMap<u64, Option<u32>> {
    let mut owners = HashMap::new();
    for pid in pids {
        if wanted.is_empty() {
            break;
        }
        for inode in open_sockets(*pid) {
            if wanted.remove(&inode) {
                owners.insert(inode, Some(*pid));
            }
        }
    }
    owners.extend(wanted.into_iter().map(|inode| (inode, None)));
    owners
}

/// The sockets that a process has open; none if it is gone or hidden.
fn open_sockets(pid: u32) -> impl Iterator<Item = u64> {
    let files = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    files.filter_map(|file| socket(fs::read_link(file.path()).ok()?.to_str()?))
}

/// `socket:[4711]` is the socket with this inode.
fn socket(link: &str) -> Option<u64> {
    link.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

/// Who connected to whom: where something listens on the local port, the other end did.
fn connections(sockets: &[Socket], owners: &HashMap<u64, Option<u32>>) -> Vec<Connection> {
    let listening = sockets.iter().filter(|socket| socket.is_listening);
    let ports: BTreeSet<_> = listening.map(|s| (s.protocol, s.local.port())).collect();
    let connection = |socket: &Socket| {
        let Socket { inode, protocol, is_listening, local, remote } = *socket;
        let way = match is_listening {
            true => Way::Listen,
            false if ports.contains(&(protocol, local.port())) => Way::Accept,
            false => Way::Connect,
        };
        let pid = owners.get(&inode).copied().flatten();
        Connection { pid, protocol, way, local, remote: (!is_listening).then_some(remote) }
    };
    sockets.iter().map(connection).collect()
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream, UdpSocket};

    use super::*;

    #[test]
    fn the_tests_own_sockets_are_seen_with_their_way_and_owner() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let open = listener.local_addr().expect("an address");
        let stream = TcpStream::connect(open).expect("it listens");
        let (accepted, _) = listener.accept().expect("somebody connects");
        let datagrams = UdpSocket::bind("[::1]:0").ok();
        let (near, own) = (stream.local_addr().expect("an address"), Some(std::process::id()));
        let (protocol, none) = (Protocol::Tcp, None);
        let mut expected = vec![
            Connection { pid: own, protocol, way: Way::Listen, local: open, remote: none },
            Connection { pid: own, protocol, way: Way::Connect, local: near, remote: Some(open) },
            Connection { pid: own, protocol, way: Way::Accept, local: open, remote: Some(near) },
        ];
        expected.extend(datagrams.as_ref().map(|socket| {
            let local = socket.local_addr().expect("an address");
            Connection { pid: own, protocol: Protocol::Udp, way: Way::Listen, local, remote: None }
        }));
        let mut network = Network::default();
        for seen in [
            network.collect_one(std::process::id()).expect("tables"),
            network.collect_all().expect("tables"),
            network.collect_all().expect("tables, with owners that are known"),
        ] {
            let missing: Vec<_> = expected.iter().filter(|one| !seen.contains(one)).collect();
            assert!(missing.is_empty(), "{missing:?} of {seen:?}");
        }
        drop((accepted, listener, stream, datagrams));
        let seen = network.collect_one(std::process::id()).expect("tables");
        assert!(
            seen.iter().all(|connection| connection.way != Way::Listen || connection.local != open),
            "{seen:?}"
        );
    }

    #[test]
    fn only_links_of_sockets_are_sockets() {
        for (link, inode) in [
            ("socket:[4711]", Some(4711)),
            ("pipe:[4711]", None),
            ("/tmp/socket:[1]", None),
            ("socket:[]", None),
        ] {
            assert_eq!(socket(link), inode, "{link}");
        }
    }
}
