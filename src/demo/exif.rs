//! The EXIF block as Timemark leaves it: the tags that survive its re-encoding, no others.
//!
//! Never an honest camera's whole record: exposure and maker notes are gone, as in the files measured.

use std::io::Cursor;

use exif::experimental::Writer;
use exif::{Field, In, Rational, Tag, Value};
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// What the file says of its capture.
#[derive(Debug, Clone, PartialEq)]
pub struct Capture {
    /// `Make`.
    pub make: &'static str,
    /// `Model`.
    pub model: &'static str,
    /// `Artist`: UTF-8, as phones write it into a field meant for ASCII.
    pub artist: &'static str,
    /// `DateTimeOriginal`, `DateTimeDigitized` and `DateTime`: wall time.
    pub taken: DateTime,
    /// `OffsetTimeOriginal`.
    pub offset: Offset,
    /// `Orientation`: 1, or 6 for pixels stored lying on their side.
    pub orientation: u16,
    /// The GPS tags.
    pub fix: Fix,
}

/// What the GPS tags hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fix {
    /// Zeros: location was off.
    Zeros,
    /// Latitude and longitude in degrees, north and east positive; the time is the capture's.
    At(f64, f64),
}

/// The TIFF block of an EXIF segment (CIPA DC-008, 4.6), big-endian.
pub fn block(capture: &Capture) -> Vec<u8> {
    let fields = fields(capture);
    let mut writer = Writer::new();
    for field in &fields {
        writer.push_field(field);
    }
    let mut block = Cursor::new(Vec::new());
    writer
        .write(&mut block, false)
        .expect("there are fields, all in the first directory, and a vector takes them");
    block.into_inner()
}

fn fields(capture: &Capture) -> Vec<Field> {
    let Capture { make, model, artist, taken, offset, orientation, fix } = capture;
    let clock = taken.strftime("%Y:%m:%d %H:%M:%S").to_string();
    let minutes = offset.seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    let offset_text = format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60);
    let mut fields = vec![
        text(Tag::Make, make),
        text(Tag::Model, model),
        text(Tag::Software, "Timemark v10.0.210"),
        text(Tag::Artist, artist),
        text(Tag::DateTime, &clock),
        field(Tag::Orientation, Value::Short(vec![*orientation])),
        field(Tag::ExifVersion, Value::Undefined(b"0232".to_vec(), 0)),
        text(Tag::DateTimeOriginal, &clock),
        text(Tag::DateTimeDigitized, &clock),
        text(Tag::OffsetTimeOriginal, &offset_text),
        field(Tag::GPSVersionID, Value::Byte(vec![2, 3, 0, 0])),
    ];
    match *fix {
        Fix::Zeros => fields.extend(position(0.0, 0.0)),
        Fix::At(latitude, longitude) => {
            fields.extend(position(latitude, longitude));
            fields.extend(gps_time(*taken, *offset));
        }
    }
    fields
}

fn field(tag: Tag, value: Value) -> Field {
    Field { tag, ifd_num: In::PRIMARY, value }
}

fn text(tag: Tag, text: &str) -> Field {
    field(tag, Value::Ascii(vec![text.as_bytes().to_vec()]))
}

fn position(latitude: f64, longitude: f64) -> [Field; 4] {
    [
        text(Tag::GPSLatitudeRef, if latitude < 0.0 { "S" } else { "N" }),
        field(Tag::GPSLatitude, Value::Rational(sexagesimal(latitude))),
        text(Tag::GPSLongitudeRef, if longitude < 0.0 { "W" } else { "E" }),
        field(Tag::GPSLongitude, Value::Rational(sexagesimal(longitude))),
    ]
}

/// Degrees, minutes and seconds; the seconds in ten thousandths, 3 mm on the ground.
fn sexagesimal(degrees: f64) -> Vec<Rational> {
    const UNITS: u32 = 10_000;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most 180 * 36,000,000, above 0"
    )]
    let units = (degrees.abs() * 3600.0 * f64::from(UNITS)).round() as u64;
    let part = |units: u64| u32::try_from(units).expect("a part of at most 180 degrees");
    let whole = |num: u64| Rational { num: part(num), denom: 1 };
    let minute = 60 * u64::from(UNITS);
    let seconds = Rational { num: part(units % minute), denom: UNITS };
    vec![whole(units / minute / 60), whole(units / minute % 60), seconds]
}

/// `GPSDateStamp` and `GPSTimeStamp`: UTC.
fn gps_time(taken: DateTime, offset: Offset) -> Vec<Field> {
    let Ok(instant) = offset.to_timestamp(taken) else { return Vec::new() };
    let utc = Offset::UTC.to_datetime(instant);
    let whole = |number: i8| Rational { num: u32::from(number.unsigned_abs()), denom: 1 };
    vec![
        text(Tag::GPSDateStamp, &utc.strftime("%Y:%m:%d").to_string()),
        field(
            Tag::GPSTimeStamp,
            Value::Rational([utc.hour(), utc.minute(), utc.second()].map(whole).to_vec()),
        ),
    ]
}
