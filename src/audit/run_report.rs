//! What a run of the audit found, as text, JSON or CSV, written as it is read.

use jiff::Timestamp;
use serde::Serialize;

use super::report::Form;
use crate::catalog::audit::run::{AuditId, AuditResult, AuditRun};
use crate::catalog::{Catalog, CatalogError};
use crate::domain::audit::{RunCounts, Status};
use crate::domain::photo::PhotoId;
use crate::domain::spreadsheet::{BYTE_ORDER_MARK, safe_line};
use crate::domain::terminal::escaped;

/// Findings that are read at once.
const PART: u32 = 500;
/// What the columns of a CSV are called.
const COLUMNS: [&str; 5] = ["object", "status", "detail", "code", "count"];

/// A run in numbers.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// Its number.
    pub id: i64,
    /// `all`, `sample` or `inventory`.
    pub kind: String,
    /// Of a sample: with it the same photos are drawn again.
    pub seed: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// What was counted so far.
    #[serde(flatten)]
    pub counts: RunCounts,
    /// The oldest reading of any object: when it ended, or by now.
    pub oldest_read_at: Option<Timestamp>,
    /// Why it does not go on just now.
    pub trouble: Option<String>,
}

/// One thing that a run found.
#[derive(Debug, Clone, Serialize)]
pub struct Found {
    /// The name in the store.
    pub object_key: String,
    /// Changed, missing, unreadable or extra.
    pub status: Status,
    /// The sentence for a person.
    pub detail: String,
    /// The photo whose object it is.
    pub photo: Option<PhotoId>,
    /// The verification code of that photo.
    pub code: Option<String>,
}

impl Summary {
    /// Of a run as the catalogue has it.
    pub fn of(run: &AuditRun) -> Self {
        let time = |ms: i64| Timestamp::from_millisecond(ms).unwrap_or_default();
        Self {
            id: run.id.0,
            kind: run.kind.clone(),
            seed: run.seed.clone(),
            started_at: time(run.started_at_ms),
            ended_at: run.ended_at_ms.map(time),
            counts: run.counts,
            oldest_read_at: run.oldest_read_at_ms.map(time),
            trouble: run.trouble.clone(),
        }
    }

    /// `120 objects looked at, 118 intact, 1 changed, 1 missing; 3.5 MB read`.
    pub fn sentence(&self) -> String {
        let told = self.counts.found().into_iter().filter(|(_, count)| *count > 0);
        let told: Vec<_> = told.map(|(status, count)| format!(", {count} {}", status.as_str())).collect();
        let told = told.concat();
        let RunCounts { checked, bytes, .. } = self.counts;
        let well = if self.counts.has_findings() { "" } else { "; nothing is amiss" };
        format!("{checked} objects looked at{told}{well}; {} read", in_words(bytes))
    }

    /// How long before its end the oldest reading of any object was made, in whole days; before now while it is under way.
    pub fn oldest_days(&self, now: Timestamp) -> Option<i64> {
        const DAY_SECONDS: i64 = 24 * 60 * 60;
        let end = self.ended_at.unwrap_or(now);
        self.oldest_read_at.map(|oldest| (end.as_second() - oldest.as_second()).max(0) / DAY_SECONDS)
    }
}

impl From<AuditResult> for Found {
    fn from(found: AuditResult) -> Self {
        let AuditResult { object_key, status, detail, photo, code } = found;
        Self { object_key, status, detail, photo, code }
    }
}

/// A report that is read piece by piece.
pub struct RunReport {
    catalog: Catalog,
    run: AuditId,
    summary: Summary,
    form: Form,
    next: Next,
}

enum Next {
    Head,
    /// The findings behind this name.
    Results(String),
    Nothing,
}

impl RunReport {
    /// Of a run as it stands.
    pub fn of(catalog: Catalog, run: &AuditRun, form: Form) -> Self {
        Self { catalog, run: run.id, summary: Summary::of(run), form, next: Next::Head }
    }

    /// The next piece; nothing at the end.
    pub async fn piece(&mut self) -> Result<Option<Vec<u8>>, CatalogError> {
        let after = match &self.next {
            Next::Head => {
                self.next = Next::Results(String::new());
                return Ok(Some(head(&self.summary, self.form)));
            }
            Next::Results(after) => after.clone(),
            Next::Nothing => return Ok(None),
        };
        let part = self.catalog.audit_results(self.run, after.clone(), PART).await?;
        let Some(last) = part.last() else {
            self.next = Next::Nothing;
            return Ok(Some(tail(&self.summary, self.form)));
        };
        self.next = Next::Results(last.object_key.clone());
        let mut piece = Vec::new();
        for (number, found) in part.into_iter().enumerate() {
            piece.extend(one(&found.into(), self.form, number == 0 && after.is_empty()));
        }
        Ok(Some(piece))
    }
}

fn head(summary: &Summary, form: Form) -> Vec<u8> {
    match form {
        Form::Text => Vec::new(),
        Form::Csv => [BYTE_ORDER_MARK, &safe_line(COLUMNS), &numbers(summary)].concat(),
        Form::Json => {
            let whole = serde_json::to_string(summary).unwrap_or_default();
            format!("{},\"results\":[", whole.strip_suffix('}').unwrap_or_default()).into_bytes()
        }
    }
}

