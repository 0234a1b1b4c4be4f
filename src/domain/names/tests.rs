//! Segments: every text has one, distinct names have distinct ones, and none leaves its folder.

use proptest::prelude::*;

use super::*;

/// A string with much of what hurts: forbidden, invisible, combining, double-width and case-changing characters.
fn hostile_name() -> impl Strategy<Value = String> {
    let awkward = prop::sample::select(
        "/\\:*?\"<>|{}^%`[]#~ .-_&'0aAſßẞıİσςΣée\u{301}\u{338}\u{327}\u{345}\u{1FEF}\u{37E}\u{212A}\u{200B}\u{200D}\u{202E}\u{FEFF}\u{0}\t\n\
         \u{7F}\u{85}\u{A0}\u{3000}\u{2028}\u{AD}\u{34F}\u{3164}\u{FE0F}\u{E000}\u{FFFE}\u{10FFFF}\u{378}👩🏽각ᄀ\u{1161}\u{11A8}山ﬀ"
            .chars()
            .collect::<Vec<_>>(),
    );
    let awkward = prop::collection::vec(awkward, 0..60).prop_map(String::from_iter);
    let device = "(?i)( |\\.)?(con|prn|aux|nul|com[0-9¹]|lpt[0-9²]|conin\\$)(:| )?(\\.[a-z]{0,4})?";
    prop_oneof![awkward, any::<String>(), "[ -~]{0,120}", device]
}

