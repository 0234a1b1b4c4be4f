//! Which photos a list, a search, a map or a download is about: one filter for all of them, and its SQL.
//!
//! Conditions that are absent do not stand in the SQL, so that no index is hidden from the planner.

use jiff::civil::Date;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::{Doing as _, Result};
use crate::domain::access::Reach;
use crate::domain::area::Area;
use crate::domain::photo::{MediaType, PhotoId, Sha256};
use crate::domain::search_text;
use crate::domain::verdict::Verdict;

/// All conditions hold; an empty filter means every archived photo.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Sealed before this one.
    pub after: Option<i64>,
    /// At most so many.
    pub limit: u32,
    /// Each of these words stands somewhere in code, file name, names, place, notes or device.
    pub text: Option<String>,
    /// Of this verification code.
    pub code: Option<String>,
    /// Of the team with this name.
    pub team: Option<String>,
    /// Of projects with this name.
    pub project: Option<String>,
    /// Of the project with this number.
    pub project_id: Option<i64>,
    /// Of members with this name.
    pub member: Option<String>,
    /// Taken on this local day or later.
    pub from: Option<Date>,
    /// Taken on this local day or earlier.
    pub to: Option<Date>,
    /// With this verdict.
    pub verdict: Option<Verdict>,
    /// Of this kind of file.
    pub media_type: Option<MediaType>,
    /// With these very bytes.
    pub sha256: Option<Sha256>,
    /// Taken here.
    pub area: Option<Area>,
    /// One of these.
    pub ids: Option<Vec<PhotoId>>,
    /// What the one who asks may see.
    pub reach: Reach,
}

/// A filter whose names are looked up: numbers only, and words as they are compared.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    pub(super) before: i64,
    pub(super) words: Vec<String>,
    pub(super) code: Option<String>,
    pub(super) teams: Option<Vec<i64>>,
    pub(super) projects: Option<Vec<i64>>,
    pub(super) members: Option<Vec<i64>>,
    pub(super) seqs: Option<Vec<i64>>,
    /// The first moment of a day, and that of another, which is outside.
    pub(super) days: Option<(String, String)>,
    pub(super) verdict: Option<Verdict>,
    pub(super) media_type: Option<MediaType>,
    pub(super) sha256: Option<Sha256>,
    pub(super) area: Option<Area>,
}

/// A piece of SQL and the values of its `?`.
pub(super) struct Sql {
    pub(super) text: String,
    pub(super) values: Vec<Value>,
}

impl Sql {
    pub(super) fn new(text: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Self {
        Self { text: text.into(), values: values.into_iter().collect() }
    }

    /// The numbers that a query of one column gives.
    pub(super) fn numbers(&self, connection: &Connection) -> Result<Vec<i64>> {
        connection
            .prepare_cached(&self.text)
            .and_then(|mut statement| {
                statement.query_map(params_from_iter(&self.values), |row| row.get(0))?.collect()
            })
            .doing("search photos")
    }
}

impl Resolved {
    /// Looks up the names of a filter.
    pub(super) fn of(connection: &Connection, filter: &Filter) -> Result<Self> {
        let Filter { after, limit: _, text, code, team, project, project_id, member, .. } = filter;
        let Filter { from, to, verdict, media_type, sha256, area, ids, reach, .. } = filter;
        let numbers = |sql: &str, name: &Option<String>| {
            let query = name.as_ref().map(|name| Sql::new(sql, [Value::from(name.clone())]));
            query.map(|query| query.numbers(connection)).transpose()
        };
        let named = numbers("SELECT id FROM project WHERE name = ?", project)?;
        let reach = match reach {
            Reach::All => None,
            Reach::Projects(projects) => Some(projects.clone()),
        };
        let seqs = ids.as_ref().map(|ids| seqs_of(connection, ids)).transpose()?;
        Ok(Self {
            before: after.unwrap_or(i64::MAX),
            words: search_text::words(text.as_deref().unwrap_or_default()),
            code: code.clone(),
            teams: numbers("SELECT id FROM team WHERE name = ?", team)?,
            projects: in_all([named, project_id.map(|id| vec![id]), reach]),
            members: numbers("SELECT id FROM member WHERE name = ?", member)?,
            seqs,
            days: days(*from, *to),
            verdict: *verdict,
            media_type: *media_type,
            sha256: *sha256,
            area: *area,
        })
    }

