//! What photos are found by: their words and their places, kept at the seal and dropped with it.
//!
//! Never the contact of a member, and never a text that is shown: names on pages come from their own rows.

use rusqlite::{Connection, Row, Transaction, params};

use super::{Catalog, Doing as _, Result};
use crate::domain::delivery::{self, Announcement};
use crate::domain::evidence::{Evidence, FilePosition};
use crate::domain::position::Position;
use crate::domain::search_text;

/// Photos of an earlier Keepmark that are read, and then kept, at once: some milliseconds of the writer's time.
const BATCH: u32 = 100;

/// A sealed photo whose words are not kept yet.
struct Unread {
    seq: i64,
    announced: Announcement,
    in_file: Option<Position>,
}

impl Catalog {
    /// Makes photos findable that an earlier Keepmark sealed, from their deliveries; returns how many. Each batch is a
    /// transaction, so that deliveries are taken in between and a stop loses nothing.
    pub async fn keep_words_of_earlier_photos(&self) -> Result<u64> {
        let (mut kept, mut after) = (0, 0);
        loop {
            let batch = self.read(move |connection| unread_after(connection, after)).await?;
            let Some(last) = batch.last() else { return Ok(kept) };
            after = last.seq;
            kept += self.write(move |transaction| keep_all(transaction, &batch)).await?;
        }
    }
}

/// Keeps what a sealed photo is found by.
pub(super) fn keep_words(
    transaction: &Transaction<'_>,
    seq: i64,
    announced: &Announcement,
    evidence: Option<&Evidence>,
) -> Result<()> {
    keep(transaction, &Unread { seq, announced: announced.clone(), in_file: evidence.and_then(in_file) })
}

/// Drops what a photo is found by, because its seal is dropped.
pub(super) fn forget_words(transaction: &Transaction<'_>, seq: i64) -> Result<()> {
    for sql in [
        "DELETE FROM photo_trigram WHERE rowid = ?1",
        "DELETE FROM photo_pair WHERE rowid = ?1",
        "DELETE FROM photo_area WHERE photo_seq = ?1",
        "DELETE FROM photo_text WHERE photo_seq = ?1",
        "DELETE FROM photo_place WHERE photo_seq = ?1",
    ] {
        transaction.execute(sql, [seq]).doing("forget the words of a photo")?;
    }
    Ok(())
}

fn in_file(evidence: &Evidence) -> Option<Position> {
    match evidence.exif.position {
        FilePosition::At(position) => Some(position),
        FilePosition::Absent | FilePosition::Unusable { .. } => None,
    }
}

fn unread_after(connection: &Connection, after: i64) -> Result<Vec<Unread>> {
    let unread = |row: &Row<'_>| {
        let evidence: Option<String> = row.get(2)?;
        let evidence: Option<Evidence> = evidence.and_then(|text| serde_json::from_str(&text).ok());
        let body: Vec<u8> = row.get(1)?;
        Ok(Unread {
            seq: row.get(0)?,
            announced: delivery::announcement(&body).unwrap_or_default(),
            in_file: evidence.as_ref().and_then(in_file),
        })
    };
    connection
        .prepare_cached(
            "SELECT p.seq, d.body, r.evidence
             FROM photo p JOIN job j ON j.id = p.sealed_by JOIN delivery d ON d.id = j.delivery_id
                  LEFT JOIN reading r ON r.photo_seq = p.seq
             WHERE p.seq > ?1 AND NOT EXISTS (SELECT 1 FROM photo_text x WHERE x.photo_seq = p.seq)
             ORDER BY p.seq LIMIT ?2",
        )
        .and_then(|mut statement| statement.query_map([after, BATCH.into()], unread)?.collect())
        .doing("look for photos without words")
}

fn keep_all(transaction: &Transaction<'_>, batch: &[Unread]) -> Result<u64> {
    let mut kept = 0;
    for unread in batch {
        // Since they were read a seal may have been dropped.
        let is_due: bool = transaction
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM photo WHERE seq = ?1)
                    AND NOT EXISTS (SELECT 1 FROM photo_text WHERE photo_seq = ?1)",
            )
            .and_then(|mut statement| statement.query_row([unread.seq], |row| row.get(0)))
            .doing("look for photos without words")?;
        if is_due {
            keep(transaction, unread)?;
            kept += 1;
        }
    }
    Ok(kept)
}

fn keep(transaction: &Transaction<'_>, unread: &Unread) -> Result<()> {
    let Unread { seq, announced, in_file } = unread;
    let folded = words_of(announced, &names_of(transaction, *seq)?);
    let execute = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
        transaction
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(values))
            .map(drop)
            .doing("keep the words of a photo")
    };
    execute("INSERT INTO photo_text (photo_seq, folded) VALUES (?1, ?2)", params![seq, folded])?;
    execute("INSERT INTO photo_trigram (rowid, folded) VALUES (?1, ?2)", params![seq, folded])?;
    let pairs = search_text::pair_tokens(&folded);
    if !pairs.is_empty() {
        execute("INSERT INTO photo_pair (rowid, tokens) VALUES (?1, ?2)", params![seq, pairs])?;
    }
    let Some(Position { latitude, longitude }) = announced.position().ok().flatten().or(*in_file) else {
        return Ok(());
    };
    execute(
        "INSERT INTO photo_place (photo_seq, latitude, longitude, name) VALUES (?1, ?2, ?3, ?4)",
        params![seq, latitude, longitude, announced.place],
    )?;
    execute(
        "INSERT INTO photo_area (photo_seq, west, east, south, north) VALUES (?1, ?2, ?2, ?3, ?3)",
        params![seq, longitude, latitude],
    )
}

/// Team, project and member as pages show them: a later delivery may have announced another name.
fn names_of(transaction: &Transaction<'_>, seq: i64) -> Result<[String; 3]> {
    transaction
        .prepare_cached(
            "SELECT t.name, j.name, m.name
             FROM photo p JOIN team t ON t.id = p.team_id JOIN project j ON j.id = p.project_id
                  JOIN member m ON m.id = p.member_id
             WHERE p.seq = ?1",
        )
        .and_then(|mut statement| {
            statement.query_row([seq], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))
        })
        .doing("read the names of a photo")
}

fn words_of(announced: &Announcement, shown: &[String; 3]) -> String {
    let Announcement { team, project, code, photo_name, place, member, device, notes, .. } = announced;
    let claimed = [code, photo_name, team, project, member, device, place];
    let claimed = claimed.into_iter().filter_map(|text| text.as_deref());
    let shown = shown.iter().map(String::as_str);
    search_text::folded_fields(claimed.chain(shown).chain(notes.iter().map(String::as_str)))
}
