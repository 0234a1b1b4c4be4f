//! How pages say things: names that are absent, codes in groups, the reason of a verdict in one line.

use jiff::Timestamp;

use crate::domain::verdict::{Check, Finding, Outcome, Verdict};

/// A name, or what stands where there is none.
pub(in crate::web) fn named(name: &str, absent: &str) -> String {
    if name.is_empty() { absent.to_owned() } else { name.to_owned() }
}

/// A moment, in UTC: the script says it in the reader's own zone.
pub(super) struct Moment {
    /// For programs, ending in `Z`.
    pub datetime: Timestamp,
    /// For people.
    pub text: String,
}

impl Moment {
    /// Of milliseconds since 1970, with the day written as `day` (jiff's strftime) says.
    pub(super) fn of(milliseconds: i64, day: &str) -> Self {
        let datetime = Timestamp::from_millisecond(milliseconds).unwrap_or_default();
        let text = datetime.strftime(&format!("{day}, %H:%M:%S UTC")).to_string();
        Self { datetime, text }
    }
}

/// A code in groups of five, for reading: `A1BCD EFGHI J23K`.
pub(super) fn grouped(code: &str) -> String {
    in_groups(code, 5)
}

/// A hash in blocks of eight.
pub(super) fn hashed(hash: &str) -> String {
    in_groups(hash, 8)
}

fn in_groups(text: &str, size: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(size).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// The sentences behind a verdict: what differs; else why time and place prove nothing.
pub(in crate::web) fn reason(verdict: Verdict, findings: &[Finding]) -> String {
    let proves = |check| matches!(check, Check::Time | Check::Position);
    let told: Vec<_> = match verdict {
        Verdict::Suspicious | Verdict::Contradicted => {
            findings.iter().filter(|finding| finding.outcome == Outcome::Mismatch).collect()
        }
        Verdict::Inconclusive => findings
            .iter()
            .filter(|finding| proves(finding.check) && finding.outcome != Outcome::Match)
            .collect(),
        Verdict::Consistent => findings
            .iter()
            .filter(|finding| proves(finding.check) && finding.outcome == Outcome::Match)
            .collect(),
    };
    told.iter().map(|finding| finding.detail.as_str()).collect::<Vec<_>>().join("; ")
}

/// `1 photo`, `12 photos`.
pub(super) fn photos(count: i64) -> String {
    if count == 1 { "1 photo".to_owned() } else { format!("{} photos", thousands(count)) }
}

/// Groups of three digits, set apart by a thin space.
pub(super) fn thousands(count: i64) -> String {
    let digits = count.to_string();
    let first = digits.len() % 3;
    let mut groups = vec![&digits[..first]];
    groups.extend((first..digits.len()).step_by(3).map(|at| &digits[at..at + 3]));
    groups.into_iter().filter(|group| !group.is_empty()).collect::<Vec<_>>().join("\u{2009}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_grouped_for_reading() {
        assert_eq!(grouped("A1BCDEFGHIJ23K"), "A1BCD EFGHI J23K");
        assert_eq!(grouped(""), "");
    }

    #[test]
    fn counts_are_read_at_a_glance() {
        assert_eq!(photos(1), "1 photo");
        assert_eq!(photos(200), "200 photos");
        assert_eq!(photos(1_234_567), "1\u{2009}234\u{2009}567 photos");
    }
}
