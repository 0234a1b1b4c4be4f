//! Archived photos, as lists and pages read them: by key, never by offset.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::column::{parsed, photo_key, unreadable};
use super::evidence::findings_of;
use super::verification::newest;
use super::{Catalog, CatalogError, Doing as _, Result};
use crate::domain::object_key::PhotoKey;
use crate::domain::photo::{MediaType, PhotoId, Sha256};
use crate::domain::position::Position;
use crate::domain::verdict::{Finding, Verdict};
use crate::domain::verification::OfficialAnswer;

/// An archived photo with the findings that stand.
#[derive(Debug, Clone)]
pub struct Photo {
    /// Order of sealing; the cursor of lists.
    pub seq: i64,
    /// Its own name.
    pub id: PhotoId,
    /// The verification code.
    pub code: Option<String>,
    /// The sender's id of the first delivery.
    pub event_id: Option<String>,
    /// Its project's number, in addresses of pages.
    pub project_id: i64,
    /// As announced at first sight; empty where nothing was.
    pub team: String,
    /// As announced at first sight.
    pub project: String,
    /// As announced at first sight.
    pub member: String,
    /// The sender's file name.
    pub photo_name: Option<String>,
    /// Day and time at the place of capture.
    pub local_time: jiff::civil::DateTime,
    /// Milliseconds since 1970 UTC.
    pub captured_at_ms: Option<i64>,
    /// Milliseconds since 1970 UTC.
    pub received_at_ms: i64,
    /// Milliseconds since 1970 UTC.
    pub archived_at_ms: i64,
    /// Of its bytes.
    pub sha256: Sha256,
    /// Their number.
    pub size_bytes: u64,
    /// By magic bytes.
    pub media_type: MediaType,
    /// Pixels as stored.
    pub dimensions: Option<(u32, u32)>,
    /// Whether it stands upright with width and height exchanged.
    pub is_turned: bool,
    /// Whether its pixels may be decoded.
    pub decoded: bool,
    /// As announced, where that is one; else the file's own.
    pub position: Option<Position>,
    /// The phone's model as announced.
    pub device: Option<String>,
    /// Where it lies.
    pub object_key: PhotoKey,
    /// Of the findings that stand.
    pub verdict: Verdict,
    /// One a check.
    pub findings: Vec<Finding>,
    /// What Timemark's own page said last, where somebody has asked it.
    pub official: Option<OfficialAnswer>,
}

impl Photo {
    /// Width and height as it is shown.
    pub fn upright(&self) -> Option<(u32, u32)> {
        upright(self.dimensions, self.is_turned)
    }
}

/// Width and height of a picture whose stored ones are these.
pub(super) fn upright(stored: Option<(u32, u32)>, is_turned: bool) -> Option<(u32, u32)> {
    stored.map(|(width, height)| if is_turned { (height, width) } else { (width, height) })
}

const COLUMNS: &str = "p.seq, p.id, p.code, p.event_id, t.name, j.name, m.name, p.photo_name, p.local_time,
    p.captured_at, p.received_at, p.archived_at, p.sha256, p.size_bytes, p.media_type, p.width, p.height, p.decoded,
    p.object_key, p.verdict, p.judgement, p.project_id, p.announced_position,
    CASE WHEN p.has_position THEN
        (SELECT r.evidence -> '$.exif.position.at' FROM reading r WHERE r.photo_seq = p.seq) END,
    p.device, p.is_turned";

const TABLES: &str = "photo p JOIN team t ON t.id = p.team_id JOIN project j ON j.id = p.project_id
    JOIN member m ON m.id = p.member_id";

/// A walk along a project's photos.
#[derive(Debug, Clone)]
pub struct Walk {
    /// Which project.
    pub project: i64,
    /// Behind this local time and number of sealing; a day stands for its first moment.
    pub from: (String, i64),
    /// Before this local time.
    pub until: Option<String>,
    /// To later photos, else to earlier ones.
    pub is_forward: bool,
    /// At most so many.
    pub limit: u32,
}

impl Catalog {
    /// One archived photo.
    pub async fn photo(&self, id: PhotoId) -> Result<Option<Photo>> {
        self.read(move |connection| {
            let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE p.id = ?1 AND p.archived_at IS NOT NULL");
            let found = connection
                .prepare_cached(&sql)
                .and_then(|mut statement| statement.query_row([id.to_string()], photo).optional())
                .doing("read a photo")?;
            found.map(|found| with_findings(connection, found)).transpose()
        })
        .await
    }

