//! A part of a list: how long, and behind which place.

use serde::Deserialize;
use utoipa::IntoParams;

use super::LIMIT_USUAL;
use super::cursor::List;
use crate::web::error::WebError;

/// The longest list in one answer.
const LIMIT_MAX: u32 = 200;

/// Which part of a list is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct Page {
    /// Go on behind this place: what the answer before gave as `next`.
    #[param(required = false, example = "")]
    pub after: Option<String>,
    /// At most so many.
    #[param(required = false, minimum = 1, maximum = 200, default = 50, example = 20)]
    pub limit: Option<u32>,
}

impl Page {
    /// How many are asked for.
    pub fn limit(&self) -> Result<u32, WebError> {
        limit(self.limit)
    }

    /// Behind which place; from the beginning, where nothing is given.
    pub fn place<T>(
        &self,
        list: List,
        read: impl FnOnce(List, &str) -> Result<T, WebError>,
    ) -> Result<Option<T>, WebError> {
        place(self.after.as_deref(), list, read)
    }
}

pub(super) fn limit(asked: Option<u32>) -> Result<u32, WebError> {
    match asked {
        None => Ok(LIMIT_USUAL),
        Some(limit) if (1..=LIMIT_MAX).contains(&limit) => Ok(limit),
        Some(_) => Err(WebError::BadRequest(format!("limit must be from 1 to {LIMIT_MAX}"))),
    }
}

pub(super) fn place<T>(
    after: Option<&str>,
    list: List,
    read: impl FnOnce(List, &str) -> Result<T, WebError>,
) -> Result<Option<T>, WebError> {
    after.filter(|after| !after.is_empty()).map(|after| read(list, after)).transpose()
}

/// The part of a list that is in memory as a whole, and whether there is more.
pub(super) fn part<T>(all: Vec<T>, limit: u32, is_behind: impl FnMut(&T) -> bool) -> (Vec<T>, bool) {
    let mut rest = all.into_iter().filter(is_behind);
    let part = rest.by_ref().take(limit as usize).collect();
    (part, rest.next().is_some())
}
