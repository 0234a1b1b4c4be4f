//! The objects of a generated archive: small ones in place of photos, true sidecars beside them, and now and then what
//! else an archive holds: repeats, later judgements, outcomes that people found, records of dead letters.
//!
//! Keys, hashes and rows agree with each other as the daemon's would.

use std::fs;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::{Timestamp, ToSpan as _};
use keepmark::domain::object_key::{ObjectKey, PhotoKey};
use keepmark::domain::photo::Sha256;
use keepmark::domain::record::{DeadLetter, Delivered, HumanOutcome, Quarantined, Record, RecordObject};
use keepmark::domain::sidecar::{self, LaterJudgement, Named, Repeat, Sidecar};
use keepmark::domain::store::{StoreId, marker_of};
use keepmark::domain::verdict::{RULES_VERSION, Verdict};
use keepmark::domain::verification::Official;
use rusqlite::{Connection, params};

use super::Dice;
use super::made::{Arrived, Became, Made};
use super::rows::{self, DEAD_REASON, DOWNLOAD_MS, QUARANTINE_REASON, SEALING_MS, SOURCE_HOST};

/// Of so many photos one has each of these.
const REPEATS: u64 = 40;
const JUDGED_AGAIN: u64 = 30;
const LOOKED_UP: u64 = 50;
/// A dead letter died so long after it arrived.
const DYING_MS: i64 = 3_600_000;

/// The folder that stands for the store.
pub struct Objects {
    root: PathBuf,
    dice: Dice,
    photos: u64,
    records: u64,
}

impl Objects {
    /// In a state folder, where a daemon without settings looks for them.
    pub fn in_state_dir(state_dir: &Path, seed: u64, connection: &Connection) -> anyhow::Result<Self> {
        let id = StoreId(u128::from(seed) + 1);
        let objects =
            Self { root: state_dir.join("archive"), dice: Dice::new(seed ^ 0xa5a5), photos: 0, records: 0 };
        objects.write(".keepmark/store.json", &marker_of(id))?;
        connection.execute("UPDATE store SET store_id = ?1", [id.to_string()])?;
        Ok(objects)
    }

    /// Gives a photo its bytes and its sidecar, and puts both.
    pub fn put_photo(&mut self, arrived: &mut Arrived) -> anyhow::Result<()> {
        let received_at = arrived.received_at;
        let Became::Photo(made) = &mut arrived.became else { return Ok(()) };
        let mut bytes = b"\xff\xd8\xff\xfe\x00\x22".to_vec();
        bytes.extend(made.id.to_string().bytes());
        bytes.extend(b"\xff\xd9");
        made.sha256 = Sha256::of(&bytes);
        made.size_bytes = bytes.len() as u64;
        let key = rows::key(made);
        let sidecar = sidecar::bytes_of(&sidecar_of(made, &key, received_at, &arrived.body, self.salt())?)?;
        made.sidecar_sha256 = Sha256::of(&sidecar).to_string();
        made.sidecar_bytes = sidecar.len();
        self.write(key.as_str(), &bytes)?;
        self.write(key.sidecar().as_str(), &sidecar)
    }

    /// What else there is of a delivery, with its rows.
    pub fn put_rest(
        &mut self,
        connection: &Connection,
        arrived: &Arrived,
        delivery: i64,
    ) -> anyhow::Result<()> {
        let delivered = || Delivered {
            body: sidecar::encoded(&arrived.body),
            sha256: Sha256::of(&arrived.body),
            source: "hook".to_owned(),
            received_at: arrived.received_at,
        };
        match &arrived.became {
            Became::Quarantined => {
                let reason = QUARANTINE_REASON.to_owned();
                let record = Record::Quarantined(Quarantined { delivery: delivered(), reason });
                self.put_record(connection, record, arrived.received_at, (Some(delivery), None))
            }
            Became::Dead => {
                let record = Record::DeadLetter(DeadLetter {
                    delivery: delivered(),
                    class: Some("gone".to_owned()),
                    reason: DEAD_REASON.to_owned(),
                    attempts: 5,
                    sample: None,
                });
                let died = arrived.received_at + DYING_MS.milliseconds();
                self.put_record(connection, record, died, (Some(delivery), None))
            }
            Became::Photo(made) => {
                let sql = "SELECT photo_seq FROM job WHERE delivery_id = ?1";
                let seq = connection.query_row(sql, [delivery], |row| row.get(0))?;
                self.photos += 1;
                self.put_companions(connection, arrived, made, seq)
            }
        }
    }

    fn put_companions(
        &mut self,
        connection: &Connection,
        arrived: &Arrived,
        made: &Made,
        seq: i64,
    ) -> anyhow::Result<()> {
        if self.photos.is_multiple_of(REPEATS) {
            self.put_repeat(connection, arrived, made, seq)?;
        }
        if self.photos.is_multiple_of(JUDGED_AGAIN) {
            self.put_judgement(connection, arrived, made, seq)?;
        }
        if self.photos.is_multiple_of(LOOKED_UP) {
            rows::insert_outcome(connection, seq, (Official::Authentic, "Grace"), arrived.received_at)?;
            let record = Record::HumanOutcome(HumanOutcome {
                photo_id: made.id,
                photo_sha256: made.sha256,
                code: made.announced.code.clone(),
                outcome: Official::Authentic,
                by: "Grace".to_owned(),
                note: None,
                sample: None,
            });
            self.put_record(connection, record, arrived.received_at, (None, Some(seq)))?;
        }
        Ok(())
    }