fn assert_invariants(segment: &Segment) -> Result<(), TestCaseError> {
    let text = segment.as_str();
    prop_assert!((1..=SEGMENT_BYTES_MAX).contains(&text.len()), "{} bytes", text.len());
    prop_assert!(unicode_normalization::is_nfc(text));
    let is_forbidden = |c: char| c.is_control() || "/\\:*?\"<>|{}^%`[]#~\u{200B}\u{FE0F}".contains(c);
    prop_assert!(!text.contains(is_forbidden));
    prop_assert!(!text.starts_with(|c: char| c == '.' || c == '-' || c.is_whitespace()));
    prop_assert!(!text.ends_with(|c: char| c == '.' || c.is_whitespace()));
    let stem = text.split('.').next().unwrap().trim_end().to_ascii_uppercase();
    prop_assert!(
        !["CON", "PRN", "AUX", "NUL", "COM1", "COM¹", "LPT9", "LPT²", "CONIN$"].contains(&stem.as_str())
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn every_name_becomes_a_valid_segment(name in hostile_name()) {
        for segment in [Segment::of(&name), Segment::with_hash(&name), Segment::of_at_most(&name, 32)] {
            assert_invariants(&segment)?;
        }
        prop_assert!(Segment::of_at_most(&name, 32).as_str().len() <= 32);
    }

    #[test]
    fn every_segment_is_read_back_from_the_database_and_is_its_own_segment(name in hostile_name()) {
        for segment in [Segment::of(&name), Segment::with_hash(&name)] {
            prop_assert_eq!(Segment::from_stored(segment.to_string()), Ok(segment.clone()));
            prop_assert_eq!(Segment::of(segment.as_str()), segment);
        }
    }

    #[test]
    fn a_segment_is_the_name_or_ends_in_the_hash_of_the_name(name in hostile_name()) {
        let segment = Segment::of(&name);
        let ending = format!("-{}", &Sha256::of(name.as_bytes()).to_string()[..6]);
        prop_assert!(segment.as_str() == name || segment.as_str().ends_with(&ending));
    }

    #[test]
    fn distinct_names_have_distinct_segments(one in hostile_name(), other in hostile_name()) {
        prop_assume!(one != other);
        prop_assert_ne!(Segment::of(&one), Segment::of(&other));
    }

    #[test]
    fn names_that_differ_in_a_replaced_or_removed_character_have_distinct_segments(
        before in "[A-z ]{0,50}", after in "[A-z ]{0,50}", one in hostile_name(), other in hostile_name(),
    ) {
        prop_assume!(one != other);
        let name = |middle: &str| format!("{before}{middle}{after}");
        prop_assert_ne!(Segment::of(&name(&one)), Segment::of(&name(&other)));
    }

    #[test]
    fn names_that_differ_only_in_case_are_parted_by_their_hashes(name in hostile_name()) {
        let other = name.to_uppercase();
        prop_assume!(name != other);
        prop_assert_ne!(Segment::with_hash(&name).folded(), Segment::of(&other).folded());
    }
}

#[test]
fn ordinary_names_in_any_script_stay_as_they_are() {
    let names = [
        "Project Sunrise",
        "Smith & Sons (2024), Lot 3",
        "山田　太郎",
        "Straße 12b",
        "Île-de-France",
        "مشروع",
        "प्रोजेक्ट",
        "a_b-c+d=e@f;g!'",
        "company",
        "COM10",
        "console.txt",
        "_",
        "P-202512",
    ];
    for name in names {
        assert_eq!(Segment::of(name).as_str(), name);
    }
}

#[test]
fn what_a_store_cannot_hold_is_replaced_removed_or_guarded() {
    let examples = [
        ("a/b\\c", "a_b_c"),
        ("50% done?", "50_ done_"),
        ("lot#12", "lot_12"),
        ("..", "_"),
        ("../../etc/passwd", "_.._etc_passwd"),
        (" . padded . ", "padded"),
        ("St. Mary Rd.", "St. Mary Rd"),
        (".hidden", "hidden"),
        ("-rf", "_-rf"),
        ("CON", "_CON"),
        ("nul .txt", "_nul .txt"),
        ("Com¹.tar.gz", "_Com¹.tar.gz"),
        ("\u{301}mark first", "_\u{301}mark first"),
        ("tab\tand\u{202E}turn", "tabandturn"),
        ("❤\u{FE0F} home", "❤ home"),
        ("cafe\u{301}", "café"),
        ("e\u{200B}\u{301}", "é"),
        ("\u{1FEF}", "_"),
        ("", "_"),
        ("\u{3164}", "_"),
    ];
    for (name, base) in examples {
        let hash = &Sha256::of(name.as_bytes()).to_string()[..6];
        assert_eq!(Segment::of(name).as_str(), format!("{base}-{hash}"), "of {name:?}");
    }
}

#[test]
fn a_long_name_is_cut_at_a_letter_and_never_between_a_letter_and_its_marks() {
    let base = |name: &str| {
        let segment = Segment::of(name).to_string();
        segment[..segment.len() - 7].to_owned()
    };
    assert_eq!(Segment::of(&"x".repeat(80)).as_str(), "x".repeat(80));
    assert_eq!(base(&"x".repeat(81)), "x".repeat(73));
    assert_eq!(base(&"山".repeat(27)), "山".repeat(24));
    assert_eq!(base(&format!("{}x\u{31B}\u{32C}{}", "a".repeat(71), "b".repeat(9))), "a".repeat(71));
    assert_eq!(base(&format!("{}👍🏽{}", "a".repeat(69), "b".repeat(9))), "a".repeat(69));
    assert_eq!(base(&format!("{} . {}", "a".repeat(71), "b".repeat(9))), "a".repeat(71));
    assert_eq!(base(&format!("q{}", "\u{32C}".repeat(500))), format!("q{}", "\u{32C}".repeat(36)));
}

#[test]
fn segments_that_a_file_system_could_confuse_fold_to_one_form() {
    let pairs = [
        ("Straße", "STRASSE"),
        ("STRAẞE", "strasse"),
        ("ΟΔΟΣ", "οδος"),
        ("ﬀ", "FF"),
        ("ſ", "S"),
        ("İ", "i\u{307}"),
        ("ı", "I"),
        ("Ǆ", "ǅ"),
        ("ᾳ", "ᾼ"),
        ("Ꭰ", "ꭰ"),
        ("ŉ", "ʼn"),
        ("É", "e\u{301}"),
    ];
    for (one, other) in pairs {
        assert_eq!(fold(one), fold(other), "{one} and {other}");
    }
    assert_ne!(fold("resume"), fold("résumé"));
    assert_eq!(Segment::of("North Gate").folded(), Segment::of("NORTH gate").folded());
}

#[test]
fn a_name_that_imitates_hashed_segments_cannot_exhaust_the_candidates() {
    let taken: Vec<String> =
        Segment::candidates("gate").take(5).map(|segment| Segment::of(segment.as_str()).folded()).collect();
    let free =
        Segment::candidates("gate").take(6).find(|segment| !taken.contains(&segment.folded())).unwrap();
    assert!(free.as_str().starts_with("gate-"));
    assert_eq!(Segment::candidates("gate").nth(1), Some(Segment::with_hash("gate")));
}

#[test]
fn texts_that_are_no_segments_are_refused_from_the_database_and_from_json() {
    for text in ["", ".", "..", "a/b", "a#1", "nul", "end ", "e\u{301}", "\u{0}", "x\u{200B}"] {
        assert_eq!(Segment::from_stored(text.to_owned()), Err(NotASegment(text.to_owned())));
    }
    assert!(Segment::from_stored("x".repeat(81)).is_err());
    assert!(serde_json::from_str::<Segment>("\"../up\"").is_err());
    assert_eq!(serde_json::to_string(&Segment::of("Lot 5")).unwrap(), "\"Lot 5\"");
}
