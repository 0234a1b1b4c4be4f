//! The files that pages need, compiled in.

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Path;

use crate::web::error::WebError;

const STYLE: &str = include_str!("../assets/keepmark.css");

pub(in crate::web) async fn serve(name: Path<String>) -> Result<HttpResponse, WebError> {
    match name.as_str() {
        "keepmark.css" => Ok(HttpResponse::Ok()
            .content_type("text/css; charset=utf-8")
            .insert_header((CACHE_CONTROL, "max-age=300"))
            .body(STYLE)),
        _ => Err(WebError::NotFound("file")),
    }
}
