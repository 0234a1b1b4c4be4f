//! Which program wrote the file last?
//!
//! An editor is named, never blamed: many people straighten a photo before they upload it.

use super::{Case, Check, Finding, Outcome};

/// Names of photo editors as they stand in `Software`, lower case; what people see of them is the text itself.
const EDITORS: [&str; 38] = [
    "camedia master",
    "olympus master",
    "photo desk",
    "adobe bridge",
    "camera raw",
    "photoshop",
    "lightroom",
    "gimp",
    "snapseed",
    "picsart",
    "picasa",
    "affinity",
    "paint.net",
    "paintshop",
    "acdsee",
    "capture one",
    "darktable",
    "rawtherapee",
    "pixelmator",
    "vsco",
    "canva",
    "meitu",
    "facetune",
    "luminar",
    "photoscape",
    "irfanview",
    "imagemagick",
    "photo editor",
    "photoimpact",
    "photo gallery",
    "aperture",
    "iphoto",
    "polarr",
    "photodirector",
    "fotor",
    "corel",
    "dxo",
    "microsoft pro photo",
];

/// `Software`: Timemark's own versions and those of phones and cameras are normal, editors are named.
pub fn check(case: &Case<'_>) -> Finding {
    let finding = |outcome, detail: String| Finding::new(Check::Software, outcome, detail);
    let exif = &case.evidence.exif;
    let Some(software) = exif.software.as_deref() else {
        return finding(Outcome::Absent, "the file does not say which program wrote it".to_owned());
    };
    let folded = software.to_lowercase();
    let found = if folded.starts_with("timemark") {
        finding(Outcome::Match, format!("the file was written by Timemark: {software}"))
    } else if EDITORS.iter().any(|editor| folded.contains(editor)) {
        finding(Outcome::Ambiguous, format!("the file was last written by a photo editor: {software}"))
    } else if is_firmware(&folded, exif.make.as_deref(), exif.model.as_deref()) {
        finding(Outcome::Match, format!("the file was written by the device's own software: {software}"))
    } else {
        finding(
            Outcome::NotApplicable,
            format!("the file was written by {software}, of which nothing is known"),
        )
    };
    Finding { found: Some(software.to_owned()), ..found }
}

/// A version ("17.1.2", "Ver.1.00", "HDR+ 1.0.2"), a build that begins with the model ("G991BXXU5", "ALN-AL00 4.0"), or
/// the maker's own words.
fn is_firmware(software: &str, make: Option<&str>, model: Option<&str>) -> bool {
    let bare = |text: &str| {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>()
    };
    let text = bare(software);
    let names = |name: Option<&str>| {
        let words = name.into_iter().flat_map(|name| name.split([' ', '-', '_']).map(bare));
        words.filter(|word| word.len() >= 3).any(|word| text.contains(&word))
    };
    let version =
        software.trim_start_matches("version").trim_start_matches("ver").trim_start_matches(['v', '.', ' ']);
    let is_version = version.starts_with(|c: char| c.is_ascii_digit())
        && version.chars().all(|c| c.is_ascii_digit() || ". -_/".contains(c));
    is_version || software.starts_with("hdr+") || names(make) || names(model)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_builds_of_devices_are_their_own() {
        for (software, make, model) in [
            ("17.1.2", "Apple", "iPhone 15"),
            ("Ver.1.00", "NIKON CORPORATION", "NIKON D70"),
            ("HDR+ 1.0.345618096zd", "Google", "Pixel 5"),
            ("G991BXXU5CVGB", "samsung", "SM-G991B"),
            ("Digital Camera FinePix S2 Pro", "FUJIFILM", "FinePixS2Pro"),
        ] {
            assert!(is_firmware(&software.to_lowercase(), Some(make), Some(model)), "{software}");
        }
        for program in ["some program", "faceapp 11.2", "photopea 5.6", "remini 3.7"] {
            assert!(!is_firmware(program, Some("Apple"), Some("iPhone 15")), "{program}");
        }
    }
}
