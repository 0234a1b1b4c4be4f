//! The sentences of all findings, as people read them, and every outcome that each check can give.
//!
//! `sentences.txt` is what was read and found good. A changed sentence is a changed file.

use std::collections::BTreeSet;

use super::super::known::SamePosition;
use super::super::reuse::{Equal, LookAlike};
use super::super::{Outcome, code, reuse};
use super::*;
use crate::domain::photo::PhotoId;

fn with(change: fn(&mut Story)) -> Story {
    story().with(change)
}

fn exif(change: fn(&mut Exif)) -> Story {
    story().with(|story| change(&mut story.evidence.exif))
}

fn of_clocks() -> Vec<Story> {
    let summer = |announced| story().taken_at("2025-07-11T13:45:00", None).announced_at(announced);
    let text = |text: &str| Some(text.to_owned());
    let named =
        |name: &str, meaning| story().meaning(meaning).with(|story| story.announced.photo_name = text(name));
    vec![
        story(),
        with(|story| story.evidence.container = Container::Complete { trailing_bytes: 48_211 }),
        with(|story| {
            story.evidence.container =
                Container::Incomplete { reason: "the end marker is missing".to_owned() };
        }),
        with(|story| story.content_type = Some("image/png")),
        with(|story| story.announced.photo_name = Some("roof.heic".to_owned())),
        with(|story| (story.content_type, story.announced.photo_name) = (None, None)),
        story().announced_at("2025-12-11T13:45:00Z"),
        story().announced_at("2025-12-11T13:45:00Z").meaning(Meaning::Utc),
        story().announced_at("2025-12-11T18:55:00Z"),
        story().announced_at("2025-12-11T21:45:00Z"),
        summer("2025-07-11T18:45:00Z"),
        summer("2025-07-12T17:50:00Z"),
        summer("2028-07-11T17:45:00Z"),
        summer("2005-11-25T17:45:00Z"),
        story().taken_at("2025-07-11T13:45:00", Some(-300)).announced_at("2025-07-11T18:45:00Z"),
        story().nowhere(),
        story().nowhere().announced_at("2025-12-09T13:45:00Z"),
        story().nowhere().announced_at("2025-12-10T01:30:00Z"),
        with(|story| story.announced.timestamp = None),
        exif(|exif| exif.taken = None),
        exif(|exif| (exif.taken, exif.taken_unusable) = (None, Some("0000:00:00 00:00:00".to_owned()))),
        exif(|exif| (exif.taken, exif.gps_time) = (None, "2025-12-11T18:44:30Z".parse().ok())),
        with(|story| story.received_at = "2025-12-11T18:00:00Z".parse().unwrap()),
        with(|story| story.received_at = "2025-12-18T18:45:00Z".parse().unwrap()),
        named("2025-12-11 13.55.00_.jpg", Meaning::Open),
        named("2025-12-11 14.45.00_.jpg", Meaning::Open),
        named("2025-12-11 14.15.00_.jpg", Meaning::Open),
        named("Roof.jpg", Meaning::Open),
    ]
}

fn of_places_and_devices() -> Vec<Story> {
    let text = |text: &str| Some(text.to_owned());
    let sent_at = |latitude: &str, longitude: &str| {
        story().with(|story| {
            (story.announced.latitude, story.announced.longitude) = (text(latitude), text(longitude));
        })
    };
    vec![
        exif(|exif| exif.position = FilePosition::Absent),
        exif(|exif| {
            exif.position =
                FilePosition::Unusable { reason: "it is 0, 0, which stands for no position".to_owned() }
        }),
        sent_at("40.788091", "-73.968285"),
        sent_at("40.835091", "-73.968285"),
        sent_at("40.835091", "-73.968285")
            .with(|story| story.evidence.exif.positioning_error_m = Some(20_000.0)),
        sent_at("-73.968285", "40.785091"),
        sent_at("40.785091", "73.968285"),
        sent_at("north", "south"),
        sent_at("-122.3", "47.6").with(|story| {
            story.evidence.exif.position = FilePosition::At(Position::new(47.6, -122.3).unwrap());
        }),
        story().meaning(Meaning::Local),
        sent_at("40.790091", "-73.968285")
            .with(|story| story.known.same_position = SamePosition { photos: 10, days: 2 }),
        with(|story| (story.announced.latitude, story.announced.longitude) = (None, None)),
        with(|story| story.announced.device = None),
        exif(|exif| (exif.make, exif.model) = (None, None)),
        with(|story| story.announced.device = Some("iPhone15,3".to_owned())),
        with(|story| {
            story.announced.device = Some("iPhone15,3".to_owned());
            story.known.is_device_confirmed = true;
        }),
        with(|story| story.announced.device = Some("samsung SM-G991B".to_owned())),
        exif(|exif| exif.software = None),
        exif(|exif| exif.software = Some("Timemark v10.0.210".to_owned())),
        exif(|exif| exif.software = Some("Adobe Photoshop 26.0".to_owned())),
        exif(|exif| exif.software = Some("Windmill".to_owned())),
    ]
}

