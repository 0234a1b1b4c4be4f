//! What earlier photos of a team taught: given to the checks, which ask nobody.

use std::collections::BTreeSet;

use super::meaning::Meaning;

/// What is known when a photo is judged. Empty for the first photo of a team.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// What the team's `photo_timestamp` means, or what the settings say that it does.
    pub meaning: Meaning,
    /// Offsets that this device showed within the days before, minutes east of UTC.
    pub device_offsets: BTreeSet<i32>,
    /// A person has confirmed that the announced device and the file's are one.
    pub is_device_confirmed: bool,
    /// Other photos of the team whose announced position is the same to the last digit.
    pub same_position: SamePosition,
}

/// How many photos share one announced position.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SamePosition {
    /// Their number; counting may stop at [`SamePosition::PHOTOS_MIN`].
    pub photos: u32,
    /// On how many local days: a burst shares one fix too, but on one day.
    pub days: u32,
}

impl SamePosition {
    /// So many photos are more than a morning's work on one spot.
    pub const PHOTOS_MIN: u32 = 10;
    /// A phone finds no two fixes that are equal to the last digit on two days.
    pub const DAYS_MIN: u32 = 2;

    /// Whether the position is the middle of a place and not where a phone was.
    pub(super) fn is_place_centre(self) -> bool {
        self.photos >= Self::PHOTOS_MIN && self.days >= Self::DAYS_MIN
    }
}
