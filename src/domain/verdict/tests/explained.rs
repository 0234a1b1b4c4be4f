//! Time, clock, name, position and device where they agree only almost.

use super::super::known::SamePosition;
use super::super::{Cause, Note, Outcome, Verdict};
use super::*;

fn time(story: &Story) -> (Outcome, Option<Cause>) {
    let finding = story.finding(Check::Time);
    (finding.outcome, finding.cause)
}

#[test]
fn the_zone_of_the_place_makes_the_files_clock_an_instant() {
    let at = |announced| story().announced_at(announced).finding(Check::Time).outcome;
    assert_eq!(at("2025-12-11T18:45:00Z"), Outcome::Match);
    assert_eq!(at("2025-12-11T18:47:00Z"), Outcome::Match);
    assert_eq!(at("2025-12-11T18:47:01Z"), Outcome::Near);
    assert_eq!(at("2025-12-11T19:00:00Z"), Outcome::Near);
    assert_eq!(at("2025-12-11T19:00:01Z"), Outcome::Mismatch);
    assert_eq!(at("2025-12-11T13:45:00-05:00"), Outcome::Match);
}

#[test]
fn while_the_meaning_is_open_both_pass_and_say_so_and_later_only_one_does() {
    let local = story().announced_at("2025-12-11T13:45:00Z");
    assert!(local.finding(Check::Time).notes(Note::ZoneOpen));
    assert_eq!(time(&local), (Outcome::Match, None));
    assert_eq!(time(&local.clone().meaning(Meaning::Local)), (Outcome::Match, None));
    assert!(!local.clone().meaning(Meaning::Local).finding(Check::Time).notes(Note::ZoneOpen));
    let other = Some(Cause::OtherMeaning);
    assert_eq!(time(&local.clone().meaning(Meaning::Utc)), (Outcome::Explained, other));
    assert_eq!(time(&story().meaning(Meaning::Local)), (Outcome::Explained, other));
    let fixed = story().announced_at("2025-12-11T13:45:00-05:00").meaning(Meaning::Local);
    assert_eq!(time(&fixed), (Outcome::Match, None), "an offset leaves no choice");
}

#[test]
fn an_own_offset_that_ignores_summer_time_is_noted_and_does_not_vote() {
    let summer = story().taken_at("2025-07-11T13:45:00", Some(-300)).announced_at("2025-07-11T17:45:00Z");
    let finding = summer.finding(Check::Time);
    assert_eq!(finding.outcome, Outcome::Match, "{}", finding.detail);
    assert!(finding.notes(Note::OffsetIgnoresDst));
    let by_it = summer.clone().nowhere().announced_at("2025-07-11T18:45:00Z");
    assert_eq!(time(&by_it), (Outcome::Match, None), "without a place nobody can know");
    let honest = summer.nowhere().announced_at("2025-07-11T17:45:00Z").with(|story| {
        story.announced.photo_name = Some("2025-07-11 13.45.00_.jpg".to_owned());
    });
    assert_eq!(time(&honest).0, Outcome::Ambiguous, "and nobody is accused for it");
    assert_eq!(honest.finding(Check::NameTime).outcome, Outcome::Ambiguous);
}

#[test]
fn differences_with_a_harmless_cause_are_explained() {
    let summer = |announced| time(&story().taken_at("2025-07-11T13:45:00", None).announced_at(announced));
    assert_eq!(summer("2025-07-11T18:45:00Z"), (Outcome::Explained, Some(Cause::ZoneShift)));
    assert_eq!(summer("2025-07-11T18:25:00Z"), (Outcome::Mismatch, None), "40 minutes");
    assert_eq!(summer("2025-07-12T17:50:00Z"), (Outcome::Explained, Some(Cause::DateRoll)));
    assert_eq!(summer("2028-07-11T17:45:00Z"), (Outcome::Explained, Some(Cause::ClockUnset)));
    assert_eq!(summer("2005-11-25T17:45:00Z"), (Outcome::Explained, Some(Cause::GpsRollover)));
    assert_eq!(summer("2025-07-11T23:15:00Z"), (Outcome::Mismatch, None), "five hours and a half");
}

