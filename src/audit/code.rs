//! The audit by code: a row for each archived version of each code, with its objects read again now.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;

use super::comparison::Comparison;
use super::{Audit, AuditError};
use crate::catalog::code::{Announced, Known, Recorded, Version};
use crate::domain::audit::Status;
use crate::domain::object_key::PhotoKey;
use crate::domain::photo::{PhotoId, Sha256};
use crate::domain::verdict::{Finding, Verdict};
use crate::domain::verification::OfficialAnswer;

/// Codes that are looked up and read before their rows are told.
pub const BATCH: usize = 64;
/// Versions whose objects are read at once.
const READS: usize = 4;

/// Whether the objects are read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Every object of every version, whole.
    Objects,
    /// What was recorded is enough; the store is not asked.
    Records,
}

/// What is said of one version of a code, or of a code without one.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// As it was asked for.
    pub code: String,
    /// What was found.
    pub status: Status,
    /// The sentence for a person; nothing where all is well.
    pub detail: Option<String>,
    /// The photo's own name.
    pub photo: Option<PhotoId>,
    /// Of its bytes, as recorded.
    pub sha256: Option<Sha256>,
    /// Where it lies.
    pub object_key: Option<PhotoKey>,
    /// Of the findings that stand.
    pub verdict: Option<Verdict>,
    /// One a check.
    pub findings: Vec<Finding>,
    /// What Timemark's own page said last, where somebody has asked it.
    pub official: Option<OfficialAnswer>,
    /// Of an unknown code: codes of archived photos that a person could take for it.
    pub suggestions: Vec<String>,
}

impl Audit {
    /// The rows of these codes, in their order. Nothing is told unless the store can be seen to be ours before and after.
    pub async fn codes(&self, codes: Vec<String>, depth: Depth) -> Result<Vec<Row>, AuditError> {
        let known = self.catalog.known_by_codes(codes.clone()).await?;
        // Where no photo is known, the store is not asked, and may be away.
        if depth == Depth::Objects && known.iter().any(|known| !known.versions.is_empty()) {
            self.expect_our_store().await?;
        }
        let mut rows = Vec::new();
        for (code, known) in codes.into_iter().zip(known) {
            let Known { versions, announced, alike } = known;
            if versions.is_empty() {
                rows.push((without_photo(code, &announced, alike), None));
            } else {
                rows.extend(versions.into_iter().map(|version| of(code.clone(), version)));
            }
        }
        let read = rows.into_iter().map(|(row, version)| async move {
            match version {
                Some(version) if depth == Depth::Objects => self.read_again(row, &version).await,
                _ => Ok(row),
            }
        });
        let rows: Vec<_> = stream::iter(read).buffered(READS).try_collect().await?;
        let lacks = |row: &Row| matches!(row.status, Status::Missing | Status::Unreadable);
        if rows.iter().any(lacks) {
            self.expect_our_store().await?;
        }
        Ok(rows)
    }

    /// Reads the photo and all that belongs to it, and holds them against the record, each other and the ledger.
    async fn read_again(&self, row: Row, version: &Version) -> Result<Row, AuditError> {
        let mut comparison = Comparison::default();
        comparison.photo(self.archive.read_back(&version.object_key).await, version);
        for Recorded { object_key, sha256, .. } in &version.evidence {
            if *object_key == version.object_key.sidecar() {
                comparison.sidecar(self.archive.bytes(object_key).await.map(Into::into), *sha256, version);
            } else {
                comparison.evidence(self.archive.read_back(object_key).await, *sha256, object_key);
            }
        }
        let evidence = version.evidence.iter().map(|recorded| recorded.number).collect();
        comparison.ledger(self.catalog.in_ledger(evidence).await?, version);
        let (status, detail) = comparison.said();
        Ok(Row { status, detail, ..row })
    }
}

fn of(code: String, version: Version) -> (Row, Option<Version>) {
    let row = Row {
        code,
        status: Status::Archived,
        detail: None,
        photo: Some(version.id),
        sha256: Some(version.sha256),
        object_key: Some(version.object_key.clone()),
        verdict: Some(version.verdict),
        findings: version.findings.clone(),
        official: version.official,
        suggestions: Vec::new(),
    };
    (row, Some(version))
}

fn without_photo(code: String, announced: &[Announced], suggestions: Vec<String>) -> Row {
    let status = if announced.is_empty() { Status::Unknown } else { Status::Announced };
    let detail = announced.iter().map(waiting).collect::<Vec<_>>();
    Row {
        code,
        status,
        detail: (!detail.is_empty()).then(|| detail.join("; ")),
        photo: None,
        sha256: None,
        object_key: None,
        verdict: None,
        findings: Vec::new(),
        official: None,
        suggestions,
    }
}

fn waiting(announced: &Announced) -> String {
    let Announced { delivery, is_dead, reason } = announced;
    let stands = if *is_dead { "could not be archived" } else { "waits" };
    match reason {
        Some(reason) => format!("delivery {delivery} {stands}: {reason}"),
        None => format!("delivery {delivery} {stands}"),
    }
}