    fn put_repeat(
        &mut self,
        connection: &Connection,
        arrived: &Arrived,
        made: &Made,
        seq: i64,
    ) -> anyhow::Result<()> {
        let mut body: serde_json::Value = serde_json::from_slice(&arrived.body)?;
        let event_id = format!("again-{}", made.id);
        body["event_id"] = event_id.clone().into();
        let body = body.to_string().into_bytes();
        let received_at = arrived.received_at + 24.hours();
        let repeat = Repeat {
            schema: sidecar::SCHEMA,
            photo_id: made.id,
            event_id: Some(event_id.clone()),
            received_at,
            delivery: sidecar::encoded(&body),
            program: sidecar::program(),
            salt: self.salt(),
        };
        let bytes = sidecar::bytes_of(&repeat)?;
        let key = rows::key(made).repeat(Sha256::of(&bytes));
        self.write(key.as_str(), &bytes)?;
        let job = rows::insert_repeat(connection, seq, &body, &event_id, received_at)?;
        insert_evidence(connection, ("repeat", None, None), (seq, Some(job)), key.as_str(), &bytes)
    }

    fn put_judgement(
        &mut self,
        connection: &Connection,
        arrived: &Arrived,
        made: &Made,
        seq: i64,
    ) -> anyhow::Result<()> {
        let verdict = Verdict::Suspicious;
        let later = LaterJudgement {
            schema: sidecar::SCHEMA,
            photo_id: made.id,
            judgement: 2,
            judged_at: arrived.received_at + 48.hours(),
            cause: "judged again by the rules of this program".to_owned(),
            rules_version: RULES_VERSION,
            verdict,
            findings: made.judgement.findings.clone(),
            program: sidecar::program(),
            salt: self.salt(),
        };
        let bytes = sidecar::bytes_of(&later)?;
        let key = rows::key(made).judgement(NonZeroU32::new(2).context("two is not zero")?);
        self.write(key.as_str(), &bytes)?;
        rows::insert_findings(connection, seq, 2, &made.judgement.findings)?;
        let sql = "UPDATE photo SET judgement = 2, verdict = ?2 WHERE seq = ?1";
        connection.execute(sql, params![seq, verdict.as_str()])?;
        let what = ("judgement", Some(2), Some(verdict.as_str()));
        insert_evidence(connection, what, (seq, None), key.as_str(), &bytes)
    }

    fn put_record(
        &mut self,
        connection: &Connection,
        record: Record,
        at: Timestamp,
        (delivery, photo): (Option<i64>, Option<i64>),
    ) -> anyhow::Result<()> {
        self.records += 1;
        let key = ObjectKey::record(self.records, record.kind());
        let bytes = sidecar::bytes_of(&RecordObject::new(record, self.records, at, self.salt()))?;
        self.write(key.as_str(), &bytes)?;
        connection.execute(
            "INSERT INTO evidence (photo_seq, delivery_id, kind, sequence, object_key, sha256, recorded_at)
             VALUES (?1, ?2, 'record', ?3, ?4, ?5, ?6)",
            params![
                photo,
                delivery,
                i64::try_from(self.records)?,
                key.as_str(),
                Sha256::of(&bytes).to_string(),
                at.as_millisecond()
            ],
        )?;
        rows::insert_reading(connection, connection.last_insert_rowid(), bytes.len())?;
        Ok(())
    }

    fn write(&self, key: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let path = self.root.join(key);
        fs::create_dir_all(path.parent().context("a key has a folder")?)?;
        Ok(fs::write(path, bytes)?)
    }

    fn salt(&mut self) -> String {
        self.dice.hex(32)
    }
}

fn insert_evidence(
    connection: &Connection,
    (kind, judgement, verdict): (&str, Option<u32>, Option<&str>),
    (seq, job): (i64, Option<i64>),
    key: &str,
    bytes: &[u8],
) -> anyhow::Result<()> {
    connection.execute(
        "INSERT INTO evidence (photo_seq, job_id, kind, judgement, verdict, object_key, sha256, recorded_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1)",
        params![seq, job, kind, judgement, verdict, key, Sha256::of(bytes).to_string()],
    )?;
    rows::insert_reading(connection, connection.last_insert_rowid(), bytes.len())?;
    Ok(())
}

fn sidecar_of(
    made: &Made,
    key: &PhotoKey,
    received_at: Timestamp,
    body: &[u8],
    salt: String,
) -> anyhow::Result<Sidecar> {
    let announced = &made.announced;
    let [team, project, member] = rows::segments(made);
    let named = |name: &Option<String>, segment: String| Named { name: name.clone(), segment };
    let downloaded_at = received_at.checked_add(DOWNLOAD_MS.milliseconds())?;
    Ok(Sidecar {
        schema: sidecar::SCHEMA,
        photo_id: made.id,
        object_key: key.as_str().to_owned(),
        sha256: made.sha256,
        size_bytes: made.size_bytes,
        media_type: made.evidence.media_type.content_type().to_owned(),
        code: announced.code.clone(),
        team: named(&announced.team, team),
        project: named(&announced.project, project),
        member: named(&announced.member, member),
        local_time: made.judgement.local_time,
        captured_at: made.judgement.captured_at,
        received_at,
        downloaded_at,
        source_host: SOURCE_HOST.to_owned(),
        delivery: sidecar::encoded(body),
        evidence: made.evidence.clone(),
        content_type: Some(made.evidence.media_type.content_type().to_owned()),
        rules_version: RULES_VERSION,
        verdict: Verdict::of(&made.judgement.findings),
        findings: made.judgement.findings.clone(),
        sealed_at: Some(downloaded_at.checked_add(SEALING_MS.milliseconds())?),
        vote: made.judgement.vote,
        shown_offset_minutes: made.judgement.shown_offset_minutes,
        program: sidecar::program(),
        salt,
    })
}
