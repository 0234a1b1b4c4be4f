//! Bytes behind a container's end: how many, and what they look like.
//!
//! Never a reason to call a file damaged: phones append gain maps and short videos on purpose.

use super::Finds;
use super::source::{Source, Stop};

/// How much of the trailer is looked at; what phones append begins at once, or after little padding.
const LOOK_BYTES: usize = 64 * 1024;

/// The number of bytes behind `end`, with a note if there are any.
pub(super) fn describe(source: &mut Source<'_>, finds: &mut Finds, end: u64) -> Result<u64, Stop> {
    let count = source.length().saturating_sub(end);
    if count > 0 {
        source.go_to(end, "the container's end")?;
        let head = source.at_most(LOOK_BYTES)?;
        let what = look(&head, finds.multi_picture);
        finds.note(format!("{count} bytes follow the container's end: {what}"));
    }
    Ok(count)
}

fn look(head: &[u8], multi_picture: bool) -> &'static str {
    let begins = head.iter().position(|byte| *byte != 0).map_or(&[][..], |start| &head[start..]);
    if begins.is_empty() {
        "padding with zeros"
    } else if head.get(4..8) == Some(b"ftyp") || contains(head, b"MotionPhoto_Data") {
        "a motion photo's video"
    } else if contains(head, b"SEFH") {
        "notes that Samsung's phones append"
    } else if begins.starts_with(&[0xff, 0xd8, 0xff]) {
        if multi_picture { "a further picture, such as a gain map" } else { "a further JPEG" }
    } else if multi_picture && contains(head, &[0xff, 0xd8, 0xff]) {
        "data with a further picture, such as a gain map"
    } else {
        "of unknown meaning"
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trailer_is_named_by_how_it_begins() {
        assert_eq!(look(&[0; 100], false), "padding with zeros");
        assert_eq!(look(b"\0\0\0\x18ftypmp42", false), "a motion photo's video");
        assert_eq!(look(b"\0\0\x30\x0aMotionPhoto_Data", false), "a motion photo's video");
        assert_eq!(look(&[0, 0, 0xff, 0xd8, 0xff, 0xe0], true), "a further picture, such as a gain map");
        assert_eq!(look(&[0xff, 0xd8, 0xff, 0xe0], false), "a further JPEG");
        assert_eq!(look(b"\0\0\x01\x0aImage_UTC_DataSEFH", false), "notes that Samsung's phones append");
        assert_eq!(look(b"what?", false), "of unknown meaning");
    }
}
