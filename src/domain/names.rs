//! Names as segments: what people called a team, a project or a member, as one part of an object key that every
//! store and file system accepts.
//!
//! Never knows which segments are taken, and never runs again for a name that has one: the catalogue asks once and
//! keeps the text.

use std::fmt;
use std::iter;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory as _};

use super::photo::Sha256;

/// The size limit of a segment in UTF-8 bytes: about 26 Chinese characters.
pub const SEGMENT_BYTES_MAX: usize = 80;

/// How many hexadecimal digits of the name's SHA-256 mark a segment that is not its name.
const HASH_DIGITS: usize = 6;

/// What becomes `_`: characters that Windows refuses in file names, and those that the S3 guide ("Naming Amazon S3
/// objects", characters to avoid) advises against, among them the `#` of `object_store`'s staging files. The
/// guide's milder list (`& $ @ = ; + ,` and spaces) stays: clients escape it, and `Smith & Sons` should keep its name.
const REPLACED: &str = "/\\:*?\"<>|{}^%`[]#~";

/// What Windows takes for a device, whatever its case and extension ("Naming Files, Paths, and Namespaces").
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// The stems of devices that a digit completes; the superscripts count as digits there.
const NUMBERED_DEVICES: [&str; 2] = ["com", "lpt"];

/// One part of an object key, made from a name.
///
/// Invariants:
/// - 1 to 80 bytes of UTF-8, in Unicode normalisation form C;
/// - no invisible character: control, formatting, line end, private use, unassigned (noncharacters among them),
///   variation selectors and fillers;
/// - none of `/ \ : * ? " < > | { } ^ % [ ] # ~` nor a backtick;
/// - neither begins nor ends with white space or a dot, so it is never `.` or `..`, and never a hidden file;
/// - does not begin with `-` (an option to most commands) nor with a combining mark;
/// - is no device name of Windows, with or without an extension.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Segment(String);

/// A text that breaks the invariants of [`Segment`].
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is no folder segment: it is empty, too long, or holds what a store cannot keep", .0.escape_debug())]
pub struct NotASegment(String);

impl Segment {
    /// The segment of a name: the name itself where the invariants allow it, else the nearest text that keeps them,
    /// followed by `-` and 6 hexadecimal digits of the SHA-256 of the name's bytes.
    pub fn of(name: &str) -> Self {
        Self::of_at_most(name, SEGMENT_BYTES_MAX)
    }

    /// The segment of a name, always with its hash: for a name whose segment another one has, ignoring case.
    pub fn with_hash(name: &str) -> Self {
        Self::hashed(name, 0, SEGMENT_BYTES_MAX)
    }

    /// [`of`](Self::of), then [`with_hash`](Self::with_hash), then further hashes without end. The first whose
    /// [`folded`](Self::folded) form is free is the one to keep: a name chosen to look like another's hashed segment
    /// costs the other one more step, and never its folder.
    pub fn candidates(name: &str) -> impl Iterator<Item = Self> {
        iter::once(Self::of(name)).chain((0..).map(move |round| Self::hashed(name, round, SEGMENT_BYTES_MAX)))
    }

    /// A segment that was stored earlier, checked again.
    pub fn from_stored(text: String) -> Result<Self, NotASegment> {
        if is_acceptable(&text, SEGMENT_BYTES_MAX) { Ok(Self(text)) } else { Err(NotASegment(text)) }
    }

    /// The text as it stands in keys.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which two segments are equal if a file system that ignores case, composition or both could take
    /// one for the other. For comparing and for unique indexes only, never a part of a key.
    pub fn folded(&self) -> String {
        fold(&self.0)
    }

    /// [`of`](Self::of) with a smaller limit, which must leave room for the hash and one character.
    pub(super) fn of_at_most(name: &str, bytes_max: usize) -> Self {
        if is_acceptable(name, bytes_max) { Self(name.to_owned()) } else { Self::hashed(name, 0, bytes_max) }
    }

