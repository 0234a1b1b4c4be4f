//! The file of the secret tokens in the hook's address: one a line, oldest first.
//!
//! Never shows a token by `Debug`, never leaves half a file.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

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
        let digest = Sha256::digest(self.0.as_bytes());
        let first = digest.iter().take(8).fold(0, |all: u64, byte| all << 8 | u64::from(*byte));
        format!("{first:016x}")
    }

    /// Whether a text is this token, in a time that does not tell how much of it is right.
    pub fn is(&self, presented: &str) -> bool {
        self.0.as_bytes().ct_eq(presented.as_bytes()).into()
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
    fn a_token_hides_itself_and_keeps_its_fingerprint() {
        let token = HookToken("an example".to_owned());
        assert_eq!(token.fingerprint(), "73300871f44c168e");
        assert!(!format!("{token:?}").contains(token.reveal()));
        assert!(token.is("an example") && !token.is("an exampl") && !token.is(""));
    }
}
