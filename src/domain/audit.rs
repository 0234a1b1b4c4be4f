//! What an audit says of an object or a code, as words and counts.
//!
//! Never a remedy: no word here leads to a deletion.

use serde::{Deserialize, Serialize};

/// What an audit found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Read again now, and the same as archived.
    Intact,
    /// Archived, and not read again: that was not asked for.
    Archived,
    /// There, and not what was archived.
    Changed,
    /// Not in the store any more.
    Missing,
    /// There, and the store does not give it.
    Unreadable,
    /// In the store, and unknown to the catalogue.
    Extra,
    /// A code that was announced and whose photo is not archived.
    Announced,
    /// A code that was never seen here.
    Unknown,
}

impl Status {
    /// All, in the order of reports.
    pub const ALL: [Self; 8] = [
        Self::Intact,
        Self::Archived,
        Self::Changed,
        Self::Missing,
        Self::Unreadable,
        Self::Extra,
        Self::Announced,
        Self::Unknown,
    ];

    /// The word in reports, the catalogue and the metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intact => "intact",
            Self::Archived => "archived",
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Unreadable => "unreadable",
            Self::Extra => "extra",
            Self::Announced => "announced",
            Self::Unknown => "unknown",
        }
    }

    /// The status of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether somebody should look.
    pub fn is_finding(self) -> bool {
        !matches!(self, Self::Intact | Self::Archived)
    }

    /// Of several objects that belong together, the one to tell: what was altered weighs more than what is gone.
    pub fn worse(self, other: Self) -> Self {
        let weight = |status| match status {
            Self::Changed => 3,
            Self::Missing => 2,
            Self::Unreadable => 1,
            _ => 0,
        };
        if weight(other) > weight(self) { other } else { self }
    }
}

/// How often each status was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts([u64; Status::ALL.len()]);

impl Counts {
    /// Counts one more.
    pub fn add(&mut self, status: Status) {
        if let Some(count) = self.0.get_mut(place(status)) {
            *count += 1;
        }
    }

    /// How often this one.
    pub fn of(&self, status: Status) -> u64 {
        self.0.get(place(status)).copied().unwrap_or(0)
    }

    /// All of them.
    pub fn sum(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Whether somebody should look.
    pub fn has_findings(&self) -> bool {
        Status::ALL.into_iter().any(|status| status.is_finding() && self.of(status) > 0)
    }
}

/// What a run over the archive counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct RunCounts {
    /// Objects looked at; of an inventory those that are listed.
    pub checked: i64,
    /// Read, and the same as archived.
    pub intact: i64,
    /// Read, and other bytes.
    pub changed: i64,
    /// Not in the store.
    pub missing: i64,
    /// In the store, and not given.
    pub unreadable: i64,
    /// In the store, and unknown to the catalogue.
    pub extra: i64,
    /// That were read.
    pub bytes: i64,
}

impl RunCounts {
    /// How many objects were found how, in the order of reports.
    pub fn found(&self) -> [(Status, i64); 5] {
        [
            (Status::Intact, self.intact),
            (Status::Changed, self.changed),
            (Status::Missing, self.missing),
            (Status::Unreadable, self.unreadable),
            (Status::Extra, self.extra),
        ]
    }

    /// Whether somebody should look.
    pub fn has_findings(&self) -> bool {
        self.found().into_iter().any(|(status, count)| status.is_finding() && count > 0)
    }
}

fn place(status: Status) -> usize {
    status as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_stands_for_its_status_and_is_counted_alone() {
        let mut counts = Counts::default();
        for status in Status::ALL {
            assert_eq!(Status::from_word(status.as_str()), Some(status));
            assert!(counts.of(status) == 0, "{status:?}");
            counts.add(status);
            assert_eq!(counts.of(status), 1, "{status:?}");
        }
        assert_eq!(counts.sum(), 8);
    }

    #[test]
    fn what_was_altered_is_told_before_what_is_gone() {
        assert_eq!(Status::Missing.worse(Status::Changed), Status::Changed);
        assert_eq!(Status::Changed.worse(Status::Missing), Status::Changed);
        assert_eq!(Status::Intact.worse(Status::Unreadable), Status::Unreadable);
        let mut counts = Counts::default();
        counts.add(Status::Intact);
        counts.add(Status::Archived);
        assert!(!counts.has_findings());
        counts.add(Status::Unknown);
        assert!(counts.has_findings());
    }
}
