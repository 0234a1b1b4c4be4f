//! Typed access to parsed fields: texts, numbers and times of the first directory and its children.
//!
//! Never panics on a value of another type than the standard's, and never passes on a number that is none.

use exif::{In, Tag, Value};
use jiff::Timestamp;
use jiff::civil::DateTime;

use super::tags::{VALUE_BYTES_MAX, capped};
use super::time;

/// Fields, and the sentences on those that could not be read.
pub(super) struct Fields<'a> {
    parsed: &'a exif::Exif,
    errors: Vec<String>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(parsed: &'a exif::Exif, errors: Vec<String>) -> Self {
        Self { parsed, errors }
    }

    pub(super) fn into_errors(self) -> Vec<String> {
        self.errors
    }

    pub(super) fn error(&mut self, tag: Tag, reason: &str) {
        self.errors.push(format!("{tag}: {reason}"));
    }

    fn value(&self, tag: Tag) -> Option<&'a Value> {
        self.parsed.get_field(tag, In::PRIMARY).map(|field| &field.value)
    }

    /// A text up to its first NUL, trimmed; `None` if nothing is left.
    pub(super) fn text(&self, tag: Tag) -> Option<String> {
        let bytes = match self.value(tag)? {
            Value::Ascii(texts) => texts.first()?,
            Value::Byte(bytes) | Value::Undefined(bytes, _) => bytes,
            _ => return None,
        };
        let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
        let text = String::from_utf8_lossy(text);
        let text = text.trim();
        (!text.is_empty()).then(|| capped(text, VALUE_BYTES_MAX).to_owned())
    }

    /// The first three numbers of a field; rationals with a zero below the line are NaN or infinite.
    pub(super) fn numbers(&self, tag: Tag) -> Option<Vec<f64>> {
        Some(match self.value(tag)? {
            Value::Rational(numbers) => numbers.iter().take(3).map(exif::Rational::to_f64).collect(),
            Value::SRational(numbers) => numbers.iter().take(3).map(exif::SRational::to_f64).collect(),
            Value::Float(numbers) => numbers.iter().take(3).map(|number| f64::from(*number)).collect(),
            Value::Double(numbers) => numbers.iter().take(3).copied().collect(),
            Value::SLong(numbers) => numbers.iter().take(3).map(|number| f64::from(*number)).collect(),
            Value::SShort(numbers) => numbers.iter().take(3).map(|number| f64::from(*number)).collect(),
            integers => integers.iter_uint()?.take(3).map(f64::from).collect(),
        })
    }

    /// A number that is there and finite.
    fn number(&mut self, tag: Tag) -> Option<f64> {
        let first = self.numbers(tag)?.first().copied();
        match first {
            Some(number) if number.is_finite() => return Some(number),
            Some(_) => self.error(tag, "is not a number"),
            None => self.error(tag, "is empty"),
        }
        None
    }

    fn unless_wrong<T>(&mut self, tag: Tag, result: Result<Option<T>, String>) -> Option<T> {
        result.unwrap_or_else(|reason| {
            self.error(tag, &reason);
            None
        })
    }

    pub(super) fn wall_time(&mut self, tag: Tag) -> Option<DateTime> {
        let text = self.text(tag)?;
        self.unless_wrong(tag, time::wall_time(&text))
    }

    /// The time with the fraction of a second that stands in a field of its own.
    pub(super) fn with_fraction(&mut self, time: Option<DateTime>, tag: Tag) -> Option<DateTime> {
        let (time, Some(text)) = (time?, self.text(tag)) else { return time };
        let nanoseconds = self.unless_wrong(tag, time::fraction(&text)).unwrap_or(0);
        time.with().subsec_nanosecond(nanoseconds).build().ok().or(Some(time))
    }

    pub(super) fn offset_minutes(&mut self, tag: Tag) -> Option<i32> {
        let text = self.text(tag)?;
        self.unless_wrong(tag, time::offset_minutes(&text))
    }

    pub(super) fn gps_time(&mut self) -> Option<Timestamp> {
        let date = self.text(Tag::GPSDateStamp);
        let clock = self.numbers(Tag::GPSTimeStamp)?;
        self.unless_wrong(Tag::GPSTimeStamp, time::gps_time(date.as_deref(), &clock))
    }

    /// A length that cannot be negative.
    pub(super) fn metres(&mut self, tag: Tag) -> Option<f64> {
        let metres = self.number(tag)?;
        if metres < 0.0 {
            self.error(tag, "is negative");
            return None;
        }
        Some(metres)
    }

    /// Metres, negative below sea level: `GPSAltitudeRef` 1, and 3 since EXIF 3.0.
    pub(super) fn altitude_m(&mut self) -> Option<f64> {
        let metres = self.number(Tag::GPSAltitude)?;
        let reference = self.value(Tag::GPSAltitudeRef).and_then(|value| value.get_uint(0));
        let is_below = matches!(reference, Some(1 | 3));
        Some(if is_below { -metres.abs() } else { metres })
    }

    /// 1 to 8; zero is what writers put that do not know.
    pub(super) fn orientation(&mut self) -> Option<u16> {
        match self.value(Tag::Orientation)?.get_uint(0) {
            Some(known @ 1..=8) => u16::try_from(known).ok(),
            Some(0) => None,
            Some(other) => {
                self.error(Tag::Orientation, &format!("is {other}, not 1 to 8"));
                None
            }
            None => {
                self.error(Tag::Orientation, "is no number");
                None
            }
        }
    }
}
