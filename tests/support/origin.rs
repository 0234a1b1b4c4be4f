//! A source host that does wrong on purpose, in every way that a download must survive; and keeps what it was asked.

use std::collections::HashMap;
use std::io::{self, BufRead as _, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::Duration;

/// What a path does with a request.
#[derive(Clone)]
pub enum Fault {
    /// A status line, header lines and a body, as given: lies included.
    Says(&'static str, Vec<String>, Vec<u8>),
    /// The right length, one byte at a time, with this pause.
    Drips(Vec<u8>, Duration),
    /// Half of what is announced, then silence; with these header lines.
    Stalls(Vec<u8>, Vec<String>),
    /// Half of what is announced, then the end; with these header lines.
    Breaks(Vec<u8>, Vec<String>),
    /// Half of what is announced, then a TCP reset.
    Resets(Vec<u8>),
    /// Chunks for ever.
    NeverEnds,
    /// The part that `Range` names, under this tag and only while `If-Range` names it.
    Ranges(Vec<u8>, &'static str),
    /// 206 with another part than the one that was asked for.
    WrongRange(Vec<u8>, &'static str),
    /// Nothing at all.
    HangsUp,
}

/// A complete answer with a right length.
pub fn says(status: &'static str, header: &[&str], body: impl Into<Vec<u8>>) -> Fault {
    let body = body.into();
    let mut headers: Vec<String> = header.iter().map(|&line| line.to_owned()).collect();
    headers.push(format!("Content-Length: {}", body.len()));
    Fault::Says(status, headers, body)
}

type Scripts = Arc<Mutex<HashMap<String, Vec<Fault>>>>;
type Asked = Arc<Mutex<Vec<(String, HashMap<String, String>)>>>;

/// A running host; its threads end with the tests.
pub struct Origin {
    pub address: SocketAddr,
    scheme: &'static str,
    scripts: Scripts,
    asked: Asked,
}

impl Origin {
    pub fn start() -> Self {
        Self::start_at("127.0.0.1:0")
    }

    /// Another loopback address, for tests that forbid the usual one.
    pub fn start_at(address: &str) -> Self {
        Self::listen(address, "http", |stream, scripts, asked| {
            // The fetcher may hang up first: that is what it should do.
            let _served = serve(&stream, scripts, asked);
        })
    }

    /// Over TLS, with a certificate that nobody vouches for.
    pub fn self_signed() -> Self {
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let certificate = include_bytes!("origin.crt.der").to_vec().into();
        let key = rustls::pki_types::PrivatePkcs8KeyDer::from(include_bytes!("origin.key.der").to_vec());
        let config = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key.into())
            .unwrap();
        let config = Arc::new(config);
        Self::listen("127.0.0.1:0", "https", move |stream, _scripts, _asked| {
            // Nobody goes on after such a handshake.
            let mut session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let _refused = session.complete_io(&mut &stream);
        })
    }

    /// Plain HTTP where TLS is expected.
    pub fn plain_for_tls() -> Self {
        Self { scheme: "https", ..Self::start() }
    }

    fn listen(
        address: &str,
        scheme: &'static str,
        serve: impl Fn(TcpStream, &Scripts, &Asked) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let origin = Self {
            address: listener.local_addr().unwrap(),
            scheme,
            scripts: Arc::default(),
            asked: Arc::default(),
        };
        let (scripts, asked, serve) =
            (Arc::clone(&origin.scripts), Arc::clone(&origin.asked), Arc::new(serve));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (scripts, asked, serve) = (Arc::clone(&scripts), Arc::clone(&asked), Arc::clone(&serve));
                std::thread::spawn(move || serve(stream, &scripts, &asked));
            }
        });
        origin
    }

    /// What a path does, one request after the other, the last for ever; returns its link.
    pub fn put(&self, path: &str, script: impl Into<Vec<Fault>>) -> String {
        self.scripts.lock().unwrap().insert(path.to_owned(), script.into());
        self.link(path)
    }

    pub fn link(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// The headers of all requests for a path, in lower case, in their order.
    pub fn asked(&self, path: &str) -> Vec<HashMap<String, String>> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|(of, _)| of == path).map(|(_, headers)| headers.clone()).collect()
    }
}

