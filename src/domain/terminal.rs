//! Texts from anywhere as a terminal shows them.
//!
//! Never a byte that a terminal obeys: the name of a stranger in the bucket could rewrite the lines above it, and so turn
//! what an audit found into something else.

use std::borrow::Cow;

/// A text in which control characters, line ends and marks that turn the direction of writing stand as `\u{1b}`.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(is_obeyed) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_obeyed(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown.into()
}

/// C0 and C1 controls, and the controls of the Unicode Bidirectional Algorithm (UAX #9) and of lines.
fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_told_and_all_else_is_as_it_was() {
        for (text, shown) in [
            ("\u{1b}[2J\u{1b}[1;1Hall is intact", "\\u{1b}[2J\\u{1b}[1;1Hall is intact"),
            ("a\rb\nc\td\u{7}", "a\\rb\\nc\\td\\u{7}"),
            ("\u{9b}2J\u{7f}", "\\u{9b}2J\\u{7f}"),
            ("gpj.\u{202e}exe", "gpj.\\u{202e}exe"),
        ] {
            assert_eq!(escaped(text), shown);
        }
        for text in ["", "photos/Müller's \"Süd\"/漢字 \\1.jpg", "👷🏽‍♀️"] {
            assert_eq!(escaped(text), text);
        }
    }
}
