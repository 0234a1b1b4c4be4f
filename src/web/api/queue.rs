//! `/api/v1/queue`: jobs by state.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde_json::{Map, Value};

use crate::web::Site;
use crate::web::error::WebError;

pub(in crate::web) async fn counts(site: Data<Site>) -> Result<HttpResponse, WebError> {
    let queue = site.catalog.queue().await?;
    let counts: Map<String, Value> =
        queue.into_iter().map(|(state, jobs)| (state.as_str().to_owned(), Value::from(jobs))).collect();
    Ok(HttpResponse::Ok().json(counts))
}
