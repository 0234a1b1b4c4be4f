//! The EXIF item of a HEIF or AVIF file (ISO/IEC 23008-12, annex A).
//!
//! The parser's own container reader finds it; what it may read is rationed, because it trusts sizes that a file
//! claims. Never reads pictures.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use exif::{Error, Reader};

use crate::inspect::container::ReadSeek;

/// Item tables and EXIF together; phones write some 30 KiB.
const READ_BYTES_MAX: u64 = 2 * 1024 * 1024;

/// The TIFF structure, `None` where there is no such item, or why it cannot be had.
pub(super) fn exif_item(file: &mut dyn ReadSeek) -> io::Result<Result<Option<Vec<u8>>, String>> {
    file.seek(SeekFrom::Start(0))?;
    let mut rationed = Rationed { inner: BufReader::new(file), left_bytes: READ_BYTES_MAX };
    let result = Reader::new().continue_on_error(true).read_from_container(&mut rationed);
    Ok(match result.or_else(|error| error.distill_partial_result(drop)) {
        Ok(parsed) => Ok(Some(parsed.buf().to_vec())),
        Err(Error::NotFound(_)) => Ok(None),
        Err(Error::Io(error)) if error.kind() == io::ErrorKind::FileTooLarge => Err(error.to_string()),
        Err(Error::Io(error)) => return Err(error),
        Err(error) => Err(error.to_string()),
    })
}

struct Rationed<R> {
    inner: R,
    left_bytes: u64,
}

impl<R: BufRead> Read for Rationed<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(bytes)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Rationed<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let buffered = self.inner.fill_buf()?;
        if self.left_bytes == 0 && !buffered.is_empty() {
            let reason = format!("it takes more than {READ_BYTES_MAX} bytes");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
        }
        let count = buffered.len().min(usize::try_from(self.left_bytes).unwrap_or(usize::MAX));
        Ok(&buffered[..count])
    }

    fn consume(&mut self, count: usize) {
        self.left_bytes = self.left_bytes.saturating_sub(count as u64);
        self.inner.consume(count);
    }
}

impl<R: Seek> Seek for Rationed<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn made(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let size = u32::try_from(content.len() + 8).unwrap();
        [&size.to_be_bytes(), &name[..], content].concat()
    }

    /// A file with one item of this kind, whose four bytes of offset and TIFF structure lie in `mdat`.
    fn with_item(kind: &[u8; 4], item: &[u8]) -> Vec<u8> {
        let ftyp = made(b"ftyp", b"heic\0\0\0\0mif1heic");
        let infe = made(b"infe", &[b"\x02\0\0\0\0\x01\0\0", &kind[..], b"\0"].concat());
        let iinf = made(b"iinf", &[&[0, 0, 0, 0, 0, 1], &infe[..]].concat());
        let iloc = |place: usize| {
            let extent =
                [place, item.len()].map(|number| u32::try_from(number).unwrap().to_be_bytes()).concat();
            made(b"iloc", &[&b"\0\0\0\0\x44\0\0\x01\0\x01\0\0\0\x01"[..], &extent].concat())
        };
        let meta = |place| made(b"meta", &[&[0; 4][..], &iinf, &iloc(place)].concat());
        let place = ftyp.len() + meta(0).len() + 8;
        [ftyp, meta(place), made(b"mdat", item)].concat()
    }

    #[test]
    fn the_item_is_found_without_its_offset() {
        let tiff = b"MM\0*\0\0\0\x08\0\0\0\0\0\0";
        let file = with_item(b"Exif", &[b"\0\0\0\x06Exif\0\0", &tiff[..]].concat());
        assert_eq!(exif_item(&mut Cursor::new(file)).unwrap(), Ok(Some(tiff.to_vec())));
    }

    #[test]
    fn a_file_without_the_item_has_none() {
        assert_eq!(exif_item(&mut Cursor::new(with_item(b"mime", b""))).unwrap(), Ok(None));
    }

    #[test]
    fn a_file_that_claims_a_huge_item_table_is_not_read_into_memory() {
        let ftyp = b"\0\0\0\x14ftypmif1\0\0\0\0mif1";
        let size = u32::try_from(READ_BYTES_MAX).unwrap() * 2;
        let meta = [&size.to_be_bytes()[..], b"meta", &vec![0; size as usize - 8]].concat();
        let error = exif_item(&mut Cursor::new([&ftyp[..], &meta].concat())).unwrap().unwrap_err();
        assert_eq!(error, "it takes more than 2097152 bytes");
    }
}
