//! The sender: posts the demo's deliveries as Timemark does.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::exhibit::Exhibit;

/// Posts one delivery; its links lead to the image host.
pub async fn post(client: &reqwest::Client, hook: &str, host: SocketAddr, exhibit: &Exhibit) -> anyhow::Result<()> {
    let mut payload = exhibit.payload.clone();
    let link = format!("http://{host}/{}", exhibit.file_name);
    payload.insert("photo_url".to_owned(), json!(link));
    payload.insert("thumbnail_url".to_owned(), json!(link));
    let body = Value::Object(payload).to_string();
    let request = client.post(hook).header("content-type", "application/json").body(body);
    // The address holds the token: it stays out of the error.
    let response = request.send().await.map_err(reqwest::Error::without_url).context("could not post a delivery")?;
    if !response.status().is_success() {
        bail!("the hook answered {}", response.status());
    }
    Ok(())
}
