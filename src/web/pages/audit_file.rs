//! `/audit/file`: are these very bytes archived? The browser hashes, and only the hash comes here.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use askama::Template;
use serde::Deserialize;

use super::words::{grouped, hashed};
use super::{Frame, html};
use crate::catalog::code::Version;
use crate::domain::photo::Sha256;
use crate::domain::verdict::Verdict;
use crate::web::Site;
use crate::web::error::WebError;
use crate::web::people::Visitor;

/// Photos with the same bytes that are named.
const SHOWN_MAX: u32 = 50;
const HASH_DIGITS: usize = 64;

#[derive(Deserialize)]
pub(in crate::web) struct Asked {
    sha256: Option<String>,
}

#[derive(Template)]
#[template(path = "audit_file.html")]
struct Page {
    frame: Frame,
    /// As it was asked for.
    sha256: String,
    found: Option<Found>,
}

/// The answer.
struct Found {
    hash: String,
    photos: Vec<Photo>,
}

/// An archived photo with these bytes.
struct Photo {
    id: String,
    code: String,
    verdict: Verdict,
}

pub(in crate::web) async fn show(
    visitor: Visitor,
    site: Data<Site>,
    asked: Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let asked = asked.into_inner().sha256.unwrap_or_default();
    if asked.trim().is_empty() {
        return html(&Page { frame: Frame::of(&visitor, "audit"), sha256: String::new(), found: None });
    }
    let sha256 = printed(&asked).ok_or_else(|| {
        WebError::BadRequest(
            "there is no SHA-256 in this: paste the line as it is printed; it has 64 digits from 0 to 9 and a to f"
                .to_owned(),
        )
    })?;
    let found = Some(found(&site, sha256).await?);
    html(&Page { frame: Frame::of(&visitor, "audit"), sha256: sha256.to_string(), found })
}

/// The first SHA-256 in what a program prints: `sha256sum` writes the file's name behind it and a backslash before it where
/// the name has line ends, others the name before it, and some print, or people copy, it in groups.
fn printed(text: &str) -> Option<Sha256> {
    let words: Vec<_> =
        text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let is_part = |word: &&&str| word.bytes().all(|digit| digit.is_ascii_hexdigit());
    (0..words.len()).find_map(|first| {
        let mut digits = String::new();
        for word in words.iter().skip(first).take_while(is_part) {
            digits.push_str(&word.to_lowercase());
            if digits.len() >= HASH_DIGITS {
                break;
            }
        }
        (digits.len() == HASH_DIGITS).then(|| digits.parse().ok()).flatten()
    })
}

async fn found(site: &Site, sha256: Sha256) -> Result<Found, WebError> {
    let versions = site.catalog.versions_with_bytes(sha256, SHOWN_MAX).await?;
    let photo = |version: Version| Photo {
        id: version.id.to_string(),
        code: version.code.as_deref().map_or_else(|| "without a code".to_owned(), grouped),
        verdict: version.verdict,
    };
    Ok(Found { hash: hashed(&sha256.to_string()), photos: versions.into_iter().map(photo).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";

    #[test]
    fn the_hash_is_read_from_what_programs_print() {
        let spaced =
            HASH.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap()).collect::<Vec<_>>();
        for text in [
            HASH.to_owned(),
            format!("  {}\r\n", HASH.to_uppercase()),
            format!("{HASH}  IMG_0001.jpg"),
            format!("{HASH} *cafe.jpg"),
            format!("\\{HASH}  two\\nlines.jpg"),
            format!("SHA256 (cafe.jpg) = {HASH}"),
            format!("SHA256 hash of C:\\bad cafe.jpg:\r\n{}\r\nCertUtil: done", spaced.join(" ")),
            format!("beef cafe {HASH}"),
        ] {
            assert_eq!(printed(&text), HASH.parse().ok(), "{text:?}");
        }
        for text in ["", "2c26b46b", &HASH[1..], &format!("{HASH}0"), "IMG_0001.jpg"] {
            assert_eq!(printed(text), None, "{text:?}");
        }
    }
}