#[test]
fn a_phone_that_came_from_elsewhere_is_explained_by_the_offset_it_showed() {
    let berlin = story().taken_at("2025-12-11T19:45:00", None).meaning(Meaning::Utc);
    assert_eq!(time(&berlin), (Outcome::Mismatch, None));
    let known = berlin.with(|story| story.known.device_offsets = [60].into());
    assert_eq!(time(&known), (Outcome::Explained, Some(Cause::ZoneShift)));
    assert_eq!(known.judged().local_time.to_string(), "2025-12-11T19:45:00");
}

#[test]
fn without_any_zone_a_time_is_at_best_ambiguous() {
    let outcome = |announced| story().nowhere().announced_at(announced).finding(Check::Time).outcome;
    assert_eq!(outcome("2025-12-11T18:45:00Z"), Outcome::Ambiguous);
    assert_eq!(outcome("2025-12-11T08:00:30Z"), Outcome::Ambiguous, "Nepal");
    assert_eq!(outcome("2025-12-11T13:37:30Z"), Outcome::Mismatch, "between two offsets");
    assert_eq!(outcome("2025-12-11T13:30:00Z"), Outcome::Mismatch, "a quarter of an hour is nobody's offset");
    assert_eq!(outcome("2025-12-09T13:45:00Z"), Outcome::Mismatch);
    let sydney =
        story().nowhere().taken_at("2025-12-12T18:45:00", None).announced_at("2025-12-11T23:45:00-08:00");
    assert_eq!(sydney.finding(Check::Time).outcome, Outcome::Ambiguous, "an offset in the announced time");
    let local = story().nowhere().announced_at("2025-12-11T13:45:00Z").meaning(Meaning::Local);
    assert_eq!(local.finding(Check::Time).outcome, Outcome::Match, "local time needs no zone");
}

#[test]
fn a_time_that_is_no_time_is_unusable_and_gps_may_speak_for_it() {
    let zeros = story().with(|story| {
        story.evidence.exif.taken = None;
        story.evidence.exif.taken_unusable = Some("0000:00:00 00:00:00".to_owned());
    });
    assert_eq!(zeros.finding(Check::Time).outcome, Outcome::Unusable);
    let gps = zeros.with(|story| story.evidence.exif.gps_time = "2025-12-11T18:44:30Z".parse().ok());
    assert_eq!(gps.finding(Check::Time).outcome, Outcome::Near);
    assert!(gps.finding(Check::Time).notes(Note::GpsTimeAgrees));
}

#[test]
fn nothing_is_announced_before_it_is_taken_under_every_reading_still_open() {
    let arrived = |announced: &str, received: &str, meaning| {
        let story = story().announced_at(announced).meaning(meaning);
        let story = story.with(|story| story.received_at = received.parse().unwrap());
        (story.finding(Check::Clock).outcome, story.judged().vote)
    };
    let at = "2025-12-11T18:45:00Z";
    assert_eq!(arrived(at, "2025-12-11T18:40:00Z", Meaning::Open).0, Outcome::Match);
    assert_eq!(arrived(at, "2025-12-11T18:39:59Z", Meaning::Open).0, Outcome::Mismatch);
    // Local time in Tokyo, nine hours ahead.
    let tokyo = |received: &str, meaning| {
        let story = story().at(35.68, 139.77).announced_at("2025-12-11T21:00:00Z").meaning(meaning);
        story.with(|story| story.received_at = received.parse().unwrap()).finding(Check::Clock).outcome
    };
    assert_eq!(tokyo("2025-12-11T12:01:00Z", Meaning::Open), Outcome::Match);
    assert_eq!(tokyo("2025-12-11T12:01:00Z", Meaning::Utc), Outcome::Mismatch);
    assert_eq!(tokyo("2025-12-11T11:54:00Z", Meaning::Open), Outcome::Mismatch);
    // Berlin in July, location off, an own offset that leaves out summer time, local time announced as UTC.
    let berlin =
        story().nowhere().taken_at("2025-07-11T13:45:00", Some(60)).announced_at("2025-07-11T13:45:00Z");
    let berlin = berlin.with(|story| story.received_at = "2025-07-11T11:46:00Z".parse().unwrap());
    for meaning in [Meaning::Open, Meaning::Local] {
        let berlin = berlin.clone().meaning(meaning);
        assert_eq!(berlin.finding(Check::Clock).outcome, Outcome::Match);
        assert_ne!(berlin.judged().vote, Some(super::super::meaning::Vote::Utc));
    }
    // A phone that still shows Berlin's time in New York.
    let traveller = story().announced_at("2025-12-11T19:45:00Z").meaning(Meaning::Local).with(|story| {
        story.received_at = "2025-12-11T18:46:00Z".parse().unwrap();
        story.known.device_offsets = [60].into();
    });
    assert_eq!(traveller.finding(Check::Clock).outcome, Outcome::Match);
    let late = story().with(|story| story.received_at = "2025-12-18T18:45:00Z".parse().unwrap());
    assert!(late.finding(Check::Clock).notes(Note::Late));
}

