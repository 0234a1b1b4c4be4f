//! The secret tokens in the hook's address: a file with one a line, read again when it changes.
//!
//! Never logged, never compared in a time that tells how much of a guess was right.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;

use crate::domain::photo::Sha256;

/// How often the file is looked at, at most.
const LOOK: Duration = Duration::from_secs(1);

/// One secret token. `Debug` shows its fingerprint.
#[derive(Clone, PartialEq, Eq)]
pub struct HookToken(String);

impl std::fmt::Debug for HookToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.fingerprint())
    }
}

impl HookToken {
    /// A new one: 192 random bits, URL-safe.
    pub fn random() -> Self {
        Self(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 24]>()))
    }

    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What stands for it in the catalogue: the first 16 digits of its SHA-256.
    pub fn fingerprint(&self) -> String {
        Sha256::of(self.0.as_bytes()).to_string()[..16].to_owned()
    }
}

/// The tokens of a file, oldest first.
pub fn read(path: &Path) -> anyhow::Result<Vec<HookToken>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("could not read the hook's tokens in {}", path.display()))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(lines.map(|line| HookToken(line.to_owned())).collect())
}

/// The tokens of a file, which is made with one token where it is missing.
pub fn read_or_create(path: &Path) -> anyhow::Result<Vec<HookToken>> {
    if !path.exists() {
        write(path, &[HookToken::random()])?;
    }
    read(path)
}

/// Replaces the file, whole or not at all.
pub fn write(path: &Path, tokens: &[HookToken]) -> anyhow::Result<()> {
    let beside = path.with_extension("new");
    let write = || -> std::io::Result<()> {
        let mut file =
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        writeln!(
            file,
            "# The secret part of the hook's address, one token a line. `keepmark hook rotate` adds one."
        )?;
        tokens.iter().try_for_each(|token| writeln!(file, "{}", token.0))?;
        file.sync_all()?;
        std::fs::rename(&beside, path)?;
        path.parent().map_or(Ok(()), |folder| std::fs::File::open(folder)?.sync_all())
    };
    write().with_context(|| format!("could not write the hook's tokens to {}", path.display()))
}

/// The tokens that open the hook now.
pub struct HookTokens {
    path: PathBuf,
    known: Mutex<Known>,
}

struct Known {
    tokens: Vec<HookToken>,
    modified: Option<SystemTime>,
    looked: Instant,
}

impl HookTokens {
    /// Reads the file, and makes it with one token where it is missing.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let known = Known { tokens: read_or_create(path)?, modified: modified(path), looked: Instant::now() };
        Ok(Self { path: path.to_owned(), known: Mutex::new(known) })
    }

    /// The fingerprint of a token that opens the hook; `None` for any other text.
    pub fn fingerprint_of(&self, presented: &str) -> Option<String> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        self.refresh(&mut known);
        // Every token is compared, so that the time does not tell which one was nearly right.
        let mut found = None;
        for token in &known.tokens {
            if bool::from(token.0.as_bytes().ct_eq(presented.as_bytes())) {
                found = Some(token.fingerprint());
            }
        }
        found
    }

    /// A file that cannot be read keeps the tokens of before: the hook stays open.
    fn refresh(&self, known: &mut Known) {
        if known.looked.elapsed() < LOOK {
            return;
        }
        known.looked = Instant::now();
        let modified = modified(&self.path);
        if modified == known.modified {
            return;
        }
        match read(&self.path) {
            Ok(tokens) if !tokens.is_empty() => {
                known.tokens = tokens;
                known.modified = modified;
                tracing::info!(tokens = known.tokens.len(), "the hook's tokens changed");
            }
            Ok(_) => tracing::warn!("the file of the hook's tokens is empty; those of before stay valid"),
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "the hook's tokens of before stay valid");
            }
        }
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_token_file_is_made_once_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hook-tokens");
        let first = read_or_create(&path).unwrap();
        assert_eq!(first.len(), 1);
        assert_eq!(read_or_create(&path).unwrap(), first);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn only_a_whole_token_opens_the_hook_and_debug_hides_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hook-tokens");
        let tokens = [HookToken::random(), HookToken::random()];
        write(&path, &tokens).unwrap();
        let hook = HookTokens::open(&path).unwrap();
        for token in &tokens {
            assert_eq!(hook.fingerprint_of(token.reveal()), Some(token.fingerprint()));
            assert_eq!(hook.fingerprint_of(&token.reveal()[1..]), None);
            assert!(!format!("{token:?}").contains(token.reveal()));
        }
        assert_eq!(hook.fingerprint_of(""), None);
    }
}
