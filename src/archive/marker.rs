//! The marker: the object that says to which catalogue a store belongs.
//!
//! Never overwritten and never removed.

use super::{Archive, ArchiveError};
use crate::domain::object_key::ObjectKey;
use crate::domain::photo::Sha256;
use crate::domain::store::{Found, StoreId, marker_of, read_marker};

impl Archive {
    /// What lies where the marker belongs.
    pub async fn marker(&self) -> Result<Found, ArchiveError> {
        match self.bytes(&ObjectKey::marker()).await {
            Ok(bytes) => Ok(read_marker(&bytes).map_or(Found::Unreadable, Found::Marker)),
            Err(ArchiveError::Missing) => Ok(Found::Nothing),
            Err(error) => Err(error),
        }
    }

    /// Marks a store that carries no marker. Another one that came first is left alone, and told as a conflict.
    pub async fn put_marker(&self, id: StoreId) -> Result<(), ArchiveError> {
        let bytes = marker_of(id);
        let sha256 = Sha256::of(&bytes);
        self.put_bytes(&ObjectKey::marker(), bytes.into(), sha256).await
    }
}
