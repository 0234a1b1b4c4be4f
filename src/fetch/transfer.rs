//! The bytes of one answer into a file: limits on time and size, and going on where the transfer broke.

use std::path::Path;
use std::time::Duration;

use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, IF_RANGE, RANGE};
use reqwest::{Response, StatusCode};
use url::Url;

use super::part::Part;
use super::{Fetched, Fetcher, range, retry_after};
use crate::domain::job::{Class, Failure};

/// How often one download goes on after a break; then the next try begins from zero.
const RESUMES_MAX: u32 = 5;
/// Before going on; each time as much longer.
const PAUSE: Duration = Duration::from_millis(250);

/// What an answer says of the file before its first byte.
struct Head {
    /// The size of the whole file.
    total: Option<u64>,
    strong_etag: Option<String>,
    content_type: Option<String>,
}

impl Fetcher {
    pub(super) async fn receive(
        &self,
        url: &Url,
        response: Response,
        file: &Path,
    ) -> Result<Fetched, Failure> {
        let mut head = self.judge_answer(&response)?;
        let mut part = Part::create(file).await?;
        let mut poured = self.pour(response, &mut part, head.total).await;
        for resumes in 1..=RESUMES_MAX {
            let Err(failure) = &poured else { break };
            if failure.class != Class::Network {
                break;
            }
            tokio::time::sleep(PAUSE * resumes).await;
            // An answer that does not go on says nothing about the link: the break stays the reason.
            let Some(response) = self.go_on(url, &mut head, &mut part).await? else { break };
            poured = self.pour(response, &mut part, head.total).await;
        }
        poured?;
        let (sha256, size_bytes) = part.finish(file).await?;
        let host = url.host_str().unwrap_or_default().to_owned();
        Ok(Fetched { sha256, size_bytes, content_type: head.content_type, host })
    }

    /// Asks for the rest, if it can be known to be the rest of the same file. A file that changed begins anew.
    async fn go_on(&self, url: &Url, head: &mut Head, part: &mut Part) -> Result<Option<Response>, Failure> {
        let Some((tag, start)) =
            head.strong_etag.as_deref().zip(Some(part.size_bytes()).filter(|&size| size > 0))
        else {
            return Ok(None);
        };
        let Ok(if_range) = HeaderValue::from_str(tag) else { return Ok(None) };
        let Ok(rest) = HeaderValue::try_from(format!("bytes={start}-")) else { return Ok(None) };
        let headers = HeaderMap::from_iter([(RANGE, rest), (IF_RANGE, if_range)]);
        let Ok(response) = self.get(url, headers).await else { return Ok(None) };
        match response.status() {
            StatusCode::PARTIAL_CONTENT => {
                let total = range::continued(response.headers(), start, head.total, tag);
                head.total = total;
                Ok(total.map(|_same_file| response))
            }
            StatusCode::OK => {
                *head = self.judge_answer(&response)?;
                part.begin_anew().await?;
                Ok(Some(response))
            }
            _ => Ok(None),
        }
    }

    async fn pour(&self, mut response: Response, part: &mut Part, total: Option<u64>) -> Result<(), Failure> {
        loop {
            let chunk = match tokio::time::timeout(self.stall, response.chunk()).await {
                Ok(Ok(chunk)) => chunk,
                Ok(Err(error)) => return Err(broken(super::download::failed(error), part)),
                Err(_elapsed) => return Err(broken(self.stalled(), part)),
            };
            let Some(chunk) = chunk else { break };
            part.write(&chunk).await?;
            if part.size_bytes() > self.size_max_bytes {
                return Err(self.too_large());
            }
        }
        match total.filter(|&total| total != part.size_bytes()) {
            None => Ok(()),
            Some(total) => {
                let reason = format!("{} of {total} bytes arrived", part.size_bytes());
                Err(broken(Failure::new(Class::Network, reason), part))
            }
        }
    }

    /// A success with a length that may be taken, or the failure that the answer stands for.
    fn judge_answer(&self, response: &Response) -> Result<Head, Failure> {
        let (status, headers) = (response.status(), response.headers());
        if let Some(class) = class_of(status) {
            return Err(answered(status, class, headers));
        }
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let total = text(CONTENT_LENGTH).and_then(|length| length.parse().ok());
        if total.is_some_and(|total: u64| total > self.size_max_bytes) {
            return Err(self.too_large());
        }
        let content_type = text(CONTENT_TYPE).map(str::to_owned);
        Ok(Head { total, strong_etag: range::strong_etag(headers), content_type })
    }

    fn too_large(&self) -> Failure {
        let limit = self.size_max_bytes;
        Failure::new(Class::TooLarge, format!("the file is larger than fetch.size_max_bytes ({limit} bytes)"))
    }
}

/// `None` for the one answer that brings a file.
fn class_of(status: StatusCode) -> Option<Class> {
    match status {
        StatusCode::OK => None,
        StatusCode::TOO_MANY_REQUESTS => Some(Class::Busy),
        // The host gave up waiting for us (RFC 9110, section 15.5.9): that says nothing of the photo.
        StatusCode::REQUEST_TIMEOUT => Some(Class::Server),
        _ if status.is_server_error() => Some(Class::Server),
        _ => Some(Class::Gone),
    }
}

fn answered(status: StatusCode, class: Class, headers: &HeaderMap) -> Failure {
    let may_ask = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    let rest = may_ask.then(|| retry_after::rest_of(headers)).flatten();
    let status = status.as_u16();
    let asks = if rest.is_some() { " and asks to wait" } else { "" };
    let reason = format!("the link answers {status}{asks}");
    Failure { http_status: Some(status), rest, ..Failure::new(class, reason) }
}

fn broken(failure: Failure, part: &Part) -> Failure {
    Failure { size_bytes: part.size_bytes(), ..failure }
}
