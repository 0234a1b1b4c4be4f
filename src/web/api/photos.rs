//! `/api/v1/photos`: archived photos, one by one and as a list, and their original bytes.

use std::ops::Range;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::cursor::{List, cursor};
use super::finding::{Finding, Verdict};
use super::official::OfficialAnswer;
use super::{LIMIT_USUAL, present, time};
use crate::catalog::history::History;
use crate::catalog::photo;
use crate::domain::photo::{PhotoId, Sha256};
use crate::domain::position;
use crate::web::Site;
use crate::web::asked::Asked;
use crate::web::attachment::attachment;
use crate::web::discretion;
use crate::web::error::WebError;
use crate::web::pages::photo::find;
use crate::web::pages::words;
use crate::web::people::Visitor;
use crate::web::representation::Representation;

/// An archived photo, with what was found when it was held against its announcement.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Photo {
    /// The photo's own name: 32 hexadecimal digits, kept for ever.
    #[schema(value_type = String, example = "0123456789abcdef0123456789abcdef")]
    id: PhotoId,
    /// The verification code.
    #[schema(example = "A1BCDEFGHIJ23K")]
    code: Option<String>,
    /// The sender's id of the first delivery.
    #[schema(example = "6f1c2b0e-5d0e-4b7e-9f0a-0d9a4f0f1c11")]
    event_id: Option<String>,
    /// The team's name as announced at first sight; null where none was.
    #[schema(example = "Group Scenery")]
    team: Option<String>,
    /// The project's name as announced at first sight; null where none was.
    #[schema(example = "Project Sunrise")]
    project: Option<String>,
    /// The project's number.
    #[schema(example = 1)]
    project_id: i64,
    /// The member's name as announced at first sight; null where none was.
    #[schema(example = "Alice Chen")]
    member: Option<String>,
    /// The sender's file name.
    #[schema(example = "2025-12-11 13.45.00_1388 Central Park.jpg")]
    photo_name: Option<String>,
    /// The phone's model as announced.
    #[schema(example = "Apple iPhone 14 Pro Max")]
    device: Option<String>,
    /// When it was taken, as far as that is known to the second in UTC.
    #[schema(value_type = Option<String>, format = DateTime, example = "2025-12-11T18:45:00Z")]
    captured_at: Option<Timestamp>,
    /// The day at the place of capture under which it is filed.
    #[schema(value_type = String, format = Date, example = "2025-12-11")]
    local_date: Date,
    /// The time of that day, without a zone.
    #[schema(value_type = String, example = "13:45:00")]
    local_time: Time,
    /// When its delivery arrived.
    #[schema(value_type = String, format = DateTime, example = "2025-12-11T18:45:07.120Z")]
    received_at: Timestamp,
    /// When its download ended.
    #[schema(value_type = String, format = DateTime, example = "2025-12-11T18:45:08.043Z")]
    downloaded_at: Timestamp,
    /// When the store had returned the same SHA-256.
    #[schema(value_type = String, format = DateTime, example = "2025-12-11T18:45:08.310Z")]
    archived_at: Timestamp,
    /// Of the original bytes, in hexadecimal digits.
    #[schema(
        value_type = String,
        example = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
    )]
    sha256: Sha256,
    /// Length of the original.
    #[schema(example = 3_145_728)]
    size_bytes: u64,
    /// By the file's first bytes.
    #[schema(example = "image/jpeg")]
    media_type: &'static str,
    /// Pixels as stored; null where they could not be read.
    #[schema(example = 4032)]
    width: Option<u32>,
    /// Pixels as stored; null where they could not be read.
    #[schema(example = 3024)]
    height: Option<u32>,
    /// Whether there are smaller images of it: `/photos/{id}/360.jpg` and `/photos/{id}/1440.jpg`.
    #[schema(example = true)]
    has_preview: bool,
    /// As announced, where that is a position; else the file's own.
    position: Option<Position>,
    /// The place's name as announced by its first delivery.
    #[schema(example = "Central Park, New York")]
    place: Option<String>,
    /// Titles and contents of the notes of its first delivery, in their order.
    #[schema(example = json!(["Roof", "East side, before the rain"]))]
    notes: Vec<String>,
    /// Where it lies in the store.
    #[schema(example = "photos/Group Scenery/Project Sunrise/Alice Chen/2025-12-11/\
        20251211T134500_A1BCDEFGHIJ23K_2c26b46b68ffc68ff99b453c1d304134.jpg")]
    object_key: String,
    /// What all findings together say.
    verdict: Verdict,
    /// The sentences behind the verdict; empty where there is nothing to say.
    #[schema(example = "the file's time agrees with the announced one")]
    reason: String,
    /// One a check.
    findings: Vec<Finding>,
    /// What Timemark's own page said last, as a person read it; null where nobody has asked.
    official: Option<OfficialAnswer>,
    /// Archived photos with the same code and other bytes, the earliest first, at most 50.
    #[schema(value_type = Vec<String>, example = json!(["fedcba9876543210fedcba9876543210"]))]
    versions: Vec<PhotoId>,
}