#[test]
fn the_time_in_the_name_may_be_told_by_either_reading() {
    let named = |name: &str, meaning| {
        let story = story().meaning(meaning).with(|story| story.announced.photo_name = Some(name.to_owned()));
        let finding = story.finding(Check::NameTime);
        (finding.outcome, finding.cause)
    };
    for name in ["2025-12-11 13.45.00_1388 Central Park.jpg", "2025-12-11 18.45.00_上海市 (1), a.jpg"] {
        assert_eq!(named(name, Meaning::Open), (Outcome::Match, None), "{name}");
    }
    let utc = "2025-12-11 18.45.00_.jpg";
    assert_eq!(named(utc, Meaning::Utc), (Outcome::Explained, Some(Cause::OtherMeaning)));
    assert_eq!(named("2025-12-11 14.45.00_.jpg", Meaning::Utc), (Outcome::Explained, Some(Cause::ZoneShift)));
    assert_eq!(named("2025-12-11 14.15.00_.jpg", Meaning::Utc), (Outcome::Mismatch, None));
    assert_eq!(named("my photo.jpg", Meaning::Open), (Outcome::Absent, None));
    let nowhere = story().nowhere().finding(Check::NameTime);
    assert_eq!(nowhere.outcome, Outcome::Ambiguous, "{}", nowhere.detail);
}

fn position(change: impl FnOnce(&mut Story)) -> (Outcome, Option<Cause>) {
    let finding = story().with(change).finding(Check::Position);
    (finding.outcome, finding.cause)
}

fn announced(story: &mut Story, latitude: &str, longitude: &str) {
    story.announced.latitude = Some(latitude.to_owned());
    story.announced.longitude = Some(longitude.to_owned());
}

#[test]
fn positions_agree_within_the_limits_or_the_files_own_error() {
    // A thousandth of a degree of latitude is 111 m.
    assert_eq!(position(|story| announced(story, "40.785891", "-73.968285")).0, Outcome::Match, "89 m");
    assert_eq!(position(|story| announced(story, "40.788091", "-73.968285")).0, Outcome::Near, "333 m");
    assert_eq!(position(|story| announced(story, "40.795091", "-73.968285")).0, Outcome::Mismatch, "1.1 km");
    let vague = |story: &mut Story| {
        announced(story, "40.795091", "-73.968285");
        story.evidence.exif.positioning_error_m = Some(400.0);
    };
    assert_eq!(position(vague).0, Outcome::Near);
    let from_masts = |story: &mut Story| {
        announced(story, "48.85", "2.35");
        story.evidence.exif.positioning_error_m = Some(2e7);
    };
    assert_eq!(position(from_masts).0, Outcome::Ambiguous, "a fix that fits everywhere proves nothing");
    assert_eq!(position(|story| announced(story, " 40,785091 ", "-73,968285")).0, Outcome::Match);
    assert_eq!(position(|story| announced(story, "", "-73.968285")).0, Outcome::NotApplicable);
    assert_eq!(position(|story| announced(story, "95", "-73.968285")).0, Outcome::NotApplicable);
}

