//! A verification code as people and spreadsheets hand it over: cleaned, and folded to find what was mistyped.
//!
//! Never decides that one code means another: what looks alike is only suggested.

/// The longest text that is taken for a code; Timemark's have 14 letters and digits.
pub const CHARACTERS_MAX: usize = 64;

/// A code without what surrounds it in lists: blanks within and around it, invisible characters, and the apostrophe with
/// which spreadsheets mark a text. Nothing where nothing is left.
pub fn clean(text: &str) -> Option<String> {
    let kept = |c: &char| !c.is_whitespace() && !c.is_control() && !is_invisible(*c);
    let code: String = text.trim_start_matches(['\'', '’']).chars().filter(kept).collect();
    (!code.is_empty()).then_some(code)
}

/// The form in which two codes are equal if a person could take one for the other: case, `O` and `0`, `I`, `l` and `1`.
/// The index `photo_by_folded_code` folds in the same way.
pub fn fold(code: &str) -> String {
    let fold = |c: char| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    code.chars().map(fold).collect()
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_freed_of_what_surrounds_it() {
        for text in
            ["A1BCDEFGHIJ23K", " A1BCD EFGHI J23K\t", "'A1BCDEFGHIJ23K", "\u{feff}A1BCDEFGHIJ23K\u{200b}"]
        {
            assert_eq!(clean(text).as_deref(), Some("A1BCDEFGHIJ23K"), "{text:?}");
        }
        assert_eq!((clean(" \u{a0}"), clean("")), (None, None));
    }

    #[test]
    fn what_people_mistake_folds_alike_and_other_codes_do_not() {
        assert_eq!(fold("aO0Il1z"), "A00111Z");
        assert_ne!(fold("A8"), fold("AB"));
    }
}
