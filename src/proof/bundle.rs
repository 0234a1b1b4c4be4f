//! A proof to hand over: one folder with the photo, its sidecar, the proof and what checks it without Keepmark.
//!
//! Never by a checkpoint that the store has not given back, and never from bytes that were not held against the proof.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use futures_util::StreamExt as _;
use tokio::io::AsyncWriteExt as _;

use super::verify::{self, verify};
use crate::archive::Archive;
use crate::catalog::Catalog;
use crate::catalog::ledger::checkpoint::Proof;
use crate::catalog::photo::Photo;
use crate::domain::code::clean;
use crate::domain::ledger::checkpoint;
use crate::domain::object_key::ObjectKey;

const README: &str = include_str!("bundle/README.txt");
const SCRIPT: &str = include_str!("bundle/verify.py");

/// What proves.
pub struct Prover<'a> {
    /// Where the leaves are.
    pub catalog: &'a Catalog,
    /// Where the photos are.
    pub archive: &'a Archive,
}

impl Prover<'_> {
    /// Makes a folder for each version of a code; `out` itself where there is one. Each is made beside its place and
    /// appears there whole: nothing is left of a proof that does not hold.
    pub async fn prove(&self, code: &str, out: &Path) -> anyhow::Result<Vec<PathBuf>> {
        let code = clean(code).context("name a verification code")?;
        let photos = self.catalog.photos_with_code(code.clone()).await?;
        if photos.is_empty() {
            bail!(self.why_none(code).await?);
        }
        expect_free(out)?;
        let several = photos.len() > 1;
        let mut folders = Vec::new();
        for id in photos {
            let photo = self.catalog.photo(id).await?.context("the photo is gone from the catalogue")?;
            let folder = if several { out.join(photo.sha256.to_string()) } else { out.to_owned() };
            self.place(&photo, &folder).await?;
            folders.push(folder);
        }
        Ok(folders)
    }

    /// A code that somebody could have meant is suggested, never assumed.
    async fn why_none(&self, code: String) -> anyhow::Result<String> {
        let known = self.catalog.known_by_codes(vec![code.clone()]).await?.pop().unwrap_or_default();
        let alike = match known.alike.as_slice() {
            [] => "codes are written exactly as Timemark shows them".to_owned(),
            alike => format!("did you mean {}?", alike.join(" or ")),
        };
        let waits =
            if known.announced.is_empty() { "" } else { "; it was announced: `keepmark audit` says more" };
        Ok(format!("no photo is archived under the code {code}: {alike}{waits}"))
    }

    async fn place(&self, photo: &Photo, folder: &Path) -> anyhow::Result<()> {
        let parent =
            folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::create_dir_all(parent).with_context(|| format!("could not make {}", parent.display()))?;
        let making = tempfile::Builder::new().prefix(".keepmark-proof-").tempdir_in(parent);
        let making = making.with_context(|| format!("could not make a folder in {}", parent.display()))?;
        self.bundle(photo, making.path()).await?;
        // Over an empty folder that was there; over anything else it is refused.
        std::fs::rename(making.path(), folder)
            .with_context(|| format!("could not make {}", folder.display()))?;
        let _moved = making.keep();
        Ok(())
    }

    async fn bundle(&self, photo: &Photo, folder: &Path) -> anyhow::Result<()> {
        let proof = match self.catalog.proof_of(photo.id).await? {
            Some(Proof::Ready(proof)) => proof,
            Some(Proof::Unpublished) => {
                bail!(
                    "the photo is in no checkpoint yet that the store has given back: try again in a minute, or see `keepmark status`"
                )
            }
            None => bail!("the photo has no leaf in the ledger: `keepmark ledger check` says more"),
        };
        let keys = self.catalog.ledger_keys().await?;
        let key = keys.iter().find(|key| checkpoint::open(&proof.checkpoint, key).is_ok());
        let key = key
            .context("no key of the ledger signed its last checkpoint: `keepmark ledger check` says more")?;
        let original = photo.object_key.file_name();
        self.copy(&photo.object_key, &folder.join(original)).await?;
        self.copy(&photo.object_key.sidecar(), &folder.join(format!("{original}.json"))).await?;
        let readme = README.replace("{original}", original).replace("{number}", &proof.index.to_string());
        for (name, text) in [
            (format!("{original}.tlog-proof"), proof.to_string()),
            (verify::CHECKPOINT.to_owned(), proof.checkpoint),
            (verify::PUBLIC_KEY.to_owned(), format!("{key}\n")),
            ("README.txt".to_owned(), readme),
            ("verify.py".to_owned(), SCRIPT.to_owned()),
        ] {
            std::fs::write(folder.join(&name), text).with_context(|| format!("could not write {name}"))?;
        }
        write_sums(folder)?;
        expect_to_hold(photo, folder)
    }

    async fn copy(&self, key: &ObjectKey, path: &Path) -> anyhow::Result<()> {
        let mut chunks = self.archive.stream(key).await.with_context(|| of(key))?;
        let mut file = tokio::fs::File::create(path).await.context("could not write into the folder")?;
        while let Some(chunk) = chunks.next().await {
            file.write_all(&chunk.with_context(|| of(key))?)
                .await
                .context("could not write into the folder")?;
        }
        file.flush().await.context("could not write into the folder")
    }
}

/// What was copied may not be what was archived.
fn expect_to_hold(photo: &Photo, folder: &Path) -> anyhow::Result<()> {
    let verified = verify(folder, None)?;
    if verified.broken.is_empty() {
        return Ok(());
    }
    bail!(
        "the photo {} cannot be proven, because something was changed after it was published: {}",
        photo.id,
        verified.broken.join("; ")
    )
}

/// Which object could not be read, without its key.
fn of(key: &ObjectKey) -> &'static str {
    if key.content_type() == "application/json" {
        "could not read the sidecar"
    } else {
        "could not read the photo"
    }
}

/// A folder that is not there yet, or empty: nothing of anybody's is overwritten.
fn expect_free(folder: &Path) -> anyhow::Result<()> {
    match std::fs::read_dir(folder).map(|mut entries| entries.next().is_some()) {
        Ok(true) => {
            bail!("{} is not empty: name a folder that is to be made", folder.display())
        }
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("could not look into {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// In the format of `sha256sum`, so that it checks them too.
fn write_sums(folder: &Path) -> anyhow::Result<()> {
    let mut lines = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let sha256 = verify::hash_of(&entry.path())?;
        lines.push((entry.file_name().to_string_lossy().into_owned(), sha256));
    }
    lines.sort();
    let lines: Vec<_> = lines.iter().map(|(name, sha256)| format!("{sha256}  {name}\n")).collect();
    std::fs::write(folder.join(verify::SUMS), lines.concat()).context("could not write SHA256SUMS")
}
