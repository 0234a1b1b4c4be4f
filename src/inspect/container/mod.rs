//! The walk through a file's container to its own end, and what is picked up on the way.
//!
//! Never decodes pixels and never holds more than a few directories of the file, however large it is. Every step
//! of a walk consumes bytes or is counted, so the work is linear in the size of the file.

mod bmff;
mod gif;
mod items;
mod jpeg;
mod matroska;
mod png;
mod riff;
mod source;
mod tiff;
mod trailer;

use std::io;

use source::{ReadSeek, Source, Stop};

use crate::domain::evidence::Container;
use crate::domain::photo::MediaType;

/// Oddities beyond this number are counted, not kept.
const NOTES_MAX: usize = 32;
/// Blocks of EXIF beyond this number are not looked at.
const EXIF_BLOCKS_MAX: usize = 4;
/// The largest block of EXIF that is kept, as a JPEG segment bounds it too.
const EXIF_BLOCK_BYTES_MAX: usize = 128 * 1024;
/// The largest TIFF file whose tags are read: its directories may lie anywhere in it.
const TIFF_BYTES_MAX: usize = 32 * 1024 * 1024;

/// What a walk found.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) container: Container,
    pub(crate) finds: Finds,
}

/// What lies inside the container, as far as the walk came.
#[derive(Debug, Default)]
pub(crate) struct Finds {
    /// Width and height in pixels as stored.
    pub(crate) dimensions: Option<(u32, u32)>,
    /// TIFF structures that hold EXIF, in the order of the file.
    pub(crate) exif_blocks: Vec<Vec<u8>>,
    /// A multi-picture index announces further pictures behind the end (CIPA DC-007).
    pub(crate) multi_picture: bool,
    notes: Vec<String>,
    notes_dropped: usize,
}

impl Finds {
    fn note(&mut self, note: String) {
        if self.notes.len() < NOTES_MAX {
            self.notes.push(note);
        } else {
            self.notes_dropped += 1;
        }
    }

    fn exif_block(&mut self, block: Vec<u8>) {
        if self.exif_blocks.len() < EXIF_BLOCKS_MAX {
            self.exif_blocks.push(block);
        } else {
            self.note("a further EXIF block is not read".into());
        }
    }

    /// Keeps the larger of two pictures' dimensions: thumbnails are never larger than their picture.
    fn largest(&mut self, width: u32, height: u32) {
        let area = |(width, height): (u32, u32)| u64::from(width) * u64::from(height);
        if area((width, height)) > self.dimensions.map_or(0, area) {
            self.dimensions = Some((width, height));
        }
    }

    /// The oddities, with the number of those that were dropped.
    pub(crate) fn into_notes(mut self) -> Vec<String> {
        if self.notes_dropped > 0 {
            self.notes.push(format!("{} further oddities are not listed", self.notes_dropped));
        }
        self.notes
    }
}

/// Walks a file of a known type from its first byte to its container's end.
pub(crate) fn walk(file: &mut dyn ReadSeek, media_type: MediaType) -> io::Result<Report> {
    let mut source = Source::new(file)?;
    let mut finds = Finds::default();
    let ended = match media_type {
        MediaType::Jpeg => jpeg::walk(&mut source, &mut finds),
        MediaType::Png => png::walk(&mut source, &mut finds),
        MediaType::Gif => gif::walk(&mut source, &mut finds),
        MediaType::Webp => riff::walk(&mut source, &mut finds),
        MediaType::Tiff => tiff::walk(&mut source, &mut finds),
        MediaType::Heic | MediaType::Avif => bmff::walk(&mut source, &mut finds, *b"meta"),
        MediaType::Mp4 | MediaType::Mov => bmff::walk(&mut source, &mut finds, *b"moov"),
        MediaType::Webm => matroska::walk(&mut source, &mut finds),
    };
    let ended = ended.and_then(|end| trailer::describe(&mut source, &mut finds, end));
    let container = match ended {
        Ok(trailing_bytes) => Container::Complete { trailing_bytes },
        Err(Stop::Cut(reason)) => Container::Incomplete { reason },
        Err(Stop::Io(error)) => return Err(error),
    };
    Ok(Report { container, finds })
}

/// The TIFF structure inside a chunk: some writers leave JPEG's `Exif` mark before it.
fn without_exif_mark(mut chunk: Vec<u8>) -> Vec<u8> {
    if chunk.starts_with(b"Exif\0") && chunk.len() >= 6 {
        chunk.drain(..6);
    }
    chunk
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// The trailing bytes of a complete file, else the reason.
    pub(super) fn end_of(bytes: &[u8], media_type: MediaType) -> Result<u64, String> {
        match walk(&mut Cursor::new(bytes), media_type).unwrap().container {
            Container::Complete { trailing_bytes } => Ok(trailing_bytes),
            Container::Incomplete { reason } => Err(reason),
        }
    }

    pub(super) fn finds_of(bytes: &[u8], media_type: MediaType) -> Finds {
        walk(&mut Cursor::new(bytes), media_type).unwrap().finds
    }

    /// Demands that the file is incomplete wherever it is cut.
    pub(super) fn cut(bytes: &[u8], media_type: MediaType) {
        cut_but(bytes, media_type, &[]);
    }

    /// As `cut`, but for the places named, where no format of this kind shows a cut.
    pub(super) fn cut_but(bytes: &[u8], media_type: MediaType, unseen: &[usize]) {
        for length in 0..bytes.len() {
            let seen = end_of(&bytes[..length], media_type).is_err();
            assert_eq!(
                seen,
                !unseen.contains(&length),
                "{media_type:?} cut to {length} of {} bytes",
                bytes.len()
            );
        }
    }

    #[test]
    fn notes_are_counted_beyond_their_limit() {
        let mut finds = Finds::default();
        (0..40).for_each(|number| finds.note(format!("oddity {number}")));
        let notes = finds.into_notes();
        assert_eq!(notes.len(), NOTES_MAX + 1);
        assert_eq!(notes[NOTES_MAX], "8 further oddities are not listed");
    }
}
