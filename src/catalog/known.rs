//! What earlier photos of a team taught, read for the judgement of the next one.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::column::unreadable;
use super::{Catalog, Doing as _, Result};
use crate::domain::delivery::Announcement;
use crate::domain::photo::PhotoId;
use crate::domain::verdict::device::Pair;
use crate::domain::verdict::known::{Known, SamePosition};
use crate::domain::verdict::meaning::Meaning;
use crate::domain::verdict::rules::Material;

/// About which photo is asked.
#[derive(Debug, Clone)]
pub struct About {
    /// Its delivery's claims.
    pub announced: Announcement,
    /// Its two names of the device.
    pub pair: Option<Pair>,
    /// About when it was taken.
    pub taken_about: Option<Timestamp>,
    /// Itself, where it is archived already: nobody is a witness for themselves.
    pub itself: Option<PhotoId>,
}

impl About {
    /// About the photo that is judged.
    pub fn of(material: &Material<'_>, itself: Option<PhotoId>) -> Self {
        Self {
            announced: material.announced.clone(),
            pair: material.device_pair(),
            taken_about: material.taken_about(),
            itself,
        }
    }
}

/// A phone that travels shows its former zone for so long.
const DEVICE_OFFSET_MS: i64 = 30 * 24 * 3_600_000;

impl Catalog {
    /// What is known; empty for a team without photos.
    pub async fn known(&self, about: About) -> Result<Known> {
        self.read(move |connection| known(connection, &about)).await
    }
}

fn known(connection: &Connection, about: &About) -> Result<Known> {
    let is_device_confirmed = about.pair.as_ref().map_or(Ok(false), |pair| confirmed(connection, pair))?;
    let team = about.announced.team.as_deref().unwrap_or_default();
    let of_team = connection
        .prepare_cached("SELECT id, meaning FROM team WHERE name = ?1")
        .and_then(|mut statement| {
            statement
                .query_row([team], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))
                .optional()
        })
        .doing("read a team")?;
    let Some((team, meaning)) = of_team else { return Ok(Known { is_device_confirmed, ..Known::default() }) };
    Ok(Known {
        meaning: Meaning::from_word(&meaning).ok_or_else(|| unreadable(1)).doing("read a team")?,
        device_offsets: device_offsets(connection, team, about)?.into_iter().collect(),
        is_device_confirmed,
        same_position: same_position(connection, team, about)?,
    })
}

fn confirmed(connection: &Connection, pair: &Pair) -> Result<bool> {
    let (announced, found) = pair.folded();
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM device_pair
             WHERE announced_folded = ?1 AND found_folded = ?2 AND confirmed_at IS NOT NULL)",
        )
        .and_then(|mut statement| statement.query_row([announced, found], |row| row.get(0)))
        .doing("look up a device")
}

fn device_offsets(connection: &Connection, team: i64, about: &About) -> Result<Vec<i32>> {
    let Some(taken) = about.taken_about else { return Ok(Vec::new()) };
    let announced = &about.announced;
    let member = announced.member_key();
    let taken_ms = taken.as_millisecond();
    let mut statement = connection
        .prepare_cached(
            "SELECT DISTINCT shown_offset FROM photo
             WHERE member_id = (SELECT id FROM member WHERE team_id = ?1 AND contact = ?2)
               AND device IS ?3 AND captured_at BETWEEN ?4 AND ?5 AND shown_offset IS NOT NULL AND id <> ?6",
        )
        .doing("read the offsets of a device")?;
    let (from, to) = (taken_ms.saturating_sub(DEVICE_OFFSET_MS), taken_ms.saturating_add(DEVICE_OFFSET_MS));
    let itself = itself(about);
    let rows = statement
        .query_map(params![team, member, announced.device, from, to, itself], |row| row.get(0))
        .doing("read the offsets of a device")?;
    rows.collect::<rusqlite::Result<_>>().doing("read the offsets of a device")
}

/// Counts no further than the rule needs: the middle of a town is shared by thousands.
fn same_position(connection: &Connection, team: i64, about: &About) -> Result<SamePosition> {
    let Some(position) = about.announced.position_as_sent() else { return Ok(SamePosition::default()) };
    let values = params![team, position, itself(about), SamePosition::PHOTOS_MIN];
    let photos = connection
        .prepare_cached(
            "SELECT count(*) FROM (SELECT 1 FROM photo
             WHERE team_id = ?1 AND announced_position = ?2 AND id <> ?3 LIMIT ?4)",
        )
        .and_then(|mut statement| statement.query_row(values, |row| row.get(0)))
        .doing("count photos of a position")?;
    let (first, last): (Option<String>, Option<String>) = connection
        .prepare_cached(
            "SELECT (SELECT substr(local_time, 1, 10) FROM photo WHERE team_id = ?1 AND announced_position = ?2
                     AND id <> ?3 ORDER BY local_time LIMIT 1),
                    (SELECT substr(local_time, 1, 10) FROM photo WHERE team_id = ?1 AND announced_position = ?2
                     AND id <> ?3 ORDER BY local_time DESC LIMIT 1)",
        )
        .and_then(|mut statement| {
            statement.query_row(params![team, position, itself(about)], |row| Ok((row.get(0)?, row.get(1)?)))
        })
        .doing("read the days of a position")?;
    let days = u32::from(first.is_some()) + u32::from(first != last);
    Ok(SamePosition { photos, days })
}

fn itself(about: &About) -> String {
    about.itself.map_or_else(String::new, |id| id.to_string())
}
