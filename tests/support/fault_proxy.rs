//! A proxy before an S3 server that does what networks and stores do on bad days. One request a connection.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What happens to requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// This status, without asking the server.
    Status(u16),
    /// No answer.
    Hang,
    /// No server: every connection is closed at once.
    Absent,
    /// The connection is reset in the middle of the body of a put.
    ResetInPut,
    /// The server does what is asked, and its answer to a put is lost.
    LostAnswer,
    /// The body of an answer to a get has a wrong byte.
    WrongBytes,
}

/// A running proxy; its threads end with the tests.
pub struct FaultProxy {
    address: SocketAddr,
    fault: Arc<Mutex<Fault>>,
    requests: Arc<Mutex<u32>>,
}

impl FaultProxy {
    /// Before a server at `http://host:port`.
    pub fn before(endpoint: &str) -> Self {
        let upstream: SocketAddr = endpoint.strip_prefix("http://").unwrap().parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self {
            address: listener.local_addr().unwrap(),
            fault: Arc::new(Mutex::new(Fault::None)),
            requests: Arc::default(),
        };
        let (fault, requests) = (Arc::clone(&proxy.fault), Arc::clone(&proxy.requests));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let fault = *fault.lock().unwrap();
                *requests.lock().unwrap() += 1;
                // Either side may be killed in the middle: that is what some tests do.
                std::thread::spawn(move || drop(relay(stream, upstream, fault)));
            }
        });
        proxy
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// For every connection from now on.
    pub fn set(&self, fault: Fault) {
        *self.fault.lock().unwrap() = fault;
    }

    /// How many requests came so far.
    pub fn requests(&self) -> u32 {
        *self.requests.lock().unwrap()
    }
}

/// The first line and the fields of a request, and the length of its body.
struct Head {
    bytes: Vec<u8>,
    method: String,
    body_bytes: usize,
}

fn relay(mut client: TcpStream, upstream: SocketAddr, fault: Fault) -> std::io::Result<()> {
    match fault {
        Fault::Absent => return Ok(()),
        Fault::Hang => {
            std::thread::sleep(Duration::from_mins(5));
            return Ok(());
        }
        _ => {}
    }
    let head = read_head(&mut client)?;
    let is_put = head.method == "PUT" && head.body_bytes > 0;
    if fault == Fault::ResetInPut && is_put {
        // Closing with unread bytes resets the connection.
        client.read_exact(&mut vec![0; head.body_bytes / 2])?;
        return Ok(());
    }
    let mut body = vec![0; head.body_bytes];
    client.read_exact(&mut body)?;
    if let Fault::Status(status) = fault {
        return write!(client, "HTTP/1.1 {status} Status\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
    let mut server = TcpStream::connect(upstream)?;
    server.write_all(&head.bytes)?;
    server.write_all(&body)?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    match fault {
        Fault::LostAnswer if is_put => return client.shutdown(Shutdown::Both),
        Fault::WrongBytes if head.method == "GET" => {
            if let Some(last) = answer.last_mut() {
                *last ^= 1;
            }
        }
        _ => {}
    }
    client.write_all(&answer)
}

/// Asks the server to close the connection after its answer; everything else goes on as it came.
fn read_head(client: &mut TcpStream) -> std::io::Result<Head> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        bytes.push(byte[0]);
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let length = text.lines().filter_map(|line| line.split_once(": "));
    let mut length = length.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let body_bytes = length.next_back().map_or(0, |(_, length)| length.trim().parse().unwrap());
    bytes.truncate(bytes.len() - 2);
    bytes.extend(b"Connection: close\r\n\r\n");
    Ok(Head { method: text.split(' ').next().unwrap().to_owned(), bytes, body_bytes })
}
