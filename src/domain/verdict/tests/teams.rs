//! Simulated teams: what their photos say of their timestamps, and when it is settled.

use std::collections::VecDeque;

use jiff::civil::date;
use jiff::{SignedDuration, ToSpan as _};

use super::super::meaning::{self, VOTES_COUNTED, Vote};
use super::*;

/// Sites in four zones; one of them without an offset, so that its photos cannot vote in winter.
const SITES: [(f64, f64, &str); 4] = [
    (40.785, -73.968, "America/New_York"),
    (52.52, 13.40, "Europe/Berlin"),
    (51.51, -0.12, "Europe/London"),
    (28.61, 77.21, "Asia/Kolkata"),
];

/// The n-th photo of a team that sends UTC or local time. Every third has no EXIF time, every fifth no position in the
/// file, every seventh no name.
fn photo(number: i64, is_local: bool) -> Story {
    let index = usize::try_from(number).unwrap();
    let (latitude, longitude, zone) = SITES[index % SITES.len()];
    let zone = TimeZone::get(zone).unwrap();
    let wall = date(2025, 11, 1).at(9, 0, 0, 0).saturating_add((number * 37).minutes());
    let instant = zone.to_timestamp(wall).unwrap();
    let stamp = if is_local { format!("{wall}Z") } else { instant.to_string() };
    story().at(latitude, longitude).taken_at(&wall.to_string(), None).with(|story| {
        story.announced.timestamp = Some(stamp);
        story.announced.photo_name = Some(wall.strftime("%Y-%m-%d %H.%M.%S_site.jpg").to_string());
        story.received_at = instant + SignedDuration::from_mins(3 + number % 600);
        if number % 3 == 0 {
            story.evidence.exif.taken = None;
        }
        if number % 5 == 0 {
            story.evidence.exif.position = FilePosition::Absent;
        }
        if number % 7 == 0 {
            story.announced.photo_name = None;
        }
    })
}

/// A team's life: the meaning after each photo.
#[derive(Default)]
struct Team {
    votes: VecDeque<Vote>,
    meaning: Meaning,
}

impl Team {
    fn take(&mut self, photo: &Story) {
        let judged = photo.clone().meaning(self.meaning).judged();
        self.votes.extend(judged.vote);
        let last: Vec<_> = self.votes.iter().rev().take(VOTES_COUNTED).copied().collect();
        self.meaning = meaning::settled(&last);
    }
}

#[test]
fn a_team_settles_on_the_right_meaning_within_forty_photos_and_stays_there() {
    for (is_local, wanted) in [(false, Meaning::Utc), (true, Meaning::Local)] {
        let mut team = Team::default();
        for number in 1..=500 {
            team.take(&photo(number, is_local));
            if number >= 40 {
                assert_eq!(team.meaning, wanted, "after {number} photos");
            } else {
                assert!([Meaning::Open, wanted].contains(&team.meaning), "after {number} photos");
            }
        }
    }
}

#[test]
fn a_mixed_team_never_settles() {
    let mut team = Team::default();
    for number in 1..=500 {
        team.take(&photo(number, number % 2 == 0));
        assert_eq!(team.meaning, Meaning::Open, "after {number} photos");
    }
}

#[test]
fn a_change_half_way_opens_the_meaning_and_settles_it_anew() {
    let mut team = Team::default();
    let mut seen = Vec::new();
    for number in 1..=500 {
        team.take(&photo(number, number > 250));
        if seen.last() != Some(&team.meaning) {
            seen.push(team.meaning);
        }
    }
    assert_eq!(seen, [Meaning::Open, Meaning::Utc, Meaning::Open, Meaning::Local]);
}

#[test]
fn a_place_without_an_offset_does_not_vote() {
    let winter = story().at(51.51, -0.12).announced_at("2025-12-11T13:45:00Z");
    assert_eq!(winter.judged().vote, None);
}

#[test]
fn a_timestamp_that_would_lie_in_the_future_votes_for_the_other_meaning() {
    let bare = |longitude: f64, latitude: f64, announced: &str, received: &str| {
        let story = story().at(latitude, longitude).announced_at(announced).with(|story| {
            story.evidence.exif.taken = None;
            story.announced.photo_name = None;
            story.received_at = received.parse().unwrap();
        });
        story.judged().vote
    };
    assert_eq!(bare(139.77, 35.68, "2025-12-11T21:00:00Z", "2025-12-11T12:01:00Z"), Some(Vote::Local));
    assert_eq!(bare(-73.97, 40.79, "2025-12-11T18:45:00Z", "2025-12-11T18:46:00Z"), Some(Vote::Utc));
    assert_eq!(bare(-73.97, 40.79, "2025-12-11T18:45:00Z", "2025-12-12T18:46:00Z"), None);
}
