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
/// Said where no trusted key was given.
const OWN_KEY: &str = "the key is this folder's own: anybody could have made all of it. Ask whoever runs the archive for \
                       the key (`keepmark ledger key`), and check again with --key";

/// No sidecar, checkpoint or list is longer: what a stranger sends decides nothing about our memory.
const TEXT_MAX_BYTES: u64 = 64 * 1024 * 1024;

/// What a check found, a sentence for each link.
#[derive(Debug, Default)]
pub struct Verified {
    /// What the folder speaks of, by its sidecar.
    pub told: Vec<String>,
    /// What a reader should know beside the links.
    pub notes: Vec<String>,
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
    let original = name.strip_suffix(PROOF_ENDING).unwrap_or_default();
    let mut verified = Verified::default();
    let sidecar = folder.join(format!("{original}.json"));
    let hashes = Hashes { photo: hash_of(&folder.join(original))?, sidecar: hash_of(&sidecar)? };
    check_sidecar(&sidecar, hashes.photo, &mut verified)?;
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
    let sidecar = serde_json::from_str::<serde_json::Value>(&lossy(path)?).unwrap_or_default();
    let word = |name: &str| sidecar[name].as_str().unwrap_or("none").escape_debug().to_string();
    verified.told = vec![
        format!("code     {}", word("code")),
        format!("taken    {}, as announced, at the place", word("local_time")),
        format!("arrived  {}, by the archive's clock", word("received_at")),
        format!("photo    {}", word("photo_id")),
    ];
    verified.link(
        sidecar["sha256"].as_str() == Some(photo.to_string().as_str()),
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
    match (trusted, &key) {
        (Some(trusted), Some(key)) => verified.link(
            trusted == key,
            "the public key is the one that you trust",
            format!("the public key is not the one that you trust: it is {}", key.to_string().escape_debug()),
        ),
        (None, Some(_)) => verified.notes.push(OWN_KEY.to_owned()),
        (_, None) => {}
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
                key.name().escape_debug()
            ));
        }
        Err(reason) => {
            let reason = reason.to_string();
            verified.broken.push(format!("{CHECKPOINT} is not to be trusted: {}", reason.escape_debug()));
        }
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
        Err(reason) => {
            let reason = format!("{:#}", anyhow::Error::from(reason));
            verified.broken.push(reason.escape_debug().to_string());
        }
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
        let (path, shown) = (folder.join(name), name.escape_debug());
        if !path.is_file() {
            verified.broken.push(format!("{shown} is missing, or {SUMS} was changed"));
        } else if hash_of(&path)?.to_string() != sha256 {
            verified.broken.push(format!("{shown} was changed, or {SUMS} was"));
        }
    }
    for entry in std::fs::read_dir(folder).context("could not look into the folder")? {
        let name =
            entry.context("could not look into the folder")?.file_name().to_string_lossy().into_owned();
        if !named.contains(&name) {
            let shown = name.escape_debug();
            verified.broken.push(format!("{shown} does not belong to the proof, or {SUMS} was changed"));
        }
    }
    if !sums.ends_with('\n') {
        verified.broken.push(format!("{SUMS} was changed: its end is missing"));
    }
    Ok(())
}

/// The SHA-256 of a file of any size.
pub(super) fn hash_of(path: &Path) -> anyhow::Result<Sha256> {
    let name = name_of(path);
    let mut file = open(path)?;
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
    let mut bytes = Vec::new();
    let read = open(path)?.take(TEXT_MAX_BYTES + 1).read_to_end(&mut bytes);
    let length = read.with_context(|| format!("could not read {}", name_of(path)))?;
    if length as u64 > TEXT_MAX_BYTES {
        bail!("{} is larger than Keepmark makes such files", name_of(path));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Only what is a file: a pipe would be waited for without end.
fn open(path: &Path) -> anyhow::Result<File> {
    if path.exists() && !path.is_file() {
        bail!("{} is no file", name_of(path));
    }
    File::open(path).with_context(|| format!("could not read {}", name_of(path)))
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().escape_debug().to_string()
}
