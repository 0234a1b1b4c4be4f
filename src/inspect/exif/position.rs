//! The GPS position: degrees, minutes and seconds with a reference (CIPA DC-008, 4.6.6).
//!
//! Never a position where a part is missing or says nothing.

use exif::Tag;

use super::fields::Fields;
use crate::domain::evidence::FilePosition;
use crate::domain::position::Position;

struct Axis {
    value: Tag,
    reference: Tag,
    positive: char,
    negative: char,
}

const LATITUDE: Axis =
    Axis { value: Tag::GPSLatitude, reference: Tag::GPSLatitudeRef, positive: 'N', negative: 'S' };
const LONGITUDE: Axis =
    Axis { value: Tag::GPSLongitude, reference: Tag::GPSLongitudeRef, positive: 'E', negative: 'W' };

/// The position, or why the tags that are there give none.
pub(super) fn read(fields: &mut Fields<'_>) -> FilePosition {
    if fields.numbers(LATITUDE.value).is_none() && fields.numbers(LONGITUDE.value).is_none() {
        return FilePosition::Absent;
    }
    let position = degrees(fields, &LATITUDE).and_then(|latitude| {
        let longitude = degrees(fields, &LONGITUDE)?;
        Position::new(latitude, longitude).map_err(|reason| reason.to_string())
    });
    match position {
        Ok(position) => FilePosition::At(position),
        Err(reason) => FilePosition::Unusable { reason },
    }
}

fn degrees(fields: &mut Fields<'_>, axis: &Axis) -> Result<f64, String> {
    let tag = axis.value;
    let parts = fields.numbers(tag).ok_or_else(|| format!("{tag} is missing"))?;
    if parts.is_empty() {
        return Err(format!("{tag} is empty"));
    }
    if !parts.iter().all(|part| part.is_finite()) {
        return Err(format!("{tag} is not a number"));
    }
    let size: f64 = parts.iter().zip([1.0, 60.0, 3600.0]).map(|(part, unit)| part.abs() / unit).sum();
    let is_negative = is_negative(fields, axis, size)?;
    // ExifTool reads alike: the reference alone says the side.
    if parts.iter().any(|part| *part < 0.0) && !is_negative {
        fields.error(tag, &format!("is negative, but its reference is {}", axis.positive));
    }
    Ok(if is_negative { -size } else { size })
}

/// What the reference says; zero degrees need none, so that zeros are called zeros.
fn is_negative(fields: &Fields<'_>, axis: &Axis, size: f64) -> Result<bool, String> {
    let text = fields.text(axis.reference);
    match text.as_deref().and_then(|text| text.chars().next()).map(|first| first.to_ascii_uppercase()) {
        Some(letter) if letter == axis.positive => Ok(false),
        Some(letter) if letter == axis.negative => Ok(true),
        None if size == 0.0 => Ok(false),
        None => Err(format!("{} is missing", axis.reference)),
        Some(_) => Err(format!("{} is neither {} nor {}", axis.reference, axis.positive, axis.negative)),
    }
}
