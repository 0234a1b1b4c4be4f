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
use crate::catalog::ledger_checkpoint::Proof;
use crate::catalog::photo::Photo;
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
    /// Makes a folder for each version of a code; `out` itself where there is one. Nothing is left of a proof that does not
    /// hold.
    pub async fn prove(&self, code: &str, out: &Path) -> anyhow::Result<Vec<PathBuf>> {
        let photos = self.catalog.photos_with_code(code.to_owned()).await?;
        if photos.is_empty() {
            bail!(
                "no photo is archived under the code {code}: codes are written exactly as Timemark shows them"
            );
        }
        let several = photos.len() > 1;
        let mut folders = Vec::new();
        for id in photos {
            let photo = self.catalog.photo(id).await?.context("the photo is gone from the catalogue")?;
            let folder = if several { out.join(photo.sha256.to_string()) } else { out.to_owned() };
            self.bundle(&photo, &folder).await?;
            folders.push(folder);
        }
        Ok(folders)
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
        make(folder)?;
        let original = photo.object_key.file_name();
        self.copy(&photo.object_key, &folder.join(original)).await?;
        self.copy(&photo.object_key.sidecar(), &folder.join(format!("{original}.json"))).await?;
        let readme = README
            .replace("{original}", original)
            .replace("{key}", &key.to_string())
            .replace("{number}", &proof.index.to_string());
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
    std::fs::remove_dir_all(folder).context("could not remove the folder of a proof that does not hold")?;
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
fn make(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))?;
    let mut entries =
        std::fs::read_dir(folder).with_context(|| format!("could not look into {}", folder.display()))?;
    if entries.next().is_some() {
        bail!("{} is not empty: name a folder that is to be made", folder.display());
    }
    Ok(())
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
