//! What somebody with the keys of the store does behind Keepmark's back.

use std::sync::Arc;

use futures_util::TryStreamExt as _;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt as _};

use super::daemon::Archive;
use super::store::Store;

/// The objects of an archive, by the names that the catalogue has for them.
pub struct Objects(Arc<dyn ObjectStore>);

impl Objects {
    pub fn of(archive: &Archive) -> Self {
        match archive.store() {
            Store::Folder => Self(Arc::new(LocalFileSystem::new_with_prefix(archive.objects()).unwrap())),
            store @ Store::Seaweed { endpoint, prefix } => {
                let setting = |name: &str| {
                    let name = format!("KEEPMARK__ARCHIVE__{name}");
                    store.settings().into_iter().find(|(known, _)| *known == name).unwrap().1
                };
                let url = setting("URL");
                let bucket = url.strip_prefix("s3://").unwrap().split('/').next().unwrap().to_owned();
                let bucket = AmazonS3Builder::new()
                    .with_bucket_name(bucket)
                    .with_endpoint(endpoint)
                    .with_allow_http(true)
                    .with_region("us-east-1")
                    .with_access_key_id(setting("ACCESS_KEY_ID"))
                    .with_secret_access_key(setting("SECRET_ACCESS_KEY"))
                    .with_disable_bulk_delete(true)
                    .build()
                    .unwrap();
                Self(Arc::new(PrefixStore::new(bucket, prefix.as_str())))
            }
        }
    }

    /// Nothing where there is no such object.
    pub async fn read(&self, key: &str) -> Option<Vec<u8>> {
        match self.0.get(&Path::parse(key).unwrap()).await {
            Ok(found) => Some(found.bytes().await.unwrap().to_vec()),
            Err(object_store::Error::NotFound { .. }) => None,
            Err(error) => panic!("{error}"),
        }
    }

    pub async fn get(&self, key: &str) -> Vec<u8> {
        self.read(key).await.unwrap_or_else(|| panic!("{key} is not there"))
    }

    pub async fn put(&self, key: &str, bytes: Vec<u8>) {
        self.0.put(&Path::parse(key).unwrap(), bytes.into()).await.unwrap();
    }

    pub async fn delete(&self, key: &str) {
        self.0.delete(&Path::parse(key).unwrap()).await.unwrap();
    }

    pub async fn swap(&self, one: &str, other: &str) {
        let (first, second) = (self.get(one).await, self.get(other).await);
        self.put(one, second).await;
        self.put(other, first).await;
    }

    /// Of photos and evidence.
    pub async fn keys(&self) -> Vec<String> {
        let listed: Vec<_> = self.0.list(Some(&Path::from("photos"))).try_collect().await.unwrap();
        let mut keys: Vec<_> = listed.into_iter().map(|object| object.location.to_string()).collect();
        keys.sort();
        keys
    }
}
