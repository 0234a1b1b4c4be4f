//! The form of search and map: every filter as a field, filled with what was asked.

use crate::catalog::project::Project;
use crate::domain::access::Reach;
use crate::domain::photo::MediaType;
use crate::domain::verdict::Verdict;
use crate::web::Site;
use crate::web::asked::Asked;
use crate::web::error::WebError;

use super::words::named;

/// What the form shows.
pub(super) struct Fields {
    /// Where it leads.
    pub path: &'static str,
    pub q: String,
    pub member: String,
    pub from: String,
    pub to: String,
    pub teams: Vec<Choice>,
    pub projects: Vec<Choice>,
    pub verdicts: Vec<Choice>,
    pub media_types: Vec<Choice>,
    /// Filters that have no field and came with the address.
    pub others: Vec<Other>,
    /// Whether a field below the first is filled.
    pub is_narrowed: bool,
}

/// One of a list.
pub(super) struct Choice {
    pub value: String,
    pub name: String,
    pub is_chosen: bool,
}

/// A filter that can only be taken away.
pub(super) struct Other {
    pub name: &'static str,
    pub value: String,
    pub words: String,
    pub without: String,
}

impl Fields {
    /// The form for one who sees so much.
    pub(super) async fn of(
        site: &Site,
        asked: &Asked,
        reach: &Reach,
        path: &'static str,
    ) -> Result<Self, WebError> {
        let projects = site.catalog.projects(reach.clone()).await?;
        let given = |name: &str| asked.given(name).to_owned();
        let fields = [
            "team",
            "project_id",
            "member",
            "from",
            "to",
            "verdict",
            "media_type",
            "code",
            "sha256",
            "project",
            "bbox",
        ];
        Ok(Self {
            path,
            q: given("q"),
            member: given("member"),
            from: given("from"),
            to: given("to"),
            teams: teams(&projects, asked.given("team")),
            projects: projects.iter().map(|project| choice_of(project, asked.given("project_id"))).collect(),
            verdicts: Verdict::ALL.map(|verdict| chosen(verdict.as_str(), asked.given("verdict"))).into(),
            media_types: MediaType::ALL
                .map(|kind| chosen(kind.content_type(), asked.given("media_type")))
                .into(),
            others: others(asked, path),
            is_narrowed: fields.iter().any(|name| !asked.given(name).is_empty()),
        })
    }
}

fn chosen(value: &str, asked: &str) -> Choice {
    Choice { value: value.to_owned(), name: value.to_owned(), is_chosen: value == asked }
}

fn choice_of(project: &Project, asked: &str) -> Choice {
    let name = format!("{} · {}", named(&project.name, "no project"), named(&project.team, "no team"));
    Choice { name, ..chosen(&project.id.to_string(), asked) }
}

fn teams(projects: &[Project], asked: &str) -> Vec<Choice> {
    let mut names: Vec<&str> =
        projects.iter().map(|project| project.team.as_str()).filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|name| chosen(name, asked)).collect()
}

fn others(asked: &Asked, path: &str) -> Vec<Other> {
    let words = [
        ("code", "with the code"),
        ("sha256", "with the SHA-256"),
        ("project", "of projects called"),
        ("bbox", "taken in this part of the map:"),
    ];
    let others = words.into_iter().filter(|(name, _)| !asked.given(name).is_empty());
    others
        .map(|(name, words)| Other {
            name,
            value: asked.given(name).to_owned(),
            words: format!("Only photos {words} {}", asked.given(name)),
            without: asked.address(path, &[(name, None), ("after", None)]),
        })
        .collect()
}
