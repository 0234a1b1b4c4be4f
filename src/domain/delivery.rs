//! A delivery: one POST of the sender, read leniently, and the closed rule of its outcomes.
//!
//! Never refuses: every body has an outcome, and the raw bytes are kept beside it. What cannot be understood today
//! is read again by a later parser.

use std::fmt;

use serde_json::{Map, Value};
use url::Url;

use super::announced_time::AnnouncedTime;
use super::photo::Sha256;
use super::position::Position;

/// The `event_id` of the sample in Timemark's documentation.
const SAMPLE_EVENT_ID: &str = "3f4566da-938d-4e11-834b-ba9e3faec98c";

/// A row's number in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(transparent)]
pub struct DeliveryId(pub i64);

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What became of a delivery. The rule is closed and judged in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The body is no JSON object.
    Quarantined,
    /// It announces something else than a photo.
    Ignored,
    /// The sender's test button, or the documentation's sample.
    Test,
    /// An accepted delivery had this identity before.
    Duplicate,
    /// A photo to archive.
    Accepted,
}

impl Outcome {
    /// All, in the order of the rule.
    pub const ALL: [Self; 5] =
        [Self::Quarantined, Self::Ignored, Self::Test, Self::Duplicate, Self::Accepted];

    /// The word in the catalogue, the API and the metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Quarantined => "quarantined",
            Self::Ignored => "ignored",
            Self::Test => "test",
            Self::Duplicate => "duplicate",
            Self::Accepted => "accepted",
        }
    }

    /// The outcome that a stored word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == word)
    }
}

/// What the body alone decides; whether it is a duplicate only the catalogue knows.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// No JSON object, with the reason.
    Quarantined(String),
    /// Another kind of event.
    Ignored(Box<Announcement>),
    /// A test ping.
    Test(Box<Announcement>),
    /// A photo, new or not.
    Photo(Box<Announcement>),
}

/// What makes two accepted deliveries the same: the `event_id`, or where there is none the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// The sender's own.
    EventId(String),
    /// The hash of the raw body.
    Body(Sha256),
}

/// The payload's claims. Null, empty and blank texts are absent; numbers are taken as their text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Announcement {
    /// `event_type`
    pub event_type: Option<String>,
    /// `event_id`
    pub event_id: Option<String>,
    /// `group_name`
    pub team: Option<String>,
    /// `project_name`
    pub project: Option<String>,
    /// `photo_code`, the verification code
    pub code: Option<String>,
    /// `photo_name`
    pub photo_name: Option<String>,
    /// `photo_url`
    pub photo_url: Option<String>,
    /// `photo_timestamp`, as sent
    pub timestamp: Option<String>,
    /// `photo_location.location_name`
    pub place: Option<String>,
    /// `photo_location.location_latitude`, as sent
    pub latitude: Option<String>,
    /// `photo_location.location_longitude`, as sent
    pub longitude: Option<String>,
    /// `member.member_name`
    pub member: Option<String>,
    /// `member.member_contact`
    pub contact: Option<String>,
    /// `device_model`
    pub device: Option<String>,
    /// Titles and contents of `custom_notes`, in their order
    pub notes: Vec<String>,
}

impl Announcement {
    /// What identifies a member within a team: the contact, else the name; empty where there is neither.
    pub fn member_key(&self) -> &str {
        self.contact.as_deref().or(self.member.as_deref()).unwrap_or_default()
    }

    /// `photo_timestamp`, where it can be read.
    pub fn time(&self) -> Option<AnnouncedTime> {
        AnnouncedTime::parse(self.timestamp.as_deref()?)
    }

    /// Latitude and longitude to the last digit: what many photos share is the middle of a place.
    pub fn position_as_sent(&self) -> Option<String> {
        Some(format!("{},{}", self.latitude.as_deref()?.trim(), self.longitude.as_deref()?.trim()))
    }

    /// The announced position, or why the texts are none.
    pub fn position(&self) -> Result<Option<Position>, String> {
        if self.latitude.is_none() || self.longitude.is_none() {
            return Ok(None);
        }
        let (latitude, longitude) = self.degrees().ok_or("it is not written in degrees")?;
        Position::new(latitude, longitude).map(Some).map_err(|reason| reason.to_string())
    }

