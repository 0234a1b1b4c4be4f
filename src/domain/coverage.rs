//! Coverage: how many of a team's files bring evidence at all.
//!
//! A fall to near zero means that the sender began to strip EXIF: a notice to the operator, never a suspicion of anybody.

use super::verdict::Usable;

/// So many of the last photos are "lately".
pub const LATELY: usize = 50;
/// So many before them are what was usual.
pub const SINCE: usize = 200;
/// Below so many on either side nothing is said.
const PHOTOS_MIN: usize = 20;
/// At least this share was usual, in percent.
const USUAL_MIN_PERCENT: usize = 50;
/// At most this share is left, in percent.
const LEFT_MAX_PERCENT: usize = 5;

/// A kind of evidence: its name, and whether a file brought it.
type Kind = (&'static str, fn(&Usable) -> bool);

const KINDS: [Kind; 3] = [
    ("time", |usable| usable.time),
    ("position", |usable| usable.position),
    ("device", |usable| usable.device),
];

/// The shares of one team, in percent of the photos looked at.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Coverage {
    /// Photos looked at, at most [`LATELY`].
    pub photos: usize,
    /// With a usable time.
    pub time_percent: usize,
    /// With a usable position.
    pub position_percent: usize,
    /// With make or model.
    pub device_percent: usize,
    /// Kinds of evidence that fell to near nothing.
    pub fallen: Vec<&'static str>,
}

impl Coverage {
    /// Of a team's last photos, the newest first.
    pub fn of(newest_first: &[Usable]) -> Self {
        let (lately, before) = newest_first.split_at(newest_first.len().min(LATELY));
        let share = |photos: &[Usable], has: fn(&Usable) -> bool| {
            photos.iter().filter(|usable| has(usable)).count() * 100 / photos.len().max(1)
        };
        let enough = lately.len() >= PHOTOS_MIN && before.len() >= PHOTOS_MIN;
        let fell = |has| share(before, has) >= USUAL_MIN_PERCENT && share(lately, has) <= LEFT_MAX_PERCENT;
        Self {
            photos: lately.len(),
            time_percent: share(lately, KINDS[0].1),
            position_percent: share(lately, KINDS[1].1),
            device_percent: share(lately, KINDS[2].1),
            fallen: KINDS.iter().filter(|(_, has)| enough && fell(*has)).map(|(name, _)| *name).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Usable = Usable { time: true, position: true, device: true };
    const NONE: Usable = Usable { time: false, position: false, device: false };

    fn coverage(newest: Usable, count: usize, before: Usable, earlier: usize) -> Coverage {
        Coverage::of(&[vec![newest; count], vec![before; earlier]].concat())
    }

    #[test]
    fn a_fall_to_nothing_is_seen_once_enough_photos_show_it() {
        assert_eq!(coverage(NONE, 50, ALL, 20).fallen, ["time", "position", "device"]);
        assert!(coverage(NONE, 50, ALL, 19).fallen.is_empty(), "too few to know what was usual");
        assert!(coverage(NONE, 47, ALL, 100).fallen.is_empty(), "three of the last fifty still have it");
        assert_eq!(coverage(NONE, 48, ALL, 100).fallen.len(), 3);
        let without_place = Usable { position: false, ..ALL };
        assert_eq!(coverage(without_place, 50, ALL, 100).fallen, ["position"]);
    }

    #[test]
    fn a_team_that_never_had_any_falls_nowhere() {
        assert!(coverage(NONE, 50, NONE, 200).fallen.is_empty());
        let found = coverage(ALL, 10, NONE, 0);
        assert_eq!((found.photos, found.time_percent), (10, 100));
    }
}
