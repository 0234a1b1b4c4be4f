//! Checkpoints: the size and root of the tree under a name, signed (C2SP `tlog-checkpoint` in a `signed-note`).
//!
//! Never decides whether a checkpoint is the right one: that is `standing`'s.

use signed_note::{Note, NoteError, Signer};

use super::Hash;
use super::key::{PublicKey, SigningKey};

/// What a checkpoint says.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// How many leaves the tree has.
    pub size: u64,
    /// Its root.
    pub root: Hash,
}

/// Why a text is no checkpoint of the ledger in question.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotACheckpoint {
    /// No signed note, or none with a checkpoint in it.
    #[error("it is no signed checkpoint, or it is damaged")]
    Malformed,
    /// Signed by somebody else alone.
    #[error("it is signed by another key than {0}")]
    AnotherKey(String),
    /// The signature is another text's.
    #[error("its signature by {0} is wrong: the text was changed")]
    WrongSignature(String),
    /// The right key under the wrong name.
    #[error("it is of another ledger than {0}")]
    AnotherLedger(String),
}

/// The key could not sign, because the name of the ledger is none.
#[derive(Debug, thiserror::Error)]
#[error("the ledger's key cannot sign")]
pub struct Unsigned;

/// The text of a signed checkpoint. The same for the same size, root and key: Ed25519 signs without chance (RFC 8032).
pub fn sign(checkpoint: &Checkpoint, key: &SigningKey) -> Result<String, Unsigned> {
    let body = tlog_tiles::Checkpoint::new(key.name(), checkpoint.size, checkpoint.root, "");
    let body = body.map_err(|_| Unsigned)?.to_bytes();
    let mut note = Note::new(&body, &[]).map_err(|_| Unsigned)?;
    let signer: &dyn Signer = key.signer();
    note.add_sigs(&[signer]).map_err(|_| Unsigned)?;
    String::from_utf8(note.to_bytes()).map_err(|_| Unsigned)
}

/// Reads a checkpoint that one of these keys signed, the present one first; otherwise what the first of them says of it.
pub fn open_by_any(note: &str, keys: &[PublicKey]) -> Result<Checkpoint, NotACheckpoint> {
    let mut first = None;
    for key in keys {
        match open(note, key) {
            Ok(checkpoint) => return Ok(checkpoint),
            Err(reason) => first = first.or(Some(reason)),
        }
    }
    Err(first.unwrap_or(NotACheckpoint::Malformed))
}

/// Reads a checkpoint that this key signed. Further signatures, of witnesses, are no hindrance.
pub fn open(note: &str, key: &PublicKey) -> Result<Checkpoint, NotACheckpoint> {
    let parsed = Note::from_bytes(note.as_bytes()).map_err(|_| NotACheckpoint::Malformed)?;
    let verifiers = key.verifiers().ok_or_else(|| NotACheckpoint::AnotherKey(key.to_string()))?;
    parsed.verify(&verifiers).map_err(|error| match error {
        NoteError::InvalidSignature { .. } => NotACheckpoint::WrongSignature(key.to_string()),
        _ => NotACheckpoint::AnotherKey(key.to_string()),
    })?;
    let body = tlog_tiles::Checkpoint::from_bytes(parsed.text()).map_err(|_| NotACheckpoint::Malformed)?;
    if body.origin() != key.name() {
        return Err(NotACheckpoint::AnotherLedger(key.name().to_owned()));
    }
    Ok(Checkpoint { size: body.size(), root: *body.hash() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed("keepmark/0f", [seed; 32]).unwrap()
    }

    #[test]
    fn a_checkpoint_is_a_note_in_the_open_format() {
        let checkpoint = Checkpoint { size: 7, root: Hash([1; 32]) };
        let note = sign(&checkpoint, &key(1)).unwrap();
        let lines: Vec<_> = note.lines().collect();
        assert_eq!(lines[..4], ["keepmark/0f", "7", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=", ""]);
        assert!(lines[4].starts_with("\u{2014} keepmark/0f ") && lines.len() == 5, "{note}");
        assert_eq!(open(&note, key(1).public()), Ok(checkpoint.clone()));
        assert_eq!(sign(&checkpoint, &key(1)).unwrap(), note);
    }

    #[test]
    fn every_changed_byte_breaks_a_checkpoint() {
        let note = sign(&Checkpoint { size: 7, root: Hash([1; 32]) }, &key(1)).unwrap();
        for at in 0..note.len() {
            for bit in 0..8 {
                let mut changed = note.as_bytes().to_vec();
                changed[at] ^= 1 << bit;
                let Ok(changed) = String::from_utf8(changed) else { continue };
                assert!(open(&changed, key(1).public()).is_err(), "{changed}");
            }
        }
    }

    #[test]
    fn another_key_and_another_name_are_told_apart() {
        let checkpoint = Checkpoint { size: 7, root: Hash([1; 32]) };
        let note = sign(&checkpoint, &key(1)).unwrap();
        assert!(matches!(open(&note, key(2).public()), Err(NotACheckpoint::AnotherKey(_))));
        let changed = note.replacen("\n7\n", "\n8\n", 1);
        assert!(matches!(open(&changed, key(1).public()), Err(NotACheckpoint::WrongSignature(_))));
        assert_eq!(open("photos\n", key(1).public()), Err(NotACheckpoint::Malformed));
        let keys = [key(2), key(1)].map(|key| key.public().clone());
        assert_eq!(open_by_any(&note, &keys), Ok(checkpoint));
        assert!(matches!(open_by_any(&note, &keys[..1]), Err(NotACheckpoint::AnotherKey(_))));
    }
}
