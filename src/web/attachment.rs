//! `Content-Disposition` of what is downloaded: a file name in any script, that no header and no folder is broken by.

use std::fmt::Write as _;

/// The file name twice (RFC 6266, section 5): for old readers in ASCII, with `_` for all else, and whole as RFC 8187 has
/// it. Slashes and control characters, which would leave the folder of downloads or the header, are `_` in both.
pub(super) fn attachment(name: &str) -> String {
    let name: String = name.chars().map(|c| if is_harmful(c) { '_' } else { c }).collect();
    // Within quotes a backslash escapes; a percent sign is decoded by some (RFC 6266, appendix D).
    let plain = |c: char| if c.is_ascii() && !matches!(c, '"' | '%') { c } else { '_' };
    let plain: String = name.chars().map(plain).collect();
    let mut header = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''");
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-' => header.push(char::from(byte)),
            _ => write!(header, "%{byte:02X}").expect("a text takes all"),
        }
    }
    header
}

/// Those that turn the direction of writing hide the file's true ending.
fn is_harmful(c: char) -> bool {
    let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns || matches!(c, '/' | '\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_any_script_stands_in_ascii_and_whole() {
        assert_eq!(
            attachment("Größe 現場.zip"),
            "attachment; filename=\"Gr__e __.zip\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%E7%8F%BE%E5%A0%B4.zip"
        );
    }

    #[test]
    fn neither_the_header_nor_the_folder_is_left() {
        let header = attachment("../\"a\"\r\nSet-Cookie: b\\\u{202e}gpj.exe");
        assert!(!header.contains(['\r', '\n', '\\', '/']) && header.matches('"').count() == 2, "{header}");
        assert!(!header.contains("%E2%80%AE"), "{header}");
    }
}
