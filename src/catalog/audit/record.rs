//! The record of an audit that is through: its counts, and what it found.
//!
//! Made in the transaction that ends the run, so that no run ends without one.

use jiff::Timestamp;
use rusqlite::{Transaction, params};

use crate::catalog::audit::run::{self, AuditId, RUN, results};
use crate::catalog::{Catalog, CatalogError, Doing as _, Result, records};
use crate::domain::record::{AUDIT_FINDINGS_MAX, AuditFinding, AuditRun, Record};
use crate::domain::sidecar;

impl Catalog {
    /// The run is through, and has its record. `salt`: 256 random bits.
    pub async fn end_audit(&self, id: AuditId, salt: [u8; 32], now_ms: i64) -> Result<()> {
        self.write(move |transaction| end(transaction, id, salt, now_ms)).await
    }
}

/// Once.
fn end(transaction: &Transaction<'_>, id: AuditId, salt: [u8; 32], now_ms: i64) -> Result<()> {
    let ended = transaction
        .execute(
            "UPDATE audit_run SET ended_at = ?2, trouble = NULL WHERE id = ?1 AND ended_at IS NULL",
            params![id.0, now_ms],
        )
        .doing("end an audit")?;
    if ended == 0 {
        return Ok(());
    }
    let record = Record::AuditRun(record_of(transaction, id, now_ms)?);
    records::keep(transaction, &record, None, sidecar::salt(salt, 0), time(now_ms)?).map(drop)
}

fn record_of(transaction: &Transaction<'_>, id: AuditId, now_ms: i64) -> Result<AuditRun> {
    let run =
        transaction.query_row(&format!("{RUN} WHERE id = ?1"), [id.0], run::run).doing("record an audit")?;
    let limit = u32::try_from(AUDIT_FINDINGS_MAX).unwrap_or(u32::MAX);
    let found = results(transaction, id, "", limit)?;
    let findings = found.into_iter().map(|result| AuditFinding {
        object_key: result.object_key,
        status: result.status.as_str().to_owned(),
        detail: result.detail,
    });
    Ok(AuditRun {
        scope: run.kind,
        seed: run.seed,
        started_at: time(run.started_at_ms)?,
        ended_at: time(now_ms)?,
        objects: run.objects.unsigned_abs(),
        checked: run.counts.checked.unsigned_abs(),
        intact: run.counts.intact.unsigned_abs(),
        changed: run.counts.changed.unsigned_abs(),
        missing: run.counts.missing.unsigned_abs(),
        unreadable: run.counts.unreadable.unsigned_abs(),
        extra: run.counts.extra.unsigned_abs(),
        read_bytes: run.counts.bytes.unsigned_abs(),
        findings: findings.collect(),
    })
}

fn time(ms: i64) -> Result<Timestamp> {
    Timestamp::from_millisecond(ms).map_err(|_| CatalogError::Unreadable("time"))
}
