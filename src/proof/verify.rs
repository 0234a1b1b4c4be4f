//! The check of a proof that was handed over: offline, from its folder alone.
//!
//! Never asks an archive, a catalogue or a network, and never stops at the first broken link.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use sha2::Digest as _;

use crate::domain::ledger::checkpoint;
use crate::domain::ledger::entry::Entry;
use crate::domain::ledger::key::PublicKey;
use crate::domain::ledger::proof::InclusionProof;
use crate::domain::photo::Sha256;

/// The file with the signed checkpoint.
pub const CHECKPOINT: &str = "checkpoint.txt";
/// The file with the public key.
pub const PUBLIC_KEY: &str = "public-key.txt";
/// The file with the hashes of all others.
pub const SUMS: &str = "SHA256SUMS";
const PROOF_ENDING: &str = ".tlog-proof";

/// What a check found, a sentence for each link.
#[derive(Debug, Default)]
pub struct Verified {
    /// Links that hold.
    pub held: Vec<String>,
    /// Links that do not.
    pub broken: Vec<String>,
}

impl Verified {
    fn link(&mut self, is_held: bool, held: impl Into<String>, broken: impl Into<String>) {
        if is_held { self.held.push(held.into()) } else { self.broken.push(broken.into()) }
    }
}

/// Checks a folder that `keepmark prove` made; `trusted` is a key that the reader got another way. An error means that it
/// could not be checked at all.
pub fn verify(folder: &Path, trusted: Option<&PublicKey>) -> anyhow::Result<Verified> {
    let proof_file = proof_in(folder)?;
    let name = proof_file.file_name().unwrap_or_default().to_string_lossy();
    let original = name.trim_end_matches(PROOF_ENDING).to_owned();
    let mut verified = Verified::default();
    let hashes = Hashes {
        photo: hash_of(&folder.join(&original))?,
        sidecar: hash_of(&folder.join(format!("{original}.json")))?,
    };
    check_sidecar(&folder.join(format!("{original}.json")), hashes.photo, &mut verified)?;
    if let Some(key) = key_in(folder, trusted, &mut verified)? {
        check_ledger(folder, &proof_file, &key, &hashes, &mut verified)?;
    }
    check_sums(folder, &mut verified)?;
    Ok(verified)
}

struct Hashes {
    photo: Sha256,
    sidecar: Sha256,
}

/// The one proof of the folder.
fn proof_in(folder: &Path) -> anyhow::Result<PathBuf> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("could not look into {}", folder.display()))?;
    let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
    let mut proofs: Vec<_> = paths.filter(|path| path.to_string_lossy().ends_with(PROOF_ENDING)).collect();
    match (proofs.pop(), proofs.is_empty()) {
        (Some(proof), true) => Ok(proof),
        (Some(_), false) => bail!(
            "{} holds more than one *{PROOF_ENDING}: check a folder of `keepmark prove`",
            folder.display()
        ),
        (None, _) => {
            bail!("{} holds no *{PROOF_ENDING}: check a folder of `keepmark prove`", folder.display())
        }
    }
}

fn check_sidecar(path: &Path, photo: Sha256, verified: &mut Verified) -> anyhow::Result<()> {
    let bytes = std::fs::read(path).context("could not read the sidecar")?;
    let sidecar: Option<serde_json::Value> = serde_json::from_slice(&bytes).ok();
    let named = sidecar.as_ref().and_then(|sidecar| sidecar["sha256"].as_str()).unwrap_or_default();
    verified.link(
        named == photo.to_string(),
        "the photo is the one that the sidecar describes",
        "the photo is not the one that the sidecar describes: one of the two was changed, or is of another photo",
    );
    Ok(())
}

