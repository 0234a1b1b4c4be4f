//! Archived photos as they were recorded: all that a later judgement needs, without reading a file again.

use jiff::Timestamp;
use rusqlite::{Connection, Row};

use super::column::{parsed, unreadable};
use super::equal::{Equal, equal_bytes};
use super::evidence::findings_of;
use super::versions::versions_of;
use super::{Catalog, Doing as _, Result};
use crate::domain::delivery::{self, Announcement};
use crate::domain::evidence::Evidence;
use crate::domain::judge_filter::JudgeFilter;
use crate::domain::photo::{PhotoId, Sha256};
use crate::domain::verdict::reuse;
use crate::domain::verdict::{Finding, Verdict};

/// An archived photo with all that a judgement needs.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Order of sealing.
    pub seq: i64,
    /// Its own name.
    pub id: PhotoId,
    /// Its verification code.
    pub code: Option<String>,
    /// The claims of its first delivery.
    pub announced: Announcement,
    /// What its file says, without the text of tags.
    pub evidence: Evidence,
    /// As the source host called it.
    pub content_type: Option<String>,
    /// When its first delivery arrived.
    pub received_at: Timestamp,
    /// Its local day, fixed for ever.
    pub day: jiff::civil::Date,
    /// Which judgement stands.
    pub judgement: u32,
    /// Of the findings that stand.
    pub verdict: Verdict,
    /// The findings that stand.
    pub findings: Vec<Finding>,
    /// Other photos with its code.
    pub versions: Vec<PhotoId>,
    /// Other photos with its bytes.
    pub equal: Vec<reuse::Equal>,
}

impl Catalog {
    /// How many photos a filter finds, and the last of them.
    pub async fn count_to_judge(&self, filter: JudgeFilter) -> Result<(i64, i64)> {
        self.read(move |connection| count(connection, &filter)).await
    }

    /// The next photos of a filter, in the order of sealing.
    pub async fn recorded_after(
        &self,
        filter: JudgeFilter,
        after_seq: i64,
        last_seq: i64,
        limit: u32,
    ) -> Result<Vec<Recorded>> {
        self.read(move |connection| recorded(connection, &filter, after_seq, last_seq, limit)).await
    }
}

/// The photos of a filter; its values are bound in this order.
const WHICH: &str = "FROM photo p JOIN project j ON j.id = p.project_id JOIN member m ON m.id = p.member_id
    JOIN reading r ON r.photo_seq = p.seq
    WHERE p.archived_at IS NOT NULL AND p.seq > ?1 AND p.seq <= ?2
      AND (?3 IS NULL OR j.name = ?3) AND (?4 IS NULL OR m.name = ?4) AND (?5 IS NULL OR p.verdict = ?5)
      AND (?6 IS NULL OR p.local_time >= ?6) AND (?7 IS NULL OR p.local_time < ?7) AND (?8 IS NULL OR p.code = ?8)";

fn values(filter: &JudgeFilter, after_seq: i64, last_seq: i64) -> [Box<dyn rusqlite::ToSql>; 8] {
    // Local times begin with their day, so that a day compares with them as text.
    let day_after = filter.to.map(|day| day.tomorrow().unwrap_or(jiff::civil::Date::MAX).to_string());
    [
        Box::new(after_seq),
        Box::new(last_seq),
        Box::new(filter.project.clone()),
        Box::new(filter.member.clone()),
        Box::new(filter.verdict.map(Verdict::as_str)),
        Box::new(filter.from.map(|day| day.to_string())),
        Box::new(day_after),
        Box::new(filter.code.clone()),
    ]
}

fn count(connection: &Connection, filter: &JudgeFilter) -> Result<(i64, i64)> {
    let values = values(filter, 0, i64::MAX);
    connection
        .query_row(
            &format!("SELECT count(*), coalesce(max(p.seq), 0) {WHICH}"),
            rusqlite::params_from_iter(values.iter()),
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .doing("count photos")
}

/// The columns of a recorded photo, before what other tables add.
type Columns = (Recorded, Sha256, Vec<u8>);

fn recorded(
    connection: &Connection,
    filter: &JudgeFilter,
    after_seq: i64,
    last_seq: i64,
    limit: u32,
) -> Result<Vec<Recorded>> {
    let sql = format!(
        "SELECT p.seq, p.id, p.code, p.received_at, p.local_time, p.verdict, p.judgement, p.sha256,
                (SELECT d.body FROM photo_delivery l JOIN delivery d ON d.id = l.delivery_id
                 WHERE l.photo_seq = p.seq AND l.kind = 'first'),
                r.evidence, r.content_type
         {WHICH} ORDER BY p.seq LIMIT {limit}"
    );
    let mut statement = connection.prepare_cached(&sql).doing("read what was recorded")?;
    let values = values(filter, after_seq, last_seq);
    let rows = statement
        .query_map(rusqlite::params_from_iter(values.iter()), columns)
        .and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>)
        .doing("read what was recorded")?;
    rows.into_iter().map(|columns| with_others(connection, columns)).collect()
}

fn columns(row: &Row<'_>) -> rusqlite::Result<Columns> {
    let local_time: jiff::civil::DateTime = parsed(row, 4)?;
    let verdict: String = row.get(5)?;
    let evidence: String = row.get(9)?;
    let recorded = Recorded {
        seq: row.get(0)?,
        id: parsed(row, 1)?,
        code: row.get(2)?,
        announced: Announcement::default(),
        evidence: serde_json::from_str(&evidence).map_err(|_| unreadable(9))?,
        content_type: row.get(10)?,
        received_at: Timestamp::from_millisecond(row.get(3)?).map_err(|_| unreadable(3))?,
        day: local_time.date(),
        judgement: row.get(6)?,
        verdict: Verdict::from_word(&verdict).ok_or_else(|| unreadable(5))?,
        findings: Vec::new(),
        versions: Vec::new(),
        equal: Vec::new(),
    };
    Ok((recorded, parsed(row, 7)?, row.get(8)?))
}

fn with_others(connection: &Connection, columns: Columns) -> Result<Recorded> {
    let (recorded, sha256, body) = columns;
    let seq = recorded.seq;
    let equal = equal_bytes(connection, sha256)?;
    Ok(Recorded {
        announced: delivery::announcement(&body).unwrap_or_default(),
        findings: findings_of(connection, seq, recorded.judgement)?,
        versions: versions_of(connection, recorded.code.as_deref(), sha256)?,
        equal: equal.iter().filter(|other| other.seq != seq).map(Equal::as_known).collect(),
        ..recorded
    })
}
