//! One post: token, body, commit, answer.

use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt as _;
use serde_json::json;

use super::Hook;
use crate::catalog::CatalogError;
use crate::catalog::delivery::{Accepted, Arrival};
use crate::domain::delivery;
use crate::domain::photo::Sha256;
use crate::telemetry::metrics::Kind;

/// A sender that trickles its body is cut off after this.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// What a sender is told to wait when our disk does not take the commit.
const RETRY_AFTER_SECS: &str = "30";

/// Request headers that are kept beside the body; never one that can carry a secret.
const KEPT_HEADERS: [&str; 4] = ["content-type", "user-agent", "x-forwarded-for", "x-request-id"];

/// `POST /hooks/timemark/{token}`: 200 after the commit with `{"outcome", "event_id"}`; 404 for a wrong token, 413
/// over the limit, 408 for a body that does not come, 503 with `Retry-After` when the commit fails or the disk has next
/// to no room.
pub(super) async fn receive(
    request: HttpRequest,
    token: Path<String>,
    payload: Payload,
    hook: Data<Hook>,
) -> HttpResponse {
    let Some(fingerprint) = hook.tokens.fingerprint_of(&token) else {
        return HttpResponse::NotFound().finish();
    };
    if hook.disk.closes_hook_now() {
        return refuse(&hook, StatusCode::SERVICE_UNAVAILABLE);
    }
    let body = match tokio::time::timeout(BODY_TIMEOUT, read(payload, hook.body_max_bytes)).await {
        Ok(Ok(body)) => body,
        Ok(Err(status)) => return refuse(&hook, status),
        Err(_elapsed) => return refuse(&hook, StatusCode::REQUEST_TIMEOUT),
    };
    let began = Instant::now();
    let accepted = hook.catalog.accept(arrival(&request, &hook, body, fingerprint)).await;
    hook.metrics.ack_seconds.observe(began.elapsed().as_secs_f64());
    answer(&hook, accepted)
}

/// `GET`: somebody opened the address in a browser to see whether it is right.
pub(super) async fn explain(token: Path<String>, hook: Data<Hook>) -> HttpResponse {
    if hook.tokens.fingerprint_of(&token).is_none() {
        return HttpResponse::NotFound().finish();
    }
    HttpResponse::MethodNotAllowed()
        .insert_header(("Allow", "POST"))
        .content_type("text/plain; charset=utf-8")
        .body("This address is right. Paste it into Timemark's webhook settings: photos are posted here.\n")
}

/// The whole body, chunked or not, up to the limit.
async fn read(mut payload: Payload, max_bytes: usize) -> Result<Vec<u8>, StatusCode> {
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_broken| StatusCode::BAD_REQUEST)?;
        if body.len() + chunk.len() > max_bytes {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn arrival(request: &HttpRequest, hook: &Hook, body: Vec<u8>, token: String) -> Arrival {
    let text = |name: &str| Some((name.to_owned(), request.headers().get(name)?.to_str().ok()?.into()));
    let headers: serde_json::Map<_, _> = KEPT_HEADERS.into_iter().filter_map(text).collect();
    Arrival {
        body_sha256: Sha256::of(&body),
        reading: delivery::read(&body),
        body,
        received_at_ms: (hook.clock)().as_millisecond(),
        peer: request.peer_addr().map(|peer| peer.ip().to_string()),
        headers: serde_json::Value::Object(headers).to_string(),
        token,
        salt: rand::random(),
    }
}

fn answer(hook: &Hook, accepted: Result<Accepted, CatalogError>) -> HttpResponse {
    match accepted {
        Ok(accepted) => {
            if accepted.wakes {
                hook.wake.notify_one();
            }
            let outcome = accepted.outcome.as_str();
            hook.metrics.deliveries.get_or_create(&Kind { kind: outcome }).inc();
            HttpResponse::Ok().json(json!({"outcome": outcome, "event_id": accepted.event_id}))
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a delivery could not be committed");
            refuse(hook, StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}

fn refuse(hook: &Hook, status: StatusCode) -> HttpResponse {
    let kind = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "413",
        StatusCode::REQUEST_TIMEOUT => "408",
        StatusCode::SERVICE_UNAVAILABLE => "503",
        _ => "400",
    };
    hook.metrics.refused.get_or_create(&Kind { kind }).inc();
    let mut response = HttpResponse::build(status);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.insert_header((RETRY_AFTER, RETRY_AFTER_SECS));
    }
    response.finish()
}
