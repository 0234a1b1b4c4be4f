//! The key that signs checkpoints: Ed25519, in the texts of C2SP `signed-note` and Go's `sumdb/note`.
//!
//! Never shown but to the file that keeps it: `Debug` prints the public half.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use signed_note::{Signer as _, StandardSigner, StandardVerifier, Verifier as _, VerifierList};

/// Ed25519, in both texts.
const ALGORITHM: u8 = 1;
const PRIVATE: &str = "PRIVATE+KEY+";

/// A text that is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAKey {
    /// Of a private key.
    #[error("this is no signing key such as `PRIVATE+KEY+name+hash+base64`, or it is damaged")]
    Private,
    /// Of a public key.
    #[error("this is no public key such as `name+hash+base64`, or it is damaged")]
    Public,
}

/// The private half.
#[derive(Clone)]
pub struct SigningKey {
    text: String,
    signer: StandardSigner,
    public: PublicKey,
}

/// The public half: `name+hash+base64`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(String);

impl SigningKey {
    /// The key of a seed of 32 random bytes. The name is the ledger's own, the first line of its checkpoints: it has no
    /// white space and no plus.
    pub fn from_seed(name: &str, seed: [u8; 32]) -> Result<Self, NotAKey> {
        let half = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key();
        let public = [&[ALGORITHM], &half.to_bytes()[..]].concat();
        let id = signed_note::key_id(name, &public);
        let private = BASE64.encode([&[ALGORITHM], &seed[..]].concat());
        let text = format!("{PRIVATE}{name}+{id:08x}+{private}");
        let signer = StandardSigner::new(&text).map_err(|_| NotAKey::Private)?;
        let public = PublicKey(signed_note::new_ed25519_verifier_key(name, &half));
        Ok(Self { text, signer, public })
    }

    /// The key that is written so.
    pub fn parse(text: &str) -> Result<Self, NotAKey> {
        let read = || {
            let (name, rest) = text.strip_prefix(PRIVATE)?.split_once('+')?;
            let bytes = BASE64.decode(rest.split_once('+')?.1).ok()?;
            let seed = bytes.strip_prefix(&[ALGORITHM])?.try_into().ok()?;
            Self::from_seed(name, seed).ok().filter(|key| key.text == text)
        };
        read().ok_or(NotAKey::Private)
    }

    /// The secret text.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The other half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The name of the ledger that it signs for.
    pub fn name(&self) -> &str {
        self.signer.name()
    }

    pub(super) fn signer(&self) -> &StandardSigner {
        &self.signer
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public)
    }
}

impl PublicKey {
    /// The key that is written so.
    pub fn parse(text: &str) -> Result<Self, NotAKey> {
        let verifier = StandardVerifier::new(text).map_err(|_| NotAKey::Public)?;
        // The library reads the hash in either case, and with a sign.
        let canonical = text.starts_with(&format!("{}+{:08x}+", verifier.name(), verifier.key_id()));
        if canonical { Ok(Self(text.to_owned())) } else { Err(NotAKey::Public) }
    }

    /// The name of the ledger.
    pub fn name(&self) -> &str {
        self.0.split('+').next().unwrap_or_default()
    }

    /// The hash of the key in its text, eight hexadecimal digits: what tells the keys of one ledger apart.
    pub fn id(&self) -> &str {
        self.0.split('+').nth(1).unwrap_or_default()
    }

    pub(super) fn verifiers(&self) -> Option<VerifierList> {
        StandardVerifier::new(&self.0).ok().map(|verifier| VerifierList::new(vec![Box::new(verifier)]))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for PublicKey {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_and_a_damaged_one_is_not() {
        let key = SigningKey::from_seed("keepmark/0f", [7; 32]).unwrap();
        let read = SigningKey::parse(key.expose()).unwrap();
        assert_eq!((read.expose(), read.public(), read.name()), (key.expose(), key.public(), "keepmark/0f"));
        assert_eq!(PublicKey::parse(&key.public().to_string()).as_ref(), Ok(key.public()));
        for at in 0..key.expose().len() {
            let mut damaged = key.expose().as_bytes().to_vec();
            damaged[at] ^= 1;
            let Ok(damaged) = String::from_utf8(damaged) else { continue };
            assert!(SigningKey::parse(&damaged).is_err(), "{damaged}");
        }
    }

    #[test]
    fn a_public_key_with_a_byte_changed_is_refused() {
        let public = SigningKey::from_seed("keepmark/0f", [7; 32]).unwrap().public().to_string();
        for at in 0..public.len() {
            for bit in 0..7 {
                let mut damaged = public.as_bytes().to_vec();
                damaged[at] ^= 1 << bit;
                let damaged = String::from_utf8(damaged).unwrap();
                assert_eq!(PublicKey::parse(&damaged), Err(NotAKey::Public), "{damaged}");
            }
        }
    }

    #[test]
    fn a_key_is_not_printed() {
        let key = SigningKey::from_seed("keepmark/0f", [7; 32]).unwrap();
        assert!(!format!("{key:?}").contains(key.expose().rsplit('+').next().unwrap()));
        assert!(SigningKey::from_seed("two words", [7; 32]).is_err());
    }
}
