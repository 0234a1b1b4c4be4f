//! Deliveries: accepting them, listing them, and taking them up again by hand.

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::retry::revive;
use super::token::note_hook_token;
use super::{Catalog, Doing as _, Result};
use crate::domain::delivery::{self, Announcement, DeliveryId, Identity, Outcome, Reading};
use crate::domain::photo::Sha256;

/// A delivery as it arrived, read and hashed.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The raw body.
    pub body: Vec<u8>,
    /// Its hash.
    pub body_sha256: Sha256,
    /// What it says.
    pub reading: Reading,
    /// Milliseconds since 1970 UTC.
    pub received_at_ms: i64,
    /// The peer's address.
    pub peer: Option<String>,
    /// The selected request headers, as a JSON object.
    pub headers: String,
    /// The fingerprint of the hook token that brought it.
    pub token: String,
}

/// What the catalogue made of an arrival.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// The row that holds the body; of a repeat the earlier one.
    pub delivery: DeliveryId,
    /// By the closed rule.
    pub outcome: Outcome,
    /// The sender's id.
    pub event_id: Option<String>,
    /// Whether a job became ready.
    pub wakes: bool,
}

/// A delivery as lists show it.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The row.
    pub id: DeliveryId,
    /// The sender's id.
    pub event_id: Option<String>,
    /// By the closed rule.
    pub outcome: Outcome,
    /// Milliseconds since 1970 UTC.
    pub received_at_ms: i64,
    /// Milliseconds since 1970 UTC.
    pub last_seen_at_ms: i64,
    /// Further arrivals with the same bytes.
    pub repeats: i64,
    /// The accepted delivery with the same id and other bytes.
    pub conflict_with: Option<DeliveryId>,
    /// The job's state, where there is a job.
    pub state: Option<String>,
    /// Why it is not archived.
    pub reason: Option<String>,
    /// Tries so far.
    pub attempts: i64,
    /// The photo that it led to.
    pub photo: Option<String>,
}

/// Which deliveries a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shown {
    /// Every one.
    #[default]
    All,
    /// Of one outcome.
    Of(Outcome),
    /// Those that somebody should look at: dead, held, or in quarantine.
    Stuck,
}

impl Catalog {
    /// Commits an arrival. After `Ok` it is on disk; after `Err` nothing is.
    pub async fn accept(&self, arrival: Arrival) -> Result<Accepted> {
        self.write_arrival(move |transaction| accept(transaction, &arrival)).await
    }

    /// The first 64 KiB of what a delivery's link gave in place of a photo.
    pub async fn delivery_sample(&self, delivery: DeliveryId) -> Result<Option<Vec<u8>>> {
        self.read(move |connection| {
            connection
                .query_row(
                    "SELECT sample FROM job WHERE delivery_id = ?1 AND sample IS NOT NULL",
                    [delivery.0],
                    |row| row.get(0),
                )
                .optional()
                .doing("read a sample")
        })
        .await
    }

    /// At most `limit` deliveries, newest first, older than `after`.
    pub async fn deliveries(
        &self,
        shown: Shown,
        after: Option<DeliveryId>,
        limit: u32,
    ) -> Result<Vec<Listed>> {
        self.read(move |connection| list(connection, shown, after, limit)).await
    }

    /// When the last test of the sender's arrived, milliseconds since 1970 UTC.
    pub async fn last_test(&self) -> Result<Option<i64>> {
        const SQL: &str = "SELECT max(last_seen_at) FROM delivery WHERE outcome = 'test'";
        self.read(|connection| connection.query_row(SQL, [], |row| row.get(0)).doing("look for a test")).await
    }

    /// The raw body of a delivery.
    pub async fn delivery_body(&self, delivery: DeliveryId) -> Result<Option<Vec<u8>>> {
        self.read(move |connection| {
            connection
                .query_row("SELECT body FROM delivery WHERE id = ?1", [delivery.0], |row| row.get(0))
                .optional()
                .doing("read a delivery")
        })
        .await
    }

    /// How many deliveries have each outcome, and when the last one arrived (milliseconds since 1970 UTC).
    pub async fn delivery_counts(&self) -> Result<(Vec<(Outcome, i64)>, Option<i64>)> {
        self.read(|connection| {
            let count = |outcome: Outcome| {
                connection
                    .prepare_cached("SELECT deliveries FROM delivery_count WHERE outcome = ?1")
                    .and_then(|mut statement| {
                        statement.query_row([outcome.as_str()], |row| row.get(0)).optional()
                    })
                    .map(|count| (outcome, count.unwrap_or(0)))
                    .doing("count deliveries")
            };
            let counts = Outcome::ALL.into_iter().map(count).collect::<Result<_>>()?;
            let last = connection
                .query_row(
                    "SELECT max(received_at) FROM delivery WHERE id > (SELECT max(id) FROM delivery) - 1000",
                    [],
                    |row| row.get(0),
                )
                .doing("read the last delivery")?;
            Ok((counts, last))
        })
        .await
    }
}

