//! Reading one object of the store for a rebuild: what it tells, and what does not fit.

use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use sha2::Digest as _;

use super::super::{Upkeep, UpkeepError};
use crate::archive::ArchiveError;
use crate::catalog::rebuild::restore::{Restored, Told};
use crate::catalog::rebuild::{Finding, Kind, Object, ReadSidecar};
use crate::catalog::seal::Draft;
use crate::domain::delivery;
use crate::domain::evidence::FilePosition;
use crate::domain::object_key::folder::FolderPattern;
use crate::domain::object_key::{ObjectKey, PhotoKey};
use crate::domain::photo::Sha256;
use crate::domain::record::{Read, RecordObject};
use crate::domain::sidecar::{LaterJudgement, Repeat, Sidecar, decoded};
use crate::domain::verdict::device::Pair;
use crate::domain::verdict::known::Known;
use crate::domain::verdict::meaning::Vote;
use crate::domain::verdict::rules::{Material, Rules};
use crate::domain::verdict::{Check, Judgement, Outcome, Usable};

impl Upkeep {
    /// Reads a sidecar and compares its photo with it.
    pub(super) async fn verify(&self, object: Object) -> Result<ReadSidecar, UpkeepError> {
        let key = object.key;
        let unreadable = |detail: String| ReadSidecar {
            findings: vec![Finding::new(&key, "sidecar_unreadable", detail)],
            key: key.clone(),
            sealed_ms: None,
        };
        let Some(bytes) = self.bytes(&key).await? else {
            return Ok(unreadable("the store listed it and does not give it".to_owned()));
        };
        let sidecar = match serde_json::from_slice::<Sidecar>(&bytes) {
            Ok(sidecar) => sidecar,
            Err(error) => {
                return Ok(unreadable(format!(
                    "it is damaged ({error}): its photo was left where it is, and is not in the catalogue"
                )));
            }
        };
        let Ok(photo) = PhotoKey::from_stored(sidecar.object_key.clone()) else {
            return Ok(unreadable("it names no photo of this archive".to_owned()));
        };
        if decoded(&sidecar.delivery).is_none() {
            return Ok(unreadable("the delivery in it is no base64".to_owned()));
        }
        let mut findings = Vec::new();
        if photo.sidecar().as_str() != key {
            let detail = "it tells of a photo elsewhere; it is taken at its word";
            findings.push(Finding::new(&key, "sidecar_elsewhere", detail));
        }
        findings.extend(self.compare(&photo, &sidecar).await?);
        Ok(ReadSidecar { key, sealed_ms: Some(sealed_at(&sidecar).as_millisecond()), findings })
    }

    /// The photo is read whole: what its sidecar says of it, its bytes must bear out.
    async fn compare(&self, photo: &PhotoKey, sidecar: &Sidecar) -> Result<Option<Finding>, UpkeepError> {
        let finding = |word, detail: String| Ok(Some(Finding::new(photo.as_str(), word, detail)));
        if self.catalog.listed_size(photo.as_str().to_owned()).await?.is_none() {
            return finding("photo_missing", "its sidecar is there and the photo is not".to_owned());
        }
        let mut stream = match self.archive.stream(photo).await {
            Ok(stream) => stream,
            Err(ArchiveError::Missing) => {
                return finding("photo_missing", "the store listed it and does not give it".to_owned());
            }
            Err(error) => return Err(error.into()),
        };
        let (mut hasher, mut size_bytes) = (sha2::Sha256::new(), 0_u64);
        while let Some(chunk) = stream.try_next().await? {
            hasher.update(&chunk);
            size_bytes += chunk.len() as u64;
        }
        let found = Sha256(hasher.finalize().into());
        if found == sidecar.sha256 && size_bytes == sidecar.size_bytes {
            return Ok(None);
        }
        finding(
            "photo_changed",
            format!(
                "it has {size_bytes} bytes and the SHA-256 {found}, its sidecar says {} bytes and {}",
                sidecar.size_bytes, sidecar.sha256
            ),
        )
    }

