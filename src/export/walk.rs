//! The photos of a filter, page by page and by key: however many there are, one page is in memory.
//!
//! The only place here that knows the catalogue's filter. Photos archived after it began are not met: it goes from the
//! last sealed to the first.

use std::collections::VecDeque;

use futures_util::stream::{self, Stream};

use super::ExportError;
use crate::catalog::filter::Filter;
use crate::catalog::photo::Photo;
use crate::catalog::{Catalog, CatalogError};

/// Photos a query.
const PAGE: u32 = 200;

/// Where the walk stands.
pub(super) struct Walk {
    catalog: Catalog,
    filter: Filter,
    /// Read and not yet given out.
    ahead: VecDeque<Photo>,
    is_last: bool,
}

impl Walk {
    /// Reads the first page; nothing where it is empty.
    pub async fn begin(catalog: Catalog, filter: Filter) -> Result<Option<Self>, CatalogError> {
        let filter = Filter { after: None, limit: PAGE, ..filter };
        let mut walk = Self { catalog, filter, ahead: VecDeque::new(), is_last: false };
        walk.read().await?;
        Ok((!walk.ahead.is_empty()).then_some(walk))
    }

    /// All photos, where the first page is the only one.
    pub fn all(&self) -> Option<&VecDeque<Photo>> {
        self.is_last.then_some(&self.ahead)
    }

    /// The next photos; nothing at the end.
    pub async fn page(&mut self) -> Result<Option<VecDeque<Photo>>, CatalogError> {
        if self.ahead.is_empty() && !self.is_last {
            self.read().await?;
        }
        let page = std::mem::take(&mut self.ahead);
        Ok((!page.is_empty()).then_some(page))
    }

    /// One after the other.
    pub fn photos(self) -> impl Stream<Item = Result<Photo, ExportError>> {
        stream::try_unfold(self, async |mut walk| {
            if walk.ahead.is_empty() && !walk.is_last {
                walk.read().await?;
            }
            Ok(walk.ahead.pop_front().map(|photo| (photo, walk)))
        })
    }

    async fn read(&mut self) -> Result<(), CatalogError> {
        // A search that was cut short may have found nothing yet.
        while self.ahead.is_empty() && !self.is_last {
            let found = self.catalog.search(self.filter.clone()).await?;
            self.is_last = found.next.is_none();
            self.filter.after = found.next;
            self.ahead = found.photos.into();
        }
        Ok(())
    }
}