fn of_other_photos() -> Vec<Finding> {
    let [one, two] = [PhotoId([1; 16]), PhotoId([2; 16])];
    let equal = |code: Option<&str>| [Equal { photo: one, code: code.map(str::to_owned) }];
    let alike = [LookAlike { photo: one, code: "A1BCDEFGHIJ23K".to_owned(), distance: 12 }];
    let own = Some("Z9YXWVUTSRQ87P");
    vec![
        code::check(None, &[]),
        code::check(own, &[]),
        code::check(Some("1234"), &[]),
        code::check(own, &[one]),
        code::check(own, &[one, two]),
        reuse::check(own, &[], &[]),
        reuse::check(own, &equal(Some("A1BCDEFGHIJ23K")), &[]),
        reuse::check(own, &equal(None), &[]),
        reuse::check(None, &equal(Some("A1BCDEFGHIJ23K")), &[]),
        reuse::check(own, &[], &alike),
    ]
}

/// What the others tell again in other numbers is left out.
fn received_soon(story: &Story) -> Story {
    let is_odd = story.received_at.to_string().starts_with("2030");
    let soon = story.announced.time().map_or(story.received_at, |time| time.utc);
    story.clone().with(|story| story.received_at = if is_odd { soon } else { story.received_at })
}

fn findings() -> Vec<Finding> {
    let told = of_clocks().into_iter().chain(of_places_and_devices());
    told.flat_map(|story| received_soon(&story).judged().findings).chain(of_other_photos()).collect()
}

#[test]
fn the_sentences_are_those_that_were_read() {
    let line = |finding: &Finding| {
        let notes: Vec<_> = finding.notes.iter().map(|note| format!(" [{note:?}]")).collect();
        let (check, outcome) = (finding.check.as_str(), finding.outcome.as_str());
        format!("{check} {outcome}: {}{}\n", finding.detail, notes.concat())
    };
    let mut lines: Vec<_> = findings().iter().map(line).collect();
    lines.sort();
    lines.dedup();
    let told = lines.concat();
    assert_eq!(told, include_str!("sentences.txt"), "all of them are now:\n{told}");
}

#[test]
fn every_outcome_of_every_check_occurs() {
    use Outcome::{Absent, Ambiguous, Explained, Match, Mismatch, Near, NotApplicable, Unusable};
    let possible: [(Check, &[Outcome]); 10] = [
        (Check::Completeness, &[Match, Mismatch]),
        (Check::Type, &[Match, Mismatch, NotApplicable]),
        (Check::Time, &[Match, Near, Explained, Mismatch, Absent, Unusable, Ambiguous, NotApplicable]),
        (Check::Clock, &[Match, Mismatch, NotApplicable]),
        (Check::NameTime, &[Match, Near, Explained, Mismatch, Absent, Ambiguous, NotApplicable]),
        (Check::Position, &[Match, Near, Explained, Mismatch, Absent, Unusable, Ambiguous, NotApplicable]),
        (Check::Device, &[Match, Mismatch, Absent, Ambiguous, NotApplicable]),
        (Check::Software, &[Match, Absent, Ambiguous, NotApplicable]),
        (Check::Code, &[Match, Near, Explained, Absent]),
        (Check::Reuse, &[Match, Near, Mismatch, Ambiguous]),
    ];
    let findings = findings();
    for (check, outcomes) in possible {
        let found: BTreeSet<_> =
            findings.iter().filter(|finding| finding.check == check).map(|finding| finding.outcome).collect();
        assert_eq!(found, outcomes.iter().copied().collect(), "{check:?}");
    }
}
