//! A small store that speaks as much S3 as Keepmark needs and does not know create-only puts. Its list is empty.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What it does with `If-None-Match: *`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Careless {
    /// Nothing: it overwrites.
    Overwrites,
    /// Answers 501.
    Refuses,
}

#[derive(Default)]
struct State {
    objects: HashMap<String, Vec<u8>>,
    parts: HashMap<String, Vec<u8>>,
    /// Keys that were put more than once.
    overwritten: Vec<String>,
}

/// A running store; its threads end with the tests.
pub struct CarelessStore {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl CarelessStore {
    pub fn start(careless: Careless) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let store = Self { address: listener.local_addr().unwrap(), state: Arc::default() };
        let state = Arc::clone(&store.state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&state);
                // The client may be killed in the middle.
                std::thread::spawn(move || drop(serve(&stream, careless, &state)));
            }
        });
        store
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All objects by key, the bucket's name in front.
    pub fn objects(&self) -> HashMap<String, Vec<u8>> {
        self.state.lock().unwrap().objects.clone()
    }

    /// Somebody else's write.
    pub fn put(&self, key: &str, bytes: &[u8]) {
        self.state.lock().unwrap().objects.insert(key.to_owned(), bytes.to_vec());
    }

    /// Keys of objects that a put replaced.
    pub fn overwritten(&self) -> Vec<String> {
        self.state.lock().unwrap().overwritten.clone()
    }
}

struct Request {
    method: String,
    key: String,
    query: String,
    is_create_only: bool,
    body: Vec<u8>,
}

fn serve(stream: &TcpStream, careless: Careless, state: &Mutex<State>) -> std::io::Result<()> {
    let request = read(stream)?;
    let (status, body) = answer(&request, careless, &mut state.lock().unwrap());
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status} Status\r\nETag: \"etag\"\r\nLast-Modified: Thu, 11 Dec 2025 18:45:00 GMT\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    if request.method == "HEAD" { Ok(()) } else { stream.write_all(&body) }
}

fn read(stream: &TcpStream) -> std::io::Result<Request> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (mut length, mut is_create_only) = (0, false);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end().to_ascii_lowercase();
        let Some((name, value)) = line.split_once(": ") else { break };
        match name {
            "content-length" => length = value.parse().unwrap(),
            "if-none-match" => is_create_only = value == "*",
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let key = path.trim_start_matches('/').to_owned();
    Ok(Request { method: method.to_owned(), key, query: query.to_owned(), is_create_only, body })
}

fn answer(request: &Request, careless: Careless, state: &mut State) -> (u16, Vec<u8>) {
    let part = request.query.split('&').find_map(|pair| pair.strip_prefix("partNumber="));
    match request.method.as_str() {
        "PUT" if request.is_create_only && careless == Careless::Refuses => (501, Vec::new()),
        "PUT" if part.is_some() => {
            let number: u32 = part.unwrap().parse().unwrap();
            state.parts.insert(format!("{}#{number:05}", request.key), request.body.clone());
            (200, Vec::new())
        }
        "PUT" => {
            if state.objects.insert(request.key.clone(), request.body.clone()).is_some() {
                state.overwritten.push(request.key.clone());
            }
            (200, Vec::new())
        }
        "POST" if request.query.starts_with("uploads") => {
            let xml =
                "<InitiateMultipartUploadResult><UploadId>one</UploadId></InitiateMultipartUploadResult>";
            (200, xml.into())
        }
        "POST" => {
            let prefix = format!("{}#", request.key);
            let mut parts: Vec<_> =
                state.parts.iter().filter(|(part, _)| part.starts_with(&prefix)).collect();
            parts.sort();
            let whole = parts.into_iter().flat_map(|(_, bytes)| bytes.clone()).collect();
            state.parts.retain(|part, _| !part.starts_with(&prefix));
            state.objects.insert(request.key.clone(), whole);
            let xml = "<CompleteMultipartUploadResult><ETag>etag</ETag></CompleteMultipartUploadResult>";
            (200, xml.into())
        }
        "GET" if request.query.contains("list-type") => {
            (200, "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>".into())
        }
        "GET" | "HEAD" => {
            state.objects.get(&request.key).map_or((404, Vec::new()), |object| (200, object.clone()))
        }
        "DELETE" => {
            state.objects.remove(&request.key);
            (204, Vec::new())
        }
        _ => (405, Vec::new()),
    }
}