#[test]
fn swapped_axes_and_signs_are_explained() {
    let explained = |cause| (Outcome::Explained, Some(cause));
    assert_eq!(position(|s| announced(s, "-73.968285", "40.785091")), explained(Cause::SwappedAxes));
    assert_eq!(position(|s| announced(s, "40.785091", "73.968285")), explained(Cause::FlippedSign));
    assert_eq!(position(|s| announced(s, "-40.785091", "-73.968285")), explained(Cause::FlippedSign));
    assert_eq!(position(|s| announced(s, "-40.79", "73.95")), (Outcome::Mismatch, None), "only nearly");
    let west = |story: &mut Story| {
        announced(story, "-122.3", "47.6");
        story.evidence.exif.position = FilePosition::At(Position::new(47.6, -122.3).unwrap());
    };
    assert_eq!(position(west), explained(Cause::SwappedAxes), "beyond the poles");
    let swapped = story().with(|story| announced(story, "-73.968285", "40.785091"));
    assert_eq!(time(&swapped).0, Outcome::Match, "the file's place gives the zone");
}

#[test]
fn the_middle_of_a_place_is_widened_once_many_photos_of_two_days_share_it() {
    let shared = |photos, days| {
        let finding = story().with(|story| {
            announced(story, "40.790091", "-73.968285");
            story.known.same_position = SamePosition { photos, days };
        });
        let finding = finding.finding(Check::Position);
        (finding.outcome, finding.notes(Note::PlaceCentre))
    };
    assert_eq!(shared(10, 2), (Outcome::Match, true));
    assert_eq!(shared(10, 1), (Outcome::Mismatch, false), "a burst");
    assert_eq!(shared(9, 2), (Outcome::Mismatch, false));
}

#[test]
fn a_pair_of_names_is_open_until_a_person_confirms_it() {
    let named = |name: &str, is_confirmed| {
        let story = story().with(|story| {
            story.announced.device = Some(name.to_owned());
            story.known.is_device_confirmed = is_confirmed;
        });
        story.finding(Check::Device).outcome
    };
    assert_eq!(named("iphone 14 PRO max", false), Outcome::Match);
    assert_eq!(named("iPhone15,3", false), Outcome::Ambiguous);
    assert_eq!(named("iPhone15,3", true), Outcome::Match);
    assert_eq!(named("samsung SM-G991B", false), Outcome::Mismatch);
    assert_eq!(named("samsung SM-G991B", true), Outcome::Match);
    let nameless = story().with(|story| {
        story.announced.device = Some("-".to_owned());
        story.evidence.exif.model = None;
    });
    assert_eq!(nameless.finding(Check::Device).outcome, Outcome::Ambiguous);
}

#[test]
fn the_local_day_follows_the_best_witness() {
    let day = |story: Story| story.judged().local_time.to_string();
    assert_eq!(day(story()), "2025-12-11T13:45:00");
    let wrong_day = story().taken_at("2025-12-14T13:45:00", None);
    assert_eq!(day(wrong_day), "2025-12-11T13:45:00", "the announced time at the place");
    let rolled = story().taken_at("2025-12-12T13:45:00", None);
    assert_eq!(day(rolled), "2025-12-11T13:45:00", "a date that rolled over is not trusted");
    let local = story().taken_at("2025-12-14T13:45:00", None).announced_at("2025-12-11T13:50:00Z");
    assert_eq!(day(local.meaning(Meaning::Local)), "2025-12-11T13:50:00");
    // Announced in Tokyo as local time, as the receipt shows.
    let tokyo = story().at(35.68, 139.77).announced_at("2025-12-11T21:00:00Z").with(|story| {
        story.evidence.exif.taken = None;
        story.announced.photo_name = None;
        story.received_at = "2025-12-11T12:01:00Z".parse().unwrap();
    });
    assert_eq!(day(tokyo), "2025-12-11T21:00:00");
    let bare = |story: Story| {
        story.nowhere().with(|story| {
            story.evidence.exif = Exif::default();
        })
    };
    assert_eq!(day(bare(story())), "2025-12-11T13:45:00", "the name");
    let nameless = bare(story()).with(|story| story.announced.photo_name = None);
    assert_eq!(day(nameless.clone()), "2025-12-11T18:45:00", "the announced time in the default zone");
    let timeless = nameless.with(|story| story.announced.timestamp = None);
    assert_eq!(day(timeless), "2025-12-11T18:46:00", "the receipt");
    let untimed = story().with(|story| story.announced.timestamp = None);
    assert_eq!(day(untimed), "2025-12-11T13:45:00", "the file's own, with nothing to hold against it");
}

#[test]
fn a_photo_that_agrees_with_itself_is_consistent() {
    assert_eq!(Verdict::of(&story().judged().findings), Verdict::Consistent);
}
