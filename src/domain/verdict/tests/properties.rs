//! Properties that hold for any input.

use proptest::prelude::*;

use super::super::{Outcome, Verdict};
use super::*;

fn any_wall() -> impl Strategy<Value = jiff::civil::DateTime> {
    (-9999_i16..=9999, 1_i8..=12, 1_i8..=28, 0_i8..=23, 0_i8..=59).prop_map(
        |(year, month, day, hour, minute)| jiff::civil::datetime(year, month, day, hour, minute, 59, 0),
    )
}

fn any_text() -> impl Strategy<Value = Option<String>> {
    let stamps = any_wall().prop_map(|wall| format!("{wall}Z"));
    let names = any_wall().prop_map(|wall| wall.strftime("%Y-%m-%d %H.%M.%S_x").to_string());
    let degrees = (-200.0..200.0_f64).prop_map(|degrees| degrees.to_string());
    let odd = prop_oneof![
        Just("NaN".to_owned()),
        Just("1e308".to_owned()),
        Just("-0".to_owned()),
        Just("91".to_owned()),
        Just("-271821-04-20T00:00:00Z".to_owned()),
        Just("9999-12-31T23:59:60Z".to_owned()),
        Just("2025-12-11T13:45:00+23:59".to_owned()),
    ];
    proptest::option::of(prop_oneof![any::<String>(), stamps, names, degrees, odd])
}

prop_compose! {
    fn any_story()(
        texts in proptest::collection::vec(any_text(), 8),
        taken in proptest::option::of(any_wall()),
        offset in proptest::option::of(any::<i32>()),
        gps in proptest::option::of(any::<i64>()),
        degrees in proptest::option::of((-90.0..=90.0_f64, -180.0..=180.0_f64)),
        error in proptest::option::of(any::<f64>()),
        received in any::<i64>(),
        meaning in prop_oneof![Just(Meaning::Open), Just(Meaning::Utc), Just(Meaning::Local)],
    ) -> Story {
        let mut texts = texts.into_iter();
        let mut text = || texts.next().flatten();
        let clamped = |ms: i64| Timestamp::from_millisecond(ms % 253_000_000_000_000).unwrap_or_default();
        story().meaning(meaning).with(|story| {
            story.announced.timestamp = text();
            story.announced.photo_name = text();
            story.announced.latitude = text();
            story.announced.longitude = text();
            story.announced.device = text();
            story.evidence.exif.make = text();
            story.evidence.exif.model = text();
            story.evidence.exif.software = text();
            story.evidence.exif.taken = taken;
            story.evidence.exif.taken_offset_minutes = offset;
            story.evidence.exif.gps_time = gps.map(clamped);
            story.evidence.exif.positioning_error_m = error;
            story.evidence.exif.position = degrees
                .and_then(|(latitude, longitude)| Position::new(latitude, longitude).ok())
                .map_or(FilePosition::Absent, FilePosition::At);
            story.received_at = clamped(received);
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_case_is_judged_by_each_check_once(story in any_story()) {
        let judged = story.judged();
        let checks: Vec<_> = judged.findings.iter().map(|finding| finding.check).collect();
        let mut once = checks.clone();
        once.sort();
        once.dedup();
        prop_assert_eq!((checks.len(), once.len()), (8, 8));
        let told = judged.findings.iter().all(|finding| !finding.detail.is_empty());
        prop_assert!(told);
        prop_assert_eq!(&story.judged(), &judged, "the same case is judged alike");
    }

    #[test]
    fn missing_evidence_is_never_suspicion(story in any_story()) {
        let silent = story.with(|story| {
            story.evidence.exif = Exif::default();
            story.announced.photo_name = None;
            story.received_at = Timestamp::MAX;
        });
        let judged = silent.judged();
        prop_assert!(judged.findings.iter().all(|finding| finding.outcome != Outcome::Mismatch), "{:?}", judged);
    }

    /// Whatever the rest says: a place, a time, a device or a program that agrees makes nothing worse.
    #[test]
    fn evidence_that_agrees_never_worsens_a_verdict(
        odd in any_story(),
        takes in proptest::collection::vec(any::<bool>(), 6),
        which in 0..4,
    ) {
        // A story that agrees, with some of its parts taken from one that does not.
        let mixed = story().meaning(odd.known.meaning).with(|story| {
            let (announced, exif) = (&mut story.announced, &mut story.evidence.exif);
            if takes[0] { announced.timestamp.clone_from(&odd.announced.timestamp); }
            if takes[1] { announced.photo_name.clone_from(&odd.announced.photo_name); }
            if takes[2] { announced.device.clone_from(&odd.announced.device); }
            if takes[3] { exif.taken = odd.evidence.exif.taken; }
            if takes[4] { exif.position = odd.evidence.exif.position.clone(); }
            if takes[5] { exif.taken_offset_minutes = odd.evidence.exif.taken_offset_minutes; }
        });
        let bare = mixed.with(|story| match which {
            0 => story.evidence.exif.position = FilePosition::Absent,
            1 => story.evidence.exif.taken = None,
            2 => story.evidence.exif.software = None,
            _ => (story.evidence.exif.make, story.evidence.exif.model) = (None, None),
        });
        let place = bare.announced.position().ok().flatten();
        let wall = bare.announced.time().map(|time| match bare.known.meaning {
            Meaning::Local if !time.is_fixed => time.wall,
            _ => time.wall_in(&TimeZone::get("America/New_York").unwrap()),
        });
        let agreeing = bare.clone().with(|story| match which {
            0 => story.evidence.exif.position = place.map_or(FilePosition::Absent, FilePosition::At),
            1 => (story.evidence.exif.taken, story.evidence.exif.taken_offset_minutes) = (wall, None),
            2 => story.evidence.exif.software = Some("Timemark v10.0.210".to_owned()),
            _ => story.evidence.exif.model.clone_from(&story.announced.device),
        });
        let rank = |story: &Story| {
            let verdict = Verdict::of(&story.judged().findings);
            Verdict::ALL.iter().position(|known| *known == verdict)
        };
        prop_assert!(rank(&agreeing) <= rank(&bare), "{:?} {:?}", bare.judged(), agreeing.judged());
    }
}