fn accept(transaction: &Transaction<'_>, arrival: &Arrival) -> Result<Accepted> {
    note_hook_token(transaction, &arrival.token, arrival.received_at_ms)?;
    let photo = match &arrival.reading {
        Reading::Quarantined(reason) => {
            return keep(transaction, arrival, Outcome::Quarantined, None, Some(reason));
        }
        Reading::Ignored(said) => {
            return keep(transaction, arrival, Outcome::Ignored, said.event_id.as_deref(), None);
        }
        Reading::Test(said) => {
            return keep(transaction, arrival, Outcome::Test, said.event_id.as_deref(), None);
        }
        Reading::Photo(photo) => photo,
    };
    match known(transaction, &photo.identity(arrival.body_sha256))? {
        None => {
            let delivery =
                insert(transaction, arrival, Outcome::Accepted, photo.event_id.as_deref(), None, None)?;
            let wakes = insert_job(transaction, delivery, photo, Class::Fresh, arrival.received_at_ms)?;
            Ok(Accepted { delivery, outcome: Outcome::Accepted, event_id: photo.event_id.clone(), wakes })
        }
        Some((delivery, sha256)) if sha256 == arrival.body_sha256.to_string() => {
            count_repeat(transaction, delivery, arrival.received_at_ms)?;
            Ok(Accepted {
                delivery,
                outcome: Outcome::Duplicate,
                event_id: photo.event_id.clone(),
                wakes: false,
            })
        }
        Some((earlier, _)) => accept_conflict(transaction, arrival, photo, earlier),
    }
}

/// Other bytes under a known id: a row of its own, and a job where it announces another code.
fn accept_conflict(
    transaction: &Transaction<'_>,
    arrival: &Arrival,
    photo: &Announcement,
    earlier: DeliveryId,
) -> Result<Accepted> {
    let event_id = photo.event_id.clone();
    if let Some(delivery) = known_not_accepted(transaction, arrival.body_sha256)? {
        count_repeat(transaction, delivery, arrival.received_at_ms)?;
        return Ok(Accepted { delivery, outcome: Outcome::Duplicate, event_id, wakes: false });
    }
    let delivery =
        insert(transaction, arrival, Outcome::Duplicate, event_id.as_deref(), None, Some(earlier))?;
    let earlier_code = body_of(transaction, earlier)?.and_then(|body| delivery::announcement(&body)?.code);
    let is_another_photo = photo.code.is_some() && photo.code != earlier_code;
    let wakes = if is_another_photo {
        insert_job(transaction, delivery, photo, Class::Fresh, arrival.received_at_ms)?
    } else {
        revive(transaction, earlier, photo, arrival.received_at_ms)?
    };
    Ok(Accepted { delivery, outcome: Outcome::Duplicate, event_id, wakes })
}

/// Keeps what is no photo; the same bytes again are a counter.
fn keep(
    transaction: &Transaction<'_>,
    arrival: &Arrival,
    outcome: Outcome,
    event_id: Option<&str>,
    reason: Option<&str>,
) -> Result<Accepted> {
    let delivery = if let Some(delivery) = known_not_accepted(transaction, arrival.body_sha256)? {
        count_repeat(transaction, delivery, arrival.received_at_ms)?;
        delivery
    } else {
        insert(transaction, arrival, outcome, event_id, reason, None)?
    };
    Ok(Accepted { delivery, outcome, event_id: event_id.map(str::to_owned), wakes: false })
}

pub(super) fn known(
    transaction: &Transaction<'_>,
    identity: &Identity,
) -> Result<Option<(DeliveryId, String)>> {
    let (sql, value) = match identity {
        Identity::EventId(id) => {
            ("SELECT id, body_sha256 FROM delivery WHERE event_id = ?1 AND outcome = 'accepted'", id.clone())
        }
        Identity::Body(sha256) => (
            "SELECT id, body_sha256 FROM delivery
             WHERE body_sha256 = ?1 AND outcome = 'accepted' AND event_id IS NULL",
            sha256.to_string(),
        ),
    };
    transaction
        .prepare_cached(sql)
        .and_then(|mut statement| {
            statement.query_row([value], |row| Ok((DeliveryId(row.get(0)?), row.get(1)?))).optional()
        })
        .doing("look up a delivery")
}

fn known_not_accepted(transaction: &Transaction<'_>, body_sha256: Sha256) -> Result<Option<DeliveryId>> {
    transaction
        .prepare_cached("SELECT id FROM delivery WHERE body_sha256 = ?1 AND outcome <> 'accepted'")
        .and_then(|mut statement| {
            statement.query_row([body_sha256.to_string()], |row| row.get(0).map(DeliveryId)).optional()
        })
        .doing("look up a delivery")
}

fn count_repeat(transaction: &Transaction<'_>, delivery: DeliveryId, now_ms: i64) -> Result<()> {
    transaction
        .prepare_cached(
            "UPDATE delivery SET repeats = repeats + 1, last_seen_at = max(last_seen_at, ?2) WHERE id = ?1",
        )
        .and_then(|mut statement| statement.execute(params![delivery.0, now_ms]))
        .map(drop)
        .doing("count a repeat")
}

