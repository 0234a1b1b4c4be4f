//! A record: what the bucket must know beside photos and their sidecars, so that it is enough by itself.
//!
//! Written once, byte for byte as it was kept; each has a number that is never given again. A field, once released, keeps
//! its name and meaning, and `schema` counts up when one is added. What a later Keepmark records, an earlier one passes
//! over and leaves alone.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::photo::{PhotoId, Sha256};
use super::sidecar;
use super::verification::Official;

/// The version of the fields of records.
pub const SCHEMA: u32 = 1;

/// What is recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    /// A delivery that led to no photo and was given up. A sidecar or a repeat that holds the same delivery says that it
    /// was cured later.
    DeadLetter(DeadLetter),
    /// A body that could not be read.
    Quarantined(Quarantined),
    /// What Timemark's own page said of a photo, as a person copied it.
    HumanOutcome(HumanOutcome),
    /// An audit that went through the archive.
    AuditRun(AuditRun),
    /// The key that signs the ledger changed.
    KeyChange(KeyChange),
    /// The ledger and the store did not say the same.
    LedgerFinding(LedgerFinding),
}

/// A delivery as it arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// The raw body, base64 (RFC 4648, section 4).
    pub body: String,
    /// Of the raw body: by it records and sidecars of one delivery are told to belong together.
    pub sha256: Sha256,
    /// What brought it: `hook`.
    pub source: String,
    /// When it arrived.
    pub received_at: Timestamp,
}

/// A delivery that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The delivery.
    pub delivery: Delivered,
    /// The way in which it failed, by [`super::job::Class`].
    pub class: Option<String>,
    /// The sentence for a person.
    pub reason: String,
    /// Tries.
    pub attempts: u32,
    /// The first 64 KiB of what its link gave in place of a photo, base64.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sample: Option<String>,
}

/// A body that is no JSON object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantined {
    /// The delivery.
    pub delivery: Delivered,
    /// Why it could not be read.
    pub reason: String,
}

/// One photo looked up by a person on Timemark's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HumanOutcome {
    /// Which photo.
    pub photo_id: PhotoId,
    /// Of its bytes.
    pub photo_sha256: Sha256,
    /// The code that was looked up.
    pub code: Option<String>,
    /// What the page said.
    pub outcome: Official,
    /// The name of the person, as in the catalogue then.
    pub by: String,
    /// What the person wrote.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
    /// The sample that the photo was drawn with, as the page's address names it: seed, confidence, period.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sample: Option<String>,
}

/// An audit that is through, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRun {
    /// What was audited: `all`, `sample`, `inventory`, or a word of a later Keepmark.
    pub scope: String,
    /// Of a sample: with it the same photos are drawn again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seed: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was through.
    pub ended_at: Timestamp,
    /// Objects that were to be read, counted at the start.
    pub objects: u64,
    /// Objects that were looked at.
    pub checked: u64,
    /// As recorded.
    pub intact: u64,
    /// With other bytes.
    pub changed: u64,
    /// Not there.
    pub missing: u64,
    /// There, and not readable.
    pub unreadable: u64,
    /// There, and not known.
    pub extra: u64,
    /// Read, in bytes.
    pub read_bytes: u64,
    /// Each that is not intact, at most [`AUDIT_FINDINGS_MAX`] in the order of keys.
    #[serde(default)]
    pub findings: Vec<AuditFinding>,
}

/// Further findings of an audit are only counted: a record is read whole.
pub const AUDIT_FINDINGS_MAX: usize = 1000;

/// One object that is not as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditFinding {
    /// Its key, relative to the archive's URL.
    pub object_key: String,
    /// `changed`, `missing`, `unreadable` or `extra`.
    pub status: String,
    /// The sentence for a person.
    pub detail: String,
}

/// Another key signs from here on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyChange {
    /// The public key before, as a verifier key of `signed-note`; none at the first.
    pub before: Option<String>,
    /// The public key from now on.
    pub after: String,
    /// Why.
    pub reason: String,
}

/// Ledger and store disagree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerFinding {
    /// In a word.
    pub finding: String,
    /// The sentence for a person.
    pub detail: String,
}

/// A record as it lies in the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordObject {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Its place among all records of this archive, from 1.
    pub sequence: u64,
    /// When it was kept.
    pub at: Timestamp,
    /// What it tells.
    #[serde(flatten)]
    pub record: Record,
    /// The program that wrote this.
    pub program: String,
    /// 128 random bits, so that a hash of this object gives nothing away.
    pub salt: String,
}

