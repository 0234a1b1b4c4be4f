//! The image host: serves the corpus on a loopback port, as a process of its own.
//!
//! The path names a file and a copy; every copy has other bytes, by a comment that changes nothing of the picture.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};

use super::corpus::Photo;
use super::support::child::serving_at;

/// The link of a copy of a file, each by its number.
pub fn link(address: std::net::SocketAddr, file: usize, copy: usize) -> String {
    format!("http://{address}/{file}/{copy}.jpg")
}

/// Serves until the process ends, with a thread for each connection.
pub fn serve(photos: &[Photo]) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    serving_at(listener.local_addr()?);
    std::thread::scope(|scope| {
        for stream in listener.incoming().flatten() {
            scope.spawn(move || {
                // The daemon closes connections as it likes, and ends before this host.
                let _closed = answer_all(&stream, photos);
            });
        }
    });
    Ok(())
}

fn answer_all(stream: &TcpStream, photos: &[Photo]) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut lines = BufReader::new(stream).lines();
    while let Some(request) = lines.next().transpose()? {
        // The head ends with an empty line.
        for line in lines.by_ref() {
            if line?.is_empty() {
                break;
            }
        }
        let path = request.split(' ').nth(1).unwrap_or_default();
        match photo_at(path, photos) {
            Some((photo, comment)) => send(stream, photo, &comment)?,
            None => write!(&mut &*stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")?,
        }
    }
    Ok(())
}

fn photo_at<'a>(path: &str, photos: &'a [Photo]) -> Option<(&'a Photo, String)> {
    let (file, copy) = path.strip_prefix('/')?.strip_suffix(".jpg")?.split_once('/')?;
    Some((photos.get(file.parse::<usize>().ok()?)?, format!("copy {copy} of file {file}")))
}

/// The start marker, a comment segment behind it (ITU-T T.81, B.2.4.5), the rest of the file.
fn send(mut stream: &TcpStream, photo: &Photo, comment: &str) -> std::io::Result<()> {
    let (start, rest) = photo.bytes.split_at(2);
    let comment_bytes = u16::try_from(comment.len() + 2).map_err(std::io::Error::other)?;
    let length = photo.bytes.len() + 2 + usize::from(comment_bytes);
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: {length}\r\n\r\n");
    let mut first = head.into_bytes();
    first.extend(start);
    first.extend([0xff, 0xfe]);
    first.extend(comment_bytes.to_be_bytes());
    first.extend(comment.bytes());
    stream.write_all(&first)?;
    stream.write_all(rest)
}
