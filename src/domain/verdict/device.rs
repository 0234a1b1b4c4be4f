//! Was the photo taken with the device that is named?
//!
//! A marketing name and a model number can mean one phone ("Galaxy S21", "SM-G991B"): what is not equal is open, and
//! only another maker is a difference.

use super::{Case, Check, Finding, Outcome};
use crate::domain::evidence::Exif;

/// Makers that write one of these names into `Make` of whatever they sell, lower case. Not Google: its phones were made,
/// and named, by others.
const MAKERS: [&[&str]; 12] = [
    &["apple"],
    &["samsung"],
    &["xiaomi", "redmi", "poco"],
    &["huawei", "honor"],
    &["oppo", "oneplus", "realme"],
    &["vivo"],
    &["motorola", "lenovo"],
    &["nokia", "hmd"],
    &["sony"],
    &["blackberry"],
    &["canon"],
    &["nikon"],
];

/// Two names that may be one device: the announced one and the file's, as they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// `device_model`.
    pub announced: String,
    /// `Make` and `Model`.
    pub found: String,
}

impl Pair {
    /// The pair of a delivery and a file that both name a device.
    pub fn of(announced: Option<&str>, exif: &Exif) -> Option<Self> {
        let found = [&exif.make, &exif.model].into_iter().flatten().cloned().collect::<Vec<_>>().join(" ");
        Some(Self { announced: announced?.to_owned(), found: Some(found).filter(|found| !found.is_empty())? })
    }

    /// By which the pair is recognised: case, spaces and signs do not count.
    pub fn folded(&self) -> (String, String) {
        (folded(&self.announced), folded(&self.found))
    }
}

/// `device_model` against `Make` and `Model`; case, spaces and the maker's prefix do not count.
pub fn check(case: &Case<'_>) -> Finding {
    let finding = |outcome, detail: &str| Finding::new(Check::Device, outcome, detail);
    let exif = &case.evidence.exif;
    let Some(announced) = case.announced.device.as_deref() else {
        return finding(Outcome::NotApplicable, "the delivery names no device");
    };
    let Some(Pair { found, .. }) = Pair::of(Some(announced), exif) else {
        return finding(Outcome::Absent, "the file names no device");
    };
    let make = exif.make.as_deref().unwrap_or_default();
    let model = exif.model.as_deref().unwrap_or_default();
    let same = bare(announced, make) == bare(model, make) && !bare(model, make).is_empty();
    let checked = if same || folded(announced) == folded(&found) {
        finding(Outcome::Match, "the file names the announced device")
    } else if case.known.is_device_confirmed {
        finding(Outcome::Match, "the file names the announced device, as a person has confirmed")
    } else if other_maker(announced, make) {
        finding(Outcome::Mismatch, "the file names a device of another maker")
    } else {
        finding(Outcome::Ambiguous, "the file names the device differently; it may be the same one")
    };
    checked.compared(&announced, &found)
}

fn folded(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn bare(name: &str, make: &str) -> String {
    let (name, make) = (folded(name), folded(make));
    name.strip_prefix(make.as_str()).map_or(name.clone(), str::to_owned)
}

/// The announced name begins with a maker's, and the file names none of that house.
fn other_maker(announced: &str, make: &str) -> bool {
    let (announced, make) = (folded(announced), folded(make));
    let house = MAKERS.iter().find(|house| house.iter().any(|name| announced.starts_with(name)));
    !make.is_empty() && house.is_some_and(|house| !house.iter().any(|name| make.contains(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_spaces_and_the_makers_prefix_do_not_count() {
        assert_eq!(bare("Apple iPhone 14 Pro", "Apple"), bare("iPhone 14 Pro", "Apple"));
        assert_eq!(bare("samsung SM-G991B", "Samsung"), bare("SM G991B", "Samsung"));
        assert_ne!(bare("Galaxy S21", "Samsung"), bare("SM-G991B", "Samsung"));
    }

    #[test]
    fn only_another_maker_is_a_difference() {
        assert!(other_maker("Apple iPhone 15 Pro", "HUAWEI"));
        assert!(other_maker("Apple iPhone 15 Pro", "a maker that nobody knows"));
        assert!(!other_maker("Xiaomi Redmi Note 12", "Redmi"));
        assert!(!other_maker("Galaxy S21", "samsung"));
        assert!(!other_maker("Google Nexus 4", "LGE"));
        assert!(!other_maker("Apple iPhone 15 Pro", ""));
    }
}
