//! A video of any size, made while it is sent: nobody holds it whole.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};

const CHUNK_BYTES: usize = 64 * 1024;

/// Serves a complete MP4 of this size at every path, until the tests end; returns a link to it.
pub fn serve(size_bytes: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // The fetcher may be killed in the middle.
            std::thread::spawn(move || drop(send(&stream, size_bytes)));
        }
    });
    format!("http://{address}/video.mp4")
}

fn send(mut stream: &TcpStream, size_bytes: usize) -> std::io::Result<()> {
    for line in BufReader::new(stream).lines() {
        if line?.is_empty() {
            break;
        }
    }
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: {size_bytes}\r\nConnection: close\r\n\r\n"
    )?;
    let head = head(size_bytes);
    stream.write_all(&head)?;
    let mut left = size_bytes - head.len();
    let mut chunk = vec![0; CHUNK_BYTES];
    while left > 0 {
        // No two chunks alike: parts in a wrong order would be other bytes.
        chunk[..8].copy_from_slice(&(left as u64).to_be_bytes());
        let length = left.min(CHUNK_BYTES);
        stream.write_all(&chunk[..length])?;
        left -= length;
    }
    Ok(())
}

/// `ftyp`, an empty `moov`, and the head of an `mdat` that reaches to the end (ISO/IEC 14496-12, clause 4.2).
fn head(size_bytes: usize) -> Vec<u8> {
    let mut head = b"\0\0\0\x14ftypisom\0\0\0\0isom\0\0\0\x08moov".to_vec();
    let mdat = u32::try_from(size_bytes - head.len()).unwrap();
    head.extend(mdat.to_be_bytes());
    head.extend(b"mdat");
    head
}
