//! The verdict: what the file says, held against what the delivery claims.
//!
//! One file a check, each a pure function with exactly one outcome; `combination` is the rule that makes one state of
//! them. Never a score, never a refusal, and missing evidence is never suspicion.

pub mod changes;
mod clock;
pub mod code;
mod combination;
mod completeness;
pub mod device;
mod explanation;
mod finding;
pub mod known;
mod local_time;
pub mod meaning;
mod media;
mod name_time;
mod position;
mod readings;
pub mod reuse;
pub mod rules;
mod software;
mod span;
mod time;

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

pub use combination::Verdict;
pub use finding::{Cause, Check, Difference, Finding, Note, Outcome};

use known::Known;
use meaning::{Meaning, Vote};

use super::announced_time::AnnouncedTime;
use super::delivery::Announcement;
use super::evidence::Evidence;

/// The version of the rules, stored with every finding. Any change of a rule or a default raises it.
pub const RULES_VERSION: u32 = 1;

/// Everything that a check may look at.
pub struct Case<'a> {
    /// The delivery's claims.
    pub announced: &'a Announcement,
    /// Of these the time, where it can be read.
    pub announced_time: Option<AnnouncedTime>,
    /// What the file says.
    pub evidence: &'a Evidence,
    /// The `Content-Type` that the source host sent.
    pub content_type: Option<&'a str>,
    /// When the delivery arrived.
    pub received_at: Timestamp,
    /// The zones of the announced position, else of the file's: the place's own first, then those across a border.
    pub zones: Vec<TimeZone>,
    /// The zone where nothing else is known.
    pub default_zone: TimeZone,
    /// What earlier photos of the team taught.
    pub known: Known,
    /// The settings of `[verdict]`.
    pub limits: Limits,
}

impl Case<'_> {
    /// Whether an offset stands in the announced time and leaves no choice of what it means.
    fn is_fixed(&self) -> bool {
        self.announced_time.is_some_and(|time| time.is_fixed)
    }

    /// What the announced time means.
    fn meaning(&self) -> Meaning {
        if self.is_fixed() { Meaning::Utc } else { self.known.meaning }
    }
}

/// How far two claims may differ.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Seconds that still match.
    pub time_match_secs: i64,
    /// Seconds that are still near.
    pub time_near_secs: i64,
    /// Seconds that an announced time may lie after its receipt: clocks of phones and servers are apart.
    pub clock_ahead_secs: i64,
    /// Metres that still match.
    pub position_match_m: f64,
    /// Metres that are still near.
    pub position_near_m: f64,
    /// Metres that still match where the announced position is the middle of a place; twice as many are near.
    pub place_centre_m: f64,
}

impl Default for Limits {
    /// Those of `config.toml`.
    fn default() -> Self {
        Self {
            time_match_secs: 120,
            time_near_secs: 900,
            clock_ahead_secs: 300,
            position_match_m: 100.0,
            position_near_m: 500.0,
            place_centre_m: 1000.0,
        }
    }
}

impl Limits {
    fn outcome_of_time(&self, seconds: i64) -> Outcome {
        match seconds.saturating_abs() {
            seconds if seconds <= self.time_match_secs => Outcome::Match,
            seconds if seconds <= self.time_near_secs => Outcome::Near,
            _ => Outcome::Mismatch,
        }
    }
}

/// A case judged: all findings that need no knowledge of other photos, and what follows for the photo and its team.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// In the order of the checks. `code` and `reuse` join them at the seal, where the other photos are known.
    pub findings: Vec<Finding>,
    /// Day and time at the place of capture.
    pub local_time: DateTime,
    /// The best instant of capture that is known.
    pub captured_at: Option<Timestamp>,
    /// What the photo says of the team's timestamps.
    pub vote: Option<Vote>,
    /// The offset that the device's clock showed, minutes east of UTC.
    pub shown_offset_minutes: Option<i32>,
    /// Which evidence the file brought.
    pub usable: Usable,
}

/// Which evidence a file brought, for the coverage of a team.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usable {
    /// A time of capture.
    pub time: bool,
    /// A position.
    pub position: bool,
    /// Make or model.
    pub device: bool,
}

/// Judges a case.
pub fn judge(case: &Case<'_>) -> Judgement {
    let (time, clock, name_time) = (time::check(case), clock::check(case), name_time::check(case));
    let vote = Vote::unanimous([time.vote, clock.vote, name_time.vote]);
    let local_time = local_time::of(case, &time.finding, vote);
    let captured_at = time.instant.or_else(|| announced_instant(case));
    let exif = &case.evidence.exif;
    let usable = Usable {
        time: exif.taken.is_some(),
        position: matches!(exif.position, super::evidence::FilePosition::At(_)),
        device: exif.make.is_some() || exif.model.is_some(),
    };
    let findings = vec![
        completeness::check(case.evidence),
        media::check(case),
        time.finding,
        clock.finding,
        name_time.finding,
        position::check(case),
        device::check(case),
        software::check(case),
    ];
    Judgement {
        findings,
        local_time,
        captured_at,
        vote,
        shown_offset_minutes: time.shown_offset_minutes,
        usable,
    }
}

/// Local time is an instant only where the place is known.
fn announced_instant(case: &Case<'_>) -> Option<Timestamp> {
    let announced = case.announced_time?;
    match (case.meaning(), case.zones.first()) {
        (Meaning::Local, Some(zone)) => zone.to_timestamp(announced.wall).ok(),
        _ => Some(announced.utc),
    }
}