    /// The two numbers that are called latitude and longitude. Decimal commas are read as points.
    pub fn degrees(&self) -> Option<(f64, f64)> {
        let degrees = |text: &str| text.trim().replace(',', ".").parse::<f64>().ok();
        Some((degrees(self.latitude.as_deref()?)?, degrees(self.longitude.as_deref()?)?))
    }

    /// The link, or the sentence that says why there is none. Whether it may be downloaded is the guard's to say.
    pub fn link(&self) -> Result<Url, String> {
        let text = self.photo_url.as_deref().ok_or("the delivery names no photo_url")?;
        let url = Url::parse(text.trim()).map_err(|error| format!("photo_url is no address: {error}"))?;
        if url.host_str().is_none_or(str::is_empty) {
            let scheme = super::job::shortened(url.scheme().to_owned());
            return Err(format!(
                "photo_url is a {scheme} address without a host; only https can be downloaded"
            ));
        }
        Ok(url)
    }

    /// What identifies this delivery among the accepted ones.
    pub fn identity(&self, body_sha256: Sha256) -> Identity {
        self.event_id.clone().map_or(Identity::Body(body_sha256), Identity::EventId)
    }

    fn from_object(object: &Map<String, Value>) -> Self {
        let text = |key| text_of(object.get(key));
        let inner = |outer: &str, key| text_of(object.get(outer).and_then(|value| value.get(key)));
        Self {
            event_type: text("event_type"),
            event_id: text("event_id"),
            team: text("group_name"),
            project: text("project_name"),
            code: text("photo_code"),
            photo_name: text("photo_name"),
            photo_url: text("photo_url"),
            timestamp: text("photo_timestamp"),
            place: inner("photo_location", "location_name"),
            latitude: inner("photo_location", "location_latitude"),
            longitude: inner("photo_location", "location_longitude"),
            member: inner("member", "member_name").or_else(|| inner("member", "member_short_name")),
            contact: inner("member", "member_contact"),
            device: text("device_model"),
            notes: notes(object.get("custom_notes")),
        }
    }

    fn is_test(&self) -> bool {
        self.event_id.as_deref() == Some(SAMPLE_EVENT_ID)
            || self.link().ok().and_then(|url| url.host_str().map(is_reserved_host)).unwrap_or(false)
    }
}

/// Reads a body, whatever it is.
pub fn read(body: &[u8]) -> Reading {
    let object = match parse(body) {
        Ok(Value::Object(object)) => object,
        Ok(_) => return Reading::Quarantined("the body is JSON, but no object".to_owned()),
        Err(reason) => return Reading::Quarantined(format!("the body is no JSON: {reason}")),
    };
    let announcement = Box::new(Announcement::from_object(&object));
    if announcement.event_type.as_deref().is_some_and(|kind| kind != "photo.uploaded") {
        Reading::Ignored(announcement)
    } else if announcement.is_test() {
        Reading::Test(announcement)
    } else {
        Reading::Photo(announcement)
    }
}

/// The announcement of a body, if it is a JSON object at all.
pub fn announcement(body: &[u8]) -> Option<Announcement> {
    match read(body) {
        Reading::Quarantined(_) => None,
        Reading::Ignored(said) | Reading::Test(said) | Reading::Photo(said) => Some(*said),
    }
}

/// JSON by RFC 8259; where that fails, once more without a byte-order mark and with what is no Unicode replaced by
/// U+FFFD: a name cut in the middle of an emoji must not cost the photo.
fn parse(body: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice(body).or_else(|error| {
        let text = String::from_utf8_lossy(body);
        let mended = mend_surrogates(text.trim_start_matches('\u{feff}'));
        serde_json::from_str(&mended).map_err(|_| error)
    })
}

/// Replaces `\ud83d` and its like, where the other half of the pair is missing, by `\ufffd`.
fn mend_surrogates(text: &str) -> String {
    let mut mended = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        mended.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = match (surrogate(rest), rest.get(6..).and_then(surrogate)) {
            (Some(Half::High), Some(Half::Low)) => 12,
            (Some(_), _) => {
                mended.push_str("\\ufffd");
                rest = &rest[6..];
                continue;
            }
            // Any other escape: the backslash and the character that it protects.
            (None, _) => rest.chars().take(2).map(char::len_utf8).sum(),
        };
        mended.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    mended.push_str(rest);
    mended
}

enum Half {
    High,
    Low,
}

fn surrogate(text: &str) -> Option<Half> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    match u16::from_str_radix(digits, 16).ok()? {
        0xd800..=0xdbff => Some(Half::High),
        0xdc00..=0xdfff => Some(Half::Low),
        _ => None,
    }
}

