//! A web server on loopback that behaves as it is told, with TLS or without.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What the server does with a request, once it has read it.
#[derive(Debug, Clone)]
pub(crate) enum Behaviour {
    /// This status line and more headers, then this body.
    Answer(&'static str, String),
    /// Nothing, and the connection stays open.
    Hang,
    /// The head of an answer, and never its body.
    HangInBody,
    /// The connection is reset.
    Reset,
    /// Something that is not HTTP.
    Garbage,
}

/// One request, as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) line: String,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// Serves until the test ends.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    requests: Receiver<Request>,
}

/// A certificate for `localhost`, and what a server needs to show it.
pub(crate) struct Identity {
    config: Arc<ServerConfig>,
    pem: String,
}

impl Identity {
    pub(crate) fn new() -> Self {
        let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a key");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
        let config =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().expect("versions of TLS");
        let config = config.with_no_client_auth();
        let config = config.with_single_cert(vec![own.cert.der().clone()], key);
        Identity { config: Arc::new(config.expect("a certificate")), pem: own.cert.pem() }
    }

    pub(crate) fn write_certificate(&self, path: &Path) {
        std::fs::write(path, &self.pem).expect("written");
    }
}

impl Server {
    /// Behaves as listed, request after request; the last behaviour stays.
    pub(crate) fn start(identity: Option<&Identity>, behaviours: &[Behaviour]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
        let address = listener.local_addr().expect("bound");
        let (sender, requests) = mpsc::channel();
        let config = identity.map(|identity| identity.config.clone());
        let behaviours = behaviours.to_vec();
        std::thread::spawn(move || {
            let mut open = Vec::new();
            let mut count = 0;
            for stream in listener.incoming().map_while(Result::ok) {
                let behaviour = &behaviours[count.min(behaviours.len() - 1)];
                let served = match &config {
                    Some(config) => serve_tls(config.clone(), stream, behaviour, &sender),
                    None => serve(stream, behaviour, &sender),
                };
                // Who never ends its handshake never asked.
                count += usize::from(served.is_some());
                // Closing is what resets; everybody else finds the connection open.
                open.extend(served.filter(|_| !matches!(behaviour, Behaviour::Reset)));
            }
        });
        Server { address, requests }
    }

    /// The next request.
    pub(crate) fn request(&self) -> Request {
        self.requests.recv_timeout(Duration::from_secs(60)).expect("a request comes")
    }

    /// Whether nobody has asked.
    pub(crate) fn is_unasked(&self) -> bool {
        self.requests.try_recv().is_err()
    }
}

fn serve_tls(
    config: Arc<ServerConfig>,
    stream: TcpStream,
    behaviour: &Behaviour,
    sender: &Sender<Request>,
) -> Option<TcpStream> {
    let connection = ServerConnection::new(config).ok()?;
    let raw = stream.try_clone().ok()?;
    let mut stream = StreamOwned::new(connection, stream);
    sender.send(read(&mut stream)?).ok()?;
    act(&mut stream, &raw, behaviour);
    if !matches!(behaviour, Behaviour::Hang | Behaviour::HangInBody | Behaviour::Reset) {
        stream.conn.send_close_notify();
        stream.conn.complete_io(&mut stream.sock).ok()?;
    }
    Some(raw)
}

fn serve(
    mut stream: TcpStream,
    behaviour: &Behaviour,
    sender: &Sender<Request>,
) -> Option<TcpStream> {
    let raw = stream.try_clone().ok()?;
    sender.send(read(&mut stream)?).ok()?;
    act(&mut stream, &raw, behaviour);
    Some(raw)
}

fn read(stream: &mut impl Read) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).expect("sinks send text");
    Some(Request { line: line.trim_end().to_owned(), headers, body })
}

/// What the client does about it is the client's; writing to it may fail.
fn act(stream: &mut impl Write, raw: &TcpStream, behaviour: &Behaviour) {
    let answer = match behaviour {
        Behaviour::Answer(head, body) => {
            let length = body.len();
            format!(
                "HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            )
        }
        Behaviour::HangInBody => "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n".to_owned(),
        Behaviour::Garbage => "220 mail.example.org ESMTP\r\n\r\n".to_owned(),
        Behaviour::Hang => return,
        Behaviour::Reset => {
            let at_once = Some(Duration::ZERO);
            rustix::net::sockopt::set_socket_linger(raw, at_once).expect("a socket");
            return;
        }
    };
    let _gone = stream.write_all(answer.as_bytes()).and_then(|()| stream.flush());
}
