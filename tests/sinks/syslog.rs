//! What syslog servers get, by every transport.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use daemoneye_host::plugin::Receipt;
use serde_json::json;
use syslog_rfc5424::parse_message;

use super::{alert, load};

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