fn text_of(value: Option<&Value>) -> Option<String> {
    let text = match value? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.trim().is_empty()).then_some(text)
}

fn notes(value: Option<&Value>) -> Vec<String> {
    let notes = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    notes
        .iter()
        .flat_map(|note| [text_of(note.get("title")), text_of(note.get("content"))])
        .flatten()
        .collect()
}

/// Hosts that RFC 2606 reserves for documentation and tests.
fn is_reserved_host(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let within =
        |domain: &str| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    ["test", "example", "invalid", "localhost", "example.com", "example.net", "example.org"]
        .into_iter()
        .any(within)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photo(body: &str) -> Announcement {
        match read(body.as_bytes()) {
            Reading::Photo(announcement) => *announcement,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn numbers_are_taken_as_their_text_and_blanks_are_absent() {
        let read = photo(
            r#"{"event_id": 12345678901234567890123, "photo_code": " ", "group_name": null,
                "photo_location": {"location_latitude": 40.785091, "location_longitude": "-73,968285"},
                "member": "none", "unknown": [1]}"#,
        );
        assert_eq!(read.event_id.as_deref(), Some("12345678901234567890123"));
        assert_eq!((read.code.as_deref(), read.team.as_deref(), read.member.as_deref()), (None, None, None));
        let position = read.position().unwrap().unwrap();
        assert!((position.longitude + 73.968_285).abs() < 1e-9);
    }

    #[test]
    fn notes_are_their_texts_whatever_their_form() {
        let read = photo(
            r#"{"custom_notes": [{"title": "Level", "content": 7}, {"content": "wet"}, "loose", null, {"title": []}]}"#,
        );
        assert_eq!(read.notes, ["Level", "7", "wet"]);
        assert!(photo(r#"{"custom_notes": {"title": "a"}}"#).notes.is_empty());
    }

    #[test]
    fn the_rule_of_outcomes_is_judged_in_its_order() {
        let word = |body: &str| match read(body.as_bytes()) {
            Reading::Quarantined(_) => "quarantined",
            Reading::Ignored(_) => "ignored",
            Reading::Test(_) => "test",
            Reading::Photo(_) => "photo",
        };
        assert_eq!(word("[]"), "quarantined");
        assert_eq!(word("{"), "quarantined");
        assert_eq!(word(r#"{"event_type":"photo.deleted","photo_url":"https://example.com/1"}"#), "ignored");
        assert_eq!(word(r#"{"event_id":"3f4566da-938d-4e11-834b-ba9e3faec98c"}"#), "test");
        assert_eq!(word(r#"{"photo_url":"https://cdn.EXAMPLE.com./1.jpg"}"#), "test");
        assert_eq!(word(r#"{"photo_url":"https://notexample.com/1.jpg"}"#), "photo");
        assert_eq!(word(r#"{"event_type":"photo.uploaded"}"#), "photo");
        assert_eq!(word("{}"), "photo");
    }

    #[test]
    fn a_name_cut_within_an_emoji_does_not_cost_the_photo() {
        let read = photo(r#"{"group_name":"Ann \ud83d","project_name":"\ud83d\ude00 \\ud83d ok"}"#);
        assert_eq!(read.team.as_deref(), Some("Ann \u{fffd}"));
        assert_eq!(read.project.as_deref(), Some("😀 \\ud83d ok"));
        assert_eq!(photo("\u{feff}{\"group_name\":\"a\"}").team.as_deref(), Some("a"));
        let mut latin = br#"{"group_name":"M_nchen"}"#.to_vec();
        latin[16] = 0xfc;
        assert_eq!(announcement(&latin).unwrap().team.as_deref(), Some("M\u{fffd}nchen"));
    }

    #[test]
    fn a_link_is_an_address_with_a_host() {
        let link = |url: &str| Announcement { photo_url: Some(url.to_owned()), ..Default::default() }.link();
        assert!(link(" https://cdn.timemark.com/a b.jpg ").is_ok());
        assert!(link("file:///etc/passwd").unwrap_err().contains("file"));
        assert!(link("data:image/jpeg;base64,AAAA").unwrap_err().contains("data"));
        assert!(link("1.jpg").is_err());
        assert!(Announcement::default().link().unwrap_err().contains("photo_url"));
    }
}
