//! EXIF: what a file says of its capture, field by field, as far as it can be read (CIPA DC-008).
//!
//! Never a judgement: an impossible value becomes a sentence in `errors`, never a guess. Never loses one field
//! because of another: the parser goes on behind errors.

mod bounds;
mod fields;
mod position;
mod tags;
mod time;

use std::collections::BTreeMap;

use exif::{Reader, Tag};

use self::fields::Fields;
use crate::domain::evidence::Exif;

/// Sentences beyond this number are dropped; a field has one at most, the parser one a kind.
const ERRORS_MAX: usize = 64;

/// Reads the first block that can be read: further ones are copies or leftovers of editors.
pub(super) fn read(blocks: Vec<Vec<u8>>) -> Exif {
    let mut errors = Vec::new();
    for block in blocks {
        let parsed = bounds::check(&block)
            .and_then(|()| distill(Reader::new().continue_on_error(true).read_raw(block), &mut errors));
        match parsed {
            Ok(parsed) => return all_fields(&parsed, errors),
            Err(reason) => errors.push(format!("an EXIF block could not be read: {reason}")),
        }
    }
    Exif { errors, ..Exif::default() }
}

/// The result with its partial errors as sentences, one a kind with its count.
fn distill(result: Result<exif::Exif, exif::Error>, errors: &mut Vec<String>) -> Result<exif::Exif, String> {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let result = result.or_else(|error| {
        error.distill_partial_result(|partial| {
            for error in partial {
                *kinds.entry(error.to_string()).or_default() += 1;
            }
        })
    });
    errors.extend(kinds.into_iter().map(|(kind, count)| match count {
        1 => format!("EXIF is damaged: {kind}"),
        _ => format!("EXIF is damaged: {kind}, {count} times"),
    }));
    result.map_err(|error| error.to_string())
}

fn all_fields(parsed: &exif::Exif, errors: Vec<String>) -> Exif {
    let mut fields = Fields::new(parsed, errors);
    let taken = fields.wall_time(Tag::DateTimeOriginal);
    let text = fields.text(Tag::DateTimeOriginal).filter(|_| taken.is_none());
    let mut exif = Exif {
        taken_unusable: text,
        taken: fields.with_fraction(taken, Tag::SubSecTimeOriginal),
        taken_offset_minutes: fields.offset_minutes(Tag::OffsetTimeOriginal),
        digitized: fields.wall_time(Tag::DateTimeDigitized),
        modified: fields.wall_time(Tag::DateTime),
        gps_time: fields.gps_time(),
        position: position::read(&mut fields),
        positioning_error_m: fields.metres(Tag::GPSHPositioningError),
        altitude_m: fields.altitude_m(),
        make: fields.text(Tag::Make),
        model: fields.text(Tag::Model),
        software: fields.text(Tag::Software),
        artist: fields.text(Tag::Artist),
        orientation: fields.orientation(),
        ..Exif::default()
    };
    let mut errors = fields.into_errors();
    exif.tags = tags::as_text(parsed, &mut errors);
    errors.truncate(ERRORS_MAX);
    exif.errors = errors;
    exif
}

#[cfg(test)]
mod tests;
