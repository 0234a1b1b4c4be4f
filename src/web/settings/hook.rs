//! The hook's address, and changing its secret.

use actix_web::HttpResponse;
use actix_web::web::Data;

use super::done;
use crate::config::hook_tokens;
use crate::upkeep::rotation::{RotationError, rotate};
use crate::web::Site;
use crate::web::error::WebError;

/// The address with the newest token, to be pasted into Timemark; nothing where the file cannot be read.
pub(super) fn address(site: &Site, base: &str) -> Option<String> {
    let tokens = hook_tokens::read(&site.hook_tokens).ok()?;
    tokens.last().map(|newest| format!("{base}/hooks/timemark/{}", newest.reveal()))
}

/// A further token: the old address and the new one both work, until the next change.
pub(in crate::web) async fn change(site: Data<Site>) -> Result<HttpResponse, WebError> {
    let now_ms = (site.clock)().as_millisecond();
    match rotate(&site.hook_tokens, &site.catalog, false, now_ms).await {
        Ok(()) => Ok(done()),
        Err(RotationError::InUse(days)) => Err(WebError::Conflict(format!(
            "the oldest address brought a delivery {days} days ago, and a third one would end it: paste the newest \
             address into Timemark first, or run `keepmark hook rotate --force` on the server"
        ))),
        Err(RotationError::Other(error)) => {
            tracing::error!(error = format!("{error:#}"), "the hook's address could not be changed");
            Err(WebError::Conflict(
                "the file of the hook's tokens cannot be written; the log says why".to_owned(),
            ))
        }
    }
}
