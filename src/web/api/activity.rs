//! `/api/v1/activity`: how many photos were taken on each day.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::web::Site;
use crate::web::error::WebError;
use crate::web::people::Visitor;

/// What the chart of the projects shows: 53 weeks.
const DAYS_USUAL: i64 = 53 * 7;

/// Which days are asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct Span {
    /// The first day; without it 53 weeks are shown.
    #[param(required = false, value_type = Option<String>, format = Date, example = "2025-12-01")]
    from: Option<Date>,
    /// The last day; without it that of the last photo.
    #[param(required = false, value_type = Option<String>, format = Date, example = "2025-12-31")]
    to: Option<Date>,
}

/// Photos taken on a day.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Active {
    /// At the place of capture.
    #[schema(value_type = String, format = Date, example = "2025-12-11")]
    day: Date,
    /// How many, over all projects.
    #[schema(example = 12)]
    photos: i64,
}

/// Photos day by day.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Activity {
    /// In their order; days without photos are left out.
    days: Vec<Active>,
}

/// Counts photos day by day
///
/// Over all projects that the visitor sees.
#[utoipa::path(
    get, path = "/api/v1/activity", operation_id = "list_activity", tag = "projects", params(Span),
    responses((status = 200, description = "Days with photos", body = Activity)),
)]
pub(in crate::web) async fn list(
    visitor: Visitor,
    site: Data<Site>,
    span: Query<Span>,
) -> Result<HttpResponse, WebError> {
    let projects = site.catalog.projects(visitor.reach.clone()).await?;
    let last = projects.iter().map(|project| project.last.date()).max();
    let days = match span.to.or(last) {
        Some(to) => {
            let from = span.from.unwrap_or_else(|| to.saturating_sub((DAYS_USUAL - 1).days()));
            site.catalog.activity(from, to, visitor.reach).await?
        }
        None => Vec::new(),
    };
    let days = days.into_iter().map(|(day, photos)| Active { day, photos }).collect();
    Ok(HttpResponse::Ok().json(Activity { days }))
}
