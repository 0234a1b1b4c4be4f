//! The settings of the judgement: how far apart two claims may lie.
//!
//! Never: the rules themselves.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::ConfigError;
use super::setting::Setting;
use super::sources::Settings;

const DAY_SECS: u64 = 86_400;
const FARTHEST_M: u32 = 1_000_000;
/// From here on different photos begin to look alike (benches/README.md).
const LOOK_ALIKE_BITS_MAX: u32 = 64;

/// What Timemark's `photo_timestamp` is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimestampMeaning {
    /// What each team's photos show.
    Auto,
    /// UTC, as documented.
    Utc,
    /// Local time at the place.
    Local,
}

/// `[verdict]`.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Up to here two times agree.
    pub time_match: Duration,
    /// Up to here they are near; never less than `time_match`.
    pub time_near: Duration,
    /// So far an announced time may lie after its receipt.
    pub clock_ahead: Duration,
    /// Up to this many metres two positions agree.
    pub position_match_m: f64,
    /// Up to this many metres they are near; never less than `position_match_m`.
    pub position_near_m: f64,
    /// Up to this many metres a position agrees with the middle of a place.
    pub place_centre_m: f64,
    /// Pictures that differ in at most so many of 256 bits look alike.
    pub look_alike_bits: u32,
    /// What `photo_timestamp` means.
    pub timestamp_meaning: TimestampMeaning,
    /// The zone of a photo without a position.
    pub default_zone: TimeZone,
}

impl Verdict {
    pub(super) fn read(settings: &mut Settings) -> Result<Self, ConfigError> {
        let [time_match, time_near, position_match, position_near] = [
            "verdict.time_match_secs",
            "verdict.time_near_secs",
            "verdict.position_match_m",
            "verdict.position_near_m",
        ]
        .map(|key| settings.take(key));
        let verdict = Self {
            time_match: time_match.seconds(0..=DAY_SECS)?,
            time_near: time_near.seconds(0..=DAY_SECS)?,
            position_match_m: position_match.number(0..=FARTHEST_M)?.into(),
            position_near_m: position_near.number(0..=FARTHEST_M)?.into(),
            clock_ahead: settings.take("verdict.clock_ahead_secs").seconds(0..=DAY_SECS)?,
            place_centre_m: settings.take("verdict.place_centre_m").number(0..=FARTHEST_M)?.into(),
            look_alike_bits: settings.take("verdict.look_alike_bits").number(0..=LOOK_ALIKE_BITS_MAX)?,
            timestamp_meaning: meaning(&settings.take("verdict.timestamp_meaning"))?,
            default_zone: zone(&settings.take("verdict.default_zone"))?,
        };
        let turned = "contradict each other: the second must not be less than the first";
        if verdict.time_near < verdict.time_match {
            return Err(time_match.contradicts(&time_near, turned));
        }
        if verdict.position_near_m < verdict.position_match_m {
            return Err(position_match.contradicts(&position_near, turned));
        }
        Ok(verdict)
    }
}

fn meaning(setting: &Setting) -> Result<TimestampMeaning, ConfigError> {
    match setting.text() {
        "auto" => Ok(TimestampMeaning::Auto),
        "utc" => Ok(TimestampMeaning::Utc),
        "local" => Ok(TimestampMeaning::Local),
        _ => Err(setting.refused("must be \"auto\", \"utc\" or \"local\"")),
    }
}

fn zone(setting: &Setting) -> Result<TimeZone, ConfigError> {
    let advice = "must be an IANA time zone, such as Europe/Berlin or UTC";
    TimeZone::get(setting.text()).map_err(|_| setting.refused(advice))
}
