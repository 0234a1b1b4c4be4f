//! `/inbox`: did everything arrive?

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use askama::Template;
use serde::Deserialize;

use super::spoken::Count;
use super::standing::Standing;
use super::words::Moment;
use super::{Frame, html};
use crate::catalog::delivery::{Listed, Shown};
use crate::domain::delivery::{DeliveryId, Outcome};
use crate::web::Site;
use crate::web::error::WebError;
use crate::web::people::{Need, Visitor};

/// Deliveries a page.
const PAGE: u32 = 100;

/// What a list may be asked to show, and how it is called.
const CHOICES: [(&str, &str); 7] = [
    ("", "all"),
    ("stuck", "what somebody should look at"),
    ("accepted", "photos"),
    ("test", "tests"),
    ("duplicate", "same id, different content"),
    ("ignored", "not about a photo"),
    ("quarantined", "what could not be read"),
];

#[derive(Deserialize)]
pub(in crate::web) struct Asked {
    after: Option<i64>,
    /// An outcome, or `stuck`.
    show: Option<String>,
}

#[derive(Template)]
#[template(path = "inbox.html")]
struct Page {
    frame: Frame,
    standing: Standing,
    last_test: Option<Moment>,
    show: String,
    choices: &'static [(&'static str, &'static str)],
    audits: bool,
    administers: bool,
    last: Option<Moment>,
    deliveries: Vec<Row>,
    next: Option<i64>,
}

/// A delivery, in words.
pub(super) struct Row {
    pub id: i64,
    pub received: Moment,
    pub words: String,
    pub reason: Option<String>,
    pub attempts: Count,
    pub repeats: Count,
    pub photo: Option<String>,
    /// Somebody should look.
    pub is_stuck: bool,
}

pub(in crate::web) async fn show(
    visitor: Visitor,
    site: Data<Site>,
    asked: Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let shown = shown(asked.show.as_deref())?;
    // One more tells whether there is more.
    let mut found = site.catalog.deliveries(shown, asked.after.map(DeliveryId), PAGE + 1).await?;
    let is_more = found.len() > PAGE as usize;
    found.truncate(PAGE as usize);
    let next = found.last().filter(|_| is_more).map(|delivery| delivery.id.0);
    let (_, last_ms) = site.catalog.delivery_counts().await?;
    let last_test = site.catalog.last_test().await?;
    html(&Page {
        last_test: last_test.map(|at| Moment::of(at, "%-d %b %Y")),
        show: asked.into_inner().show.unwrap_or_default(),
        choices: &CHOICES,
        audits: visitor.may(Need::Audit),
        administers: visitor.may(Need::Administer),
        frame: Frame::of(&visitor, "inbox"),
        standing: Standing::of(&site).await?,
        last: last_ms.map(moment),
        deliveries: found.into_iter().map(row).collect(),
        next,
    })
}

/// What a list is asked to show.
pub(in crate::web) fn shown(word: Option<&str>) -> Result<Shown, WebError> {
    match word {
        None | Some("") => Ok(Shown::All),
        Some("stuck") => Ok(Shown::Stuck),
        Some(word) => Outcome::from_word(word).map(Shown::Of).ok_or_else(|| {
            let words = Outcome::ALL.map(Outcome::as_str).join(", ");
            WebError::BadRequest(format!("show must be stuck or one of {words}"))
        }),
    }
}

pub(super) fn row(delivery: Listed) -> Row {
    let state = delivery.state.as_deref();
    let words = match (delivery.outcome, state) {
        (Outcome::Accepted, Some("done")) => "archived",
        (Outcome::Accepted, Some("dead")) => "could not be archived",
        (Outcome::Accepted, Some("held")) => "held until something is mended",
        (Outcome::Accepted, Some("scheduled")) => "will be tried again",
        (Outcome::Accepted, _) => "waiting",
        (Outcome::Test, _) => "a test: Timemark reaches this archive",
        (Outcome::Duplicate, _) => "same id, different content",
        (Outcome::Ignored, _) => "not about a photo",
        (Outcome::Quarantined, _) => "could not be read, and is kept",
    };
    Row {
        id: delivery.id.0,
        received: moment(delivery.received_at_ms),
        words: words.to_owned(),
        is_stuck: matches!(state, Some("dead" | "held")) || delivery.outcome == Outcome::Quarantined,
        reason: delivery.reason,
        attempts: Count(delivery.attempts),
        repeats: Count(delivery.repeats),
        photo: delivery.photo,
    }
}

fn moment(milliseconds: i64) -> Moment {
    Moment::of(milliseconds, "%-d %b %Y")
}
