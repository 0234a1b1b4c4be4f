//! What a listing of the archive names: which kind of object each key belongs to.
//!
//! The one place that reads a key, and no more of it than the kind and the photo that it stands beside: what an object
//! means, the object itself says.

use std::num::NonZeroU32;

use super::{HASH_DIGITS, PHOTOS, PhotoKey, RECORDS};

/// A key of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listed {
    /// A photo's own bytes.
    Photo(PhotoKey),
    /// The sidecar of a photo.
    Sidecar(PhotoKey),
    /// A later judgement of a photo.
    Judgement(PhotoKey, NonZeroU32),
    /// One more delivery of a photo.
    Repeat(PhotoKey),
    /// A record, by its number.
    Record(u64),
    /// Nothing that a catalogue is made from: derived images, the marker, the ledger, and what others put there.
    Other,
}

impl Listed {
    /// The kind of a key, relative to the prefix of the archive's URL.
    pub fn of(key: &str) -> Self {
        if let Some(name) = key.strip_prefix(RECORDS) {
            return record(name).map_or(Self::Other, Self::Record);
        }
        if !key.starts_with(PHOTOS) {
            return Self::Other;
        }
        if let Ok(photo) = PhotoKey::from_stored(key.to_owned()) {
            return Self::Photo(photo);
        }
        key.strip_suffix(".json").and_then(beside).unwrap_or(Self::Other)
    }
}

fn record(name: &str) -> Option<u64> {
    let (number, kind) = name.strip_suffix(".json")?.split_once('_')?;
    let is_number = number.len() >= 12 && number.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && !kind.is_empty() && !kind.contains('/')).then(|| number.parse().ok())?
}

/// `{photo}`, `{photo}.v{number}` or `{photo}.also-{digits}`.
fn beside(stem: &str) -> Option<Listed> {
    if let Ok(photo) = PhotoKey::from_stored(stem.to_owned()) {
        return Some(Listed::Sidecar(photo));
    }
    let (photo, infix) = stem.rsplit_once('.')?;
    let photo = PhotoKey::from_stored(photo.to_owned()).ok()?;
    if let Some(number) = infix.strip_prefix('v') {
        return number.parse().ok().map(|number| Listed::Judgement(photo, number));
    }
    let digits = infix.strip_prefix("also-")?;
    (digits.len() == HASH_DIGITS).then_some(Listed::Repeat(photo))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::object_key::ObjectKey;
    use crate::domain::photo::Sha256;

    #[test]
    fn every_key_that_is_made_is_told_from_every_other() {
        let photo =
            PhotoKey::from_stored("photos/T/P/M v2/2025-12-11/20251211T134500_A_0f.jpg".to_owned()).unwrap();
        let two = NonZeroU32::new(2).unwrap();
        assert_eq!(Listed::of(photo.as_str()), Listed::Photo(photo.clone()));
        assert_eq!(Listed::of(photo.sidecar().as_str()), Listed::Sidecar(photo.clone()));
        assert_eq!(Listed::of(photo.judgement(two).as_str()), Listed::Judgement(photo.clone(), two));
        let repeat = photo.repeat(Sha256::of(b"repeat"));
        assert_eq!(Listed::of(repeat.as_str()), Listed::Repeat(photo));
        assert_eq!(Listed::of(ObjectKey::record(17, "dead_letter").as_str()), Listed::Record(17));
    }

    #[test]
    fn what_others_put_there_is_nothing_of_ours() {
        for other in [
            "photos/T/notes.txt",
            "photos/T/P/a.jpg.v2x.json",
            "photos/T/P/a.jpg.also-1.json",
            "photos/T/P/a.json",
            "records/1_dead_letter.json",
            "records/000000000001.json",
            "derived/0f/0f/360.jpg",
            ".keepmark/store.json",
            "ledger/checkpoint",
        ] {
            assert_eq!(Listed::of(other), Listed::Other, "{other}");
        }
    }
}
