//! What can go wrong with the store, in words that name no key: keys hold names of people and places.

use std::error::Error;

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// There is no such object.
    #[error("the store does not have the object")]
    Missing,
    /// Another object lies under our key, and it is left alone.
    #[error(
        "the store already holds another object under this key, and it was left alone: was this bucket filled by another \
         Keepmark, or with a state folder that is lost?"
    )]
    Conflict,
    /// The store took our bytes and returns others.
    #[error("the store returns other bytes than it was given")]
    Altered,
    /// Larger than Keepmark writes such objects.
    #[error("the object is larger than Keepmark writes such objects")]
    TooLarge,
    /// The spool file is not what was downloaded.
    #[error("the downloaded file on our own disk has changed")]
    SpoolChanged,
    /// Our own disk.
    #[error("could not read the downloaded file")]
    Spool(#[source] std::io::Error),
    /// The store cannot be reached, refuses, or answers nonsense.
    #[error("{0}")]
    Store(String),
}

impl ArchiveError {
    /// The error of a put: there, "not found" means the bucket.
    pub(super) fn of_put(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => {
                Self::Store("the store has no such bucket: make it, or correct archive.url".to_owned())
            }
            error => error.into(),
        }
    }
}

impl From<object_store::Error> for ArchiveError {
    fn from(error: object_store::Error) -> Self {
        match &error {
            object_store::Error::NotFound { .. } => Self::Missing,
            object_store::Error::PermissionDenied { .. } => {
                Self::Store("the store denies access: check the credentials' rights on the bucket".to_owned())
            }
            object_store::Error::Unauthenticated { .. } => Self::Store(
                "the store does not know these credentials: check access_key_id and the secret".to_owned(),
            ),
            _ => Self::Store(words(&error)),
        }
    }
}

/// The HTTP status that the store answered, if it answered.
pub(super) fn status_of(error: &object_store::Error) -> Option<u16> {
    causes(error).skip(1).find_map(|cause| status_in(&cause.to_string()))
}

fn causes(error: &object_store::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(Some(error as &(dyn Error + 'static)), |&cause| cause.source())
}

/// The HTTP status and the root cause; the texts between them name URLs and keys.
fn words(error: &object_store::Error) -> String {
    let status = status_of(error);
    let cause = causes(error).last().unwrap_or(error);
    let io = cause.downcast_ref::<std::io::Error>().map(ToString::to_string);
    match (status, io) {
        (Some(status), _) => format!("the store answers {status}"),
        (None, Some(io)) => format!("the store cannot be used: {io}"),
        (None, None) if cause.to_string().contains("timed out") => {
            "the store does not answer in time".to_owned()
        }
        (None, None) => "the store cannot be reached".to_owned(),
    }
}

/// The status in `object_store`'s own sentence, `… status code: 503 Service Unavailable …`.
fn status_in(text: &str) -> Option<u16> {
    let (_, rest) = text.split_once("status code: ").or_else(|| text.split_once("status: "))?;
    rest.get(..3)?.parse().ok().filter(|status| (100..600).contains(status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_the_status_and_no_key() {
        let source = "Error performing PUT http://store/bucket/photos/Secret/Alice.jpg - \
                      Server returned non-2xx status code: 503 Service Unavailable: <Key>Secret</Key>";
        let error = object_store::Error::Generic { store: "S3", source: source.into() };
        assert_eq!(ArchiveError::from(error).to_string(), "the store answers 503");
    }

    #[test]
    fn an_error_of_the_disk_is_told_in_its_own_words() {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let error = object_store::Error::Generic { store: "Local", source: Box::new(full) };
        assert!(ArchiveError::from(error).to_string().contains("no storage space"));
    }
}
