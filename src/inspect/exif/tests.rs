//! Blocks made with the parser's own writer, and blocks damaged by hand.

use exif::experimental::Writer;
use exif::{Field, In, Rational, SRational, Value};

use super::*;
use crate::domain::evidence::FilePosition;
use crate::domain::position::Position;

fn block(fields: &[(Tag, Value)]) -> Vec<u8> {
    let fields: Vec<Field> = fields
        .iter()
        .map(|(tag, value)| Field { tag: *tag, ifd_num: In::PRIMARY, value: value.clone() })
        .collect();
    let mut writer = Writer::new();
    for field in &fields {
        writer.push_field(field);
    }
    let mut bytes = std::io::Cursor::new(Vec::new());
    writer.write(&mut bytes, false).unwrap();
    bytes.into_inner()
}

fn of(fields: &[(Tag, Value)]) -> Exif {
    read(vec![block(fields)])
}

fn ascii(text: &str) -> Value {
    Value::Ascii(vec![text.into()])
}

fn rationals(numbers: &[(u32, u32)]) -> Value {
    Value::Rational(numbers.iter().copied().map(Rational::from).collect())
}

fn signed(numbers: &[(i32, i32)]) -> Value {
    Value::SRational(numbers.iter().copied().map(SRational::from).collect())
}

fn place(latitude: Value, latitude_ref: &str, longitude: Value, longitude_ref: &str) -> Vec<(Tag, Value)> {
    vec![
        (Tag::GPSLatitude, latitude),
        (Tag::GPSLatitudeRef, ascii(latitude_ref)),
        (Tag::GPSLongitude, longitude),
        (Tag::GPSLongitudeRef, ascii(longitude_ref)),
    ]
}

fn at(latitude: f64, longitude: f64) -> FilePosition {
    FilePosition::At(Position::new(latitude, longitude).unwrap())
}

