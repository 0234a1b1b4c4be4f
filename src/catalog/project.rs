//! Projects and their days, as pages read them: by counters that are kept as photos are archived, never by counting.

use jiff::civil::{Date, DateTime};
use rusqlite::{OptionalExtension as _, Row, params};

use super::column::{parsed, unreadable};
use super::photo::upright;
use super::reach::within;
use super::{Catalog, Doing as _, Result};
use crate::domain::access::Reach;
use crate::domain::photo::PhotoId;
use crate::domain::verdict::Verdict;

/// Archived photos by verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub photos: i64,
    /// In the order of [`Verdict::ALL`].
    pub by_verdict: [i64; 4],
}

impl Counts {
    /// Of one verdict.
    pub fn of(&self, verdict: Verdict) -> i64 {
        Verdict::ALL.iter().position(|known| *known == verdict).map_or(0, |at| self.by_verdict[at])
    }
}

/// A project with photos.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// In addresses of pages.
    pub id: i64,
    /// As announced at first sight; empty where nothing was.
    pub team: String,
    /// As announced at first sight; empty where nothing was.
    pub name: String,
    /// Its photos.
    pub counts: Counts,
    /// Local time of its last photo.
    pub last: DateTime,
}

/// A day of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// Local to the photos.
    pub day: Date,
    /// Its photos.
    pub counts: Counts,
}

/// Somebody who took photos of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// As announced at first sight; empty where nothing was.
    pub name: String,
    /// Archived photos of the project.
    pub photos: i64,
    /// Local time of the last one.
    pub last: DateTime,
}

/// The photo that stands for a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cover {
    /// Its own name.
    pub photo: PhotoId,
    /// Pixels as it is shown.
    pub dimensions: Option<(u32, u32)>,
}

/// The inner list is walked only until one is found.
pub(super) const COVER: &str = "SELECT id, width, height, is_turned
    FROM (SELECT id, width, height, is_turned, decoded FROM photo WHERE project_id = ?1 AND archived_at IS NOT NULL
          ORDER BY local_time DESC, seq DESC LIMIT 8)
    WHERE decoded LIMIT 1";

const PROJECT: &str =
    "SELECT j.id, t.name, j.name, j.last_time, j.photos, j.consistent, j.inconclusive, j.suspicious,
                              j.contradicted
                       FROM project j JOIN team t ON t.id = j.team_id";

/// Who took photos of a project.
pub(super) const MEMBERS: &str =
    "SELECT m.name, c.photos, c.last_time FROM project_member c JOIN member m ON m.id = c.member_id
     WHERE c.project_id = ?1 ORDER BY c.photos DESC, c.member_id";

/// A project's days.
pub(super) const DAYS: &str =
    "SELECT day, photos, consistent, inconclusive, suspicious, contradicted FROM day_count
     WHERE project_id = ?1 ORDER BY day DESC";

impl Catalog {
    /// The projects with photos that somebody sees, those with the latest photos first.
    pub async fn projects(&self, reach: Reach) -> Result<Vec<Project>> {
        self.read(move |connection| {
            let mut statement = connection
                .prepare_cached(&format!("{PROJECT} WHERE j.photos > 0 ORDER BY j.last_time DESC, j.id"))
                .doing("list projects")?;
            let rows = statement.query_map([], project).doing("list projects")?;
            let projects = rows.collect::<rusqlite::Result<Vec<_>>>().doing("list projects")?;
            Ok(projects.into_iter().filter(|project| reach.includes(project.id)).collect())
        })
        .await
    }

    /// One project; one without photos is none.
    pub async fn project(&self, id: i64) -> Result<Option<Project>> {
        self.read(move |connection| {
            connection
                .prepare_cached(&format!("{PROJECT} WHERE j.id = ?1 AND j.photos > 0"))
                .and_then(|mut statement| statement.query_row([id], project).optional())
                .doing("read a project")
        })
        .await
    }

    /// Who took photos of a project, those with the most first.
    pub async fn members_of(&self, project: i64) -> Result<Vec<Member>> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(MEMBERS).doing("list members")?;
            let member =
                |row: &Row<'_>| Ok(Member { name: row.get(0)?, photos: row.get(1)?, last: parsed(row, 2)? });
            let rows = statement.query_map([project], member).doing("list members")?;
            rows.collect::<rusqlite::Result<_>>().doing("list members")
        })
        .await
    }

    /// The last photo of each of these projects that can be shown; none where the last few cannot.
    pub async fn covers(&self, projects: Vec<i64>) -> Result<Vec<Option<Cover>>> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(COVER).doing("read covers")?;
            let cover = |row: &Row<'_>| {
                let dimensions = row.get::<_, Option<u32>>(1)?.zip(row.get(2)?);
                Ok(Cover { photo: parsed(row, 0)?, dimensions: upright(dimensions, row.get(3)?) })
            };
            let covers = projects.into_iter().map(|project| statement.query_row([project], cover).optional());
            covers.collect::<rusqlite::Result<_>>().doing("read covers")
        })
        .await
    }

    /// The days of a project, the latest first.
    pub async fn days_of(&self, project: i64) -> Result<Vec<Day>> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(DAYS).doing("list days")?;
            let day = |row: &Row<'_>| Ok(Day { day: parsed(row, 0)?, counts: counts(row, 1)? });
            let rows = statement.query_map([project], day).doing("list days")?;
            rows.collect::<rusqlite::Result<_>>().doing("list days")
        })
        .await
    }

    /// Photos taken on each day from one to another, over the projects that somebody sees; days without photos are left
    /// out.
    pub async fn activity(&self, from: Date, to: Date, reach: Reach) -> Result<Vec<(Date, i64)>> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(&activity(&reach)).doing("read the activity")?;
            let rows = statement
                .query_map(params![from.to_string(), to.to_string()], |row| {
                    Ok((parsed(row, 0)?, row.get(1)?))
                })
                .doing("read the activity")?;
            rows.collect::<rusqlite::Result<_>>().doing("read the activity")
        })
        .await
    }
}

/// The SQL of the photos of each day.
pub(super) fn activity(reach: &Reach) -> String {
    if *reach == Reach::All {
        return "SELECT day, photos FROM day_span WHERE day BETWEEN ?1 AND ?2 ORDER BY day".to_owned();
    }
    let seen = within(reach, "project_id");
    format!(
        "SELECT day, sum(photos) FROM day_count WHERE day BETWEEN ?1 AND ?2 AND {seen} GROUP BY day ORDER BY day"
    )
}

fn project(row: &Row<'_>) -> rusqlite::Result<Project> {
    Ok(Project {
        id: row.get(0)?,
        team: row.get(1)?,
        name: row.get(2)?,
        last: parsed(row, 3).map_err(|_| unreadable(3))?,
        counts: counts(row, 4)?,
    })
}

fn counts(row: &Row<'_>, first: usize) -> rusqlite::Result<Counts> {
    let mut by_verdict = [0; 4];
    for (at, count) in by_verdict.iter_mut().enumerate() {
        *count = row.get(first + 1 + at)?;
    }
    Ok(Counts { photos: row.get(first)?, by_verdict })
}
