//! The folder of a photo's key, as the setting `[archive] folder` describes it.
//!
//! Never anything but `photos/` at its beginning: a listing of photos stays a listing of photos.

use std::fmt;
use std::str::FromStr;

use super::{FILE_NAME_BYTES_MAX, KEY_BYTES_MAX, PhotoName};
use crate::domain::names::{SEGMENT_BYTES_MAX, Segment};

/// The part that every folder begins with.
const ROOT: &str = "photos";

/// What is allowed in braces.
const PLACEHOLDERS: [Placeholder; 6] = [
    Placeholder::Team,
    Placeholder::Project,
    Placeholder::Member,
    Placeholder::Date,
    Placeholder::Year,
    Placeholder::Month,
];

/// A list of folders, one inside the other; by default `photos/{team}/{project}/{member}/{date}`.
///
/// Invariants: begins with `photos`, has at least one more part, and no key made with it is longer than a key may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderPattern(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(Segment),
    Placeholder(Placeholder),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Placeholder {
    Team,
    Project,
    Member,
    Date,
    Year,
    Month,
}

/// Why a text describes no folder, and what to write instead.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FolderError {
    /// Another beginning, or nothing behind it.
    #[error("the folder `{0}` must begin with `photos/`, followed by at least one more part")]
    NotUnderPhotos(String),
    /// A part with braces that is none of ours, or more than one placeholder between two slashes.
    #[error("`{0}` is no placeholder: a part between two slashes is plain text or one of {known}", known = known_placeholders())]
    UnknownPlaceholder(String),
    /// Two slashes in a row, or one at the end.
    #[error("the folder `{0}` has an empty part: write a single `/` between two parts and none at the end")]
    EmptyPart(String),
    /// A text that breaks the invariants of [`Segment`].
    #[error(
        "`{0}` cannot be the name of a folder in every store: leave out special characters, or shorten it"
    )]
    UnsafePart(String),
    /// So many parts that a key could exceed what stores allow.
    #[error(
        "the folder `{folder}` could make keys of {key_bytes} bytes, and {KEY_BYTES_MAX} are allowed: use fewer parts"
    )]
    TooLong {
        /// The folder as written.
        folder: String,
        /// The longest possible key.
        key_bytes: usize,
    },
}

impl FolderPattern {
    /// The folder of one photo, without a slash at either end.
    pub(super) fn of(&self, name: &PhotoName<'_>) -> String {
        let parts: Vec<String> = self.0.iter().map(|part| part.of(name)).collect();
        parts.join("/")
    }

    fn key_bytes_max(&self) -> usize {
        self.0.iter().map(|part| part.bytes_max() + "/".len()).sum::<usize>() + FILE_NAME_BYTES_MAX
    }
}

impl Default for FolderPattern {
    fn default() -> Self {
        use Placeholder::{Date, Member, Project, Team};
        let placeholders = [Team, Project, Member, Date].map(Part::Placeholder);
        Self(std::iter::once(Part::Literal(Segment::of(ROOT))).chain(placeholders).collect())
    }
}

impl FromStr for FolderPattern {
    type Err = FolderError;

    fn from_str(text: &str) -> Result<Self, FolderError> {
        if !matches!(text.split_once('/'), Some((ROOT, rest)) if !rest.is_empty()) {
            return Err(FolderError::NotUnderPhotos(text.to_owned()));
        }
        if text.split('/').any(str::is_empty) {
            return Err(FolderError::EmptyPart(text.to_owned()));
        }
        let pattern = Self(text.split('/').map(Part::parse).collect::<Result<_, _>>()?);
        match pattern.key_bytes_max() {
            0..=KEY_BYTES_MAX => Ok(pattern),
            key_bytes => Err(FolderError::TooLong { folder: text.to_owned(), key_bytes }),
        }
    }
}

impl fmt::Display for FolderPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<&str> = self.0.iter().map(Part::as_written).collect();
        f.write_str(&texts.join("/"))
    }
}

impl Part {
    fn parse(text: &str) -> Result<Self, FolderError> {
        if let Some(placeholder) = PLACEHOLDERS.into_iter().find(|known| known.as_written() == text) {
            return Ok(Self::Placeholder(placeholder));
        }
        if text.contains(['{', '}']) {
            return Err(FolderError::UnknownPlaceholder(text.to_owned()));
        }
        let segment = Segment::from_stored(text.to_owned());
        segment.map(Self::Literal).map_err(|_| FolderError::UnsafePart(text.to_owned()))
    }

    fn of(&self, name: &PhotoName<'_>) -> String {
        match self {
            Self::Literal(segment) => segment.to_string(),
            Self::Placeholder(Placeholder::Team) => name.team.to_string(),
            Self::Placeholder(Placeholder::Project) => name.project.to_string(),
            Self::Placeholder(Placeholder::Member) => name.member.to_string(),
            Self::Placeholder(Placeholder::Date) => name.date(),
            Self::Placeholder(Placeholder::Year) => name.year(),
            Self::Placeholder(Placeholder::Month) => name.month(),
        }
    }

    fn bytes_max(&self) -> usize {
        match self {
            Self::Literal(segment) => segment.as_str().len(),
            Self::Placeholder(Placeholder::Team | Placeholder::Project | Placeholder::Member) => {
                SEGMENT_BYTES_MAX
            }
            Self::Placeholder(Placeholder::Date) => "YYYY-MM-DD".len(),
            Self::Placeholder(Placeholder::Year) => "YYYY".len(),
            Self::Placeholder(Placeholder::Month) => "MM".len(),
        }
    }

    fn as_written(&self) -> &str {
        match self {
            Self::Literal(segment) => segment.as_str(),
            Self::Placeholder(placeholder) => placeholder.as_written(),
        }
    }
}

impl Placeholder {
    fn as_written(self) -> &'static str {
        match self {
            Self::Team => "{team}",
            Self::Project => "{project}",
            Self::Member => "{member}",
            Self::Date => "{date}",
            Self::Year => "{year}",
            Self::Month => "{month}",
        }
    }
}

fn known_placeholders() -> String {
    PLACEHOLDERS.map(|known| format!("`{}`", known.as_written())).join(", ")
}
