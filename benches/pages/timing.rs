//! Requests and their times.

use std::path::Path;
use std::time::Instant;

use anyhow::bail;
use keepmark::domain::photo::Sha256;
use rusqlite::Connection;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::facts::Facts;
use super::generator::Dice;
use super::requests::{Kind, Page};
use super::support::client::Connection as Client;
use super::support::daemon::Daemon;
use super::support::figures::{milliseconds, number, print_table, quantile};

/// The secret of the API token that asks.
const TOKEN: &str = "keepmark-bench";

/// Asked before the clock runs, for files and statements to be at hand.
const WARM_UP: u64 = 20;

/// How answers say that they were cut.
const CAPPED: [&str; 6] = [
    "\"is_capped\":true",
    "Older ones were not looked at yet.",
    "Older photos were not looked at yet.",
    "Those before were not looked at yet.",
    "More than 1",
    "Not all photos are shown",
];

/// A generated archive and the daemon that serves it.
pub struct Archive {
    pub photos: u64,
    daemon: Daemon,
    facts: Facts,
}

/// What one archive answered to one page's requests.
pub struct Answers {
    times_ms: Vec<f64>,
    capped: usize,
    bytes: usize,
}

impl Archive {
    pub fn open(state_dir: &Path, photos: u64) -> anyhow::Result<Self> {
        let settings = [("WORKER__CONCURRENCY", "0")];
        let daemon = Daemon::start_in(state_dir, &settings)?;
        Connection::open(state_dir.join("keepmark.db"))?.execute(
            "INSERT INTO api_token (name, role, token_sha256, created_at) VALUES ('bench', 'admin', ?1, 0)
             ON CONFLICT DO NOTHING",
            [Sha256::of(TOKEN.as_bytes()).to_string()],
        )?;
        Ok(Self { photos, daemon, facts: Facts::of(state_dir)? })
    }

    fn request(&self, address: &str, connection: &str) -> Vec<u8> {
        let host = self.daemon.address;
        format!(
            "GET {address} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {TOKEN}\r\nConnection: {connection}\r\n\r\n"
        )
        .into_bytes()
    }

    /// The largest project as CSV: a stream, so what counts is how much comes in a second.
    pub async fn print_download(&self) -> anyhow::Result<()> {
        let address = format!("/downloads/photos.csv?project_id={}", self.facts.project);
        let began = Instant::now();
        let mut stream = TcpStream::connect(self.daemon.address).await?;
        stream.write_all(&self.request(&address, "close")).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        if !answer.starts_with(b"HTTP/1.1 200 ") {
            bail!("{address} was not answered");
        }
        let lines = answer.split(|byte| *byte == b'\n').count() - 1;
        let seconds = began.elapsed().as_secs_f64();
        let (a_second, size) = (number(lines) / seconds, number(answer.len()) / 1e6);
        println!(
            "{} photos: CSV of the largest project, {size:.1} MB in {seconds:.2} s, some {a_second:.0} lines a second.",
            self.photos
        );
        Ok(())
    }
}

impl Answers {
    fn p50(&self) -> f64 {
        quantile(&self.times_ms, 0.5)
    }

    fn p99(&self) -> f64 {
        quantile(&self.times_ms, 0.99)
    }

    pub fn in_short(&self) -> String {
        format!("{:.2} / {:.2} ms", self.p50(), self.p99())
    }

    fn capped(&self) -> String {
        match self.capped {
            0 => "no".to_owned(),
            capped if capped == self.times_ms.len() => "yes".to_owned(),
            capped => format!("{:.0} %", number(capped) / number(self.times_ms.len()) * 100.0),
        }
    }
}

/// Asks all archives in turn.
pub async fn ask(page: &Page, archives: &[Archive], requests: u64) -> anyhow::Result<Vec<Answers>> {
    let mut clients = Vec::new();
    for archive in archives {
        clients.push((Client::open(archive.daemon.address).await?, Dice::new(7), Vec::new(), 0, 0));
    }
    for round in 0..WARM_UP + requests {
        for (archive, (client, dice, times_ms, capped, bytes)) in archives.iter().zip(&mut clients) {
            let request = archive.request(&(page.address)(&archive.facts, dice), "keep-alive");
            if round < WARM_UP {
                // Another archive's first answer may take longer than a server waits on a silent connection.
                *client = Client::open(archive.daemon.address).await?;
            }
            let began = Instant::now();
            let answer = client.exchange(&request).await?;
            let took = began.elapsed();
            if round >= WARM_UP {
                times_ms.push(milliseconds(took));
                let text = String::from_utf8_lossy(answer);
                *capped += usize::from(CAPPED.iter().any(|words| text.contains(words)));
                *bytes += answer.len();
            }
        }
    }
    Ok(clients
        .into_iter()
        .map(|(_, _, times_ms, capped, bytes)| Answers { times_ms, capped, bytes })
        .collect())
}

/// A line a page: each archive's times, the largest by the smallest, and whether the largest one's answers were cut.
pub fn print(archives: &[Archive], rows: &[(&Page, Vec<Answers>)]) {
    let sizes: Vec<_> = archives.iter().map(|archive| archive.photos.to_string()).collect();
    println!("Archives of {} photos.\n", sizes.join(", "));
    let lines: Vec<_> = rows.iter().map(|(page, answers)| line(page, answers)).collect();
    let head = ["page", "p50 / p99 by size", "p50 ratio", "p99 ratio", "KiB", "capped"];
    print_table(head, &lines);
}

fn line(page: &Page, answers: &[Answers]) -> [String; 6] {
    let (first, last) = (&answers[0], &answers[answers.len() - 1]);
    let capped = if page.kind == Kind::Search { last.capped() } else { String::new() };
    [
        page.name.to_owned(),
        answers
            .iter()
            .map(|size| format!("{:.1} / {:.1}", size.p50(), size.p99()))
            .collect::<Vec<_>>()
            .join(" · "),
        format!("{:.1}", last.p50() / first.p50()),
        format!("{:.1}", last.p99() / first.p99()),
        format!("{:.0}", number(last.bytes) / number(last.times_ms.len()) / 1024.0),
        capped,
    ]
}
