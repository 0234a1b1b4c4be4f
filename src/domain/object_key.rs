//! The only maker of object keys and of their content types.
//!
//! Never reads meaning back out of a key (but for the kind of object, [`listed`]): what a key was made from is in the
//! catalogue and in the sidecar. Keys are
//! relative to the prefix of the archive's URL.

pub mod folder;
pub mod listed;

use std::fmt;
use std::num::NonZeroU32;
use std::ops::Deref;

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use self::folder::FolderPattern;
use super::ledger::key::PublicKey;
use super::ledger::tile::TileName;
use super::names::{self, SEGMENT_BYTES_MAX, Segment};
use super::photo::{MediaType, PhotoId, Sha256};

/// The room that keys leave to the prefix of the archive's URL, its slash included.
pub const PREFIX_BYTES_MAX: usize = 256;

/// The size limit of a key in UTF-8 bytes: S3 allows 1024 ("Naming Amazon S3 objects"), prefix included.
pub const KEY_BYTES_MAX: usize = 1024 - PREFIX_BYTES_MAX;

/// The size limit of a key's last part: of what Linux allows (255), eCryptfs, as on encrypted NAS folders, leaves
/// 143, and `object_store` stages local files under the name with `#` and a number behind it.
pub const FILE_NAME_BYTES_MAX: usize = 140;

/// The size limit of a verification code within a file name. Timemark's have 14 digits and letters.
const CODE_BYTES_MAX: usize = 32;

/// How many hexadecimal digits of a SHA-256 stand in a file name: 128 bits.
const HASH_DIGITS: usize = 32;

/// How many hexadecimal digits of a photo's id part two photos whose keys would be one.
const ID_DIGITS: usize = 8;

const PHOTOS: &str = "photos/";
const DERIVED: &str = "derived/";
const RECORDS: &str = "records/";
const OWN: &str = ".keepmark/";
const LEDGER: &str = "ledger/";
const CHECKPOINT: &str = "ledger/checkpoint";
const LEDGER_KEYS: &str = "ledger/keys/";

/// The name of an object, relative to the prefix of the archive's URL.
///
/// Invariants:
/// - begins with `photos/`, `derived/`, `records/`, `ledger/` or `.keepmark/`; the last is never a stored key;
/// - each folder is a [`Segment`]; the file name keeps the same rules, with a limit of 140 bytes;
/// - ends in `.json` or in a [`MediaType::extension`], but in the ledger, whose paths are those of C2SP `tlog-tiles`;
/// - at most 768 bytes of UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct ObjectKey(String);

/// The key of a photo's original bytes: an [`ObjectKey`] under `photos/` that ends in a [`MediaType::extension`].
/// The keys of its companions are made from it alone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct PhotoKey(ObjectKey);

/// A text that breaks the invariants of the kind of key asked for.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is no key of {kind} in this archive", .text.escape_debug())]
pub struct NotAKey {
    text: String,
    kind: &'static str,
}

/// What a photo's key says of it.
#[derive(Debug, Clone)]
pub struct PhotoName<'a> {
    /// As fixed at the team's first photo.
    pub team: &'a Segment,
    /// As fixed at the project's first photo.
    pub project: &'a Segment,
    /// As fixed at the member's first photo.
    pub member: &'a Segment,
    /// The time of capture on the clocks of its place. A year before 0 is written `0000`.
    pub local_time: DateTime,
    /// The verification code as announced; without one the key says `nocode`.
    pub code: Option<&'a str>,
    /// Of the original bytes.
    pub sha256: Sha256,
    /// By magic bytes.
    pub media_type: MediaType,
}

impl ObjectKey {
    /// A derived image: `derived/{aa}/{sha256}/{edge}.jpg`, by the SHA-256 of the original and the length in pixels
    /// of the image's longer edge; `aa` are the first two digits.
    pub fn derived(original: Sha256, edge_pixels: u32) -> Self {
        let hash = original.to_string();
        Self(format!("{DERIVED}{}/{hash}/{edge_pixels}.jpg", &hash[..2]))
    }

    /// A record: `records/{sequence}_{kind}.json`, the sequence in twelve digits so that a listing is in order; `kind` is a
    /// word of the program's.
    pub fn record(sequence: u64, kind: &str) -> Self {
        Self(format!("{RECORDS}{sequence:012}_{kind}.json"))
    }

    /// The marker that says to which catalogue the store belongs.
    pub fn marker() -> Self {
        Self(format!("{OWN}store.json"))
    }

    /// A short-lived object of a probe: `.keepmark/probe-{32 digits}-{part}.json`; `part` is a text of the program's.
    pub fn probe(random: u128, part: &str) -> Self {
        Self(format!("{OWN}probe-{random:032x}-{part}.json"))
    }

    /// An object of the ledger's tree: `ledger/tile/…`.
    pub fn ledger_tile(tile: &TileName) -> Self {
        Self(format!("{LEDGER}{}", tile.path()))
    }

    /// The ledger's checkpoint: the one object that is ever replaced.
    pub fn ledger_checkpoint() -> Self {
        Self(CHECKPOINT.to_owned())
    }

    /// A public key that signs or signed checkpoints: `ledger/keys/{hash}`, the hash being that in the key's text.
    pub fn ledger_key(key: &PublicKey) -> Self {
        Self(format!("{LEDGER_KEYS}{}", key.id()))
    }

    /// Which object of the ledger's tree this is, if it is one.
    pub fn as_ledger_tile(&self) -> Option<TileName> {
        TileName::from_path(self.0.strip_prefix(LEDGER)?)
    }

