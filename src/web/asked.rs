//! The query parameters that lists, search, map and downloads share, as a filter; and the addresses made from them.
//!
//! A parameter without a value counts as absent: forms send all their fields.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use url::form_urlencoded;

use super::api::cursor::{self, List};
use super::error::WebError;
use crate::catalog::filter::Filter;
use crate::domain::access::Reach;
use crate::domain::area::ZOOM_MAX;
use crate::domain::photo::{MediaType, Sha256};
use crate::domain::verdict::Verdict;

/// The longest question: a pasted file name fits.
const TEXT_CHARACTERS_MAX: usize = 200;

/// The longest list in one answer.
const LIMIT_MAX: u32 = 200;

/// What the address of a request asks for.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    /// Parameters with a value, in their order.
    given: Vec<(String, String)>,
    filter: Filter,
    limit: Option<u32>,
    zoom: Option<u8>,
}

impl Asked {
    /// The filter, for one who may see so much; a limit that is not asked for is the usual one.
    pub(super) fn filter(&self, reach: Reach, limit_usual: u32) -> Filter {
        Filter { limit: self.limit.unwrap_or(limit_usual), reach, ..self.filter.clone() }
    }

    /// Whether a part of a list is asked for.
    pub(super) fn is_part(&self) -> bool {
        self.limit.is_some() || self.filter.after.is_some()
    }

    /// The zoom of a map.
    pub(super) fn zoom(&self) -> Option<u8> {
        self.zoom
    }

    /// The value of a parameter; empty where there is none.
    pub(super) fn given(&self, name: &str) -> &str {
        self.given.iter().find(|(given, _)| given == name).map_or("", |(_, value)| value)
    }

    /// Whether anything narrows the photos.
    pub(super) fn is_narrowed(&self) -> bool {
        self.given.iter().any(|(name, _)| !matches!(name.as_str(), "after" | "limit" | "zoom"))
    }

    /// A path with these parameters but for those that take another value, or none.
    pub(super) fn address(&self, path: &str, changed: &[(&str, Option<&str>)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.given {
            if !changed.iter().any(|(other, _)| other == name) {
                query.append_pair(name, value);
            }
        }
        for (name, value) in changed {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    fn read(query: &str) -> Result<Self, WebError> {
        let mut asked = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if value.trim().is_empty() {
                continue;
            }
            if !asked.given(&name).is_empty() {
                return Err(wrong(format!("{} is given twice", named(&name)?)));
            }
            asked.take(&name, value.trim())?;
            asked.given.push((name.into_owned(), value.trim().to_owned()));
        }
        Ok(asked)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), WebError> {
        let owned = || Some(value.to_owned());
        let filter = &mut self.filter;
        match named(name)? {
            "q" if value.chars().count() > TEXT_CHARACTERS_MAX => {
                return Err(wrong(format!("q must be at most {TEXT_CHARACTERS_MAX} characters")));
            }
            "q" => filter.text = owned(),
            "code" => filter.code = owned(),
            "team" => filter.team = owned(),
            "project" => filter.project = owned(),
            "member" => filter.member = owned(),
            "project_id" => filter.project_id = Some(read(name, value, "a project's number")?),
            "from" => filter.from = Some(read(name, value, "a day as 2026-03-21")?),
            "to" => filter.to = Some(read(name, value, "a day as 2026-03-21")?),
            "after" => filter.after = Some(cursor::number(List::Photos, value)?),
            "bbox" => filter.area = Some(value.parse().map_err(|why| wrong(format!("bbox: {why}")))?),
            "verdict" => {
                let words = Verdict::ALL.map(Verdict::as_str).join(", ");
                let verdict = Verdict::from_word(value);
                filter.verdict =
                    Some(verdict.ok_or_else(|| wrong(format!("verdict must be one of {words}")))?);
            }
            "media_type" => {
                let advice =
                    || wrong("media_type must be that of a photo or video, as image/jpeg".to_owned());
                filter.media_type = Some(MediaType::from_content_type(value).ok_or_else(advice)?);
            }
            "sha256" => {
                let sha256: Sha256 = read(name, &value.to_lowercase(), "64 hexadecimal digits")?;
                filter.sha256 = Some(sha256);
            }
            "limit" => {
                let limit = value.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
                self.limit =
                    Some(limit.ok_or_else(|| wrong(format!("limit must be from 1 to {LIMIT_MAX}")))?);
            }
            _ => {
                let zoom = value.parse().ok().filter(|zoom| (0..=ZOOM_MAX).contains(zoom));
                self.zoom = Some(zoom.ok_or_else(|| wrong(format!("zoom must be from 0 to {ZOOM_MAX}")))?);
            }
        }
        Ok(())
    }
}

impl FromRequest for Asked {
    type Error = WebError;
    type Future = Ready<Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(Self::read(request.query_string()))
    }
}

const NAMES: [&str; 15] = [
    "q",
    "code",
    "team",
    "project",
    "project_id",
    "member",
    "from",
    "to",
    "verdict",
    "media_type",
    "sha256",
    "bbox",
    "after",
    "limit",
    "zoom",
];

/// A misspelt filter must not give everything.
fn named(name: &str) -> Result<&'static str, WebError> {
    let known = NAMES.into_iter().find(|known| *known == name);
    known.ok_or_else(|| wrong(format!("there is no such parameter; known are {}", NAMES.join(", "))))
}

fn read<T: std::str::FromStr>(name: &str, value: &str, form: &str) -> Result<T, WebError> {
    value.parse().map_err(|_| wrong(format!("{name} must be {form}")))
}

fn wrong(sentence: String) -> WebError {
    WebError::BadRequest(sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(query: &str) -> String {
        Asked::read(query).unwrap_err().to_string()
    }

    #[test]
    fn parameters_make_the_filter_and_empty_ones_none() {
        let asked =
            Asked::read("q=%E6%B5%A6%E4%B8%9C+7&from=2026-03-21&to=&verdict=&media_type=image/jpeg&limit=3");
        let asked = asked.unwrap();
        let filter = asked.filter(Reach::All, 50);
        assert_eq!((filter.text.as_deref(), filter.limit), (Some("浦东 7"), 3));
        assert_eq!((filter.verdict, filter.media_type), (None, Some(MediaType::Jpeg)));
        assert_eq!(filter.from, Some(jiff::civil::date(2026, 3, 21)));
        assert_eq!(Asked::read("").unwrap().filter(Reach::All, 50).limit, 50);
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert!(refusal("from=yesterday").contains("from must be a day"));
        assert!(refusal("verdict=fine").contains("consistent"));
        assert!(refusal("limit=0").contains("1 to 200"));
        assert!(refusal("limit=201").contains("1 to 200"));
        assert!(refusal("zoom=19").contains("0 to 18"));
        assert!(refusal("bbox=1,2,3").contains("west,south,east,north"));
        assert!(refusal("media_type=text/html").contains("image/jpeg"));
        assert!(refusal("projekt=x").contains("project_id"));
        assert!(refusal("q=a&q=b").contains("twice"));
        assert!(refusal(&format!("q={}", "x".repeat(201))).contains("200"));
        assert!(refusal("after=9223372036854775808").contains("after"));
    }

    #[test]
    fn an_address_keeps_what_was_asked() {
        let asked = Asked::read("q=a%26b&after=7&bbox=1,2,3,4").unwrap();
        assert_eq!(
            asked.address("/search", &[("after", Some("9"))]),
            "/search?q=a%26b&bbox=1%2C2%2C3%2C4&after=9"
        );
        assert_eq!(asked.address("/map", &[("after", None), ("bbox", None), ("q", None)]), "/map");
    }
}
