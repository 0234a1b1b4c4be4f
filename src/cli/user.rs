//! `keepmark user`: who may sign in to the pages.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::{Ended, FormatName, address, catalog_beside};
use crate::app::clock;
use crate::catalog::Catalog;
use crate::catalog::user::{Invitation, User};
use crate::config::Config;
use crate::domain::access::{Reach, Role};
use crate::web::Bearer;

/// How long a link can be used.
const LINK_DAYS: i64 = 3;
const DAY_MS: i64 = 24 * 3600 * 1000;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print a link, alone on stdout, with which a person chooses a password and signs in. It works once, for three days.
    /// For somebody who is known already it is the way to a new password.
    Invite {
        /// What they sign in with.
        name: String,
        /// What they may do. Without it the first person becomes an admin, and every other one a viewer.
        #[arg(long, value_enum)]
        role: Option<RoleName>,
        /// Show only this project, for viewers; more than once for several.
        #[arg(long = "project", value_name = "NAME")]
        projects: Vec<String>,
    },
    /// List people, what they may do and when they last signed in.
    List(super::Format),
    /// Give a person another role, or other projects.
    Change {
        /// Who.
        name: String,
        /// The new role.
        #[arg(long, value_enum)]
        role: Option<RoleName>,
        /// Show only this project, for viewers; more than once for several.
        #[arg(long = "project", value_name = "NAME", conflicts_with = "all_projects")]
        projects: Vec<String>,
        /// Show all projects.
        #[arg(long)]
        all_projects: bool,
    },
    /// End all sessions of a person: every browser has to sign in again.
    SignOut {
        /// Who.
        name: String,
    },
    /// Remove a person. Their sessions end; photos stay.
    Remove {
        /// Who.
        name: String,
    },
}

/// A role on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum RoleName {
    /// See photos.
    Viewer,
    /// See photos and deliveries as they came, and run audits.
    Auditor,
    /// Everything.
    Admin,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Viewer => Self::Viewer,
            RoleName::Auditor => Self::Auditor,
            RoleName::Admin => Self::Admin,
        }
    }
}

pub(super) async fn run(config: &Config, command: Command) -> anyhow::Result<Ended> {
    let catalog = catalog_beside(config)?;
    match command {
        Command::Invite { name, role, projects } => {
            let reach = if projects.is_empty() { None } else { Some(reach(&catalog, &projects).await?) };
            let base = address::of_server(config, &config.server.listen)?;
            let (role, link) = invite(&catalog, &base, name.clone(), role.map(Role::from), reach).await?;
            if config.server.public_url.is_none() {
                eprintln!("warning: server.public_url is not set, so this link works on this machine alone");
            }
            eprintln!(
                "{name} becomes {} with this link. It works once, for {LINK_DAYS} days:",
                role.as_str()
            );
            println!("{link}");
        }
        Command::List(format) => list(&catalog, format.format).await?,
        Command::Change { name, role, projects, all_projects } => {
            let user = known(&catalog, &name).await?;
            let reach = match (projects.is_empty(), all_projects) {
                (false, _) => reach(&catalog, &projects).await?,
                (true, true) => Reach::All,
                (true, false) => user.reach,
            };
            catalog.change_user(user.id, role.map_or(user.role, Role::from), reach).await?;
            eprintln!("{} is changed; it holds from the next page on", user.name);
        }
        Command::SignOut { name } => {
            let user = known(&catalog, &name).await?;
            let ended = catalog.end_sessions_of(user.id).await?;
            eprintln!("{}: {ended} sessions ended", user.name);
        }
        Command::Remove { name } => {
            let user = known(&catalog, &name).await?;
            catalog.remove_user(user.id).await?;
            eprintln!("{} is removed", user.name);
        }
    }
    Ok(Ended::Well)
}

/// The link for the first admin, as long as nobody can sign in; for a terminal only.
pub(super) async fn first_admin(
    config: &Config,
    catalog: &Catalog,
    listening: &[SocketAddr],
) -> anyhow::Result<Option<String>> {
    if catalog.has_people().await? {
        return Ok(None);
    }
    let base = address::of_server(config, listening)?;
    let (_, link) = invite(catalog, &base, "admin".to_owned(), None, None).await?;
    Ok(Some(link))
}

async fn invite(
    catalog: &Catalog,
    base: &str,
    name: String,
    role: Option<Role>,
    reach: Option<Reach>,
) -> anyhow::Result<(Role, String)> {
    if name.trim().is_empty() || name.chars().count() > 100 {
        bail!("a name has between 1 and 100 characters");
    }
    let (secret, now_ms) = (Bearer::random(), clock().as_millisecond());
    let expires_at_ms = now_ms + LINK_DAYS * DAY_MS;
    let invitation = Invitation { name, role, reach, token: secret.sha256(), expires_at_ms, now_ms };
    let role = catalog.invite(invitation).await?;
    Ok((role, format!("{base}/invite/{}", secret.reveal())))
}

async fn known(catalog: &Catalog, name: &str) -> anyhow::Result<User> {
    let found = catalog.user(name.to_owned()).await?;
    found.with_context(|| format!("nobody is named {name}: `keepmark user list` names them all"))
}

/// Projects by name; a name that several teams use means all of them.
async fn reach(catalog: &Catalog, names: &[String]) -> anyhow::Result<Reach> {
    let projects = catalog.projects(Reach::All).await?;
    let mut numbers = Vec::new();
    for name in names {
        let before = numbers.len();
        numbers.extend(projects.iter().filter(|project| project.name == *name).map(|project| project.id));
        if numbers.len() == before {
            bail!("no project with photos is named {name}: write the name as the pages show it");
        }
    }
    Ok(Reach::Projects(numbers))
}

async fn list(catalog: &Catalog, format: FormatName) -> anyhow::Result<()> {
    let users = catalog.users().await?;
    let projects = catalog.projects(Reach::All).await?;
    let named = |reach: &Reach| match reach {
        Reach::All => None,
        Reach::Projects(_) => {
            let seen = projects.iter().filter(|project| reach.includes(project.id));
            Some(seen.map(|project| project.name.clone()).collect::<Vec<_>>())
        }
    };
    if format == FormatName::Json {
        let users: Vec<_> = users.iter().map(|user| as_json(user, named(&user.reach).as_deref())).collect();
        println!("{}", json!({"users": users}));
        return Ok(());
    }
    if users.is_empty() {
        println!("nobody: `keepmark user invite NAME` makes the first admin");
    }
    for user in users {
        let sees = named(&user.reach).map(|names| format!(", sees {}", names.join(", "))).unwrap_or_default();
        println!("{:8} {}{sees}, {}", user.role.as_str(), user.name, standing(&user));
    }
    Ok(())
}

fn standing(user: &User) -> String {
    let day = |ms: i64| jiff::Timestamp::from_millisecond(ms).unwrap_or_default().strftime("%F").to_string();
    match (user.signed_in_at_ms, user.invited_until_ms) {
        (Some(at), _) => format!("last signed in {}", day(at)),
        (None, Some(until)) => format!("invited until {}", day(until)),
        (None, None) => "never signed in".to_owned(),
    }
}

fn as_json(user: &User, projects: Option<&[String]>) -> Value {
    let time = |ms: Option<i64>| ms.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    json!({
        "name": user.name,
        "role": user.role.as_str(),
        "projects": projects,
        "has_password": user.has_password,
        "invited_until": time(user.invited_until_ms),
        "signed_in_at": time(user.signed_in_at_ms),
    })
}
