//! Derived images on our own disk, so that a page of 200 does not ask the store 200 times.
//!
//! Bounded: the least recently used go first. Never evidence: all of it can be made again, and a file that a crash left
//! damaged is noticed by its SHA-256 and made again. Never in the way of photos: while the disk is short, nothing is added.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bytes::Bytes;

use crate::domain::photo::Sha256;
use crate::telemetry::Disk;

/// What a file bears until it is whole.
const UNFINISHED: &str = ".part";
/// What stands before the image in its file.
const HASH_BYTES: usize = 32;

/// A handle on the cache; clones share it.
#[derive(Clone)]
pub struct ImageCache(Arc<Shared>);

struct Shared {
    folder: PathBuf,
    bytes_max: u64,
    disk: Disk,
    known: Mutex<Known>,
    making: Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>,
}

/// The files, by name and by when they were last used.
#[derive(Default)]
struct Known {
    files: HashMap<String, Kept>,
    by_use: BTreeMap<u64, String>,
    bytes: u64,
    uses: u64,
}

#[derive(Clone, Copy)]
struct Kept {
    bytes: u64,
    used: u64,
}

/// A derived image and what its `ETag` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Image {
    pub jpeg: Bytes,
    pub sha256: Sha256,
}

impl ImageCache {
    /// Takes up what an earlier start left in `images` in the state folder, the oldest files as the least used, and removes
    /// what was never finished. With 0 bytes it keeps nothing.
    pub fn open(state_dir: &Path, bytes_max: u64, disk: Disk) -> io::Result<Self> {
        let folder = state_dir.join("images");
        DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        let mut known = Known::default();
        for (name, bytes) in left_in(&folder)? {
            known.keep(name, bytes);
        }
        let shared = Shared { folder, bytes_max, disk, known: Mutex::new(known), making: Mutex::default() };
        shared.evict();
        Ok(Self(Arc::new(shared)))
    }

    /// An image of a photo; made where it is not there, once however many ask for it at the same time.
    pub(super) async fn get<E>(
        &self,
        original: Sha256,
        edge: u32,
        make: impl AsyncFnOnce() -> Result<Bytes, E>,
    ) -> Result<Image, E> {
        let name = format!("{original}-{edge}");
        if let Some(image) = self.read(&name).await {
            return Ok(image);
        }
        let lock = self.0.lock_of(&name);
        let _alone = lock.lock().await;
        if let Some(image) = self.read(&name).await {
            return Ok(image);
        }
        let jpeg = make().await?;
        let image = Image { sha256: Sha256::of(&jpeg), jpeg };
        self.keep(name, image.clone()).await;
        Ok(image)
    }

    async fn read(&self, name: &str) -> Option<Image> {
        if !self.0.known().touch(name) {
            return None;
        }
        let (shared, name) = (Arc::clone(&self.0), name.to_owned());
        tokio::task::spawn_blocking(move || shared.read(&name)).await.ok().flatten()
    }

    async fn keep(&self, name: String, image: Image) {
        let shared = Arc::clone(&self.0);
        let kept = tokio::task::spawn_blocking(move || shared.write(&name, &image)).await;
        if let Ok(Err(error)) = kept {
            tracing::info!(%error, "an image was made and could not be kept at hand");
        }
    }
}

impl Shared {
    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_of(&self, name: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = making.get(name).and_then(Weak::upgrade) {
            return lock;
        }
        making.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::default();
        making.insert(name.to_owned(), Arc::downgrade(&lock));
        lock
    }

    /// A file that is gone or damaged is forgotten.
    fn read(&self, name: &str) -> Option<Image> {
        let mut bytes = Vec::new();
        let read = File::open(self.folder.join(name)).and_then(|mut file| file.read_to_end(&mut bytes));
        let image = read.ok().and_then(|_| image_in(bytes.into()));
        if image.is_none() {
            self.known().forget(name);
        }
        image
    }

    /// Renamed when it is whole. Not synced: whatever the machine loses is made again.
    fn write(&self, name: &str, image: &Image) -> io::Result<()> {
        let bytes = (HASH_BYTES + image.jpeg.len()) as u64;
        if bytes > self.bytes_max || self.disk.pauses_pipeline() {
            return Ok(());
        }
        let unfinished = self.folder.join(format!("{name}{UNFINISHED}"));
        let mut file =
            File::options().create(true).write(true).truncate(true).mode(0o600).open(&unfinished)?;
        file.write_all(&image.sha256.0)?;
        file.write_all(&image.jpeg)?;
        fs::rename(&unfinished, self.folder.join(name))?;
        self.known().keep(name.to_owned(), bytes);
        self.evict();
        Ok(())
    }

    fn evict(&self) {
        let too_much = self.known().surplus(self.bytes_max);
        for name in too_much {
            // One that is being read stays readable to its end.
            let _gone = fs::remove_file(self.folder.join(name));
        }
    }
}

impl Known {
    fn keep(&mut self, name: String, bytes: u64) {
        self.forget(&name);
        self.uses += 1;
        self.bytes += bytes;
        self.by_use.insert(self.uses, name.clone());
        self.files.insert(name, Kept { bytes, used: self.uses });
    }

    fn forget(&mut self, name: &str) {
        if let Some(kept) = self.files.remove(name) {
            self.bytes -= kept.bytes;
            self.by_use.remove(&kept.used);
        }
    }

    /// Whether the file is there; it is the last used one now.
    fn touch(&mut self, name: &str) -> bool {
        let Some(kept) = self.files.get(name).copied() else { return false };
        self.keep(name.to_owned(), kept.bytes);
        true
    }

    /// Forgets the least used files until the rest has room.
    fn surplus(&mut self, bytes_max: u64) -> Vec<String> {
        let mut surplus = Vec::new();
        while self.bytes > bytes_max {
            let Some((_, name)) = self.by_use.first_key_value() else { break };
            let name = name.clone();
            self.forget(&name);
            surplus.push(name);
        }
        surplus
    }
}

/// The whole files of a folder, the oldest first; unfinished ones are removed.
fn left_in(folder: &Path) -> io::Result<Vec<(String, u64)>> {
    let mut left = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name.ends_with(UNFINISHED) {
            fs::remove_file(entry.path())?;
            continue;
        }
        let metadata = entry.metadata()?;
        left.push((metadata.modified()?, name, metadata.len()));
    }
    left.sort();
    Ok(left.into_iter().map(|(_, name, bytes)| (name, bytes)).collect())
}

/// The hash, then the image that has it.
fn image_in(mut file: Bytes) -> Option<Image> {
    let sha256 = Sha256(file.get(..HASH_BYTES)?.try_into().ok()?);
    let jpeg = file.split_off(HASH_BYTES);
    (Sha256::of(&jpeg) == sha256).then_some(Image { jpeg, sha256 })
}

#[cfg(test)]
mod tests;
