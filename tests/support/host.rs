//! An image host of the tests' own: answers what each test wants, and counts who asked.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What a path answers.
#[derive(Clone)]
pub enum Answer {
    /// 200 with these bytes and this content type.
    File(Vec<u8>, &'static str),
    /// A status without a body.
    Status(u16),
    /// A status and a `Location`.
    Redirect(String),
    /// Announces all bytes and ends in the middle.
    Half(Vec<u8>),
    /// Announces bytes and sends none.
    Silence,
}

/// A running host; its threads end with the tests.
pub struct Host {
    pub address: SocketAddr,
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    hits: Arc<Mutex<HashMap<String, u32>>>,
}

impl Host {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host =
            Self { address: listener.local_addr().unwrap(), answers: Arc::default(), hits: Arc::default() };
        let (answers, hits) = (Arc::clone(&host.answers), Arc::clone(&host.hits));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answers, hits) = (Arc::clone(&answers), Arc::clone(&hits));
                std::thread::spawn(move || serve(&stream, &answers, &hits));
            }
        });
        host
    }

    /// Sets what a path answers, and returns its link.
    pub fn put(&self, path: &str, answer: Answer) -> String {
        self.answers.lock().unwrap().insert(path.to_owned(), answer);
        format!("http://{}{path}", self.address)
    }

    /// A JPEG at a path; returns its link.
    pub fn jpeg(&self, path: &str, bytes: Vec<u8>) -> String {
        self.put(path, Answer::File(bytes, "image/jpeg"))
    }

    /// How often a path was asked for.
    pub fn hits(&self, path: &str) -> u32 {
        self.hits.lock().unwrap().get(path).copied().unwrap_or(0)
    }
}

/// One request a connection: a fetcher that reuses connections is told to close.
fn serve(stream: &TcpStream, answers: &Mutex<HashMap<String, Answer>>, hits: &Mutex<HashMap<String, u32>>) {
    let mut lines = BufReader::new(stream).lines();
    let Some(Ok(request)) = lines.next() else { return };
    let path = request.split(' ').nth(1).unwrap_or_default().split('?').next().unwrap_or_default().to_owned();
    // The head ends with an empty line.
    for line in lines {
        if line.is_ok_and(|line| line.is_empty()) {
            break;
        }
    }
    *hits.lock().unwrap().entry(path.clone()).or_default() += 1;
    let answer = answers.lock().unwrap().get(&path).cloned().unwrap_or(Answer::Status(404));
    // The fetcher may be killed in the middle: that is what some tests do.
    let _sent = send(stream, answer);
}

fn send(mut stream: &TcpStream, answer: Answer) -> std::io::Result<()> {
    match answer {
        Answer::File(bytes, content_type) => {
            let length = bytes.len();
            write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            )?;
            stream.write_all(&bytes)
        }
        Answer::Half(bytes) => {
            let length = bytes.len();
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")?;
            stream.write_all(&bytes[..length / 2])
        }
        Answer::Status(status) => {
            write!(stream, "HTTP/1.1 {status} Status\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        }
        Answer::Redirect(to) => {
            write!(
                stream,
                "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
        }
        Answer::Silence => {
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")?;
            std::thread::sleep(std::time::Duration::from_mins(10));
            Ok(())
        }
    }
}