fn serve(stream: &TcpStream, scripts: &Scripts, asked: &Asked) -> io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    let path = request.split([' ', '?']).nth(1).unwrap_or_default().to_owned();
    let mut headers = HashMap::new();
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    asked.lock().unwrap().push((path.clone(), headers.clone()));
    let fault = next(&mut scripts.lock().unwrap(), &path);
    send(stream, fault, &headers)
}

fn next(scripts: &mut HashMap<String, Vec<Fault>>, path: &str) -> Fault {
    match scripts.get_mut(path) {
        None => says("404 Not Found", &[], ""),
        Some(script) if script.len() > 1 => script.remove(0),
        Some(script) => script[0].clone(),
    }
}

/// What is not sent is dropped, and the peer is told so.
fn reset(stream: &TcpStream) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let _entered = runtime.enter();
    let socket = stream.try_clone()?;
    socket.set_nonblocking(true)?;
    tokio::net::TcpStream::from_std(socket)?.set_zero_linger()
}

fn head(write: &mut impl Write, status: &str, headers: &[String]) -> io::Result<()> {
    write!(write, "HTTP/1.1 {status}\r\nConnection: close\r\n")?;
    headers.iter().try_for_each(|line| write!(write, "{line}\r\n"))?;
    write!(write, "\r\n")?;
    write.flush()
}

fn announce(write: &mut impl Write, body: &[u8], headers: &[String]) -> io::Result<()> {
    head(write, "200 OK", &[headers, &[format!("Content-Length: {}", body.len())]].concat())
}

fn send(stream: &TcpStream, fault: Fault, asked: &HashMap<String, String>) -> io::Result<()> {
    let mut writer = stream;
    let write = &mut writer;
    match fault {
        Fault::Says(status, headers, body) => {
            head(write, status, &headers)?;
            write.write_all(&body)?;
        }
        Fault::Drips(body, pause) => {
            announce(write, &body, &[])?;
            for byte in body {
                write.write_all(&[byte])?;
                sleep(pause);
            }
        }
        Fault::Stalls(body, headers) => {
            announce(write, &body, &headers)?;
            write.write_all(&body[..body.len() / 2])?;
            sleep(Duration::from_mins(5));
        }
        Fault::Breaks(body, headers) => {
            announce(write, &body, &headers)?;
            write.write_all(&body[..body.len() / 2])?;
        }
        Fault::Resets(body) => {
            announce(write, &body, &[])?;
            write.write_all(&body[..body.len() / 2])?;
            sleep(Duration::from_millis(100));
            reset(stream)?;
        }
        Fault::NeverEnds => {
            head(write, "200 OK", &["Transfer-Encoding: chunked".to_owned()])?;
            loop {
                write!(write, "400\r\n{}\r\n", "x".repeat(0x400))?;
            }
        }
        Fault::Ranges(body, tag) => return ranges(write, &body, tag, asked),
        Fault::WrongRange(body, tag) => {
            let range = format!("Content-Range: bytes 0-{}/{}", body.len() - 1, body.len());
            let length = format!("Content-Length: {}", body.len());
            head(write, "206 Partial Content", &[range, length, format!("ETag: {tag}")])?;
            write.write_all(&body)?;
        }
        Fault::HangsUp => {}
    }
    write.flush()
}

fn ranges(write: &mut impl Write, body: &[u8], tag: &str, asked: &HashMap<String, String>) -> io::Result<()> {
    let start =
        asked.get("range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    let start = start.filter(|_| asked.get("if-range").is_none_or(|condition| condition == tag));
    let tag = format!("ETag: {tag}");
    if let Some(start) = start {
        let range = format!("Content-Range: bytes {start}-{}/{}", body.len() - 1, body.len());
        let length = format!("Content-Length: {}", body.len() - start);
        head(write, "206 Partial Content", &[range, length, tag])?;
        write.write_all(&body[start..])
    } else {
        announce(write, body, &[tag])?;
        write.write_all(body)
    }
}