fn insert(
    transaction: &Transaction<'_>,
    arrival: &Arrival,
    outcome: Outcome,
    event_id: Option<&str>,
    reason: Option<&str>,
    conflict_with: Option<DeliveryId>,
) -> Result<DeliveryId> {
    let Arrival { body, body_sha256, reading: _, received_at_ms, peer, headers, token } = arrival;
    transaction
        .prepare_cached(
            "INSERT INTO delivery (source, received_at, peer, headers, token, body, body_sha256, event_id, outcome,
                                   reason, conflict_with, last_seen_at)
             VALUES ('hook', ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?1)",
        )
        .and_then(|mut statement| {
            statement.insert(params![
                received_at_ms,
                peer,
                headers,
                token,
                body,
                body_sha256.to_string(),
                event_id,
                outcome.as_str(),
                reason,
                conflict_with.map(|delivery| delivery.0),
            ])
        })
        .map(DeliveryId)
        .doing("keep a delivery")
}

/// The order of claiming.
#[derive(Clone, Copy)]
pub(super) enum Class {
    Fresh = 0,
    Replay = 2,
}

/// A job for a delivery; without a usable link it is dead at once. Returns whether it is ready.
pub(super) fn insert_job(
    transaction: &Transaction<'_>,
    delivery: DeliveryId,
    photo: &Announcement,
    class: Class,
    now_ms: i64,
) -> Result<bool> {
    let link = photo.link();
    let (state, host, reason) = match &link {
        Ok(url) => ("ready", url.host_str().unwrap_or_default(), None),
        Err(reason) => ("dead", "", Some(reason)),
    };
    let failing = reason.is_some().then_some("no_link");
    transaction
        .prepare_cached(
            "INSERT INTO job (delivery_id, state, class, host, reason, failing_class, code, created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)",
        )
        .and_then(|mut statement| {
            let code = photo.code.as_deref().unwrap_or_default();
            statement.execute(params![delivery.0, state, class as i64, host, reason, failing, code, now_ms])
        })
        .doing("queue a delivery")?;
    Ok(link.is_ok())
}

pub(super) fn body_of(connection: &Connection, delivery: DeliveryId) -> Result<Option<Vec<u8>>> {
    connection
        .prepare_cached("SELECT body FROM delivery WHERE id = ?1")
        .and_then(|mut statement| statement.query_row([delivery.0], |row| row.get(0)).optional())
        .doing("read a delivery")
}

fn list(connection: &Connection, shown: Shown, after: Option<DeliveryId>, limit: u32) -> Result<Vec<Listed>> {
    let mut statement = connection.prepare_cached(&listing(shown)).doing("list deliveries")?;
    let before = after.map_or(i64::MAX, |delivery| delivery.0);
    let rows = statement.query_map(params![before, limit], listed).doing("list deliveries")?;
    rows.collect::<rusqlite::Result<Vec<_>>>().doing("list deliveries")
}

/// The SQL of a list: those before the delivery `?1`, at most `?2`.
pub(super) fn listing(shown: Shown) -> String {
    let which = match shown {
        Shown::All => String::new(),
        Shown::Of(outcome) => format!("AND d.outcome = '{}'", outcome.as_str()),
        // Each kind's newest by its own index, however many there are of it.
        Shown::Stuck => "AND d.id IN (
                 SELECT * FROM (SELECT delivery_id FROM job WHERE state = 'dead' AND delivery_id < ?1
                                ORDER BY delivery_id DESC LIMIT ?2)
                 UNION ALL SELECT * FROM (SELECT delivery_id FROM job WHERE state = 'held' AND delivery_id < ?1
                                          ORDER BY delivery_id DESC LIMIT ?2)
                 UNION ALL SELECT * FROM (SELECT id FROM delivery WHERE outcome = 'quarantined' AND id < ?1
                                          ORDER BY id DESC LIMIT ?2))"
            .to_owned(),
    };
    format!(
        "SELECT d.id, d.event_id, d.outcome, d.received_at, d.last_seen_at, d.repeats, d.conflict_with,
                j.state, coalesce(j.reason, d.reason), coalesce(j.attempts, 0), p.id
         FROM delivery d
         LEFT JOIN job j ON j.delivery_id = d.id
         LEFT JOIN photo_delivery l ON l.delivery_id = d.id
         LEFT JOIN photo p ON p.seq = l.photo_seq
         WHERE d.id < ?1 {which} ORDER BY d.id DESC LIMIT ?2"
    )
}

fn listed(row: &Row<'_>) -> rusqlite::Result<Listed> {
    let word: String = row.get(2)?;
    Ok(Listed {
        id: DeliveryId(row.get(0)?),
        event_id: row.get(1)?,
        outcome: Outcome::from_word(&word).unwrap_or(Outcome::Quarantined),
        received_at_ms: row.get(3)?,
        last_seen_at_ms: row.get(4)?,
        repeats: row.get(5)?,
        conflict_with: row.get::<_, Option<i64>>(6)?.map(DeliveryId),
        state: row.get(7)?,
        reason: row.get(8)?,
        attempts: row.get(9)?,
        photo: row.get(10)?,
    })
}
