//! The sidecar: the JSON object beside each archived photo that says all Keepmark knows of it.
//!
//! Written once, byte for byte as sealed; from the sidecars alone the catalogue is rebuilt. A field, once released,
//! keeps its name and meaning; `schema` counts up when one is added.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::evidence::Evidence;
use super::photo::{PhotoId, Sha256};
use super::verdict::meaning::Vote;
use super::verdict::{Finding, Verdict};

/// The version of the sidecar's fields.
pub const SCHEMA: u32 = 2;

/// A name as announced, and the folder segment that stands for it for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// As announced at this delivery; absent names are absent.
    pub name: Option<String>,
    /// As it stands in the object key.
    pub segment: String,
}

/// What the first sidecar of a photo holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sidecar {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The photo's own name.
    pub photo_id: PhotoId,
    /// Where the photo lies, relative to the archive's URL.
    pub object_key: String,
    /// Of the photo's bytes.
    pub sha256: Sha256,
    /// Length of the photo.
    pub size_bytes: u64,
    /// By magic bytes.
    pub media_type: String,
    /// The verification code.
    pub code: Option<String>,
    /// `group_name`.
    pub team: Named,
    /// `project_name`.
    pub project: Named,
    /// The member.
    pub member: Named,
    /// Day and time at the place of capture.
    pub local_time: jiff::civil::DateTime,
    /// The best instant of capture that is known.
    pub captured_at: Option<Timestamp>,
    /// When the delivery arrived.
    pub received_at: Timestamp,
    /// When the download ended.
    pub downloaded_at: Timestamp,
    /// The host that the photo came from, without path and query.
    pub source_host: String,
    /// The raw delivery, base64 (RFC 4648, section 4).
    pub delivery: String,
    /// What the file says.
    pub evidence: Evidence,
    /// The `Content-Type` that the source host sent.
    pub content_type: Option<String>,
    /// The version of the rules behind the findings.
    pub rules_version: u32,
    /// Of the findings.
    pub verdict: Verdict,
    /// One a check.
    pub findings: Vec<Finding>,
    /// When the photo was sealed: photos of a rebuilt catalogue come back in this order. Since schema 2.
    #[serde(default)]
    pub sealed_at: Option<Timestamp>,
    /// What the photo says of its team's `photo_timestamp`. Since schema 2.
    #[serde(default)]
    pub vote: Option<Vote>,
    /// The offset that the device's clock showed, minutes east of UTC. Since schema 2.
    #[serde(default)]
    pub shown_offset_minutes: Option<i32>,
    /// The program that wrote this.
    pub program: String,
    /// 128 random bits, so that a hash of this object gives nothing away.
    pub salt: String,
}

/// A later judgement of an archived photo (`.v2.json` and on).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LaterJudgement {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Which photo.
    pub photo_id: PhotoId,
    /// Which judgement of it, from 2.
    pub judgement: u32,
    /// When.
    pub judged_at: Timestamp,
    /// Why it was judged again.
    pub cause: String,
    /// The version of the rules behind the findings.
    pub rules_version: u32,
    /// Of the findings.
    pub verdict: Verdict,
    /// All of them, those unchanged too.
    pub findings: Vec<Finding>,
    /// The program that wrote this.
    pub program: String,
    /// 128 random bits.
    pub salt: String,
}

/// One more delivery of a photo that is archived already (`.also-….json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeat {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Which photo.
    pub photo_id: PhotoId,
    /// The repeat's own `event_id`.
    pub event_id: Option<String>,
    /// When it arrived.
    pub received_at: Timestamp,
    /// The raw delivery, base64.
    pub delivery: String,
    /// The program that wrote this.
    pub program: String,
    /// 128 random bits.
    pub salt: String,
}

/// The name and version that evidence carries.
pub fn program() -> String {
    concat!("keepmark ", env!("CARGO_PKG_VERSION")).to_owned()
}

/// Raw bytes as they stand in a sidecar.
pub fn encoded(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

/// The raw bytes of a text that [`encoded`] made.
pub fn decoded(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok()
}

/// The salt of one object of a seal: 128 bits, different for each object.
pub fn salt(seed: [u8; 32], object: usize) -> String {
    let mut bytes = seed.to_vec();
    bytes.extend(object.to_be_bytes());
    Sha256::of(&bytes).to_string()[..32].to_owned()
}

/// The bytes of an object of evidence: indented JSON that a person can read, ending in a line feed.
pub fn bytes_of(evidence: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = serde_json::to_vec_pretty(evidence)?;
    bytes.push(b'\n');
    Ok(bytes)
}
