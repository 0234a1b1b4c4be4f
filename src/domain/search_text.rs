//! Texts as they are compared by a search: what people take for the same is the same, in every script.
//!
//! Never shown to anybody: a folded text is for comparing alone.

use std::fmt::Write as _;

use unicode_normalization::UnicodeNormalization as _;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

/// The longest field that is searched, in characters: longer ones are no names, and notes are rarely a page.
const FIELD_CHARACTERS_MAX: usize = 2000;

/// A text without what a reader does not tell apart: width and other compatibility forms (Unicode NFKC), case,
/// accents of European scripts, invisible characters; each stretch of white space is one space.
///
/// Only the combining marks of the first block (U+0300 to U+036F) are dropped: elsewhere marks make other letters.
pub fn folded(text: &str) -> String {
    // Formatting characters, and the selectors that make a symbol colourful or not (U+FE00 to U+FE0F).
    let is_seen =
        |c: &char| c.general_category() != GeneralCategory::Format && !('\u{fe00}'..='\u{fe0f}').contains(c);
    // By way of upper case, which makes one of what lower case keeps apart: ß and ss, the two sigmas.
    let lower = text.nfkd().filter(is_seen).flat_map(char::to_lowercase);
    let letters = lower.flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    let plain: String =
        letters.nfkd().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).collect::<String>().nfkc().collect();
    let words: Vec<&str> = plain.split(is_gap).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// Fields as one folded text, each in a line of its own, so that no word is found across two of them.
pub fn folded_fields<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
    let cut = |field: &str| field.chars().take(FIELD_CHARACTERS_MAX).collect::<String>();
    let mut lines: Vec<String> = Vec::new();
    for line in fields.into_iter().map(|field| folded(&cut(field))) {
        if !line.is_empty() && !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.join("\n")
}

/// The words of a question, folded, each once. All are to be found.
pub fn words(question: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in folded(question).split(' ').filter(|word| !word.is_empty()) {
        if !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    words
}

/// The stretches of three characters in a word, each once; none in a shorter word.
pub fn trigrams(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let mut found: Vec<String> = letters.windows(3).map(|three| three.iter().collect()).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Tokens of all characters beyond ASCII and of all pairs with one: letters and digits alone, set apart by spaces.
pub fn pair_tokens(text: &str) -> String {
    let mut tokens: Vec<String> = Vec::new();
    for line in text.split('\n') {
        let letters: Vec<char> = line.chars().collect();
        tokens.extend(letters.chunks(1).chain(letters.windows(2)).filter_map(token));
    }
    tokens.sort_unstable();
    tokens.dedup();
    tokens.join(" ")
}

/// The token of a word of one or two characters, if it is among [`pair_tokens`].
pub fn pair_token(word: &str) -> Option<String> {
    let letters: Vec<char> = word.chars().collect();
    if letters.len() > 2 { None } else { token(&letters) }
}

fn token(letters: &[char]) -> Option<String> {
    if letters.iter().all(char::is_ascii) || letters.contains(&' ') {
        return None;
    }
    let mut token = String::new();
    for letter in letters {
        // A text takes whatever is written.
        let _written = write!(token, "u{:x}", u32::from(*letter));
    }
    Some(token)
}

fn is_gap(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_the_same_is_the_same() {
        for (one, other) in [
            ("Ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
            ("ZÜRICH", "zurich"),
            ("Straße", "STRASSE"),
            ("Γιώργος", "ΓΙΩΡΓΟΣ"),
            ("ﾄｳｷｮｳ", "トウキョウ"),
            ("e\u{301}te\u{301}", "été"),
            ("a\u{200b}b\u{202e}c", "abc"),
            ("a\0b\tc", "a b c"),
            ("🏗\u{fe0f}", "🏗"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
        assert_ne!(folded("か"), folded("が"), "a mark that makes another letter stays");
        assert_eq!(folded("한국"), "한국");
    }

    #[test]
    fn folding_twice_is_folding_once() {
        for text in ["İstanbul ŉ ǰ ΐ", "ﬃ Å 한글 ½ ﷺ", "\u{1e9e}ß", "𝔘𝔫𝔦", "👩‍🔧 🏗️"]
        {
            assert_eq!(folded(&folded(text)), folded(text), "{text}");
        }
    }

    #[test]
    fn fields_stay_apart_and_words_are_found_once() {
        assert_eq!(folded_fields(["North  Tower", "", "NORTH tower", "b"]), "north tower\nb");
        assert_eq!(words(" Alice ALICE\u{3000}7 "), ["alice", "7"]);
        assert!(words(" \0\u{200b}").is_empty());
        assert_eq!(trigrams("abcabc"), ["abc", "bca", "cab"]);
        assert!(trigrams("ab").is_empty());
    }

    #[test]
    fn short_words_beyond_ascii_have_a_token_and_stand_among_those_of_the_text() {
        let tokens = pair_tokens("7号楼 a\n浦东新区");
        for word in ["号", "7号", "浦东", "区"] {
            let token = pair_token(word).unwrap();
            assert!(tokens.split(' ').any(|known| known == token), "{word}: {tokens}");
        }
        assert!(!tokens.contains(&pair_token("楼浦").unwrap()));
        assert_eq!((pair_token("ab"), pair_token("浦东新")), (None, None));
    }
}
