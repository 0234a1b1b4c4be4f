//! `/inbox/{id}`: one delivery as it came, and what a person can do for it.

use std::path::Path as FilePath;

use actix_multipart::Multipart;
use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Path};
use askama::Template;
use futures_util::TryStreamExt as _;
use tokio::io::AsyncWriteExt as _;

use super::inbox::{Row, row};
use super::{Frame, html};
use crate::catalog::delivery::Shown;
use crate::catalog::retry::{Attached, Retried};
use crate::domain::delivery::DeliveryId;
use crate::pipeline::attach::{AttachError, attach};
use crate::web::Site;
use crate::web::error::WebError;
use crate::web::people::{Need, Visitor};

#[derive(Template)]
#[template(path = "delivery.html")]
struct Page {
    frame: Frame,
    delivery: Row,
    body: String,
    may_act: bool,
}

pub(in crate::web) async fn show(
    visitor: Visitor,
    site: Data<Site>,
    id: Path<i64>,
) -> Result<HttpResponse, WebError> {
    let id = DeliveryId(*id);
    let missing = || WebError::NotFound("delivery");
    let body = site.catalog.delivery_body(id).await?.ok_or_else(missing)?;
    let listed = site.catalog.deliveries(Shown::All, Some(DeliveryId(id.0.saturating_add(1))), 1).await?;
    let delivery = listed.into_iter().next().filter(|found| found.id == id).ok_or_else(missing)?;
    html(&Page {
        frame: Frame::of(&visitor, "inbox"),
        may_act: visitor.may(Need::Administer) && delivery.photo.is_none(),
        delivery: row(delivery),
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

/// Takes it up again, with the parser of the day.
pub(in crate::web) async fn retry(site: Data<Site>, id: Path<i64>) -> Result<HttpResponse, WebError> {
    let id = DeliveryId(*id);
    match site.catalog.retry(id, rand::random(), (site.clock)().as_millisecond()).await? {
        Retried::Unknown => Err(WebError::NotFound("delivery")),
        Retried::Ready | Retried::AlreadyWaiting | Retried::AlreadyArchived => {
            site.wake.notify_one();
            Ok(back(id))
        }
        stays @ (Retried::Unchanged(_) | Retried::NoLink(_)) => Err(WebError::Conflict(stays.to_string())),
    }
}

/// Takes a file in place of the link.
pub(in crate::web) async fn give(
    site: Data<Site>,
    id: Path<i64>,
    form: Multipart,
) -> Result<HttpResponse, WebError> {
    let id = DeliveryId(*id);
    let incoming = site.spool.path(&format!("incoming-{:016x}", rand::random::<u64>()));
    let given = give_file(&site, id, form, &incoming).await;
    // Copied by now, or refused. What a crash leaves here, the next start sweeps.
    let _gone = tokio::fs::remove_file(&incoming).await;
    match given? {
        Attached::Ready => {
            site.wake.notify_one();
            Ok(back(id))
        }
        Attached::Unknown => Err(WebError::NotFound("delivery")),
        refused => Err(WebError::Conflict(refused.to_string())),
    }
}

async fn give_file(
    site: &Site,
    id: DeliveryId,
    form: Multipart,
    incoming: &FilePath,
) -> Result<Attached, WebError> {
    receive(form, incoming, site.photo_max_bytes).await?;
    let now_ms = (site.clock)().as_millisecond();
    attach(&site.catalog, &site.spool, id, incoming, now_ms).await.map_err(|error| match error {
        AttachError::NotAPhoto(_) => WebError::BadRequest(error.to_string()),
        AttachError::Catalog(error) => error.into(),
        AttachError::File(error) => {
            tracing::error!(%error, "a file that was given could not be kept");
            WebError::Busy
        }
    })
}

/// Writes the form's file as it comes: a video does not fit into memory.
async fn receive(mut form: Multipart, incoming: &FilePath, max_bytes: u64) -> Result<(), WebError> {
    let unreadable = |_| WebError::BadRequest("the form cannot be read: send it again".to_owned());
    let unwritable = |error: std::io::Error| {
        tracing::error!(%error, "a file that was given could not be kept");
        WebError::Busy
    };
    while let Some(mut field) = form.try_next().await.map_err(unreadable)? {
        if field.name() != Some("file") {
            continue;
        }
        let mut file = tokio::fs::File::create(incoming).await.map_err(unwritable)?;
        let mut written: u64 = 0;
        while let Some(chunk) = field
            .try_next()
            .await
            .map_err(|_| WebError::BadRequest("the file did not arrive whole".to_owned()))?
        {
            written += chunk.len() as u64;
            if written > max_bytes {
                return Err(WebError::BadRequest(format!("the file is larger than {max_bytes} bytes")));
            }
            file.write_all(&chunk).await.map_err(unwritable)?;
        }
        if written > 0 {
            return file.flush().await.map_err(unwritable);
        }
    }
    Err(WebError::BadRequest("choose a file first".to_owned()))
}

fn back(id: DeliveryId) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, format!("/inbox/{id}"))).finish()
}