    fn hashed(name: &str, round: usize, bytes_max: usize) -> Self {
        // UTF-8 never holds 0xFF, so no other name has these bytes.
        let bytes = [name.as_bytes(), &vec![0xFF; round]].concat();
        let digits = Sha256::of(&bytes).to_string();
        let base = clean(name);
        let base = cut(&base, bytes_max - HASH_DIGITS - 1);
        Self(format!("{base}-{}", &digits[..HASH_DIGITS]))
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Segment {
    type Error = NotASegment;

    fn try_from(text: String) -> Result<Self, NotASegment> {
        Self::from_stored(text)
    }
}

/// Whether a text keeps the invariants of [`Segment`], with a limit of its own.
pub(super) fn is_acceptable(text: &str, bytes_max: usize) -> bool {
    text.len() <= bytes_max && clean(text) == text
}

/// Canonical caseless matching (Unicode, section 3.13, D145) by way of upper case, which also joins what simpler
/// tables join, such as dotless `ı` and `i`. Letter by letter: the final sigma of a word is a sigma.
pub(super) fn fold(text: &str) -> String {
    let lower = text.nfd().flat_map(char::to_lowercase);
    lower.flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfc().collect()
}

/// The nearest text that keeps all invariants but the size; a text that keeps them is returned as it is.
fn clean(name: &str) -> String {
    // Normalised after the removal, which can bring a letter and its mark together, and before the replacement:
    // form C turns U+1FEF into a backtick.
    let visible = name.chars().filter(|c| !is_invisible(*c)).nfc();
    let replaced: String = visible.map(|c| if REPLACED.contains(c) { '_' } else { c }).collect();
    let core = replaced.trim_matches(is_edge);
    if needs_guard(core) { format!("_{core}") } else { core.to_owned() }
}

/// Cut to the limit, never between a letter and its marks (unless there are more marks than fit).
fn cut(text: &str, bytes_max: usize) -> &str {
    let end = text.floor_char_boundary(bytes_max);
    let is_whole = |at: &usize| {
        text.is_char_boundary(*at) && text[*at..].chars().next().is_none_or(|c| !joins_the_one_before(c))
    };
    let end = (1..=end).rev().find(is_whole).unwrap_or(end);
    text[..end].trim_end_matches(is_edge)
}

/// What shows nothing of its own, so that two names could differ in it and look alike. Private use is among it
/// because network file systems map it to the characters that Windows refuses; unassigned because APFS refuses it
/// and because its normal form is not settled.
fn is_invisible(c: char) -> bool {
    use GeneralCategory::{
        Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, Surrogate, Unassigned,
    };
    let category = c.general_category();
    matches!(
        category,
        Control | Format | LineSeparator | ParagraphSeparator | PrivateUse | Surrogate | Unassigned
    ) || is_ignorable(c)
}

/// The letters and marks with the property `Default_Ignorable_Code_Point` (Unicode, `DerivedCoreProperties.txt`).
fn is_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{34F}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FFA0}'
            | '\u{E0100}'..='\u{E01EF}'
    )
}

fn is_edge(c: char) -> bool {
    c == '.' || c.is_whitespace()
}

fn is_mark(c: char) -> bool {
    c.general_category_group() == GeneralCategoryGroup::Mark
}

fn joins_the_one_before(c: char) -> bool {
    // The skin tones are symbols by category.
    is_mark(c) || matches!(c, '\u{1F3FB}'..='\u{1F3FF}')
}

fn needs_guard(text: &str) -> bool {
    text.chars().next().is_none_or(|first| first == '-' || is_mark(first)) || is_device(text)
}

fn is_device(text: &str) -> bool {
    // Windows ignores the extension and the spaces before it: `NUL .txt` is the device too.
    let stem = text.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let is_digit = |text: &str| {
        let mut letters = text.chars();
        matches!((letters.next(), letters.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
    };
    DEVICES.contains(&stem.as_str())
        || NUMBERED_DEVICES.iter().any(|device| stem.strip_prefix(device).is_some_and(is_digit))
}

#[cfg(test)]
mod tests;
