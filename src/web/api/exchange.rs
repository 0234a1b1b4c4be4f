//! What every request and every answer of the API passes: parameters that the document names, and a tag by which a
//! caller asks again for nothing new.

use actix_web::body::{BoxBody, MessageBody as _};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, EntityTag};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};
use url::form_urlencoded;

use crate::domain::photo::Sha256;
use crate::web::error::WebError;
use crate::web::representation;

/// A name from outside is repeated so far: enough to find the slip.
const NAME_CHARACTERS_MAX: usize = 40;

/// `parameters` are those of an operation of the API; where there are none, the route belongs to the pages.
pub(in crate::web) async fn keep(
    parameters: Option<&'static [String]>,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(parameters) = parameters else { return next.call(request).await };
    match unknown(request.query_string(), parameters) {
        Some(refusal) => Ok(request.error_response(refusal)),
        None => Ok(tagged(next.call(request).await?)),
    }
}

/// A misspelt parameter must not give everything.
fn unknown(query: &str, parameters: &[String]) -> Option<WebError> {
    let mut names = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name);
    let name = names.find(|name| !parameters.iter().any(|known| known == name))?;
    let name: String = name.chars().take(NAME_CHARACTERS_MAX).collect();
    let known = match parameters {
        [] => "this address takes none".to_owned(),
        known => format!("known are {}", known.join(", ")),
    };
    Some(WebError::BadRequest(format!("there is no parameter {name}; {known}")))
}

/// JSON with the tag of its bytes, or nothing where the caller has them.
fn tagged(answered: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let is_json = answered.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if answered.status() != StatusCode::OK || !is_json {
        return answered;
    }
    let (request, response) = answered.into_parts();
    let (response, body) = response.into_parts();
    let bytes = match body.try_into_bytes() {
        Ok(bytes) => bytes,
        Err(body) => return ServiceResponse::new(request, response.set_body(body)),
    };
    let tag = EntityTag::new_strong(Sha256::of(&bytes).to_string());
    let is_known = representation::has(&request, &tag);
    let status = if is_known { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    let mut answer = HttpResponse::build(status);
    // Kept by the caller alone, and never shown again without asking: access may have ended.
    answer.insert_header((ETAG, tag)).insert_header((CACHE_CONTROL, "private, no-cache"));
    let answer = if is_known { answer.finish() } else { answer.content_type("application/json").body(bytes) };
    ServiceResponse::new(request, answer)
}
