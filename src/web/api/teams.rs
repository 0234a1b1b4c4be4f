//! `/api/v1/teams`: what teams' timestamps mean, and which evidence their files bring.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use super::document::SEES_ALL;
use crate::catalog::team;
use crate::domain::coverage;
use crate::domain::verdict::meaning;
use crate::web::Site;
use crate::web::error::WebError;

/// A team as a sender.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Team {
    /// Its number.
    #[schema(example = 1)]
    id: i64,
    /// As announced; empty where deliveries name none.
    #[schema(example = "Group Scenery")]
    name: String,
    /// What its `photo_timestamp` means, as its last photos show.
    timestamp_meaning: Meaning,
    /// Which evidence its files bring.
    coverage: Coverage,
}

/// What `photo_timestamp` means: `open`: not settled, both are possible; `utc`; `local`: time at the place of capture.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "utc")]
pub(in crate::web) enum Meaning {
    Open,
    Utc,
    Local,
}

/// How many of a team's last photos bring evidence.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Coverage {
    /// Photos looked at, at most 50.
    #[schema(example = 50)]
    photos: usize,
    /// With a usable time.
    #[schema(example = 98)]
    time_percent: usize,
    /// With a usable position.
    #[schema(example = 96)]
    position_percent: usize,
    /// With make or model.
    #[schema(example = 100)]
    device_percent: usize,
    /// Kinds of evidence that fell to near nothing: `time`, `position`, `device`.
    #[schema(example = json!(["position"]))]
    fallen: Vec<&'static str>,
}

/// All teams.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Teams {
    /// By name.
    teams: Vec<Team>,
}

/// Lists teams
///
/// What their timestamps mean, and which evidence their files bring.
#[utoipa::path(
    get, path = "/api/v1/teams", operation_id = "list_teams", tag = "operation",
    responses(
        (status = 200, description = "Teams", body = Teams),
        (status = 403, description = SEES_ALL),
    ),
)]
pub(in crate::web) async fn list(site: Data<Site>) -> Result<HttpResponse, WebError> {
    let teams = site.catalog.teams().await?.into_iter().map(shown).collect();
    Ok(HttpResponse::Ok().json(Teams { teams }))
}

fn shown(team: team::Team) -> Team {
    let coverage::Coverage { photos, time_percent, position_percent, device_percent, fallen } = team.coverage;
    Team {
        id: team.id,
        name: team.name,
        timestamp_meaning: match team.meaning {
            meaning::Meaning::Open => Meaning::Open,
            meaning::Meaning::Utc => Meaning::Utc,
            meaning::Meaning::Local => Meaning::Local,
        },
        coverage: Coverage { photos, time_percent, position_percent, device_percent, fallen },
    }
}
