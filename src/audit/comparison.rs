//! What the objects of one photo say, held against the record, each other and the ledger.
//!
//! Never a judgement: each thing that does not fit is a sentence, and the worst of them is the status.

use crate::archive::ArchiveError;
use crate::catalog::code::Version;
use crate::catalog::ledger::leaf::InLedger;
use crate::domain::audit::Status;
use crate::domain::object_key::ObjectKey;
use crate::domain::photo::Sha256;
use crate::domain::sidecar::Sidecar;

/// What a version's objects say together.
#[derive(Default)]
pub(super) struct Comparison {
    status: Option<Status>,
    sentences: Vec<String>,
}

impl Comparison {
    fn note(&mut self, status: Status, sentence: String) {
        self.status = Some(self.status.map_or(status, |before| before.worse(status)));
        self.sentences.push(sentence);
    }

    pub(super) fn photo(&mut self, read: Result<Sha256, ArchiveError>, version: &Version) {
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
    pub(super) fn sidecar(
        &mut self,
        read: Result<Vec<u8>, ArchiveError>,
        recorded: Sha256,
        version: &Version,
    ) {
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

    pub(super) fn evidence(&mut self, read: Result<Sha256, ArchiveError>, recorded: Sha256, key: &ObjectKey) {
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

    /// Whoever changed object and record alike has not changed what was signed.
    pub(super) fn ledger(&mut self, stand: Vec<InLedger>, version: &Version) {
        for (recorded, stands) in version.evidence.iter().zip(stand) {
            let is_sidecar = recorded.object_key == version.object_key.sidecar();
            let what = if is_sidecar { "the photo" } else { recorded.object_key.file_name() };
            match stands {
                InLedger::Whole => {}
                InLedger::Missing => self.note(Status::Changed, format!("the ledger has no leaf of {what}")),
                InLedger::OfOthers(leaf) => {
                    self.note(
                        Status::Changed,
                        format!("leaf {leaf} of the ledger is not what the record says of {what}"),
                    );
                }
                InLedger::NotAsSigned(leaf) => {
                    let sentence =
                        format!("leaf {leaf} of the ledger, of {what}, is not what the checkpoint signs");
                    self.note(Status::Changed, sentence);
                }
            }
        }
    }

    /// The worst of it, and a sentence for each.
    pub(super) fn said(self) -> (Status, Option<String>) {
        let detail = (!self.sentences.is_empty()).then(|| self.sentences.join("; "));
        (self.status.unwrap_or(Status::Intact), detail)
    }
}

/// What an object that could not be read is called, and why.
pub(super) fn failure(error: &ArchiveError, what: &str) -> (Status, String) {
    match error {
        ArchiveError::Missing => (Status::Missing, format!("{what} is not in the store")),
        ArchiveError::TooLarge => (Status::Changed, format!("{what} is larger than it was written")),
        ArchiveError::Altered => (Status::Changed, format!("{what} ends before its end")),
        error => (Status::Unreadable, format!("{what} could not be read: {error}")),
    }
}