    /// Photos of a project, in the order of local time: those behind a place in it, or before it the other way round.
    pub async fn photos_of_project(&self, walk: Walk) -> Result<Vec<Photo>> {
        self.read(move |connection| {
            let Walk { project, from: (time, seq), until, is_forward, limit } = walk;
            let sql = along_project(is_forward);
            let until = until.unwrap_or_else(|| "~".to_owned());
            let mut statement = connection.prepare_cached(&sql).doing("list photos of a project")?;
            let rows = statement
                .query_map(params![project, time, seq, until, limit], photo)
                .doing("list photos of a project")?;
            let photos = rows.collect::<rusqlite::Result<Vec<_>>>().doing("list photos of a project")?;
            photos.into_iter().map(|found| with_findings(connection, found)).collect()
        })
        .await
    }

    /// The photos before and behind one in its project, in the order of local time.
    pub async fn neighbours(&self, photo: &Photo) -> Result<[Option<PhotoId>; 2]> {
        let (project, time, seq) = (photo.project_id, photo.local_time.to_string(), photo.seq);
        self.read(move |connection| {
            let next = |is_forward| {
                connection
                    .prepare_cached(&neighbour(is_forward))
                    .and_then(|mut statement| {
                        statement.query_row(params![project, time, seq], |row| parsed(row, 0)).optional()
                    })
                    .doing("look for the next photo")
            };
            Ok([next(false)?, next(true)?])
        })
        .await
    }

    /// How many photos are archived.
    pub async fn photo_count(&self) -> Result<i64> {
        self.read(|connection| {
            connection
                .query_row("SELECT coalesce(sum(photos), 0) FROM project", [], |row| row.get(0))
                .doing("count photos")
        })
        .await
    }
}

/// The SQL of a walk.
pub(super) fn along_project(is_forward: bool) -> String {
    let (than, order) = direction(is_forward);
    format!(
        "SELECT {COLUMNS} FROM {TABLES}
         WHERE p.project_id = ?1 AND p.archived_at IS NOT NULL AND (p.local_time, p.seq) {than} (?2, ?3)
           AND p.local_time < ?4
         ORDER BY p.local_time {order}, p.seq {order} LIMIT ?5"
    )
}

/// The SQL of one step along a project.
pub(super) fn neighbour(is_forward: bool) -> String {
    let (than, order) = direction(is_forward);
    format!(
        "SELECT id FROM photo
         WHERE project_id = ?1 AND archived_at IS NOT NULL AND (local_time, seq) {than} (?2, ?3)
         ORDER BY local_time {order}, seq {order} LIMIT 1"
    )
}

fn direction(is_forward: bool) -> (&'static str, &'static str) {
    if is_forward { (">", "ASC") } else { ("<", "DESC") }
}

/// The archived photo with a number that the caller has just read.
pub(super) fn by_seq(connection: &Connection, seq: i64) -> Result<Photo> {
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE p.seq = ?1");
    let found = connection
        .prepare_cached(&sql)
        .and_then(|mut statement| statement.query_row([seq], photo))
        .doing("read a photo")?;
    with_findings(connection, found)
}

fn photo(row: &Row<'_>) -> rusqlite::Result<(Photo, u32)> {
    let media_type: String = row.get(14)?;
    let verdict: String = row.get(19)?;
    let dimensions = row.get::<_, Option<u32>>(15)?.zip(row.get(16)?);
    let photo = Photo {
        seq: row.get(0)?,
        id: parsed(row, 1)?,
        code: row.get(2)?,
        event_id: row.get(3)?,
        project_id: row.get(21)?,
        team: row.get(4)?,
        project: row.get(5)?,
        member: row.get(6)?,
        photo_name: row.get(7)?,
        local_time: parsed(row, 8)?,
        captured_at_ms: row.get(9)?,
        received_at_ms: row.get(10)?,
        archived_at_ms: row.get(11)?,
        sha256: parsed(row, 12)?,
        size_bytes: u64::try_from(row.get::<_, i64>(13)?).map_err(|_| unreadable(13))?,
        media_type: MediaType::from_content_type(&media_type).ok_or_else(|| unreadable(14))?,
        dimensions,
        is_turned: row.get(25)?,
        decoded: row.get(17)?,
        position: position(row.get(22)?, row.get(23)?),
        device: row.get(24)?,
        object_key: photo_key(row, 18)?,
        verdict: Verdict::from_word(&verdict).ok_or_else(|| unreadable(19))?,
        findings: Vec::new(),
        official: None,
    };
    Ok((photo, row.get(20)?))
}

/// The announced position is the text that was sent; the file's is JSON of our own.
fn position(announced: Option<String>, in_file: Option<String>) -> Option<Position> {
    announced.and_then(|text| Position::from_sent(&text)).or_else(|| serde_json::from_str(&in_file?).ok())
}

fn with_findings(connection: &Connection, (mut photo, judgement): (Photo, u32)) -> Result<Photo> {
    photo.findings = findings_of(connection, photo.seq, judgement)?;
    photo.official = newest(connection, photo.seq)?;
    if photo.findings.is_empty() { Err(CatalogError::Unreadable("judgement")) } else { Ok(photo) }
}
