//! Every tag as text, for people and for the sidecar.
//!
//! Never more than 4 KiB of one value and 64 KiB of one photo, and never a look at a value that would not be kept.

use std::fmt::{self, Write};

use exif::{Field, In, Value};

/// The longest text of one value, in bytes.
pub(super) const VALUE_BYTES_MAX: usize = 4 * 1024;
/// All names and values together, in bytes.
const TOTAL_BYTES_MAX: usize = 64 * 1024;

pub(super) fn as_text(parsed: &exif::Exif, errors: &mut Vec<String>) -> Vec<(String, String)> {
    let mut tags = Vec::new();
    let mut left_bytes = TOTAL_BYTES_MAX;
    for field in parsed.fields() {
        let (name, value) = (name(field), value(field));
        let size = name.len() + value.len();
        if size > left_bytes {
            errors.push(format!(
                "the tags from {name} on are not kept: together they pass {TOTAL_BYTES_MAX} bytes"
            ));
            break;
        }
        left_bytes -= size;
        tags.push((name, value));
    }
    tags
}

/// The standard's name; where the standard has none, the group and the number.
fn name(field: &Field) -> String {
    let tag = field.tag;
    let name = match tag.description() {
        Some(_) => tag.to_string(),
        None => format!("{:?} 0x{:04x}", tag.context(), tag.number()),
    };
    match field.ifd_num {
        In::PRIMARY => name,
        In::THUMBNAIL => format!("thumbnail {name}"),
        In(number) => format!("picture {number} {name}"),
    }
}

fn value(field: &Field) -> String {
    let mut text = Capped(String::new());
    // An error means that the cap is reached, which is no failure.
    let _ = match &field.value {
        Value::Ascii(texts) => write_texts(&mut text, texts),
        _ => write!(text, "{}", field.display_value()),
    };
    text.0
}

fn write_texts(text: &mut Capped, texts: &[Vec<u8>]) -> fmt::Result {
    for (number, bytes) in texts.iter().enumerate() {
        if number > 0 {
            text.write_str(", ")?;
        }
        text.write_str(&String::from_utf8_lossy(bytes))?;
    }
    Ok(())
}

/// Stops whoever writes to it once it is full.
struct Capped(String);

impl Write for Capped {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let fits = capped(text, VALUE_BYTES_MAX - self.0.len());
        self.0.push_str(fits);
        if fits.len() == text.len() { Ok(()) } else { Err(fmt::Error) }
    }
}

/// As much of a text as fits into so many bytes without cutting a character.
pub(super) fn capped(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}
