//! The photos that a search looks at: those that one of its conditions names by an index, the newest first.
//!
//! Each condition is asked for a bounded number of photos. One that names fewer is the whole answer to it; where all
//! name more, the one whose newest reach farthest back is the rarest. So the work is bounded whatever is asked, and
//! what is rare is found however old it is.

use rusqlite::Connection;
use rusqlite::types::Value;

use super::filter::{Resolved, Sql, text};
use super::{Doing as _, Result};
use crate::domain::search_text::{pair_token, trigrams};

/// So few photos are looked at sooner than another condition is asked.
const FEW: usize = 200;

/// More names than this are not looked up one by one.
const NAMES_MAX: usize = 64;

/// Stretches of three characters that an index is asked for; the words themselves decide.
const TRIGRAMS_MAX: usize = 16;

/// Photos by their numbers of sealing, the newest first.
#[derive(Debug)]
pub(super) struct Candidates {
    pub(super) seqs: Vec<i64>,
    /// Whether no other photo can be meant.
    pub(super) are_all: bool,
}

/// One condition's photos: the parts' together.
struct Source {
    parts: Vec<Sql>,
    /// Whether each part gives its newest photos first; else it is of use only if it gives all of them.
    is_sorted: bool,
}

/// At most so many photos, among which are all that are meant or the newest of them.
pub(super) fn candidates(connection: &Connection, filter: &Resolved, most: usize) -> Result<Candidates> {
    if filter.is_void() {
        return Ok(Candidates { seqs: Vec::new(), are_all: true });
    }
    if let Some(seqs) = &filter.seqs {
        let seqs = seqs.iter().copied().filter(|seq| *seq < filter.before).collect();
        return Ok(newest(seqs, usize::MAX));
    }
    let mut best: Option<Candidates> = None;
    for source in sources(filter, most) {
        let found = source.ask(connection, most)?;
        if !source.is_sorted && !found.are_all {
            continue;
        }
        let is_few = found.are_all && found.seqs.len() <= FEW;
        if best.as_ref().is_none_or(|best| found.is_rarer_than(best)) {
            best = Some(found);
        }
        if is_few {
            break;
        }
    }
    match best {
        Some(best) if best.are_all => Ok(best),
        best => {
            let newest = every(connection, filter, most)?.ask(connection, most)?;
            Ok(best.filter(|best| best.is_rarer_than(&newest)).unwrap_or(newest))
        }
    }
}

impl Candidates {
    fn is_rarer_than(&self, other: &Self) -> bool {
        match (self.are_all, other.are_all) {
            (true, true) => self.seqs.len() < other.seqs.len(),
            (false, false) => self.seqs.last() < other.seqs.last(),
            (are_all, _) => are_all,
        }
    }
}

impl Source {
    fn new(text: impl Into<String>, values: impl IntoIterator<Item = Value>, is_sorted: bool) -> Self {
        Self { parts: vec![Sql::new(text, values)], is_sorted }
    }

    fn ask(&self, connection: &Connection, most: usize) -> Result<Candidates> {
        let mut seqs = Vec::new();
        for part in &self.parts {
            seqs.extend(part.numbers(connection)?);
        }
        Ok(newest(seqs, most))
    }
}

fn newest(mut seqs: Vec<i64>, most: usize) -> Candidates {
    seqs.sort_unstable_by(|one, other| other.cmp(one));
    seqs.dedup();
    let are_all = seqs.len() <= most;
    seqs.truncate(most);
    Candidates { seqs, are_all }
}

/// One photo more than is looked at tells whether there are more.
fn limit(most: usize) -> Value {
    Value::from(i64::try_from(most.saturating_add(1)).unwrap_or(i64::MAX))
}

/// The conditions that have an index, those that are mostly rare first.
fn sources(filter: &Resolved, most: usize) -> Vec<Source> {
    let one = |column: &str, value: Value| {
        let sql = by_column(column);
        Source::new(sql, [value, filter.before.into(), limit(most)], true)
    };
    let several = |column: &str, numbers: &Option<Vec<i64>>| {
        let numbers = numbers.as_ref().filter(|numbers| numbers.len() <= NAMES_MAX)?;
        let parts = numbers.iter().flat_map(|number| one(column, (*number).into()).parts).collect();
        Some(Source { parts, is_sorted: true })
    };
    let mut found = Vec::new();
    found.extend(filter.code.clone().map(|code| one("code", code.into())));
    found.extend(filter.sha256.map(|sha256| one("sha256", sha256.to_string().into())));
    found.extend(by_area(filter, most));
    found.extend(by_words(filter, most));
    found.extend(by_days(filter, most));
    found.extend(several("member_id", &filter.members));
    found.extend(filter.verdict.map(|verdict| one("verdict", text(verdict.as_str()))));
    found.extend(several("project_id", &filter.projects));
    found.extend(filter.media_type.map(|kind| one("media_type", text(kind.content_type()))));
    found.extend(several("team_id", &filter.teams));
    found
}

