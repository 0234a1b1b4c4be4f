//! `/api/v1/teams`: what teams' timestamps mean, and which evidence their files bring.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde_json::{Value, json};

use crate::catalog::team::Team;
use crate::web::Site;
use crate::web::error::WebError;

pub(in crate::web) async fn list(site: Data<Site>) -> Result<HttpResponse, WebError> {
    let teams: Vec<Value> = site.catalog.teams().await?.iter().map(shown).collect();
    Ok(HttpResponse::Ok().json(json!({"teams": teams})))
}

fn shown(team: &Team) -> Value {
    json!({
        "id": team.id,
        "name": team.name,
        "timestamp_meaning": team.meaning,
        "coverage": team.coverage,
    })
}
