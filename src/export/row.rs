//! One photo as a line of a log: the same facts in CSV, in GeoJSON and in the log of a ZIP.

use jiff::Timestamp;
use jiff::civil::DateTime;

use crate::catalog::photo::Photo;
use crate::domain::photo::{PhotoId, Sha256};
use crate::domain::position::Position;
use crate::domain::verdict::Verdict;
use crate::domain::verification::OfficialAnswer;

/// What a log says of a photo.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its own name.
    pub id: PhotoId,
    /// Its path in a ZIP: the object key without the folder of all photos. Keys are unique, also for file systems that
    /// ignore case, and hold nothing that Windows or Linux could not keep, so nothing is renamed here.
    pub file: String,
    /// The verification code.
    pub code: Option<String>,
    /// Day and time at the place of capture.
    pub local_time: DateTime,
    /// The moment of capture, where it is known.
    pub utc: Option<Timestamp>,
    /// As announced; empty where nothing was.
    pub project: String,
    /// As announced; empty where nothing was.
    pub member: String,
    /// As announced, else the file's own.
    pub position: Option<Position>,
    /// The phone's model as announced.
    pub device: Option<String>,
    /// Of the original.
    pub size_bytes: u64,
    /// Of the original.
    pub sha256: Sha256,
    /// Of the findings that stand.
    pub verdict: Verdict,
    /// What Timemark's own page said last, where somebody has asked it.
    pub official: Option<OfficialAnswer>,
}

impl From<&Photo> for Row {
    fn from(photo: &Photo) -> Self {
        let key = photo.object_key.as_str();
        Self {
            id: photo.id,
            file: key.split_once('/').map_or(key, |(_, rest)| rest).to_owned(),
            code: photo.code.clone(),
            local_time: photo.local_time,
            utc: photo.captured_at_ms.and_then(|ms| Timestamp::from_millisecond(ms).ok()),
            project: photo.project.clone(),
            member: photo.member.clone(),
            position: photo.position,
            device: photo.device.clone(),
            size_bytes: photo.size_bytes,
            sha256: photo.sha256,
            verdict: photo.verdict,
            official: photo.official,
        }
    }
}
