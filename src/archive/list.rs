//! What lies in the store, as the store lists it.

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;

use super::{Archive, ArchiveError};

/// An object as it is listed: perhaps not one of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name, relative to the prefix of the archive's URL.
    pub key: String,
    /// Its length.
    pub size_bytes: u64,
}

impl Archive {
    /// Every object, in the store's own order.
    pub fn list(&self) -> BoxStream<'static, Result<Listed, ArchiveError>> {
        let listed = self.store.list(None).map(|object| {
            let object = object?;
            Ok(Listed { key: object.location.to_string(), size_bytes: object.size })
        });
        listed.boxed()
    }
}