/// The run in numbers: lines without an object, before those of what was found.
fn numbers(summary: &Summary) -> Vec<u8> {
    let found = summary.counts.found().map(|(status, count)| (status.as_str(), count));
    let counts = [("checked", summary.counts.checked)]
        .into_iter()
        .chain(found)
        .chain([("bytes", summary.counts.bytes)]);
    let mut lines: Vec<u8> =
        counts.flat_map(|(word, count)| safe_line(["", word, "", "", &count.to_string()])).collect();
    let moments = [
        ("started at", Some(summary.started_at)),
        ("ended at", summary.ended_at),
        ("oldest reading", summary.oldest_read_at),
    ];
    for (word, at) in moments {
        let at = at.map(|at| at.to_string()).unwrap_or_default();
        lines.extend(safe_line(["", word, &at, "", ""]));
    }
    lines
}

fn one(found: &Found, form: Form, is_first: bool) -> Vec<u8> {
    match form {
        Form::Text => {
            let (object, detail) = (escaped(&found.object_key), escaped(&found.detail));
            format!("{:<10} {object}\n           {detail}\n", found.status.as_str()).into_bytes()
        }
        Form::Csv => safe_line([
            &found.object_key,
            found.status.as_str(),
            &found.detail,
            found.code.as_deref().unwrap_or_default(),
            "",
        ]),
        Form::Json => {
            let mut bytes = if is_first { b"\n".to_vec() } else { b",\n".to_vec() };
            bytes.extend(serde_json::to_vec(found).unwrap_or_default());
            bytes
        }
    }
}

fn tail(summary: &Summary, form: Form) -> Vec<u8> {
    match form {
        Form::Text => {
            let seed = summary.seed.as_deref().map(escaped);
            let seed = seed.map(|seed| format!("\nthe sample was drawn with --seed {seed}"));
            let oldest = summary.oldest_read_at.map(|oldest| {
                format!(
                    "\nthe oldest reading of any object is of {}",
                    oldest.strftime("%Y-%m-%d %H:%M:%S UTC")
                )
            });
            let lines = [Some(summary.sentence()), oldest, seed];
            (lines.into_iter().flatten().collect::<String>() + "\n").into_bytes()
        }
        Form::Csv => Vec::new(),
        Form::Json => b"\n]}\n".to_vec(),
    }
}

/// Bytes in the unit that people read; the exact number stands in JSON and CSV.
fn in_words(bytes: i64) -> String {
    if bytes < 1000 {
        return format!("{bytes} bytes");
    }
    let mut tenths = bytes / 100;
    for unit in ["kB", "MB", "GB"] {
        if tenths < 10_000 {
            return format!("{}.{} {unit}", tenths / 10, tenths % 10);
        }
        tenths /= 1000;
    }
    format!("{}.{} TB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary() -> Summary {
        Summary {
            id: 7,
            kind: "sample".to_owned(),
            seed: Some("\u{1b}[2J".to_owned()),
            started_at: Timestamp::UNIX_EPOCH,
            ended_at: Some("1970-01-11T00:00:01Z".parse().unwrap()),
            counts: RunCounts {
                checked: 8,
                intact: 6,
                missing: 1,
                extra: 1,
                bytes: 12_345,
                ..RunCounts::default()
            },
            oldest_read_at: Some("1970-01-08T00:00:02Z".parse().unwrap()),
            trouble: None,
        }
    }

    fn stranger() -> Found {
        Found {
            object_key: "\u{1b}[1;1Hall is intact\r＝1".to_owned(),
            status: Status::Extra,
            detail: "1 byte\u{7}".to_owned(),
            photo: None,
            code: None,
        }
    }

    fn written(form: Form) -> String {
        let bytes = [head(&summary(), form), one(&stranger(), form, true), tail(&summary(), form)].concat();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn every_form_has_all_the_numbers_of_the_run() {
        let csv = written(Form::Csv);
        for line in [
            ",checked,,,8",
            ",intact,,,6",
            ",changed,,,0",
            ",missing,,,1",
            ",unreadable,,,0",
            ",extra,,,1",
            ",bytes,,,12345",
            ",oldest reading,1970-01-08T00:00:02Z,,",
        ] {
            assert!(csv.contains(&format!("\r\n{line}\r\n")), "{line} is not in {csv}");
        }
        let json: serde_json::Value = serde_json::from_str(&written(Form::Json)).unwrap();
        assert_eq!((&json["bytes"], &json["extra"]), (&12_345.into(), &1.into()));
        assert_eq!(json["oldest_read_at"], "1970-01-08T00:00:02Z");
        let text = written(Form::Text);
        assert!(text.contains("8 objects looked at, 6 intact, 1 missing, 1 extra; 12.3 kB read\n"), "{text}");
        assert!(text.contains("the oldest reading of any object is of 1970-01-08 00:00:02 UTC\n"), "{text}");
        assert_eq!(summary().oldest_days(Timestamp::UNIX_EPOCH), Some(2));
    }

    #[test]
    fn a_stranger_forges_neither_the_terminal_nor_the_spreadsheet() {
        let text = written(Form::Text);
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
        assert!(text.contains("extra      \\u{1b}[1;1Hall is intact\\r＝1\n"), "{text}");
        let csv = written(Form::Csv);
        assert!(csv.contains("\r'＝1\""), "{csv:?}");
    }

    #[test]
    fn bytes_are_told_in_the_unit_that_people_read() {
        for (bytes, words) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1000, "1.0 kB"),
            (999_999, "999.9 kB"),
            (3_145_728, "3.1 MB"),
            (720_000_000_000, "720.0 GB"),
            (12_000_000_000_000_000, "12000.0 TB"),
        ] {
            assert_eq!(in_words(bytes), words);
        }
    }
}