/// A place on Earth in WGS 84.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Position {
    /// Degrees north.
    #[schema(example = 40.785_091)]
    latitude: f64,
    /// Degrees east.
    #[schema(example = -73.968_285)]
    longitude: f64,
}

/// A part of the photos.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Photos {
    /// Those archived last come first.
    photos: Vec<Photo>,
    /// To be given as `after`; null at the end.
    #[schema(example = "cGhvdG9zIDE3")]
    next: Option<String>,
    /// Whether the search was cut before it had seen all photos: go on with `next`, even where none was found.
    #[schema(example = false)]
    is_capped: bool,
}

/// Which photos are meant. All conditions hold; one without a value counts as absent.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "`Asked` reads them; this is their description")]
pub(in crate::web) struct PhotoFilter {
    /// Each of these words stands in code, file name, names, place, notes or device.
    #[param(required = false, max_length = 200, example = "central park")]
    q: Option<String>,
    /// Of this verification code.
    #[param(required = false, example = "CODE0000000001")]
    code: Option<String>,
    /// Of the team with this name.
    #[param(required = false, example = "Group Scenery")]
    team: Option<String>,
    /// Of projects with this name.
    #[param(required = false, example = "Project Sunrise")]
    project: Option<String>,
    /// Of the project with this number.
    #[param(required = false, example = 1)]
    project_id: Option<i64>,
    /// Of members with this name.
    #[param(required = false, example = "Alice Chen")]
    member: Option<String>,
    /// Taken on this local day or later.
    #[param(required = false, value_type = Option<String>, format = Date, example = "2025-12-01")]
    from: Option<Date>,
    /// Taken on this local day or earlier.
    #[param(required = false, value_type = Option<String>, format = Date, example = "2025-12-31")]
    to: Option<Date>,
    /// With this verdict.
    #[param(required = false, inline, example = "inconclusive")]
    verdict: Option<Verdict>,
    /// Of this kind of file.
    #[param(required = false, example = "image/jpeg")]
    media_type: Option<String>,
    /// With these very bytes, whatever their code.
    #[param(required = false, example = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae")]
    sha256: Option<String>,
    /// Taken here: `west,south,east,north` in degrees. West may be greater than east, across the antimeridian.
    #[param(required = false, example = "-74.1,40.6,-73.9,40.9")]
    bbox: Option<String>,
}

/// Lists photos
///
/// Those archived last come first, or those that a filter finds. A viewer who is limited to projects gets theirs.
#[utoipa::path(
    get, path = "/api/v1/photos", operation_id = "list_photos", tag = "photos",
    params(PhotoFilter, super::page::Page),
    responses((status = 200, description = "Photos with their findings", body = Photos)),
)]
pub(in crate::web) async fn list(
    visitor: Visitor,
    site: Data<Site>,
    asked: Asked,
) -> Result<HttpResponse, WebError> {
    let found = site.catalog.search(asked.filter(visitor.reach.clone(), LIMIT_USUAL)).await?;
    let answer = Photos {
        photos: shown(&site, &visitor, found.photos).await?,
        next: found.next.map(|seq| cursor(List::Photos, seq)),
        is_capped: found.is_capped,
    };
    Ok(HttpResponse::Ok().json(answer))
}

