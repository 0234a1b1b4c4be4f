//! Errors as their reader wants them: a page for a person, problem details (RFC 9457) for a program.

use actix_web::body::BoxBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::ACCEPT;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Serialize;
use utoipa::ToSchema;

use super::error::WebError;
use super::pages::Frame;
use super::people::Visitor;
use actix_web::HttpMessage as _;

/// Why there is no such answer (RFC 9457).
#[derive(Serialize, ToSchema)]
pub(super) struct Problem<'a> {
    /// Always `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    kind: &'static str,
    /// The status in words.
    #[schema(example = "Bad Request")]
    title: &'a str,
    /// The HTTP status.
    #[schema(example = 400, minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong, and where it can be mended, how.
    #[schema(example = "limit must be from 1 to 200")]
    detail: &'a str,
}

#[derive(Template)]
#[template(path = "error.html")]
struct Page<'a> {
    frame: Frame,
    status: u16,
    title: &'a str,
    detail: &'a str,
}

/// Puts words to an answer that has none of its own.
pub(super) fn told(answered: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let status = answered.status();
    if !status.is_client_error() && !status.is_server_error() {
        return answered;
    }
    let error = answered.response().error();
    let is_bare = error.is_some() || answered.headers().get("content-type").is_none();
    if !is_bare {
        return answered;
    }
    let detail = error.map_or_else(|| plain(status), sentence);
    let (request, response) = answered.into_parts();
    let visitor = request.extensions().get::<Visitor>().cloned();
    let mut told = if wants_page(&request) {
        as_page(status, &detail, visitor.as_ref())
    } else {
        as_problem(status, &detail)
    };
    for (name, value) in response.headers() {
        if name != "content-type" && name != "content-length" {
            told.headers_mut().append(name.clone(), value.clone());
        }
    }
    ServiceResponse::new(request, told)
}

/// Browsers that are led to an address ask for HTML first; programs do not.
fn wants_page(request: &HttpRequest) -> bool {
    let accepted = request.headers().get(ACCEPT).and_then(|accepted| accepted.to_str().ok());
    !request.path().starts_with("/api/") && accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

/// Only what we wrote ourselves, and what says where the request went wrong.
fn sentence(error: &actix_web::Error) -> String {
    match error.as_error::<WebError>() {
        Some(error) => error.to_string(),
        None if error.as_response_error().status_code().is_client_error() => {
            format!("the request cannot be read: {error}")
        }
        None => "an answer could not be made; the log says why".to_owned(),
    }
}

fn plain(status: StatusCode) -> String {
    match status {
        StatusCode::NOT_FOUND => "there is nothing at this address".to_owned(),
        StatusCode::METHOD_NOT_ALLOWED => "this address does not take such a request".to_owned(),
        _ => title(status).to_lowercase(),
    }
}

fn title(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or("Error")
}

fn as_problem(status: StatusCode, detail: &str) -> HttpResponse {
    let problem = Problem { kind: "about:blank", title: title(status), status: status.as_u16(), detail };
    HttpResponse::build(status).content_type("application/problem+json").json(problem)
}

fn as_page(status: StatusCode, detail: &str, visitor: Option<&Visitor>) -> HttpResponse {
    let frame = visitor.map_or_else(Frame::of_nobody, |visitor| Frame::of(visitor, ""));
    let page = Page { frame, status: status.as_u16(), title: title(status), detail };
    match page.render() {
        Ok(page) => HttpResponse::build(status).content_type("text/html; charset=utf-8").body(page),
        Err(_) => {
            HttpResponse::build(status).content_type("text/plain; charset=utf-8").body(detail.to_owned())
        }
    }
}
