//! One download: a request, redirects judged one by one, and what went wrong as a sentence.

use std::error::Error as _;
use std::path::Path;

use reqwest::Response;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, LOCATION};
use url::Url;

use super::guard::Refusal;
use super::resolver::RefusedAnswer;
use super::{Fetched, Fetcher};
use crate::domain::job::{Class, Failure};

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
            let response = self.get(&url, HeaderMap::new()).await?;
            if !response.status().is_redirection() {
                return self.receive(&url, response, file).await;
            }
            let target = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            url = redirected(&url, target)?;
        }
        Err(Failure::new(Class::Gone, format!("the link redirects more than {REDIRECTS_MAX} times")))
    }

    pub(super) async fn get(&self, url: &Url, headers: HeaderMap) -> Result<Response, Failure> {
        let port = self.guard.judge(url).map_err(|refusal| refused(&refusal))?;
        let client = self.client(port).map_err(failed)?;
        let request = client
            .get(url.clone())
            .headers(headers)
            .header(ACCEPT, "image/*, video/*;q=0.9, */*;q=0.1")
            .header(ACCEPT_ENCODING, "identity");
        match tokio::time::timeout(self.stall, request.send()).await {
            Ok(sent) => sent.map_err(failed),
            Err(_) => Err(self.stalled()),
        }
    }

    pub(super) fn stalled(&self) -> Failure {
        Failure::new(Class::Network, format!("the host sent nothing for {} s", self.stall.as_secs()))
    }
}

fn redirected(url: &Url, target: Option<&str>) -> Result<Url, Failure> {
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
pub(super) fn failed(error: reqwest::Error) -> Failure {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn redirect(from: &str, to: Option<&str>) -> Result<String, Class> {
        redirected(&Url::parse(from).unwrap(), to).map(Into::into).map_err(|failure| failure.class)
    }

    #[test]
    fn a_redirect_leads_on_but_never_from_https_to_anything_less() {
        let link = "https://cdn.timemark.com/a/1.jpg";
        assert_eq!(redirect(link, Some("2.jpg")), Ok("https://cdn.timemark.com/a/2.jpg".to_owned()));
        assert_eq!(redirect(link, Some("//b.com/1.jpg")), Ok("https://b.com/1.jpg".to_owned()));
        for target in
            ["http://cdn.timemark.com/1.jpg", "ftp://cdn.timemark.com/1.jpg", "file:///etc/passwd", "data:,x"]
        {
            assert_eq!(redirect(link, Some(target)), Err(Class::Refused), "{target}");
        }
        assert_eq!(redirect("http://a.com/", Some("https://a.com/")), Ok("https://a.com/".to_owned()));
        for target in [None, Some("https://["), Some("https://256.256.256.256/")] {
            assert_eq!(redirect(link, target), Err(Class::Gone), "{target:?}");
        }
    }
}
