//! A photo that a person gives in place of a dead link: looked at, copied into the spool, named by the job.

use std::path::{Path, PathBuf};

use super::Spool;
use crate::catalog::retry::Attached;
use crate::catalog::{Catalog, CatalogError};
use crate::domain::delivery::DeliveryId;
use crate::inspect::{self, ReadError};

/// Why a file was not taken. Nothing is left of it.
#[derive(Debug, thiserror::Error)]
pub enum AttachError {
    /// It is not what a camera makes.
    #[error("this is no photo or video but {0}")]
    NotAPhoto(String),
    /// It cannot be read, or not be copied.
    #[error("the file could not be taken")]
    File(#[source] std::io::Error),
    /// The catalogue.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

/// Gives a delivery's job a copy of the file. Only after `Attached::Ready` is the copy kept.
pub async fn attach(
    catalog: &Catalog,
    spool: &Spool,
    delivery: DeliveryId,
    file: &Path,
    now_ms: i64,
) -> Result<Attached, AttachError> {
    let name = adopt(spool.clone(), file.to_owned()).await?;
    let attached = catalog.attach(delivery, name.clone(), now_ms).await;
    if !matches!(attached, Ok(Attached::Ready)) {
        spool.remove(&name).await;
    }
    Ok(attached?)
}

async fn adopt(spool: Spool, file: PathBuf) -> Result<String, AttachError> {
    let adopted = tokio::task::spawn_blocking(move || {
        let mut opened = std::fs::File::open(&file).map_err(AttachError::File)?;
        match inspect::read(&mut opened) {
            Ok(_) => spool.adopt(&file).map_err(AttachError::File),
            Err(ReadError::NotAPhoto { seems }) => Err(AttachError::NotAPhoto(seems)),
            Err(error) => Err(AttachError::File(std::io::Error::other(error))),
        }
    });
    adopted.await.map_err(|panicked| AttachError::File(std::io::Error::other(panicked)))?
}
