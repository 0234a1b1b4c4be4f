//! The rows of an audit by code as text, JSON or CSV, written as they come: nothing is held but the counts.

use serde_json::{Map, Value};

use super::code::Row;
use crate::domain::audit::{Counts, Status};
use crate::domain::spreadsheet::{BYTE_ORDER_MARK, safe_line};
use crate::domain::terminal::escaped;
use crate::domain::verdict::{Finding, Outcome, Verdict};
use crate::domain::verification::OfficialAnswer;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Text,
    /// For programs: one object, its counts behind its results.
    Json,
    /// For spreadsheets (RFC 4180), with a byte-order mark.
    Csv,
}

/// What the columns of a CSV are called.
const COLUMNS: [&str; 10] = [
    "code",
    "status",
    "detail",
    "verdict",
    "findings",
    "SHA-256",
    "object",
    "suggestions",
    "Timemark's page said",
    "read on",
];

/// Rows under way.
pub struct Report {
    form: Form,
    counts: Counts,
}

impl Report {
    /// A report without rows, and how it begins.
    pub fn begin(form: Form) -> (Self, Vec<u8>) {
        let head = match form {
            Form::Text => Vec::new(),
            Form::Json => b"{\"results\":[".to_vec(),
            Form::Csv => [BYTE_ORDER_MARK, &safe_line(COLUMNS)].concat(),
        };
        (Self { form, counts: Counts::default() }, head)
    }

    /// One more row.
    pub fn row(&mut self, row: &Row) -> Vec<u8> {
        let is_first = self.counts.sum() == 0;
        self.counts.add(row.status);
        match self.form {
            Form::Text => text(row).into_bytes(),
            Form::Csv => safe_line(cells(row).iter().map(AsRef::as_ref)),
            Form::Json => {
                let mut bytes = if is_first { b"\n".to_vec() } else { b",\n".to_vec() };
                bytes.extend(serde_json::to_vec(row).unwrap_or_default());
                bytes
            }
        }
    }

    /// How it ends, and what was counted.
    pub fn end(self) -> (Vec<u8>, Counts) {
        let tail = match self.form {
            Form::Text => format!("{}\n", sentence(&self.counts)).into_bytes(),
            Form::Csv => Vec::new(),
            Form::Json => {
                let counts = Value::Object(counted(&self.counts)).to_string();
                format!("\n],{}\n", counts.strip_prefix('{').unwrap_or_default()).into_bytes()
            }
        };
        (tail, self.counts)
    }
}

/// The counts of an audit by code, with their names.
pub fn counted(counts: &Counts) -> Map<String, Value> {
    let named = STATUSES.map(|status| (status.as_str().to_owned(), counts.of(status).into()));
    std::iter::once(("checked".to_owned(), counts.sum().into())).chain(named).collect()
}

/// Those that a code may have.
const STATUSES: [Status; 7] = [
    Status::Intact,
    Status::Archived,
    Status::Changed,
    Status::Missing,
    Status::Unreadable,
    Status::Announced,
    Status::Unknown,
];

/// `12 checked: 11 intact, 1 unknown`.
pub fn sentence(counts: &Counts) -> String {
    let told = STATUSES.into_iter().filter(|status| counts.of(*status) > 0);
    let told: Vec<_> = told.map(|status| format!("{} {}", counts.of(status), status.as_str())).collect();
    if told.is_empty() {
        return "no codes were given".to_owned();
    }
    format!("{} checked: {}", counts.sum(), told.join(", "))
}

/// The checks that found more or less than a match, as `position mismatch, software absent`.
pub fn told(findings: &[Finding]) -> String {
    let differs = findings.iter().filter(|finding| finding.outcome != Outcome::Match);
    let words = differs.map(|finding| format!("{} {}", finding.check.as_str(), finding.outcome.as_str()));
    words.collect::<Vec<_>>().join(", ")
}

fn text(row: &Row) -> String {
    let mut first = format!("{:<14} {:<10}", escaped(&row.code), row.status.as_str());
    if let Some(verdict) = row.verdict {
        first = format!("{first} {:<12} {}", verdict.as_str(), told(&row.findings));
    }
    let key = row.object_key.as_ref().filter(|_| row.status.is_finding());
    let alike = (!row.suggestions.is_empty()).then(|| {
        format!("never seen here; archived is {}, which looks alike", row.suggestions.join(" and "))
    });
    let answer = row.official.as_ref().map(official);
    let further = [row.detail.clone(), key.map(ToString::to_string), alike, answer];
    let further = further.into_iter().flatten().map(|line| format!("    {}", escaped(&line)));
    let lines: Vec<_> = std::iter::once(first.trim_end().to_owned()).chain(further).collect();
    lines.join("\n") + "\n"
}

/// What Timemark's own page said, in its words.
pub fn official(answer: &OfficialAnswer) -> String {
    format!("Timemark's page said {} on {}", answer.outcome.words(), answer.day)
}

fn cells(row: &Row) -> [String; 10] {
    [
        row.code.clone(),
        row.status.as_str().to_owned(),
        row.detail.clone().unwrap_or_default(),
        row.verdict.map(Verdict::as_str).unwrap_or_default().to_owned(),
        told(&row.findings),
        row.sha256.map(|sha256| sha256.to_string()).unwrap_or_default(),
        row.object_key.as_ref().map(ToString::to_string).unwrap_or_default(),
        row.suggestions.join(" "),
        row.official.map(|answer| answer.outcome.words().to_owned()).unwrap_or_default(),
        row.official.map(|answer| answer.day.to_string()).unwrap_or_default(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(code: &str) -> Row {
        Row {
            code: code.to_owned(),
            status: Status::Unknown,
            detail: None,
            photo: None,
            sha256: None,
            object_key: None,
            verdict: None,
            findings: Vec::new(),
            official: None,
            suggestions: vec!["A0".to_owned()],
        }
    }

    fn written(form: Form, rows: &[Row]) -> String {
        let (mut report, mut bytes) = Report::begin(form);
        for row in rows {
            bytes.extend(report.row(row));
        }
        bytes.extend(report.end().0);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn rows_written_one_by_one_are_one_json_object() {
        for rows in [vec![], vec![unknown("AO")], vec![unknown("AO"), unknown("BO")]] {
            let json: Value = serde_json::from_str(&written(Form::Json, &rows)).unwrap();
            assert_eq!((&json["checked"], &json["unknown"]), (&rows.len().into(), &rows.len().into()));
            assert_eq!(json["results"].as_array().unwrap().len(), rows.len());
            assert_eq!(json["intact"], 0);
        }
    }

    #[test]
    fn a_cell_is_never_run_by_a_spreadsheet() {
        let csv = written(Form::Csv, &[unknown("=1+1"), unknown("a,\"b"), unknown("＝1;＠x")]);
        assert!(csv.starts_with('\u{feff}') && csv.contains("\r\n'=1+1,unknown,"), "{csv}");
        assert!(csv.contains("\"a,\"\"b\",unknown"), "{csv}");
        assert!(csv.contains("\r\n'＝1;'＠x,unknown"), "{csv}");
    }

    #[test]
    fn people_read_what_looks_alike_and_a_sentence() {
        let text = written(Form::Text, &[unknown("AO")]);
        assert!(text.contains("archived is A0") && text.ends_with("1 checked: 1 unknown\n"), "{text}");
    }
}
