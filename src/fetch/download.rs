//! One download: redirects judged one by one, limits on time and size, the hash taken on the way, the file synced.

use std::error::Error as _;
use std::path::Path;

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use reqwest::{Response, StatusCode};
use tokio::io::AsyncWriteExt as _;
use url::Url;

use super::guard::Refusal;
use super::resolver::RefusedAnswer;
use super::{Fetched, Fetcher};
use crate::domain::job::{Class, Failure};
use crate::domain::photo::Sha256;

const REDIRECTS_MAX: usize = 3;

impl Fetcher {
    /// Downloads a link to a new file, which is on disk (synced, with its name) when this returns `Ok`. After an
    /// error the file may hold a part; its owner removes it.
    pub async fn download(&self, link: &Url, file: &Path) -> Result<Fetched, Failure> {
        let followed = tokio::time::timeout(self.timeout, self.follow(link, file)).await;
        followed.unwrap_or_else(|_elapsed| {
            let seconds = self.timeout.as_secs();
            Err(Failure::new(Class::Network, format!("the download took longer than {seconds} s")))
        })
    }

    async fn follow(&self, link: &Url, file: &Path) -> Result<Fetched, Failure> {
        let mut url = link.clone();
        for _ in 0..=REDIRECTS_MAX {
            let response = self.get(&url).await?;
            if !response.status().is_redirection() {
                return self.receive(&url, response, file).await;
            }
            url = redirect_of(&url, &response)?;
        }
        Err(Failure::new(Class::Gone, format!("the link redirects more than {REDIRECTS_MAX} times")))
    }

    async fn get(&self, url: &Url) -> Result<Response, Failure> {
        let port = self.guard.judge(url).map_err(|refusal| refused(&refusal))?;
        let client = self.client(port).map_err(failed)?;
        let request = client
            .get(url.clone())
            .header(ACCEPT, "image/*, video/*;q=0.9, */*;q=0.1")
            .header(ACCEPT_ENCODING, "identity");
        match tokio::time::timeout(self.stall, request.send()).await {
            Ok(sent) => sent.map_err(failed),
            Err(_) => Err(self.stalled()),
        }
    }

    async fn receive(&self, url: &Url, mut response: Response, file: &Path) -> Result<Fetched, Failure> {
        let announced = self.judge_answer(&response)?;
        let content_type =
            response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let mut spool = Spool::create(file).await?;
        loop {
            let chunk =
                tokio::time::timeout(self.stall, response.chunk()).await.map_err(|_| self.stalled())?;
            let Some(chunk) = chunk.map_err(failed)? else { break };
            spool.write(&chunk).await?;
            if spool.size_bytes > self.size_max_bytes {
                return Err(self.too_large());
            }
        }
        if let Some(announced) = announced.filter(|&announced| announced != spool.size_bytes) {
            let reason = format!("{} of {announced} bytes arrived", spool.size_bytes);
            return Err(Failure { size_bytes: spool.size_bytes, ..Failure::new(Class::Network, reason) });
        }
        let (sha256, size_bytes) = spool.finish(file).await?;
        let host = url.host_str().unwrap_or_default().to_owned();
        Ok(Fetched { sha256, size_bytes, content_type, host })
    }

    /// A success with a length that may be taken, or the failure that the answer stands for.
    fn judge_answer(&self, response: &Response) -> Result<Option<u64>, Failure> {
        let status = response.status();
        let class = match status {
            StatusCode::OK => None,
            StatusCode::TOO_MANY_REQUESTS => Some(Class::Busy),
            _ if status.is_server_error() => Some(Class::Server),
            _ => Some(Class::Gone),
        };
        if let Some(class) = class {
            let reason = format!("the link answers {}", status.as_u16());
            return Err(Failure { http_status: Some(status.as_u16()), ..Failure::new(class, reason) });
        }
        let length =
            response.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        if length.is_some_and(|length: u64| length > self.size_max_bytes) {
            return Err(self.too_large());
        }
        Ok(length)
    }

    fn stalled(&self) -> Failure {
        Failure::new(Class::Network, format!("the host sent nothing for {} s", self.stall.as_secs()))
    }

    fn too_large(&self) -> Failure {
        let limit = self.size_max_bytes;
        Failure::new(Class::TooLarge, format!("the file is larger than fetch.size_max_bytes ({limit} bytes)"))
    }
}

fn redirect_of(url: &Url, response: &Response) -> Result<Url, Failure> {
    let target = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let target = target.and_then(|target| url.join(target).ok());
    let target = target.ok_or_else(|| Failure::new(Class::Gone, "the link redirects to nowhere"))?;
    if url.scheme() == "https" && target.scheme() != "https" {
        return Err(refused(&Refusal::Downgrade));
    }
    Ok(target)
}

fn refused(refusal: &Refusal) -> Failure {
    Failure::new(Class::Refused, refusal.to_string())
}

/// reqwest's error as a sentence: what failed and its root cause, without the address.
fn failed(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    let what = if error.is_timeout() {
        "the host did not answer in time"
    } else if error.is_connect() {
        "the host could not be reached"
    } else {
        "the download broke off"
    };
    let mut cause = error.source();
    let mut root = None;
    while let Some(source) = cause {
        root = Some(source.to_string());
        if source.is::<RefusedAnswer>() {
            break;
        }
        cause = source.source();
    }
    let reason = root.map_or(what.to_owned(), |root| format!("{what}: {root}"));
    Failure::new(Class::Network, reason)
}

/// The file that receives a download.
struct Spool {
    file: tokio::io::BufWriter<tokio::fs::File>,
    hasher: sha2::Sha256,
    size_bytes: u64,
}

impl Spool {
    async fn create(path: &Path) -> Result<Self, Failure> {
        use sha2::Digest as _;
        let file = tokio::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(path)
            .await
            .map_err(own_disk)?;
        Ok(Self {
            file: tokio::io::BufWriter::with_capacity(256 * 1024, file),
            hasher: sha2::Sha256::new(),
            size_bytes: 0,
        })
    }

    async fn write(&mut self, chunk: &[u8]) -> Result<(), Failure> {
        use sha2::Digest as _;
        self.hasher.update(chunk);
        self.size_bytes += chunk.len() as u64;
        self.file.write_all(chunk).await.map_err(own_disk)
    }

    /// File and name are on disk after this: the seal will name them.
    async fn finish(mut self, path: &Path) -> Result<(Sha256, u64), Failure> {
        use sha2::Digest as _;
        self.file.flush().await.map_err(own_disk)?;
        self.file.get_ref().sync_all().await.map_err(own_disk)?;
        if let Some(folder) = path.parent() {
            let folder = tokio::fs::File::open(folder).await.map_err(own_disk)?;
            folder.sync_all().await.map_err(own_disk)?;
        }
        Ok((Sha256(self.hasher.finalize().into()), self.size_bytes))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn own_disk(error: std::io::Error) -> Failure {
    Failure::new(Class::OwnDisk, format!("could not write to the spool folder: {error}"))
}
