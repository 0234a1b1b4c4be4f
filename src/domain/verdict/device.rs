//! Was the photo taken with the device that is named?
//!
//! A marketing name and a model number can mean one phone ("Galaxy S21", "SM-G991B"): what is not equal is open, and
//! only another maker is a difference.

use super::{Case, Check, Finding, Outcome};

/// Makers whose name begins a device model, as EXIF's `Make` writes them, lower case.
const MAKERS: [&str; 18] = [
    "apple", "samsung", "google", "xiaomi", "huawei", "honor", "oppo", "vivo", "oneplus", "realme",
    "motorola", "nokia", "sony", "lge", "htc", "canon", "nikon", "asus",
];

/// `device_model` against `Make` and `Model`; case, spaces and the maker's prefix do not count.
pub fn check(case: &Case<'_>) -> Finding {
    let finding = |outcome, detail: &str| Finding::new(Check::Device, outcome, detail);
    let exif = &case.evidence.exif;
    let Some(announced) = case.announced.device.as_deref() else {
        return finding(Outcome::NotApplicable, "the delivery names no device");
    };
    if exif.make.is_none() && exif.model.is_none() {
        return finding(Outcome::Absent, "the file names no device");
    }
    let make = exif.make.as_deref().unwrap_or_default();
    let model = exif.model.as_deref().unwrap_or_default();
    let found = format!("{make} {model}").trim().to_owned();
    let checked = if bare(announced, make) == bare(model, make) || folded(announced) == folded(&found) {
        finding(Outcome::Match, "the file names the announced device")
    } else if other_maker(announced, &found) {
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

fn maker(name: &str) -> Option<&'static str> {
    let name = folded(name);
    MAKERS.into_iter().find(|maker| name.starts_with(maker))
}

fn other_maker(announced: &str, found: &str) -> bool {
    matches!((maker(announced), maker(found)), (Some(announced), Some(found)) if announced != found)
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
        assert!(other_maker("Apple iPhone 15 Pro", "HUAWEI ALN-AL00"));
        assert!(!other_maker("Galaxy S21", "samsung SM-G991B"));
        assert!(!other_maker("Fairphone 5", "Apple iPhone 14"));
    }
}
