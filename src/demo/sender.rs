//! The sender: posts the demo's deliveries as Timemark does.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::exhibit::Exhibit;

/// Posts deliveries to one hook, with links to one image host.
pub struct Sender {
    client: reqwest::Client,
    hook: String,
    host: SocketAddr,
}

impl Sender {
    /// A sender to the hook's secret address.
    pub fn new(hook: String, host: SocketAddr) -> anyhow::Result<Self> {
        let client = reqwest::Client::builder().no_proxy().build().context("could not make the sender")?;
        Ok(Self { client, hook, host })
    }

    /// Posts one delivery; `Ok` is a 2xx.
    pub async fn post(&self, exhibit: &Exhibit) -> anyhow::Result<()> {
        let mut payload = exhibit.payload.clone();
        let link = format!("http://{}/{}", self.host, exhibit.file_name);
        payload.insert("photo_url".to_owned(), json!(link));
        payload.insert("thumbnail_url".to_owned(), json!(link));
        let body = Value::Object(payload).to_string();
        let request = self.client.post(&self.hook).header("content-type", "application/json").body(body);
        // The address holds the token: it stays out of the error.
        let response =
            request.send().await.map_err(reqwest::Error::without_url).context("could not post a delivery")?;
        if !response.status().is_success() {
            bail!("the hook answered {}", response.status());
        }
        Ok(())
    }
}
