//! The audit by code: a row for each archived version of each code, with its objects read again now.

use futures_util::{StreamExt as _, stream};
use serde::Serialize;

use super::{Audit, AuditError};
use crate::archive::ArchiveError;
use crate::catalog::code::{Announced, Known, Version};
use crate::domain::audit::Status;
use crate::domain::object_key::{ObjectKey, PhotoKey};
use crate::domain::photo::{PhotoId, Sha256};
use crate::domain::sidecar::Sidecar;
use crate::domain::verdict::{Finding, Verdict};

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
                _ => row,
            }
        });
        let rows: Vec<_> = stream::iter(read).buffered(READS).collect().await;
        let lacks = |row: &Row| matches!(row.status, Status::Missing | Status::Unreadable);
        if rows.iter().any(lacks) {
            self.expect_our_store().await?;
        }
        Ok(rows)
    }

    /// Reads the photo and all that belongs to it, and holds them against the record and against each other.
    async fn read_again(&self, row: Row, version: &Version) -> Row {
        let mut found = Found::default();
        found.photo(self.archive.read_back(&version.object_key).await, version);
        for (key, recorded) in &version.evidence {
            if *key == version.object_key.sidecar() {
                found.sidecar(self.archive.bytes(key).await.map(Into::into), *recorded, version);
            } else {
                found.evidence(self.archive.read_back(key).await, *recorded, key);
            }
        }
        // The ledger: its leaf of this photo is compared here too, once there is one (`Catalog::leaf_of`).
        let Found { status, sentences } = found;
        let detail = (!sentences.is_empty()).then(|| sentences.join("; "));
        Row { status: status.unwrap_or(Status::Intact), detail, ..row }
    }
}

/// What a version's objects say together.
#[derive(Default)]
struct Found {
    status: Option<Status>,
    sentences: Vec<String>,
}

impl Found {
    fn note(&mut self, status: Status, sentence: String) {
        self.status = Some(self.status.map_or(status, |before| before.worse(status)));
        self.sentences.push(sentence);
    }

    fn photo(&mut self, read: Result<Sha256, ArchiveError>, version: &Version) {
        match read {
            Ok(sha256) if sha256 == version.sha256 => {}
            Ok(sha256) => {
                self.note(
                    Status::Changed,
                    format!("the photo has other bytes than were archived: SHA-256 {sha256}"),
                );
            }
            Err(error) => self.failed(&error, "the photo"),
        }
    }

    /// By its hash, and by what it says itself: a record that was changed together with the photo is betrayed by it.
    fn sidecar(&mut self, read: Result<Vec<u8>, ArchiveError>, recorded: Sha256, version: &Version) {
        let bytes = match read {
            Ok(bytes) => bytes,
            Err(error) => return self.failed(&error, "the sidecar"),
        };
        if Sha256::of(&bytes) != recorded {
            return self.note(Status::Changed, "the sidecar has other bytes than were archived".to_owned());
        }
        let sidecar = serde_json::from_slice::<Sidecar>(&bytes);
        let agrees = |sidecar: &Sidecar| {
            sidecar.sha256 == version.sha256 && sidecar.photo_id == version.id && sidecar.code == version.code
        };
        if !sidecar.is_ok_and(|sidecar| agrees(&sidecar)) {
            self.note(Status::Changed, "the sidecar speaks of another photo than the record does".to_owned());
        }
    }

    fn evidence(&mut self, read: Result<Sha256, ArchiveError>, recorded: Sha256, key: &ObjectKey) {
        let name = format!("its object {}", key.file_name());
        match read {
            Ok(sha256) if sha256 == recorded => {}
            Ok(_) => self.note(Status::Changed, format!("{name} has other bytes than were archived")),
            Err(error) => self.failed(&error, &name),
        }
    }

    fn failed(&mut self, error: &ArchiveError, what: &str) {
        let (status, sentence) = failure(error, what);
        self.note(status, sentence);
    }
}

/// What an object that could not be read is called, and why.
pub(super) fn failure(error: &ArchiveError, what: &str) -> (Status, String) {
    match error {
        ArchiveError::Missing => (Status::Missing, format!("{what} is not in the store")),
        ArchiveError::Altered => (Status::Changed, format!("{what} ends before its end")),
        error => (Status::Unreadable, format!("{what} could not be read: {error}")),
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