fn by_column(column: &str) -> String {
    format!(
        "SELECT p.seq FROM photo p WHERE p.{column} = ? AND p.archived_at IS NOT NULL AND p.seq < ?
         ORDER BY p.seq DESC LIMIT ?"
    )
}

fn by_area(filter: &Resolved, most: usize) -> Option<Source> {
    let area = filter.area?;
    let within = |(west, east): (f64, f64)| {
        Sql::new(
            "SELECT photo_seq FROM photo_area
             WHERE east >= ? AND west <= ? AND north >= ? AND south <= ? AND photo_seq < ? LIMIT ?",
            [west, east, area.south, area.north]
                .map(Value::from)
                .into_iter()
                .chain([filter.before.into(), limit(most)]),
        )
    };
    Some(Source { parts: area.longitudes().into_iter().map(within).collect(), is_sorted: false })
}

/// Words of three characters and more by their trigrams, shorter ones beyond ASCII by their tokens.
fn by_words(filter: &Resolved, most: usize) -> Vec<Source> {
    let matching = |table: &str, tokens: &[String]| {
        let quoted: Vec<_> =
            tokens.iter().map(|token| format!("\"{}\"", token.replace('"', "\"\""))).collect();
        let sql = format!(
            "SELECT rowid FROM {table} WHERE {table} MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?"
        );
        Source::new(sql, [quoted.join(" AND ").into(), filter.before.into(), limit(most)], true)
    };
    let long: Vec<String> = filter.words.iter().flat_map(|word| trigrams(word)).collect();
    let short: Vec<String> = filter.words.iter().filter_map(|word| pair_token(word)).collect();
    let spread = long.len().div_ceil(TRIGRAMS_MAX).max(1);
    let long: Vec<String> = long.into_iter().step_by(spread).collect();
    [("photo_trigram", long), ("photo_pair", short)]
        .into_iter()
        .filter(|(_, tokens)| !tokens.is_empty())
        .map(|(table, tokens)| matching(table, &tokens))
        .collect()
}

/// Days of one project by its own index.
fn by_days(filter: &Resolved, most: usize) -> Option<Source> {
    let (from, until) = filter.days.clone()?;
    let range = [Value::from(from), until.into(), filter.before.into(), limit(most)];
    let sql = |project: &str| {
        format!(
            "SELECT p.seq FROM photo p
             WHERE {project} p.local_time >= ? AND p.local_time < ? AND p.archived_at IS NOT NULL AND p.seq < ? LIMIT ?"
        )
    };
    Some(match filter.projects.as_deref() {
        Some([project]) => {
            let values = std::iter::once(Value::from(*project)).chain(range);
            Source::new(sql("p.project_id = ? AND"), values, false)
        }
        _ => Source::new(sql(""), range, false),
    })
}

/// All archived photos; where days are asked for, those between the first and the last that was sealed of them.
fn every(connection: &Connection, filter: &Resolved, most: usize) -> Result<Source> {
    let (first, last) = match &filter.days {
        None => (0, i64::MAX),
        Some((from, until)) => connection
            .prepare_cached("SELECT min(first_seq), max(last_seq) FROM day_span WHERE day >= ? AND day < ?")
            .and_then(|mut statement| {
                statement.query_row([from, until], |row| {
                    Ok((
                        row.get::<_, Option<i64>>(0)?.unwrap_or(0),
                        row.get::<_, Option<i64>>(1)?.unwrap_or(0),
                    ))
                })
            })
            .doing("search photos")?,
    };
    let before = filter.before.min(last.saturating_add(1));
    // By name: the planner takes the table itself for as cheap, whose rows are twenty times as long.
    let sql = "SELECT p.seq FROM photo p INDEXED BY photo_archived
               WHERE p.archived_at IS NOT NULL AND p.seq >= ? AND p.seq < ?
               ORDER BY p.seq DESC LIMIT ?";
    Ok(Source::new(sql, [first.into(), before.into(), limit(most)], true))
}

/// How SQLite would ask for each condition.
#[cfg(test)]
pub(super) fn plans(connection: &Connection, filter: &Resolved) -> String {
    let mut sources = sources(filter, 1000);
    sources.push(every(connection, filter, 1000).unwrap());
    let mut lines = Vec::new();
    for Sql { text, values } in sources.into_iter().flat_map(|source| source.parts) {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {text}")).unwrap();
        let plan =
            statement.query_map(rusqlite::params_from_iter(values), |row| row.get::<_, String>(3)).unwrap();
        lines.extend(plan.map(rusqlite::Result::unwrap));
    }
    lines.join("; ")
}
