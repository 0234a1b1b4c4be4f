//! The verification code: is it formed as Timemark forms it, and does it stand for these bytes alone?
//!
//! A missing code is normal (switched off, or a photo from a gallery), and so are two versions under one: editing the
//! stamp keeps the code.

use super::{Cause, Check, Finding, Outcome};
use crate::domain::photo::PhotoId;

/// Every code seen has so many characters, letters and digits, in upper case.
const LENGTH: usize = 14;

/// `versions` are archived photos with the same code and other bytes.
pub fn check(code: Option<&str>, versions: &[PhotoId]) -> Finding {
    let finding = |outcome, detail: String| Finding::new(Check::Code, outcome, detail);
    let Some(code) = code else {
        return finding(Outcome::Absent, "the photo has no verification code".to_owned());
    };
    let found = match versions.len() {
        0 if is_well_formed(code) => {
            finding(Outcome::Match, "the verification code is well formed".to_owned())
        }
        0 => finding(
            Outcome::Near,
            format!("the verification code is not of {LENGTH} capital letters and digits, as others are"),
        ),
        1 => finding(Outcome::Explained, "another version is archived under this code".to_owned()),
        more => finding(Outcome::Explained, format!("{more} other versions are archived under this code")),
    };
    let cause = (!versions.is_empty()).then_some(Cause::Version);
    Finding { announced: Some(code.to_owned()), photos: versions.to_vec(), ..found }.because(cause)
}

fn is_well_formed(code: &str) -> bool {
    code.len() == LENGTH && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}
