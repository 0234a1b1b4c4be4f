//! Inspection: bytes in, what the file says of itself out.
//!
//! Reads a file once from front to back in constant memory: its type, whether its container reaches its own end,
//! dimensions and EXIF. Never decodes pixels on the way (that is `pixels`, which can fail in worse ways), never
//! changes a byte, never judges. The only home of image and kamadak-exif.

mod container;
mod exif;
pub mod fingerprint;
pub mod pixels;
mod shrink;
mod sniff;

use std::io::{self, Read, Seek, SeekFrom};

use crate::domain::evidence::{Evidence, Pixels};
use crate::domain::photo::MediaType;

/// Why there is no reading of a file at all.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The bytes are none of the kinds that are archived: an error page, most often.
    #[error("the bytes are no known image or video but look like {seems}")]
    NotAPhoto {
        /// What they look like, as in "an HTML page".
        seems: String,
    },
    /// The file could not be read, which says nothing about it.
    #[error("could not read the file to inspect")]
    Io(#[from] io::Error),
}

/// Reads what a file says of itself, wherever it stood before.
///
/// `Evidence::pixels` is `NotDecoded` with a reason; whoever decodes them says how it went. A damaged file is no
/// error: the container is `Incomplete`, and `Exif::errors` has what could not be read.
pub fn read(file: &mut (impl Read + Seek)) -> Result<Evidence, ReadError> {
    file.seek(SeekFrom::Start(0))?;
    let mut head = Vec::new();
    file.by_ref().take(sniff::HEAD_BYTES as u64).read_to_end(&mut head)?;
    let media_type = sniff::sniff(&head).map_err(|seems| ReadError::NotAPhoto { seems })?;
    let container::Report { container, mut finds } = container::walk(file, media_type)?;
    let exif = exif::read(std::mem::take(&mut finds.exif_blocks));
    Ok(Evidence {
        media_type,
        container,
        dimensions: finds.dimensions,
        pixels: Pixels::NotDecoded { reason: why_not_decoded(media_type) },
        fingerprint: None,
        exif,
        notes: finds.into_notes(),
    })
}

fn why_not_decoded(media_type: MediaType) -> String {
    if media_type.is_video() {
        "videos are not decoded".into()
    } else if pixels::has_decoder(media_type) {
        "not attempted yet".into()
    } else {
        format!("there is no decoder for {}", media_type.content_type())
    }
}

#[cfg(test)]
mod tests;
