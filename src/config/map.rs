//! The settings of the map.
//!
//! Never: a tile server of our own choice. Nobody is told what is looked at unless the operator says so.

use url::Url;

use super::ConfigError;
use super::setting::Setting;
use super::sources::Settings;

/// `[map]`.
#[derive(Debug, Clone, Default)]
pub struct Map {
    /// The tiles' address with `{z}`, `{x}` and `{y}`.
    pub tiles_url: Option<String>,
    /// Whom the map names as its source.
    pub attribution: Option<String>,
    /// Scheme, host and port of the tiles, `*` for `{s}`: what a page's policy must let images come from.
    pub tiles_origin: Option<String>,
}

impl Map {
    pub(super) fn read(settings: &mut Settings) -> Result<Self, ConfigError> {
        let [tiles_url, attribution] = ["map.tiles_url", "map.attribution"].map(|key| settings.take(key));
        Ok(Self {
            tiles_origin: origin(&tiles_url)?,
            tiles_url: tiles_url.given_text().map(str::to_owned),
            attribution: attribution.given_text().map(str::to_owned),
        })
    }
}

fn origin(setting: &Setting) -> Result<Option<String>, ConfigError> {
    let Some(text) = setting.given_text() else { return Ok(None) };
    let advice = "must be an address such as https://tiles.example.com/{z}/{x}/{y}.png";
    // A subdomain that nobody has stands for {s}, because a host holds no braces.
    let url = Url::parse(&text.replace("{s}", SUBDOMAIN)).map_err(|_| setting.refused(advice))?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.host_str().is_some();
    let has_no_login = url.username().is_empty() && url.password().is_none();
    if !is_web || !has_no_login || !["{z}", "{x}", "{y}"].iter().all(|part| text.contains(part)) {
        return Err(setting.refused(advice));
    }
    let origin = url.origin().ascii_serialization();
    let wild = origin.replacen(&format!("//{SUBDOMAIN}."), "//*.", 1);
    if wild.contains(SUBDOMAIN) || wild.contains([';', ',', ' ']) {
        return Err(setting
            .refused("must have {s} as a whole subdomain, as in https://{s}.example.com/{z}/{x}/{y}.png"));
    }
    Ok(Some(wild))
}

const SUBDOMAIN: &str = "keepmark-any-subdomain";