/// What an object under `records/` is.
#[derive(Debug, Clone, PartialEq)]
pub enum Read {
    /// One of ours.
    Known(Box<RecordObject>),
    /// Of a kind that a later Keepmark writes.
    Later {
        /// Its place among all records.
        sequence: u64,
        /// The word for it.
        kind: String,
    },
    /// No record.
    Unreadable,
}

impl Record {
    /// The words for all kinds.
    const KINDS: [&'static str; 6] =
        ["dead_letter", "quarantined", "human_outcome", "audit_run", "key_change", "ledger_finding"];

    /// The word for its kind: in the object and in its key.
    pub fn kind(&self) -> &'static str {
        let [dead_letter, quarantined, human_outcome, audit_run, key_change, ledger_finding] = Self::KINDS;
        match self {
            Self::DeadLetter(_) => dead_letter,
            Self::Quarantined(_) => quarantined,
            Self::HumanOutcome(_) => human_outcome,
            Self::AuditRun(_) => audit_run,
            Self::KeyChange(_) => key_change,
            Self::LedgerFinding(_) => ledger_finding,
        }
    }

    /// The photo that it tells of.
    pub fn photo(&self) -> Option<PhotoId> {
        match self {
            Self::HumanOutcome(outcome) => Some(outcome.photo_id),
            _ => None,
        }
    }

    /// The delivery that it tells of.
    pub fn delivery(&self) -> Option<&Delivered> {
        match self {
            Self::DeadLetter(letter) => Some(&letter.delivery),
            Self::Quarantined(quarantined) => Some(&quarantined.delivery),
            _ => None,
        }
    }
}

impl RecordObject {
    /// A record with its place and its salt.
    pub fn new(record: Record, sequence: u64, at: Timestamp, salt: String) -> Self {
        Self { schema: SCHEMA, sequence, at, record, program: sidecar::program(), salt }
    }

    /// Reads an object of `records/`.
    pub fn read(bytes: &[u8]) -> Read {
        // By way of a value: serde's own way through a flattened, tagged enum loses numbers of arbitrary precision.
        let Ok(value) = serde_json::from_slice::<serde_json::Value>(bytes) else { return Read::Unreadable };
        let kind = value["kind"].as_str().map(str::to_owned);
        let sequence = value["sequence"].as_u64();
        match (serde_json::from_value(value), kind, sequence) {
            (Ok(object), ..) => Read::Known(Box::new(object)),
            (Err(_), Some(kind), Some(sequence)) if !Record::KINDS.contains(&kind.as_str()) => {
                Read::Later { sequence, kind }
            }
            (Err(_), ..) => Read::Unreadable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Record {
        Record::DeadLetter(DeadLetter {
            delivery: Delivered {
                body: sidecar::encoded(b"{}"),
                sha256: Sha256::of(b"{}"),
                source: "hook".to_owned(),
                received_at: Timestamp::from_millisecond(1_795_219_959_123).unwrap(),
            },
            class: Some("gone".to_owned()),
            reason: "the host answered 404".to_owned(),
            attempts: 7,
            sample: None,
        })
    }

    fn audit() -> Record {
        Record::AuditRun(AuditRun {
            scope: "all".to_owned(),
            seed: None,
            started_at: Timestamp::UNIX_EPOCH,
            ended_at: Timestamp::UNIX_EPOCH,
            objects: 2,
            checked: u64::MAX,
            intact: 1,
            changed: 0,
            missing: 0,
            unreadable: 0,
            extra: 0,
            read_bytes: 1 << 60,
            findings: Vec::new(),
        })
    }

    #[test]
    fn a_record_is_read_back_as_it_was_written() {
        for record in [letter(), audit()] {
            let object = RecordObject::new(record, 17, Timestamp::UNIX_EPOCH, "00".repeat(16));
            let bytes = sidecar::bytes_of(&object).unwrap();
            assert_eq!(RecordObject::read(&bytes), Read::Known(Box::new(object)));
        }
    }

    #[test]
    fn the_word_in_an_object_is_the_word_of_its_key() {
        for record in [letter(), audit()] {
            let kind = record.kind();
            let value = serde_json::to_value(&record).unwrap();
            assert_eq!(value["kind"], kind);
        }
    }

    #[test]
    fn a_record_of_a_later_kind_is_passed_over_and_a_damaged_one_is_not() {
        let later = br#"{"schema": 9, "sequence": 3, "kind": "hand_over", "to": "somebody"}"#;
        assert_eq!(RecordObject::read(later), Read::Later { sequence: 3, kind: "hand_over".to_owned() });
        for damaged in [&br#"{"sequence": 3, "kind": "dead_letter"}"#[..], b"{", b"[]", b""] {
            assert_eq!(RecordObject::read(damaged), Read::Unreadable);
        }
    }
}
