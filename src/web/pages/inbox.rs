//! `/inbox`: did everything arrive?

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use askama::Template;
use jiff::Timestamp;
use serde::Deserialize;

use super::{Frame, html};
use crate::catalog::delivery::Listed;
use crate::domain::delivery::{DeliveryId, Outcome};
use crate::domain::job::State;
use crate::web::Site;
use crate::web::error::WebError;
use crate::web::people::Visitor;

/// Deliveries a page.
const PAGE: u32 = 100;

#[derive(Deserialize)]
pub(in crate::web) struct Asked {
    after: Option<i64>,
}

#[derive(Template)]
#[template(path = "inbox.html")]
struct Page {
    frame: Frame,
    stuck: i64,
    waiting: i64,
    quarantined: i64,
    last: Option<String>,
    deliveries: Vec<Row>,
    next: Option<i64>,
}

/// A delivery, in words.
struct Row {
    id: i64,
    received: String,
    words: String,
    reason: Option<String>,
    attempts: i64,
    repeats: i64,
    photo: Option<String>,
    /// Somebody should look.
    is_stuck: bool,
}

pub(in crate::web) async fn show(
    visitor: Visitor,
    site: Data<Site>,
    asked: Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let found = site.catalog.deliveries(asked.after.map(DeliveryId), PAGE).await?;
    let next = found.last().filter(|_| found.len() == PAGE as usize).map(|delivery| delivery.id.0);
    let queue = site.catalog.queue().await?;
    let jobs = |state: State| queue.iter().find(|(found, _)| *found == state).map_or(0, |(_, jobs)| *jobs);
    let (outcomes, last_ms) = site.catalog.delivery_counts().await?;
    let quarantined = outcomes.iter().find(|(outcome, _)| *outcome == Outcome::Quarantined);
    html(&Page {
        frame: Frame::of(&visitor, "inbox"),
        stuck: jobs(State::Dead),
        waiting: jobs(State::Ready) + jobs(State::Scheduled) + jobs(State::Leased) + jobs(State::Held),
        quarantined: quarantined.map_or(0, |(_, count)| *count),
        last: last_ms.map(instant),
        deliveries: found.into_iter().map(row).collect(),
        next,
    })
}

fn row(delivery: Listed) -> Row {
    let state = delivery.state.as_deref();
    let words = match (delivery.outcome, state) {
        (Outcome::Accepted, Some("done")) => "archived",
        (Outcome::Accepted, Some("dead")) => "could not be archived",
        (Outcome::Accepted, Some("held")) => "held until something is mended",
        (Outcome::Accepted, Some("scheduled")) => "will be tried again",
        (Outcome::Accepted, _) => "waiting",
        (Outcome::Test, _) => "a test: Timemark reaches this archive",
        (Outcome::Duplicate, _) => "other bytes under a known id",
        (Outcome::Ignored, _) => "announces no photo",
        (Outcome::Quarantined, _) => "could not be read, and is kept",
    };
    Row {
        id: delivery.id.0,
        received: instant(delivery.received_at_ms),
        words: words.to_owned(),
        is_stuck: matches!(state, Some("dead" | "held")) || delivery.outcome == Outcome::Quarantined,
        reason: delivery.reason,
        attempts: delivery.attempts,
        repeats: delivery.repeats,
        photo: delivery.photo,
    }
}

fn instant(milliseconds: i64) -> String {
    Timestamp::from_millisecond(milliseconds)
        .unwrap_or_default()
        .strftime("%-d %b %Y, %H:%M:%S UTC")
        .to_string()
}
