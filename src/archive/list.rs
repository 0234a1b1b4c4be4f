//! The listing of the archive: what the store itself says that it holds.

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use object_store::path::Path;

use super::{Archive, ArchiveError};

/// One object of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedObject {
    /// Relative to the prefix of the archive's URL.
    pub key: String,
    /// Bytes.
    pub size_bytes: u64,
    /// When the store says that it was put, milliseconds since 1970 UTC.
    pub modified_ms: i64,
}

impl Archive {
    /// All objects below a folder, in the store's own order.
    pub fn list(&self, folder: &str) -> BoxStream<'static, Result<ListedObject, ArchiveError>> {
        let objects = self.store.list(Some(&Path::from(folder)));
        objects
            .map(|object| {
                let object = object?;
                Ok(ListedObject {
                    key: object.location.to_string(),
                    size_bytes: object.size,
                    modified_ms: object.last_modified.timestamp_millis(),
                })
            })
            .boxed()
    }
}