fn unusable(fields: &[(Tag, Value)]) -> String {
    match of(fields).position {
        FilePosition::Unusable { reason } => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn times_have_their_fraction_and_offset() {
    let exif = of(&[
        (Tag::DateTimeOriginal, ascii("2020:09:02 18:52:42")),
        (Tag::SubSecTimeOriginal, ascii("08 ")),
        (Tag::OffsetTimeOriginal, ascii("-03:30")),
        (Tag::DateTimeDigitized, ascii("    :  :     :  :  ")),
        (Tag::DateTime, ascii("2020:13:02 18:52:42")),
        (Tag::GPSDateStamp, ascii("2020:09:02")),
        (Tag::GPSTimeStamp, rationals(&[(22, 1), (22, 1), (4150, 100)])),
    ]);
    assert_eq!(exif.taken.unwrap().to_string(), "2020-09-02T18:52:42.08");
    assert_eq!(exif.taken_offset_minutes, Some(-210));
    assert_eq!(exif.digitized, None);
    assert_eq!(exif.modified, None);
    assert_eq!(exif.gps_time.unwrap().to_string(), "2020-09-02T22:22:41.5Z");
    assert_eq!(exif.errors, ["DateTime: \"2020:13:02 18:52:42\" is no date and time"]);
}

#[test]
fn a_wrong_fraction_does_not_cost_the_time() {
    let exif = of(&[
        (Tag::DateTimeOriginal, ascii("2020:09:02 18:52:42")),
        (Tag::SubSecTimeOriginal, ascii("soon")),
    ]);
    assert_eq!(exif.taken.unwrap().to_string(), "2020-09-02T18:52:42");
    assert_eq!(exif.errors, ["SubSecTimeOriginal: \"soon\" is no fraction of a second"]);
}

#[test]
fn positions_take_their_side_from_the_reference() {
    let degrees = || rationals(&[(33, 1), (51, 1), (36, 1)]);
    assert_eq!(of(&place(degrees(), "S", rationals(&[(3025, 100)]), "w")).position, at(-33.86, -30.25));
    assert_eq!(
        of(&place(degrees(), "North", rationals(&[(30, 1), (15, 1)]), "E")).position,
        at(33.86, 30.25)
    );
}

#[test]
fn signed_rationals_are_positions_too() {
    let south = || signed(&[(-33, 1), (-51, 1), (-36, 1)]);
    let exif = of(&place(south(), "S", signed(&[(30, 1)]), "E"));
    assert_eq!((exif.position, exif.errors.len()), (at(-33.86, 30.0), 0));
    let contrary = of(&place(south(), "N", signed(&[(30, 1)]), "E"));
    assert_eq!(contrary.position, at(33.86, 30.0));
    assert_eq!(contrary.errors, ["GPSLatitude: is negative, but its reference is N"]);
}

#[test]
fn positions_that_say_nothing_are_unusable_with_their_reason() {
    let zero = || rationals(&[(0, 1), (0, 1), (0, 1)]);
    let some = || rationals(&[(33, 1), (51, 1), (36, 1)]);
    assert!(unusable(&place(zero(), "N", zero(), "E")).contains("0, 0"));
    assert!(unusable(&[(Tag::GPSLatitude, zero()), (Tag::GPSLongitude, zero())]).contains("0, 0"));
    assert_eq!(unusable(&place(rationals(&[(0, 0); 3]), "N", some(), "E")), "GPSLatitude is not a number");
    assert_eq!(unusable(&place(rationals(&[]), "N", some(), "E")), "GPSLatitude is empty");
    assert_eq!(unusable(&place(rationals(&[(91, 1)]), "N", some(), "E")), "it lies outside the globe");
    assert_eq!(unusable(&place(some(), "N", some(), "")), "GPSLongitudeRef is missing");
    assert_eq!(unusable(&place(some(), "x", some(), "E")), "GPSLatitudeRef is neither N nor S");
    assert_eq!(unusable(&place(some(), "N", some(), "E")[..2]), "GPSLongitude is missing");
    assert_eq!(of(&[(Tag::GPSLatitudeRef, ascii("N"))]).position, FilePosition::Absent);
}

#[test]
fn lengths_are_metres_and_know_what_is_below_the_sea() {
    let exif = of(&[
        (Tag::GPSHPositioningError, rationals(&[(47_927, 10_000)])),
        (Tag::GPSAltitude, rationals(&[(305, 10)])),
        (Tag::GPSAltitudeRef, Value::Byte(vec![1])),
    ]);
    assert_eq!((exif.positioning_error_m, exif.altitude_m), (Some(4.7927), Some(-30.5)));
    let signed_altitude = of(&[(Tag::GPSAltitude, signed(&[(-61, 2)]))]);
    assert_eq!(signed_altitude.altitude_m, Some(-30.5));
    let odd =
        of(&[(Tag::GPSHPositioningError, signed(&[(-1, 1)])), (Tag::GPSAltitude, rationals(&[(1, 0)]))]);
    assert_eq!((odd.positioning_error_m, odd.altitude_m), (None, None));
    assert_eq!(odd.errors, ["GPSHPositioningError: is negative", "GPSAltitude: is not a number"]);
}

#[test]
fn texts_are_trimmed_and_read_lossily() {
    let exif = of(&[
        (Tag::Make, ascii("  Nikon \0\0")),
        (Tag::Model, Value::Ascii(vec![b"caf\xe9".to_vec(), b"behind a NUL".to_vec()])),
        (Tag::Software, ascii("   ")),
        (Tag::Artist, Value::Undefined(b"Alice\0rubbish".to_vec(), 0)),
    ]);
    assert_eq!(exif.make.as_deref(), Some("Nikon"));
    assert_eq!(exif.model.as_deref(), Some("caf\u{fffd}"));
    assert_eq!(exif.software, None);
    assert_eq!(exif.artist.as_deref(), Some("Alice"));
}

#[test]
fn orientation_is_one_to_eight() {
    let of_number = |number| of(&[(Tag::Orientation, Value::Short(vec![number]))]);
    assert_eq!(of_number(8).orientation, Some(8));
    assert_eq!((of_number(0).orientation, of_number(0).errors.len()), (None, 0));
    assert_eq!((of_number(9).orientation, of_number(9).errors.len()), (None, 1));
}

#[test]
fn tags_are_capped_one_by_one_and_together() {
    let long = |number: u16| (Tag(exif::Context::Exif, 0xf000 + number), ascii(&"ä".repeat(3000)));
    let fields: Vec<_> = (0..20).map(long).chain([(Tag::Make, ascii("Nikon"))]).collect();
    let exif = of(&fields);
    assert_eq!(exif.tags[0], ("Make".to_owned(), "Nikon".to_owned()));
    assert_eq!(exif.tags[1].0, "Exif 0xf000");
    assert!(exif.tags.iter().all(|(_, value)| value.len() <= 4096));
    assert!(exif.tags.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() <= 65536);
    assert_eq!(exif.errors, ["the tags from Exif 0xf00f on are not kept: together they pass 65536 bytes"]);
}

#[test]
fn a_damaged_block_gives_what_can_be_read() {
    let whole = block(&[(Tag::Make, ascii("Nikon")), (Tag::Software, ascii("behind the cut"))]);
    let exif = read(vec![whole[..whole.len() - 4].to_vec()]);
    assert_eq!(exif.make.as_deref(), Some("Nikon"));
    assert_eq!(exif.software, None);
    assert_eq!(exif.errors, ["EXIF is damaged: Truncated field value"]);
}

#[test]
fn a_second_block_is_read_where_the_first_is_none() {
    let exif = read(vec![b"no TIFF at all".to_vec(), block(&[(Tag::Make, ascii("Nikon"))])]);
    assert_eq!(exif.make.as_deref(), Some("Nikon"));
    assert_eq!(exif.errors, ["an EXIF block could not be read: Invalid TIFF byte order"]);
}