    /// The folder of the objects that are no photos.
    pub fn own_folder() -> &'static str {
        OWN.trim_end_matches('/')
    }

    /// A key that was stored earlier, checked again.
    pub fn from_stored(text: String) -> Result<Self, NotAKey> {
        if is_key(&text) { Ok(Self(text)) } else { Err(NotAKey { text, kind: "an object" }) }
    }

    /// The media type to store and to serve the object with.
    pub fn content_type(&self) -> &'static str {
        if self.0.starts_with(LEDGER) {
            // C2SP tlog-tiles, sections "Checkpoints" and "Merkle Tree".
            let is_text = self.0 == CHECKPOINT || self.0.starts_with(LEDGER_KEYS);
            return if is_text { "text/plain; charset=utf-8" } else { "application/octet-stream" };
        }
        media_type_of(&self.0).map_or("application/json", MediaType::content_type)
    }

    /// The text as the store gets it, behind the prefix.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part: the name of the file.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The form in which two keys are equal if a file system that ignores case, composition or both could take one
    /// for the other. For comparing and for unique indexes only, never sent to a store.
    pub fn folded(&self) -> String {
        names::fold(&self.0)
    }
}

impl PhotoKey {
    /// `{folder}/{YYYYMMDD}T{HHMMSS}_{code}_{sha32}.{ext}`.
    pub fn new(folder: &FolderPattern, name: &PhotoName<'_>) -> Self {
        Self::with_stem(folder, name, &name.stem())
    }

    /// `{folder}/{YYYYMMDD}T{HHMMSS}_{code}_{sha32}_{id8}.{ext}`, for a photo whose other key another one has.
    pub fn with_id(folder: &FolderPattern, name: &PhotoName<'_>, id: PhotoId) -> Self {
        Self::with_stem(folder, name, &format!("{}_{}", name.stem(), &id.to_string()[..ID_DIGITS]))
    }

    /// A key that was stored earlier, checked again.
    pub fn from_stored(text: String) -> Result<Self, NotAKey> {
        let is_photo = text.starts_with(PHOTOS) && media_type_of(&text).is_some() && is_key(&text);
        if is_photo { Ok(Self(ObjectKey(text))) } else { Err(NotAKey { text, kind: "a photo" }) }
    }

    /// The sidecar: `{photo}.json`.
    pub fn sidecar(&self) -> ObjectKey {
        self.companion("")
    }

    /// A judgement: `{photo}.v{version}.json`. The first one is the sidecar.
    pub fn judgement(&self, version: NonZeroU32) -> ObjectKey {
        if version == NonZeroU32::MIN { self.sidecar() } else { self.companion(&format!(".v{version}")) }
    }

    /// The record of a repeated delivery: `{photo}.also-{32 digits of its own bytes' SHA-256}.json`.
    pub fn repeat(&self, own_sha256: Sha256) -> ObjectKey {
        self.companion(&format!(".also-{}", &own_sha256.to_string()[..HASH_DIGITS]))
    }

    fn companion(&self, infix: &str) -> ObjectKey {
        ObjectKey(format!("{self}{infix}.json"))
    }

    fn with_stem(folder: &FolderPattern, name: &PhotoName<'_>, stem: &str) -> Self {
        Self(ObjectKey(format!("{}/{stem}.{}", folder.of(name), name.media_type.extension())))
    }
}

impl PhotoName<'_> {
    fn stem(&self) -> String {
        let time = self.local_time;
        let code = self.code.map_or_else(
            || "nocode".to_owned(),
            |code| Segment::of_at_most(code, CODE_BYTES_MAX).to_string(),
        );
        format!(
            "{}{:02}{:02}T{:02}{:02}{:02}_{code}_{}",
            self.year(),
            time.month(),
            time.day(),
            time.hour(),
            time.minute(),
            time.second(),
            &self.sha256.to_string()[..HASH_DIGITS],
        )
    }

    fn date(&self) -> String {
        format!("{}-{}-{:02}", self.year(), self.month(), self.local_time.day())
    }

    fn year(&self) -> String {
        // A minus sign would begin a segment.
        format!("{:04}", self.local_time.year().max(0))
    }

    fn month(&self) -> String {
        format!("{:02}", self.local_time.month())
    }
}

impl Deref for PhotoKey {
    type Target = ObjectKey;

    fn deref(&self) -> &ObjectKey {
        &self.0
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for PhotoKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<String> for ObjectKey {
    type Error = NotAKey;

    fn try_from(text: String) -> Result<Self, NotAKey> {
        Self::from_stored(text)
    }
}

impl TryFrom<String> for PhotoKey {
    type Error = NotAKey;

    fn try_from(text: String) -> Result<Self, NotAKey> {
        Self::from_stored(text)
    }
}

fn is_key(text: &str) -> bool {
    if let Some(path) = text.strip_prefix(LEDGER) {
        let is_id =
            |id: &str| id.len() == 8 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let is_key = text.strip_prefix(LEDGER_KEYS).is_some_and(is_id);
        return text == CHECKPOINT || is_key || TileName::from_path(path).is_some();
    }
    let Some((folders, file_name)) = text.rsplit_once('/') else { return false };
    text.len() <= KEY_BYTES_MAX
        && [PHOTOS, DERIVED, RECORDS].iter().any(|root| text.starts_with(root))
        && folders.split('/').all(|part| names::is_acceptable(part, SEGMENT_BYTES_MAX))
        && names::is_acceptable(file_name, FILE_NAME_BYTES_MAX)
        && (media_type_of(text).is_some()
            || text.rsplit_once('.').is_some_and(|(_, ending)| ending == "json"))
}

/// By the ending, which must be the one that we write: `jpg`, not `jpeg`.
fn media_type_of(key: &str) -> Option<MediaType> {
    let (_, ending) = key.rsplit_once('.')?;
    MediaType::from_file_name(key).filter(|media_type| media_type.extension() == ending)
}

#[cfg(test)]
mod tests;
