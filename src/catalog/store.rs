//! What is known of the store: its id, its trouble, what it can do; and the jobs that wait for it.

use rusqlite::{Row, Transaction, params};

use super::{Catalog, CatalogError, Doing as _, Result};
use crate::domain::store::{Capabilities, StoreId};

/// How many waiting jobs one transaction wakes: the hook waits no longer than that.
const RELEASED_AT_ONCE: i64 = 500;

/// The store as it was last seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Store {
    /// Of its marker; fixed here before it is put.
    pub id: Option<StoreId>,
    /// Why photos wait for it.
    pub trouble: Option<Trouble>,
    /// What the last probe found.
    pub capabilities: Option<Capabilities>,
    /// When, milliseconds since 1970 UTC.
    pub probed_at_ms: Option<i64>,
}

/// A trouble that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Milliseconds since 1970 UTC.
    pub since_ms: i64,
    /// A sentence that names no key.
    pub reason: String,
}

impl Catalog {
    /// The store as it was last seen, by this daemon or an earlier one.
    pub async fn store(&self) -> Result<Store> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT store_id, trouble, trouble_since, capabilities, probed_at FROM store")
                .and_then(|mut statement| statement.query_row([], store))
                .doing("read what is known of the store")
        })
        .await
    }

    /// Whether any photo was ever archived.
    pub async fn has_archived(&self) -> Result<bool> {
        const SQL: &str = "SELECT EXISTS (SELECT 1 FROM photo WHERE archived_at IS NOT NULL)";
        self.read(|connection| connection.query_row(SQL, [], |row| row.get(0)).doing("look for photos")).await
    }

    /// The id of this catalogue's store; `new` becomes it where there is none yet.
    pub async fn fix_store_id(&self, new: StoreId) -> Result<StoreId> {
        self.write(move |transaction| {
            transaction
                .execute("UPDATE store SET store_id = ?1 WHERE store_id IS NULL", [new.to_string()])
                .doing("fix the store's id")?;
            let id: String = transaction
                .query_row("SELECT store_id FROM store", [], |row| row.get(0))
                .doing("fix the store's id")?;
            id.parse().map_err(|_| CatalogError::Unreadable("store id"))
        })
        .await
    }

    /// Notes what a probe found.
    pub async fn note_capabilities(&self, capabilities: &Capabilities, now_ms: i64) -> Result<()> {
        let json = serde_json::to_string(capabilities).map_err(|_| CatalogError::Unreadable("probe"))?;
        self.write(move |transaction| {
            transaction
                .execute("UPDATE store SET capabilities = ?1, probed_at = ?2", params![json, now_ms])
                .map(drop)
                .doing("note what the store can do")
        })
        .await
    }

    /// Notes that photos wait for the store.
    pub async fn note_store_trouble(&self, trouble: Trouble) -> Result<()> {
        self.note_trouble(Some(trouble)).await
    }

    /// Notes that the store is well.
    pub async fn note_store_well(&self) -> Result<()> {
        self.note_trouble(None).await
    }

    async fn note_trouble(&self, trouble: Option<Trouble>) -> Result<()> {
        let (reason, since_ms) = trouble.map(|trouble| (trouble.reason, trouble.since_ms)).unzip();
        self.write(move |transaction| {
            transaction
                .execute("UPDATE store SET trouble = ?1, trouble_since = ?2", params![reason, since_ms])
                .map(drop)
                .doing("note the state of the store")
        })
        .await
    }

    /// Makes the jobs that were held for the store ready again, some at a time. Returns how many.
    pub async fn release_held_for_store(&self, now_ms: i64) -> Result<usize> {
        let mut released = 0;
        loop {
            match self.write(move |transaction| release(transaction, now_ms)).await? {
                0 => return Ok(released),
                some => released += some,
            }
        }
    }

    /// How many photos wait because the store is or was in trouble.
    pub async fn waiting_for_store(&self) -> Result<i64> {
        const SQL: &str = "SELECT (SELECT count(*) FROM job WHERE state = 'held' AND failing_class = 'store')
                 + (SELECT count(*) FROM job WHERE state = 'scheduled' AND failing_class = 'store')";
        self.read(|connection| connection.query_row(SQL, [], |row| row.get(0)).doing("count jobs")).await
    }

    /// How many of the held photos wait for the store alone, and so leave by themselves.
    pub async fn held_for_store(&self) -> Result<i64> {
        const SQL: &str = "SELECT count(*) FROM job WHERE state = 'held' AND failing_class = 'store'";
        self.read(|connection| connection.query_row(SQL, [], |row| row.get(0)).doing("count jobs")).await
    }
}

fn store(row: &Row<'_>) -> rusqlite::Result<Store> {
    let id: Option<String> = row.get(0)?;
    let (reason, since_ms): (Option<String>, Option<i64>) = (row.get(1)?, row.get(2)?);
    let capabilities: Option<String> = row.get(3)?;
    Ok(Store {
        id: id.map(|id| id.parse().map_err(|_| super::column::unreadable(0))).transpose()?,
        trouble: since_ms.zip(reason).map(|(since_ms, reason)| Trouble { since_ms, reason }),
        // A probe of another version of this program is no loss: the next start makes a new one.
        capabilities: capabilities.and_then(|json| serde_json::from_str(&json).ok()),
        probed_at_ms: row.get(4)?,
    })
}

const RELEASE: &str = "UPDATE job SET state = 'ready', class = max(class, 1), updated_at = ?1
     WHERE id IN (SELECT id FROM job WHERE state = 'held' AND failing_class = 'store' LIMIT ?2)";

fn release(transaction: &Transaction<'_>, now_ms: i64) -> Result<usize> {
    transaction
        .prepare_cached(RELEASE)
        .and_then(|mut statement| statement.execute([now_ms, RELEASED_AT_ONCE]))
        .doing("wake the jobs that waited for the store")
}
