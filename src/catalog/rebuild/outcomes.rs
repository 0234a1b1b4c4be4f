//! What people and audits found, and which keys signed, put back from their records; and that objects were read.
//!
//! Rows get new numbers, in the order of the records.

use rusqlite::{OptionalExtension as _, Transaction, params};

use super::restore::count;
use super::{RebuildId, execute};
use crate::catalog::ledger::key::{insert_key, keys};
use crate::catalog::records::signed;
use crate::catalog::verification::{self, insert_outcome};
use crate::catalog::{CatalogError, Doing as _, Result};
use crate::domain::ledger::key::PublicKey;
use crate::domain::record::{AuditRun, HumanOutcome, KeyChange};

/// What a person found, at that time.
pub(super) fn put_outcome(
    transaction: &Transaction<'_>,
    id: RebuildId,
    outcome: &HumanOutcome,
    at_ms: i64,
) -> Result<()> {
    let found = verification::HumanOutcome {
        outcome: outcome.outcome,
        who: outcome.by.clone(),
        note: outcome.note.clone().unwrap_or_default(),
        sample: outcome.sample.clone(),
        at_ms,
    };
    insert_outcome(transaction, outcome.photo_id, &found)?;
    count(transaction, id, "human_outcomes")
}

/// An audit, with what it found. A scope of a later Keepmark stays its record alone.
pub(super) fn put_audit(transaction: &Transaction<'_>, id: RebuildId, run: &AuditRun) -> Result<()> {
    if !["all", "sample", "inventory"].contains(&run.scope.as_str()) {
        return count(transaction, id, "records_of_later_versions");
    }
    execute(
        transaction,
        "INSERT INTO audit_run (kind, seed, started_at, ended_at, objects, checked, intact, changed, missing, unreadable,
                                extra, bytes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            run.scope,
            run.seed,
            run.started_at.as_millisecond(),
            run.ended_at.as_millisecond(),
            signed(run.objects),
            signed(run.checked),
            signed(run.intact),
            signed(run.changed),
            signed(run.missing),
            signed(run.unreadable),
            signed(run.extra),
            signed(run.read_bytes),
        ],
    )?;
    let number = transaction.last_insert_rowid();
    for found in &run.findings {
        execute(
            transaction,
            "INSERT INTO audit_result (run_id, object_key, status, detail, photo_seq)
             VALUES (?1, ?2, ?3, ?4, coalesce((SELECT seq FROM photo WHERE object_key = ?2),
                                              (SELECT photo_seq FROM evidence WHERE object_key = ?2)))",
            params![number, found.object_key, found.status, found.detail],
        )?;
    }
    count(transaction, id, "audits")
}

/// The keys in the order of their use.
pub(super) fn put_key_change(transaction: &Transaction<'_>, id: RebuildId, change: &KeyChange) -> Result<()> {
    let known = keys(transaction)?;
    let parsed = |text: &String| {
        PublicKey::parse(text).map_err(|_| CatalogError::Unreadable("public key of the ledger"))
    };
    if let Some(before) = change.before.as_ref().map(parsed).transpose()?
        && known.first() != Some(&before)
    {
        insert_key(transaction, &before)?;
    }
    insert_key(transaction, &parsed(&change.after)?)?;
    count(transaction, id, "key_changes")
}

/// A photo was read whole since this rebuild began, and a trigger has noted it as intact: what was found of it says more.
pub(super) fn photo_was_read(transaction: &Transaction<'_>, id: RebuildId, seq: i64) -> Result<()> {
    let result: Option<String> = transaction
        .prepare_cached(
            "SELECT CASE f.finding WHEN 'photo_changed' THEN 'changed' ELSE 'missing' END
             FROM rebuild_finding f JOIN photo p ON p.object_key = f.object_key
             WHERE f.rebuild_id = ?1 AND p.seq = ?2 AND f.finding IN ('photo_changed', 'photo_missing')",
        )
        .and_then(|mut statement| statement.query_row([id.0, seq], |row| row.get(0)).optional())
        .doing("look how a photo was found")?;
    execute(
        transaction,
        "UPDATE audit_object
         SET result = coalesce(?3, result), read_at = (SELECT started_at FROM rebuild WHERE id = ?1),
             found_at = CASE WHEN ?3 IS NULL THEN NULL ELSE (SELECT started_at FROM rebuild WHERE id = ?1) END
         WHERE kind = 'photo' AND number = ?2",
        params![id.0, seq, result],
    )
}

/// An object of evidence was read since this rebuild began: the row that was inserted last.
pub(super) fn evidence_was_read(transaction: &Transaction<'_>, id: RebuildId, size_bytes: u64) -> Result<()> {
    let evidence = transaction.last_insert_rowid();
    execute(
        transaction,
        "INSERT INTO audit_object (kind, number, size_bytes, read_at, result)
         SELECT 'evidence', ?2, ?3, started_at, 'intact' FROM rebuild WHERE id = ?1",
        params![id.0, evidence, signed(size_bytes)],
    )
}
