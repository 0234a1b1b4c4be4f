//! `/downloads`: a filter's photos or a selection, as a ZIP, CSV or GeoJSON that is sent as it is made.

use actix_web::dev::UrlEncoded;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt as _;
use jiff::civil::Date;
use tokio::sync::TryAcquireError;

use super::Site;
use super::asked::Asked;
use super::attachment::attachment;
use super::error::WebError;
use super::people::Visitor;
use crate::catalog::filter::Filter;
use crate::domain::names::Segment;
use crate::domain::photo::PhotoId;
use crate::export::pipe::pipe;
use crate::export::{Export, Form};

/// Room for 25,000 ids: this form alone is so long.
const FORM_MAX_BYTES: usize = 1024 * 1024;

/// All photos of a filter.
pub(super) async fn of_filter(
    visitor: Visitor,
    site: Data<Site>,
    form: Path<String>,
    asked: Asked,
) -> Result<HttpResponse, WebError> {
    let form = Form::from_word(&form).ok_or(WebError::NotFound("download"))?;
    if asked.is_part() {
        return Err(WebError::BadRequest(
            "a download has all photos of its filter: leave out after and limit".to_owned(),
        ));
    }
    answer(&site, asked.filter(visitor.reach, 1), form).await
}

/// The photos that were ticked.
pub(super) async fn of_selection(
    visitor: Visitor,
    site: Data<Site>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, WebError> {
    let form = UrlEncoded::<Vec<(String, String)>>::new(&request, &mut payload.into_inner());
    let fields = form.limit(FORM_MAX_BYTES).await;
    let fields = fields.map_err(|error| WebError::BadRequest(format!("the form cannot be read: {error}")))?;
    let values = |name: &'static str| {
        fields.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    };
    let words = Form::ALL.map(Form::as_str).join(", ");
    let form = values("as").next().and_then(Form::from_word);
    let form = form.ok_or_else(|| WebError::BadRequest(format!("as must be one of {words}")))?;
    let ids = values("photo").map(str::parse).collect::<Result<Vec<PhotoId>, _>>();
    let ids = ids.map_err(|_| WebError::BadRequest("photo must be the id of a photo".to_owned()))?;
    if ids.is_empty() {
        return Err(WebError::BadRequest("no photo is selected: tick some first".to_owned()));
    }
    answer(&site, Filter { reach: visitor.reach, ids: Some(ids), ..Filter::default() }, form).await
}

/// Begins the download. The status is decided by its first bytes: a store that gives nothing is an answer of its own.
async fn answer(site: &Site, filter: Filter, form: Form) -> Result<HttpResponse, WebError> {
    let permit =
        site.downloads.clone().try_acquire_owned().map_err(|_: TryAcquireError| WebError::DownloadsBusy)?;
    let asked_days = (filter.from, filter.to);
    let asked_project = filter.project.clone();
    let export = Export::begin(site.catalog.clone(), site.archive.clone(), filter).await?;
    let export =
        export.ok_or_else(|| WebError::BadRequest("there is no such photo to download".to_owned()))?;
    let name = match export.common() {
        Some(common) => file_name(common.project.as_deref(), Some(common.from), Some(common.to)),
        None => file_name(asked_project.as_deref(), asked_days.0, asked_days.1),
    };
    let (out, pieces) = pipe();
    tokio::spawn(async move {
        let _permit = permit;
        if let Err(error) = export.write(form, out).await {
            tracing::warn!(%error, form = form.as_str(), "a download was broken off");
        }
    });
    let mut pieces = Box::pin(pieces.peekable());
    if let Some(Err(error)) = pieces.as_mut().peek().await {
        return Err((*error).into());
    }
    Ok(HttpResponse::Ok()
        .content_type(form.content_type())
        .insert_header((CONTENT_DISPOSITION, attachment(&format!("{name}.{}", form.as_str()))))
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .streaming(pieces))
}

/// What the file is called, without its ending: the project, else `photos`, and the days.
fn file_name(project: Option<&str>, from: Option<Date>, to: Option<Date>) -> String {
    let what =
        project.map_or_else(|| "photos".to_owned(), |project| Segment::of(project).as_str().to_owned());
    match (from, to) {
        (Some(from), Some(to)) if from == to => format!("{what} {from}"),
        (Some(from), Some(to)) => format!("{what} {from} to {to}"),
        (Some(from), None) => format!("{what} from {from}"),
        (None, Some(to)) => format!("{what} to {to}"),
        (None, None) => what,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_download_is_named_after_its_project_and_days() {
        let (first, last) = (date(2025, 12, 11), date(2025, 12, 12));
        assert_eq!(file_name(Some("Größe"), Some(first), Some(first)), "Größe 2025-12-11");
        assert_eq!(file_name(None, Some(first), Some(last)), "photos 2025-12-11 to 2025-12-12");
        assert_eq!(file_name(None, None, Some(last)), "photos to 2025-12-12");
        assert!(!file_name(Some("../a"), None, None).contains('/'));
    }
}
