//! The beginning of a rebuild: what a catalogue without an archived photo has sealed is let go, so that names and photos
//! come back as they were.

use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::{Phase, REBUILD, Rebuild, RebuildId, execute, rebuild};
use crate::catalog::evidence::encode;
use crate::catalog::{Catalog, CatalogError, Doing as _, Result, ledger};
use crate::domain::object_key::ObjectKey;
use crate::domain::photo::Sha256;
use crate::domain::record::{Read, RecordObject};

/// What was sealed and never archived, and what it taught: children first.
const LET_GO: [&str; 14] = [
    "DELETE FROM evidence WHERE photo_seq IS NOT NULL",
    "DELETE FROM finding",
    "DELETE FROM reading",
    "DELETE FROM photo_trigram WHERE rowid IN (SELECT photo_seq FROM photo_text)",
    "DELETE FROM photo_pair WHERE rowid IN (SELECT photo_seq FROM photo_text)",
    "DELETE FROM photo_area",
    "DELETE FROM photo_text",
    "DELETE FROM photo_place",
    "DELETE FROM photo",
    "DELETE FROM meaning_change",
    "DELETE FROM user_project",
    "DELETE FROM project",
    "DELETE FROM member",
    "DELETE FROM team",
];

impl Catalog {
    /// Begins a rebuild, or finds the one that is not through. Refused where photos are archived in this catalogue, unless
    /// an earlier one could not put the ledger back: then that is all it does.
    pub async fn begin_rebuild(&self, now_ms: i64) -> Result<Rebuild> {
        self.write(move |transaction| begin(transaction, now_ms)).await
    }
}

fn begin(transaction: &Transaction<'_>, now_ms: i64) -> Result<Rebuild> {
    let open = transaction
        .query_row(&format!("{REBUILD} WHERE ended_at IS NULL"), [], rebuild)
        .optional()
        .doing("look for a rebuild")?;
    if let Some(open) = open {
        return Ok(open);
    }
    let photos: i64 = transaction
        .query_row("SELECT count(*) FROM photo WHERE archived_at IS NOT NULL", [], |row| row.get(0))
        .doing("count photos")?;
    let is_ledger_alone = ledger::distrust(transaction)?.is_some();
    if photos > 0 && !is_ledger_alone {
        let what = if photos == 1 { "a photo".to_owned() } else { format!("{photos} photos") };
        return Err(CatalogError::Refused(format!(
            "this catalogue knows {what} already, and a rebuild fills an empty one: stop the daemon, move `keepmark.db` and \
             `keepmark.db-wal` out of the state folder, start the daemon, then run `keepmark rebuild` again"
        )));
    }
    let phase = if is_ledger_alone { Phase::Ledger } else { Phase::Listing };
    if !is_ledger_alone {
        let_go(transaction, now_ms)?;
    }
    let sql = "INSERT INTO rebuild (phase, started_at) VALUES (?1, ?2)";
    execute(transaction, sql, params![phase.as_str(), now_ms])?;
    let id = RebuildId(transaction.last_insert_rowid());
    transaction.query_row(&format!("{REBUILD} WHERE id = ?1"), [id.0], rebuild).doing("begin a rebuild")
}

/// Whoever works on a job loses its lease. A downloaded file stays named: it serves where its link is dead by then.
fn let_go(transaction: &Transaction<'_>, now_ms: i64) -> Result<()> {
    execute(
        transaction,
        "UPDATE job SET state = CASE WHEN state IN ('leased', 'held') OR waits_for IS NOT NULL THEN 'ready' ELSE state END,
                lease_claim = NULL, photo_seq = NULL, waits_for = NULL, updated_at = ?1
         WHERE state IN ('leased', 'held') OR photo_seq IS NOT NULL OR waits_for IS NOT NULL",
        params![now_ms],
    )?;
    LET_GO.iter().try_for_each(|sql| execute(transaction, sql, &[]))
}

/// Records that were kept here while the store's were not known get numbers behind them. None of them was ever put.
pub(super) fn number_records_after(transaction: &Transaction<'_>, last: u64) -> Result<()> {
    if last == 0 {
        return Ok(());
    }
    // From the last one down, so that no number is met that is still in use.
    let waiting: Vec<(i64, Vec<u8>)> = transaction
        .prepare(
            "SELECT id, body FROM evidence WHERE sequence IS NOT NULL AND recorded_at IS NULL ORDER BY sequence DESC",
        )
        .and_then(|mut statement| {
            let record = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
            statement.query_map([], record)?.collect()
        })
        .doing("number records")?;
    for (id, body) in waiting {
        let Read::Known(mut object) = RecordObject::read(&body) else {
            return Err(CatalogError::Unreadable("record"));
        };
        object.sequence += last;
        let body = encode(&object)?;
        let key = ObjectKey::record(object.sequence, object.record.kind());
        execute(
            transaction,
            "UPDATE evidence SET sequence = ?2, object_key = ?3, sha256 = ?4, body = ?5 WHERE id = ?1",
            params![
                id,
                crate::catalog::records::signed(object.sequence),
                key.as_str(),
                Sha256::of(&body).to_string(),
                body
            ],
        )?;
    }
    Ok(())
}