/// Shows a photo
///
/// All that its card shows: what was found, its history, its place and notes, and its other versions.
#[utoipa::path(
    get, path = "/api/v1/photos/{id}", operation_id = "show_photo", tag = "photos",
    params(("id" = String, Path, description = "The photo's id", example = "0123456789abcdef0123456789abcdef")),
    responses(
        (status = 200, description = "The photo", body = Photo),
        (status = 404, description = "There is no such photo, or it is not shown to you"),
    ),
)]
pub(in crate::web) async fn one(
    visitor: Visitor,
    site: Data<Site>,
    id: Path<String>,
) -> Result<HttpResponse, WebError> {
    let found = find(&site, &visitor, &id).await?;
    let photo = shown(&site, &visitor, vec![found]).await?.pop().ok_or(WebError::NotFound("photo"))?;
    Ok(HttpResponse::Ok().json(photo))
}

/// Gives a photo's original bytes
///
/// The very bytes that were archived, to be saved and never shown. One range of bytes may be asked for.
#[utoipa::path(
    get, path = "/api/v1/photos/{id}/original", operation_id = "get_original", tag = "photos",
    params(("id" = String, Path, description = "The photo's id", example = "0123456789abcdef0123456789abcdef")),
    responses(
        (status = 200, description = "The whole file, of the photo's media type", content_type = "*/*"),
        (status = 206, description = "A part of it", content_type = "*/*"),
        (status = 304, description = "You have it already"),
        (status = 404, description = "There is no such photo, or it is not shown to you"),
        (status = 416, description = "The range lies behind the end"),
    ),
)]
pub(in crate::web) async fn original(
    visitor: Visitor,
    request: HttpRequest,
    site: Data<Site>,
    id: Path<String>,
) -> Result<HttpResponse, WebError> {
    let photo = find(&site, &visitor, &id).await?;
    let original = Representation {
        media_type: photo.media_type,
        sha256: photo.sha256,
        size_bytes: photo.size_bytes,
        attachment: Some(&attachment(photo.object_key.file_name())),
    };
    let open = async |range: Range<u64>| {
        let is_whole = range == (0..photo.size_bytes);
        Ok(if is_whole {
            site.archive.stream(&photo.object_key).await?
        } else {
            site.archive.stream_range(&photo.object_key, range).await?
        })
    };
    original.answer(&request, open).await
}

/// Photos with their history, as far as the visitor sees it.
pub(super) async fn shown(
    site: &Site,
    visitor: &Visitor,
    mut photos: Vec<photo::Photo>,
) -> Result<Vec<Photo>, WebError> {
    discretion::keep(site, visitor, &mut photos).await?;
    let seqs = photos.iter().map(|photo| photo.seq).collect();
    let histories = site.catalog.histories(seqs, visitor.reach.clone()).await?;
    Ok(photos.into_iter().zip(histories).map(|(photo, history)| told(photo, history)).collect())
}

fn told(photo: photo::Photo, history: History) -> Photo {
    Photo {
        id: photo.id,
        code: photo.code,
        event_id: photo.event_id,
        team: present(photo.team),
        project: present(photo.project),
        project_id: photo.project_id,
        member: present(photo.member),
        photo_name: photo.photo_name,
        device: photo.device,
        captured_at: photo.captured_at_ms.map(time),
        local_date: photo.local_time.date(),
        local_time: photo.local_time.time(),
        received_at: time(photo.received_at_ms),
        downloaded_at: time(history.downloaded_at_ms),
        archived_at: time(photo.archived_at_ms),
        sha256: photo.sha256,
        size_bytes: photo.size_bytes,
        media_type: photo.media_type.content_type(),
        width: photo.dimensions.map(|(width, _)| width),
        height: photo.dimensions.map(|(_, height)| height),
        has_preview: photo.decoded,
        position: photo
            .position
            .map(|position::Position { latitude, longitude }| Position { latitude, longitude }),
        place: history.place,
        notes: history.notes,
        object_key: photo.object_key.as_str().to_owned(),
        verdict: photo.verdict.into(),
        reason: words::reason(photo.verdict, &photo.findings),
        findings: photo.findings.into_iter().map(Into::into).collect(),
        official: photo.official.map(Into::into),
        versions: history.versions,
    }
}
