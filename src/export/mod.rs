//! Downloads: photos that were selected, as a ZIP with a log, or the log alone as CSV or GeoJSON.
//!
//! All of them are made while they are sent: never a whole archive in memory or on disk. What is kept to the end of a ZIP
//! is its log and its directory, less than a kilobyte a photo. Never ends well with something left out in silence: an
//! original that the store does not give is named in the log, and where the store fails altogether, or in the middle of
//! a file, the transfer is broken off.

pub mod csv;
pub mod geojson;
mod original;
pub mod pipe;
pub mod row;
mod walk;
pub mod zip;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use jiff::civil::{Date, DateTime};

use crate::archive::{Archive, ArchiveError};
use crate::catalog::filter::Filter;
use crate::catalog::photo::Photo;
use crate::catalog::{Catalog, CatalogError};

use original::Original;
use pipe::{Gone, Out};
use row::Row;
use walk::Walk;
use zip::{Entry, Zip};

/// Originals that are read while the one before is sent.
const AHEAD: usize = 2;
/// So many in a row that the store did not give, for other reasons than their own, and it is the store that fails.
const FAILURES_MAX: u32 = 3;
/// The name of the log in a ZIP. Photos lie in folders, or bear names that begin with a date.
const LOG: &str = "photos.csv";

/// As what photos are downloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The originals and the log.
    Zip,
    /// The log alone.
    Csv,
    /// The log as a map's layer.
    GeoJson,
}

impl Form {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Zip, Self::Csv, Self::GeoJson];

    /// The ending of the file's name, and the word in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::Csv => "csv",
            Self::GeoJson => "geojson",
        }
    }

    /// The form of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.as_str() == word)
    }

    /// By IANA's registry (RFC 4180, RFC 7946).
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Zip => "application/zip",
            Self::Csv => "text/csv; charset=utf-8",
            Self::GeoJson => "application/geo+json",
        }
    }
}

/// Why a download was broken off.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The catalogue.
    #[error("the photos could not be listed")]
    Catalog(#[from] CatalogError),
    /// The store, or a large file that was read once and then not again.
    #[error("an original could not be read: {0}")]
    Archive(#[from] ArchiveError),
    /// Whoever asked.
    #[error(transparent)]
    Gone(#[from] Gone),
}

/// Photos to be downloaded, the last sealed first; at least one.
pub struct Export {
    walk: Walk,
    archive: Archive,
}

/// What all photos of a download have in common, where it is short enough to be known before it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Common {
    /// The one project; none where there are several.
    pub project: Option<String>,
    /// The first local day.
    pub from: Date,
    /// The last local day.
    pub to: Date,
}

impl Export {
    /// Looks for the photos of a filter; nothing where there is none. Its `after` and `limit` do not count.
    pub async fn begin(
        catalog: Catalog,
        archive: Archive,
        filter: Filter,
    ) -> Result<Option<Self>, CatalogError> {
        let walk = Walk::begin(catalog, filter).await?;
        Ok(walk.map(|walk| Self { walk, archive }))
    }

    /// What the photos have in common.
    pub fn common(&self) -> Option<Common> {
        let photos = self.walk.all()?;
        let days = || photos.iter().map(|photo| photo.local_time.date());
        let first = photos.front()?;
        let is_one = photos.iter().all(|photo| photo.project_id == first.project_id);
        let project = is_one.then(|| first.project.clone()).filter(|name| !name.is_empty());
        Some(Common { project, from: days().min()?, to: days().max()? })
    }

    /// Writes all of it. Where this fails, `out` breaks the transfer off.
    pub async fn write(self, form: Form, out: Out) -> Result<(), ExportError> {
        match form {
            Form::Zip => self.zip(&out).await?,
            Form::Csv => self.csv(&out).await?,
            Form::GeoJson => self.geojson(&out).await?,
        }
        Ok(out.end().await?)
    }

    async fn csv(mut self, out: &Out) -> Result<(), ExportError> {
        out.send(csv::head(csv::Columns::Photo)).await?;
        while let Some(photos) = self.walk.page().await? {
            let lines = photos.iter().flat_map(|photo| csv::photo(&Row::from(photo), None));
            out.send(lines.collect::<Vec<u8>>()).await?;
        }
        Ok(())
    }

    async fn geojson(mut self, out: &Out) -> Result<(), ExportError> {
        out.send(geojson::HEAD).await?;
        let mut is_first = true;
        while let Some(photos) = self.walk.page().await? {
            let mut features = Vec::new();
            for photo in &photos {
                features.extend(geojson::photo(&Row::from(photo), is_first));
                is_first = false;
            }
            out.send(features).await?;
        }
        Ok(out.send(geojson::END).await?)
    }

    async fn zip(self, out: &Out) -> Result<(), ExportError> {
        let Self { walk, archive } = self;
        let mut archived = Archived::new(&archive, out);
        let read = |photo: Photo| {
            let archive = archive.clone();
            async move { Ok((Original::read(&archive, &photo).await, photo)) }
        };
        let mut originals = std::pin::pin!(walk.photos().map_ok(read).try_buffered(AHEAD));
        while let Some((original, photo)) = originals.try_next().await? {
            archived.add(&photo, original).await?;
        }
        archived.end().await
    }
}

/// A ZIP under way.
struct Archived<'a> {
    archive: &'a Archive,
    out: &'a Out,
    zip: Zip,
    log: Vec<u8>,
    failures: u32,
    /// Local time of the latest photo: the log's own, because nothing here asks the clock.
    latest: DateTime,
}

impl<'a> Archived<'a> {
    fn new(archive: &'a Archive, out: &'a Out) -> Self {
        let log = csv::head(csv::Columns::PhotoAndMissing);
        Self { archive, out, zip: Zip::default(), log, failures: 0, latest: DateTime::MIN }
    }

    /// The photo and its line; the line alone, with the reason, where the store does not give the photo.
    async fn add(
        &mut self,
        photo: &Photo,
        original: Result<Original, ArchiveError>,
    ) -> Result<(), ExportError> {
        let row = Row::from(photo);
        self.latest = self.latest.max(row.local_time);
        let missing = match original {
            Ok(original) => {
                self.failures = 0;
                let crc32 = original.crc32;
                self.head(&row.file, row.local_time, row.size_bytes, crc32).await?;
                original.send(self.archive, photo, self.out).await?;
                None
            }
            Err(error) => Some(self.reason(error)?),
        };
        self.log.extend(csv::photo(&row, Some(missing.as_deref().unwrap_or_default())));
        Ok(())
    }

    /// Why a photo is missing; an error where it is the store that fails.
    fn reason(&mut self, error: ArchiveError) -> Result<String, ExportError> {
        let is_its_own = matches!(error, ArchiveError::Missing | ArchiveError::Altered);
        self.failures = if is_its_own { 0 } else { self.failures + 1 };
        if self.failures < FAILURES_MAX { Ok(error.to_string()) } else { Err(error.into()) }
    }

    async fn head(&mut self, name: &str, time: DateTime, size_bytes: u64, crc32: u32) -> Result<(), Gone> {
        self.out.send(self.zip.entry(&Entry { name, time, size_bytes, crc32 })).await
    }

    async fn end(mut self) -> Result<(), ExportError> {
        let log = Bytes::from(std::mem::take(&mut self.log));
        self.head(LOG, self.latest, log.len() as u64, crc32fast::hash(&log)).await?;
        self.out.send(log).await?;
        Ok(self.out.send(self.zip.end()).await?)
    }
}