    /// Whether no photo can be found: a name that nobody has, a reach of nothing.
    pub(super) fn is_void(&self) -> bool {
        [&self.teams, &self.projects, &self.members, &self.seqs].into_iter().flatten().any(Vec::is_empty)
    }

    /// Whether every archived photo is found.
    pub(super) fn is_everything(&self) -> bool {
        self.conditions().is_empty() && self.seqs.is_none()
    }

    /// All conditions but the numbers of sealing, as one expression over `photo p`.
    pub(super) fn condition(&self) -> Sql {
        let mut whole = Sql::new("p.archived_at IS NOT NULL", []);
        for Sql { text, values } in self.conditions() {
            whole.text += " AND ";
            whole.text += &text;
            whole.values.extend(values);
        }
        whole
    }

    fn conditions(&self) -> Vec<Sql> {
        let mut found = Vec::new();
        let within = |column: &str, numbers: &Option<Vec<i64>>| {
            numbers.as_ref().map(|numbers| Sql::new(format!("p.{column} IN ({})", listed(numbers)), []))
        };
        found.extend(self.code.clone().map(|code| Sql::new("p.code = ?", [code.into()])));
        found.extend(self.sha256.map(|sha256| Sql::new("p.sha256 = ?", [sha256.to_string().into()])));
        found.extend(within("team_id", &self.teams));
        found.extend(within("project_id", &self.projects));
        found.extend(within("member_id", &self.members));
        found.extend(self.verdict.map(|verdict| Sql::new("p.verdict = ?", [text(verdict.as_str())])));
        found.extend(self.media_type.map(|kind| Sql::new("p.media_type = ?", [text(kind.content_type())])));
        found.extend(self.days.clone().map(|(from, until)| {
            Sql::new("p.local_time >= ? AND p.local_time < ?", [from.into(), until.into()])
        }));
        found.extend(self.area.map(in_area));
        found.extend(self.words.iter().map(|word| {
            let sql = "(SELECT instr(x.folded, ?) > 0 FROM photo_text x WHERE x.photo_seq = p.seq)";
            Sql::new(sql, [word.clone().into()])
        }));
        found
    }
}

/// Numbers of ours, as SQL lists them.
pub(super) fn listed(numbers: &[i64]) -> String {
    numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
}

pub(super) fn text(text: &str) -> Value {
    Value::from(text.to_owned())
}

fn in_area(area: Area) -> Sql {
    let longitudes = if area.west <= area.east { "AND" } else { "OR" };
    Sql::new(
        format!(
            "EXISTS (SELECT 1 FROM photo_place l WHERE l.photo_seq = p.seq AND l.latitude BETWEEN ? AND ?
                     AND (l.longitude >= ? {longitudes} l.longitude <= ?))"
        ),
        [area.south, area.north, area.west, area.east].map(Value::from),
    )
}

/// Local times begin with their day, so that a day compares with them as text.
fn days(from: Option<Date>, to: Option<Date>) -> Option<(String, String)> {
    if from.is_none() && to.is_none() {
        return None;
    }
    let until = to.map_or_else(|| "~".to_owned(), |day| day.tomorrow().unwrap_or(Date::MAX).to_string());
    Some((from.map(|day| day.to_string()).unwrap_or_default(), until))
}

/// What all the lists that are there have in common.
fn in_all(lists: [Option<Vec<i64>>; 3]) -> Option<Vec<i64>> {
    lists.into_iter().flatten().reduce(|mut common, list| {
        common.retain(|number| list.contains(number));
        common
    })
}

fn seqs_of(connection: &Connection, ids: &[PhotoId]) -> Result<Vec<i64>> {
    let mut seqs = Vec::new();
    for id in ids {
        let sql = "SELECT p.seq FROM photo p WHERE p.id = ?";
        seqs.extend(Sql::new(sql, [id.to_string().into()]).numbers(connection)?);
    }
    Ok(seqs)
}
