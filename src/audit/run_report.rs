//! What a run of the audit found, as text, JSON or CSV, written as it is read.

use jiff::Timestamp;
use serde::Serialize;

use super::report::{Form, line};
use crate::catalog::audit_run::{AuditId, AuditResult, AuditRun};
use crate::catalog::{Catalog, CatalogError};
use crate::domain::audit::Status;
use crate::domain::photo::PhotoId;

/// Findings that are read at once.
const PART: u32 = 500;
/// What the columns of a CSV are called.
const COLUMNS: [&str; 4] = ["object", "status", "detail", "code"];

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
            checked: run.checked,
            intact: run.intact,
            changed: run.changed,
            missing: run.missing,
            unreadable: run.unreadable,
            extra: run.extra,
            bytes: run.bytes,
            trouble: run.trouble.clone(),
        }
    }

    /// `120 objects looked at, 118 intact, 1 changed, 1 missing`.
    pub fn sentence(&self) -> String {
        let told = [
            (self.intact, "intact"),
            (self.changed, "changed"),
            (self.missing, "missing"),
            (self.unreadable, "unreadable"),
            (self.extra, "extra"),
        ];
        let told = told.into_iter().filter(|(count, _)| *count > 0);
        let told: Vec<_> = told.map(|(count, word)| format!(", {count} {word}")).collect();
        let told = told.concat();
        let differs = self.changed + self.missing + self.unreadable + self.extra > 0;
        let well = if differs { "" } else { "; nothing is amiss" };
        format!("{} objects looked at{told}{well}", self.checked)
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
        Form::Csv => [b"\xef\xbb\xbf".as_slice(), &line(&COLUMNS.map(str::to_owned))].concat(),
        Form::Json => {
            let whole = serde_json::to_string(summary).unwrap_or_default();
            format!("{},\"results\":[", whole.strip_suffix('}').unwrap_or_default()).into_bytes()
        }
    }
}

fn one(found: &Found, form: Form, is_first: bool) -> Vec<u8> {
    match form {
        Form::Text => {
            format!("{:<10} {}\n           {}\n", found.status.as_str(), found.object_key, found.detail)
                .into_bytes()
        }
        Form::Csv => line(&[
            found.object_key.clone(),
            found.status.as_str().to_owned(),
            found.detail.clone(),
            found.code.clone().unwrap_or_default(),
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
            let seed = summary.seed.as_ref().map(|seed| format!("\nthe sample was drawn with --seed {seed}"));
            format!("{}{}\n", summary.sentence(), seed.unwrap_or_default()).into_bytes()
        }
        Form::Csv => Vec::new(),
        Form::Json => b"\n]}\n".to_vec(),
    }
}