    /// Reads an object that is to be put back.
    pub(super) async fn read_object(&self, object: Object) -> Result<Restored, UpkeepError> {
        let Object { key, kind, modified_ms, .. } = object;
        let bytes = self.bytes(&key).await?;
        let told = bytes.as_deref().map(|bytes| self.told(kind, bytes));
        let (told, findings) = match told {
            Some(Ok(told)) => (Some(told), Vec::new()),
            Some(Err(detail)) => (None, vec![Finding::new(&key, "unreadable", detail)]),
            None => {
                let detail = "the store listed it and does not give it";
                (None, vec![Finding::new(&key, "unreadable", detail)])
            }
        };
        let sha256 = Sha256::of(bytes.as_deref().unwrap_or_default());
        let size_bytes = bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
        Ok(Restored { key, sha256, size_bytes, modified_ms, told, findings })
    }

    fn told(&self, kind: Kind, bytes: &[u8]) -> Result<Told, String> {
        let damaged = |error: serde_json::Error| format!("it is damaged ({error})");
        Ok(match kind {
            Kind::Photo | Kind::Sidecar => {
                let sidecar: Sidecar = serde_json::from_slice(bytes).map_err(damaged)?;
                let body = decoded(&sidecar.delivery).ok_or("the delivery in it is no base64")?;
                let draft = draft_of(&sidecar, body, &self.rules);
                Told::Photo(Box::new((sidecar, draft)))
            }
            Kind::Judgement => {
                let later: LaterJudgement = serde_json::from_slice(bytes).map_err(damaged)?;
                Told::Judgement(Box::new(later))
            }
            Kind::Repeat => {
                let repeat: Repeat = serde_json::from_slice(bytes).map_err(damaged)?;
                Told::Repeat(Box::new(repeat))
            }
            Kind::Record => match RecordObject::read(bytes) {
                Read::Unreadable => return Err("it is damaged".to_owned()),
                read => Told::Record(Box::new(read)),
            },
        })
    }

    /// Nothing where the store does not have it.
    async fn bytes(&self, key: &str) -> Result<Option<bytes::Bytes>, UpkeepError> {
        let Ok(key) = ObjectKey::from_stored(key.to_owned()) else { return Ok(None) };
        match self.archive.bytes(&key).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(ArchiveError::Missing) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Sidecars of before did not say it.
fn sealed_at(sidecar: &Sidecar) -> Timestamp {
    sidecar.sealed_at.unwrap_or(sidecar.downloaded_at)
}

/// What the seal knew, as far as the sidecar tells.
fn draft_of(sidecar: &Sidecar, body: Vec<u8>, rules: &Rules) -> Draft {
    let announced = delivery::announcement(&body).unwrap_or_default();
    let (vote, shown_offset_minutes) = taught(sidecar, &body, rules);
    let exif = &sidecar.evidence.exif;
    let judgement = Judgement {
        findings: sidecar.findings.clone(),
        local_time: sidecar.local_time,
        captured_at: sidecar.captured_at,
        vote,
        shown_offset_minutes,
        usable: Usable {
            time: exif.taken.is_some(),
            position: matches!(exif.position, FilePosition::At(_)),
            device: exif.make.is_some() || exif.model.is_some(),
        },
    };
    let is_undecided = sidecar.findings.iter().any(|finding| {
        finding.check == Check::Device && matches!(finding.outcome, Outcome::Ambiguous | Outcome::Mismatch)
    });
    Draft {
        device_pair: Pair::of(announced.device.as_deref(), exif).filter(|_| is_undecided),
        announced,
        body,
        received_at: sidecar.received_at,
        downloaded_at: sidecar.downloaded_at,
        source_host: sidecar.source_host.clone(),
        sha256: sidecar.sha256,
        size_bytes: sidecar.size_bytes,
        evidence: sidecar.evidence.clone(),
        content_type: sidecar.content_type.clone(),
        judgement,
        look_alikes: Vec::new(),
        spool: String::new(),
        folder: FolderPattern::default(),
        photo_id: sidecar.photo_id,
        salt: [0; 32],
        now: sealed_at(sidecar),
    }
}

/// What the photo taught of its team: as its sidecar says, or for one of before as the rules find it without the others.
fn taught(sidecar: &Sidecar, body: &[u8], rules: &Rules) -> (Option<Vote>, Option<i32>) {
    if sidecar.sealed_at.is_some() {
        return (sidecar.vote, sidecar.shown_offset_minutes);
    }
    let announced = delivery::announcement(body).unwrap_or_default();
    let material = Material {
        announced: &announced,
        evidence: &sidecar.evidence,
        content_type: sidecar.content_type.as_deref(),
        received_at: sidecar.received_at,
    };
    let judgement = rules.judge(&material, Known::default());
    (judgement.vote, judgement.shown_offset_minutes)
}
