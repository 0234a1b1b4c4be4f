//! The keeper of records: puts what was kept for the bucket, create-only and read back, beside the workers.
//!
//! Never in anybody's way: a store in trouble is waited for, and a record that finds other bytes under its key keeps no
//! other from being put.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};

use super::Pipeline;
use crate::archive::ArchiveError;
use crate::catalog::CatalogError;
use crate::catalog::records::PendingRecord;
use crate::domain::causes::chain;
use crate::fault;

/// How often it is looked for records.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// After trouble with one object or with our own catalogue.
const TROUBLE_WAIT: Duration = Duration::from_mins(1);
/// Records that are put, and then recorded in one commit.
const BATCH: u32 = 32;
/// Objects put at once.
const PUTS: usize = 4;

/// How a walk through the waiting records ended.
enum Walked {
    /// All were put.
    Through,
    /// Some could not be put, or none because the store is in trouble.
    InTrouble,
}

impl Pipeline {
    /// Puts records as they come, until it is dropped: what that cuts, the next life finds equal.
    pub(super) async fn keep_records(&self) {
        loop {
            let wait = match self.put_records().await {
                Ok(Walked::Through) => LOOK_EVERY,
                Ok(Walked::InTrouble) if !self.gate.is_open() => LOOK_EVERY,
                Ok(Walked::InTrouble) => TROUBLE_WAIT,
                Err(error) => {
                    tracing::warn!(error = %chain(&error), "could not look for records to put");
                    TROUBLE_WAIT
                }
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// A crash anywhere leaves objects that the next walk finds equal.
    async fn put_records(&self) -> Result<Walked, CatalogError> {
        let (mut after, mut walked) = (0, Walked::Through);
        loop {
            if !self.gate.is_open() {
                return Ok(Walked::InTrouble);
            }
            let pending = self.tools.catalog.pending_records(after, BATCH).await?;
            let Some(last) = pending.last() else { return Ok(walked) };
            after = last.sequence;
            let all = pending.len();
            let puts = pending.into_iter().map(|record| self.put_record(record));
            let put: Vec<u64> =
                stream::iter(puts).buffered(PUTS).filter_map(std::future::ready).collect().await;
            if put.len() < all {
                walked = Walked::InTrouble;
            }
            fault::point("record_put");
            self.tools.catalog.records_put(put, self.now_ms()).await?;
        }
    }

    /// Its number, where the store returned its very bytes.
    async fn put_record(&self, record: PendingRecord) -> Option<u64> {
        let PendingRecord { sequence, object } = record;
        let size_bytes = object.body.len() as u64;
        let put = self.tools.archive.put_bytes(&object.object_key, object.body.into(), object.sha256);
        match self.on_store(size_bytes, put).await {
            Ok(Ok(())) => return Some(sequence),
            Ok(Err(error @ ArchiveError::Conflict)) => {
                tracing::error!(sequence, error = %chain(&error), "a record cannot be put");
                if let Err(error) = self.tools.catalog.note_record_refused(sequence, self.now_ms()).await {
                    tracing::warn!(error = %chain(&error), "could not note that a record was not put");
                }
            }
            Ok(Err(error)) => tracing::warn!(sequence, error = %chain(&error), "a record was not put"),
            // Said by the keeper of the gate.
            Err(_in_trouble) => {}
        }
        None
    }
}