/// The key of the folder, which must be the trusted one where there is one.
fn key_in(
    folder: &Path,
    trusted: Option<&PublicKey>,
    verified: &mut Verified,
) -> anyhow::Result<Option<PublicKey>> {
    let text = lossy(&folder.join(PUBLIC_KEY))?;
    let key = text.strip_suffix('\n').and_then(|text| PublicKey::parse(text).ok());
    verified.link(
        key.is_some(),
        "the public key can be read",
        format!("{PUBLIC_KEY} holds no public key, or it was changed"),
    );
    if let (Some(trusted), Some(key)) = (trusted, &key) {
        verified.link(
            trusted == key,
            "the public key is the one that you trust",
            format!("the public key is not the one that you trust: it is {key}"),
        );
    }
    Ok(trusted.cloned().or(key))
}

fn check_ledger(
    folder: &Path,
    proof_file: &Path,
    key: &PublicKey,
    hashes: &Hashes,
    verified: &mut Verified,
) -> anyhow::Result<()> {
    let note = lossy(&folder.join(CHECKPOINT))?;
    match checkpoint::open(&note, key) {
        Ok(found) => {
            verified.held.push(format!(
                "the checkpoint of {} leaves is signed by {}",
                found.size,
                key.name()
            ));
        }
        Err(reason) => verified.broken.push(format!("{CHECKPOINT} is not to be trusted: {reason}")),
    }
    let Ok(proof) = lossy(proof_file)?.parse::<InclusionProof>() else {
        verified.broken.push(format!("the proof (*{PROOF_ENDING}) is no proof, or it was changed"));
        return Ok(());
    };
    verified.link(
        proof.checkpoint == note,
        "the proof is by this checkpoint",
        format!("the checkpoint in the proof is not that of {CHECKPOINT}"),
    );
    let entry = Entry::Photo { photo: hashes.photo, sidecar: hashes.sidecar };
    match proof.check(&entry.to_string(), key) {
        Ok(_) => verified.held.push(format!(
            "photo and sidecar are leaf {} of the ledger that the checkpoint signs",
            proof.index
        )),
        Err(reason) => verified.broken.push(format!("{:#}", anyhow::Error::from(reason))),
    }
    Ok(())
}

/// Everything that came along, the explanation and the script included.
fn check_sums(folder: &Path, verified: &mut Verified) -> anyhow::Result<()> {
    let sums = lossy(&folder.join(SUMS))?;
    let mut named = vec![SUMS.to_owned()];
    for line in sums.split_terminator('\n') {
        let Some((sha256, name)) = line.split_once("  ").filter(|(_, name)| !name.contains('/')) else {
            verified.broken.push(format!("{SUMS} was changed: a line of it is none"));
            continue;
        };
        named.push(name.to_owned());
        let path = folder.join(name);
        if !path.is_file() {
            verified.broken.push(format!("{name} is missing, or {SUMS} was changed"));
        } else if hash_of(&path)?.to_string() != sha256 {
            verified.broken.push(format!("{name} was changed, or {SUMS} was"));
        }
    }
    for entry in std::fs::read_dir(folder).context("could not look into the folder")? {
        let name =
            entry.context("could not look into the folder")?.file_name().to_string_lossy().into_owned();
        if !named.contains(&name) {
            verified.broken.push(format!("{name} does not belong to the proof, or {SUMS} was changed"));
        }
    }
    if !sums.ends_with('\n') {
        verified.broken.push(format!("{SUMS} was changed: its end is missing"));
    }
    Ok(())
}

/// The SHA-256 of a file of any size.
pub(super) fn hash_of(path: &Path) -> anyhow::Result<Sha256> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut file = File::open(path).with_context(|| format!("could not read {name}"))?;
    let (mut hasher, mut buffer) = (sha2::Sha256::new(), vec![0; 256 * 1024]);
    loop {
        match file.read(&mut buffer).with_context(|| format!("could not read {name}"))? {
            0 => return Ok(Sha256(hasher.finalize().into())),
            length => hasher.update(&buffer[..length]),
        }
    }
}

/// A changed byte may be no text any more: then it is no proof either.
fn lossy(path: &Path) -> anyhow::Result<String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let bytes = std::fs::read(path).with_context(|| format!("could not read {name}"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
