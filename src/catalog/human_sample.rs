//! Samples of photos for people to verify: drawn once, kept, and walked photo by photo.
//!
//! Never drawn again while it is walked: a photo that was sealed before and is archived meanwhile changes no sample.

use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::column::{parsed, unreadable};
use super::draw::drawn;
use super::filter::{Filter, Resolved};
use super::{Catalog, Doing as _, Result};
use crate::domain::photo::PhotoId;
use crate::domain::verification::Official;

/// A sample that was drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HumanSample {
    /// Its number here.
    pub id: i64,
    /// The address of its page, which says how it was drawn.
    pub address: String,
    /// Photos that it was drawn from.
    pub photos: i64,
    /// Milliseconds since 1970 UTC.
    pub drawn_at_ms: i64,
}

/// A photo of a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sampled {
    /// Its own name.
    pub id: PhotoId,
    /// The last answer, where somebody has asked.
    pub outcome: Option<Official>,
}

const SAMPLE: &str = "SELECT id, address, photos, drawn_at FROM human_sample";

/// The photos of a sample, in the order of drawing.
pub(super) const SAMPLED: &str =
    "SELECT p.id, (SELECT o.outcome FROM human_outcome o WHERE o.photo_seq = p.seq
        ORDER BY o.id DESC LIMIT 1)
    FROM human_sample_photo s JOIN photo p ON p.seq = s.photo_seq WHERE s.sample_id = ?1 ORDER BY s.place";

impl Catalog {
    /// The photos with a code that a seed draws among those that a filter means and that were archived until then, in the
    /// order of drawing; and among how many. They are looked at one after another: what is held is what is drawn.
    pub async fn draw_to_verify(
        &self,
        filter: Filter,
        until_ms: i64,
        seed: String,
        most: usize,
    ) -> Result<(u64, Vec<i64>)> {
        self.read(move |connection| {
            let mut query = Resolved::of(connection, &filter)?.condition();
            query.text = format!(
                "SELECT p.id, p.seq FROM photo p WHERE {} AND p.code IS NOT NULL AND p.archived_at <= ?",
                query.text
            );
            query.values.push(until_ms.into());
            drawn(connection, query, &seed, most)
        })
        .await
    }

    /// Keeps a sample under the address of its page; one that was kept there stays.
    pub async fn keep_human_sample(
        &self,
        address: String,
        photos: u64,
        seqs: Vec<i64>,
        now_ms: i64,
    ) -> Result<()> {
        let photos = i64::try_from(photos).unwrap_or(i64::MAX);
        self.write(move |transaction| keep(transaction, &address, photos, &seqs, now_ms)).await
    }

    /// The sample with this address.
    pub async fn human_sample(&self, address: String) -> Result<Option<HumanSample>> {
        self.read(move |connection| {
            connection
                .prepare_cached(&format!("{SAMPLE} WHERE address = ?1"))
                .and_then(|mut statement| statement.query_row([address], of_row).optional())
                .doing("look for a sample")
        })
        .await
    }

    /// The last samples, the newest first.
    pub async fn human_samples(&self, limit: u32) -> Result<Vec<HumanSample>> {
        self.read(move |connection| {
            connection
                .prepare_cached(&format!("{SAMPLE} ORDER BY id DESC LIMIT ?1"))
                .and_then(|mut statement| statement.query_map([limit], of_row)?.collect())
                .doing("list samples")
        })
        .await
    }

    /// The photos of a sample, in the order of drawing.
    pub async fn sampled(&self, sample: i64) -> Result<Vec<Sampled>> {
        self.read(move |connection| {
            connection
                .prepare_cached(SAMPLED)
                .and_then(|mut statement| statement.query_map([sample], sampled)?.collect())
                .doing("read a sample")
        })
        .await
    }
}

fn keep(transaction: &Transaction<'_>, address: &str, photos: i64, seqs: &[i64], now_ms: i64) -> Result<()> {
    let sql =
        "INSERT INTO human_sample (address, photos, drawn_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    if transaction.execute(sql, params![address, photos, now_ms]).doing("keep a sample")? == 0 {
        return Ok(());
    }
    let id = transaction.last_insert_rowid();
    let mut photo = transaction
        .prepare_cached("INSERT INTO human_sample_photo (sample_id, place, photo_seq) VALUES (?1, ?2, ?3)")
        .doing("keep a sample")?;
    for (place, seq) in (0_i64..).zip(seqs) {
        photo.execute([id, place, *seq]).doing("keep a sample")?;
    }
    Ok(())
}

fn of_row(row: &Row<'_>) -> rusqlite::Result<HumanSample> {
    Ok(HumanSample { id: row.get(0)?, address: row.get(1)?, photos: row.get(2)?, drawn_at_ms: row.get(3)? })
}

fn sampled(row: &Row<'_>) -> rusqlite::Result<Sampled> {
    let word: Option<String> = row.get(1)?;
    let outcome = word.map(|word| Official::from_word(&word).ok_or_else(|| unreadable(1))).transpose()?;
    Ok(Sampled { id: parsed(row, 0)?, outcome })
}
