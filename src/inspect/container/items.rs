//! The EXIF item of a HEIF or AVIF file: from the item tables to its bytes (ISO/IEC 14496-12, 8.11; 23008-12, A.2).
//!
//! Never reads a picture, and never more than a bounded table and a bounded item, whatever sizes they claim.

use super::source::{Source, Stop};
use super::{EXIF_BLOCK_BYTES_MAX, Finds};

/// Item tables of phones take a few KiB; a picture of thousands of tiles some 100.
const TABLES_BYTES_MAX: u64 = 1024 * 1024;

/// Keeps the EXIF item of the box `meta` whose content lies from here to `end`, if there is one.
pub(super) fn keep_exif(source: &mut Source<'_>, finds: &mut Finds, end: u64) -> Result<(), Stop> {
    let length = end - source.position();
    if length > TABLES_BYTES_MAX {
        finds.note(format!("its EXIF is not looked for: the item tables take {length} bytes"));
        return Ok(());
    }
    // At most a MiB, checked above.
    let content = source.bytes(usize::try_from(length).unwrap_or(0), "the box meta")?;
    let tables = Tables::in_meta(&content);
    let Some(id) = exif_item(tables.items) else { return Ok(()) };
    let item = match location(tables.locations, id) {
        Some(location) => gather(source, &location, tables.data)?,
        None => None,
    };
    match item.as_deref().and_then(tiff_structure) {
        Some(block) => finds.exif_block(block.to_vec()),
        None => finds.note("its EXIF item is not where the item tables say".into()),
    }
    Ok(())
}

/// The boxes of `meta` that lead to an item.
#[derive(Default)]
struct Tables<'a> {
    items: Bytes<'a>,
    locations: Bytes<'a>,
    data: &'a [u8],
}

impl<'a> Tables<'a> {
    fn in_meta(content: &'a [u8]) -> Self {
        let mut tables = Self::default();
        let mut boxes = Bytes(content.get(4..).unwrap_or_default());
        while let Some((name, content)) = boxes.next_box() {
            match name {
                b"iinf" => tables.items = Bytes(content),
                b"iloc" => tables.locations = Bytes(content),
                b"idat" => tables.data = content,
                _ => {}
            }
        }
        tables
    }
}

/// The id of the first item of the type `Exif`.
fn exif_item(mut items: Bytes<'_>) -> Option<u64> {
    let count_width = if items.version()? == 0 { 2 } else { 4 };
    items.number(count_width)?;
    while let Some((name, content)) = items.next_box() {
        let mut entry = Bytes(content);
        let id_width = if entry.version()? < 3 { 2 } else { 4 };
        let id = entry.number(id_width)?;
        let _protection = entry.number(2)?;
        if name == b"infe" && entry.take(4)? == b"Exif" {
            return Some(id);
        }
    }
    None
}

/// Where an item's bytes lie.
struct Location {
    /// In the box `idat` rather than in the file.
    in_tables: bool,
    /// Place and length in bytes.
    extents: Vec<(u64, u64)>,
}

fn location(mut table: Bytes<'_>, wanted: u64) -> Option<Location> {
    let version = table.version()?;
    let sizes = table.number(2)?;
    let width = |shift: u32| usize::try_from(sizes >> shift & 15).ok();
    let (offset_width, length_width, base_width) = (width(12)?, width(8)?, width(4)?);
    let index_width = if version == 0 { 0 } else { width(0)? };
    let id_width = if version < 2 { 2 } else { 4 };
    for _ in 0..table.number(id_width)? {
        let id = table.number(id_width)?;
        let method = if version == 0 { 0 } else { table.number(2)? & 15 };
        let _data_reference = table.number(2)?;
        let base = table.number(base_width)?;
        let count = usize::try_from(table.number(2)?).ok()?;
        let widths = [index_width, offset_width, length_width];
        let extents = Bytes(table.take(count * widths.iter().sum::<usize>())?);
        if id == wanted && count > EXTENTS_MAX {
            return None;
        }
        if id == wanted {
            let extents = read_extents(extents, base, count, widths)?;
            return (method < 2).then_some(Location { in_tables: method == 1, extents });
        }
    }
    None
}

fn read_extents(
    mut table: Bytes<'_>,
    base: u64,
    count: usize,
    widths: [usize; 3],
) -> Option<Vec<(u64, u64)>> {
    let [index_width, offset_width, length_width] = widths;
    let extent = |_| {
        table.number(index_width)?;
        let place = base.checked_add(table.number(offset_width)?)?;
        Some((place, table.number(length_width)?))
    };
    (0..count).map(extent).collect()
}

/// Each extent is a seek; writers use one.
const EXTENTS_MAX: usize = 64;

/// The item's bytes; `None` if they lie outside `data` or are too many.
fn gather(source: &mut Source<'_>, location: &Location, data: &[u8]) -> Result<Option<Vec<u8>>, Stop> {
    let mut item = Vec::new();
    for (place, length) in &location.extents {
        let length = usize::try_from(*length).unwrap_or(usize::MAX);
        if length > EXIF_BLOCK_BYTES_MAX.saturating_sub(item.len()) {
            return Ok(None);
        }
        if location.in_tables {
            let place = usize::try_from(*place).unwrap_or(usize::MAX);
            let Some(part) = data.get(place..).and_then(|data| data.get(..length)) else { return Ok(None) };
            item.extend_from_slice(part);
        } else {
            source.go_to(*place, "the EXIF item")?;
            item.extend(source.bytes(length, "the EXIF item")?);
        }
    }
    Ok(Some(item))
}

/// The item begins with the distance from behind itself to the TIFF structure.
fn tiff_structure(item: &[u8]) -> Option<&[u8]> {
    let mut bytes = Bytes(item);
    let distance = usize::try_from(bytes.number(4)?).ok()?;
    bytes.0.get(distance..)
}

/// Bytes that are taken from the front.
#[derive(Default)]
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(head)
    }

    /// A number of at most eight bytes; of none it is zero.
    fn number(&mut self, width: usize) -> Option<u64> {
        let bytes = self.take(width).filter(|bytes| bytes.len() <= 8)?;
        Some(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// A version, behind which stand three bytes of flags.
    fn version(&mut self) -> Option<u64> {
        self.number(4).map(|number| number >> 24)
    }

    fn next_box(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        let size = usize::try_from(self.number(4)?).ok()?;
        let name = self.take(4)?;
        let content = if size == 0 { self.0.len() } else { size.checked_sub(8)? };
        Some((name, self.take(content)?))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{end_of, finds_of};
    use crate::domain::photo::MediaType::Heic;

    const TIFF: &[u8] = b"MM\0*\0\0\0\x08\0\0\0\0\0\0";

    fn made(name: &str, content: &[u8]) -> Vec<u8> {
        let size = u32::try_from(content.len() + 8).unwrap();
        [&size.to_be_bytes(), name.as_bytes(), content].concat()
    }

    fn number(number: usize) -> [u8; 4] {
        u32::try_from(number).unwrap().to_be_bytes()
    }

    fn item_tables(kind: &str, locations: &[u8]) -> Vec<u8> {
        let picture = made("infe", b"\x02\0\0\0\0\x01\0\0hvc1\0");
        let item = made("infe", &[b"\x02\0\0\0\0\x02\0\0", kind.as_bytes(), b"\0"].concat());
        let items = made("iinf", &[&[0, 0, 0, 0, 0, 2], &picture[..], &item].concat());
        [items, made("iloc", locations)].concat()
    }

    /// A file with a picture and an item of this kind, which lies in `mdat`.
    fn with_item(kind: &str, item: &[u8], claimed: usize) -> Vec<u8> {
        let ftyp = made("ftyp", b"heic\0\0\0\0mif1heic");
        let meta = |place: usize| {
            let picture = [&b"\0\x01\0\0\0\x01"[..], &number(place), &number(1)].concat();
            let exif = [&b"\0\x02\0\0\0\x01"[..], &number(place), &number(claimed)].concat();
            let locations = [&b"\0\0\0\0\x44\0\0\x02"[..], &picture, &exif].concat();
            made("meta", &[&[0; 4][..], &item_tables(kind, &locations)].concat())
        };
        let place = ftyp.len() + meta(0).len() + 8;
        [ftyp, meta(place), made("mdat", item)].concat()
    }

    #[test]
    fn the_item_is_found_behind_its_distance() {
        let item = [b"\0\0\0\x06Exif\0\0", TIFF].concat();
        let finds = finds_of(&with_item("Exif", &item, item.len()), Heic);
        assert_eq!(finds.exif_blocks, [TIFF.to_vec()]);
    }

    #[test]
    fn an_item_inside_the_tables_is_found() {
        let item = [&[0; 4], TIFF].concat();
        let exif = [&b"\0\x02\0\x01\0\0\0\x01"[..], &number(2), &number(item.len())].concat();
        let locations = [&b"\x01\0\0\0\x44\0\0\x01"[..], &exif].concat();
        let data = made("idat", &[b"..", &item[..]].concat());
        let meta = made("meta", &[&[0; 4][..], &data, &item_tables("Exif", &locations)].concat());
        let file = [made("ftyp", b"heic\0\0\0\0mif1"), meta].concat();
        assert_eq!(finds_of(&file, Heic).exif_blocks, [TIFF.to_vec()]);
    }

    #[test]
    fn a_file_without_the_item_says_nothing_of_it() {
        let finds = finds_of(&with_item("mime", TIFF, TIFF.len()), Heic);
        assert!(finds.exif_blocks.is_empty() && finds.into_notes().is_empty());
    }

    #[test]
    fn an_item_beyond_the_end_is_a_cut_and_one_of_a_huge_size_a_note() {
        assert!(end_of(&with_item("Exif", TIFF, 1000), Heic).unwrap_err().contains("inside the EXIF item"));
        let huge = with_item("Exif", TIFF, 4_000_000_000);
        assert_eq!(end_of(&huge, Heic), Ok(0));
        assert_eq!(finds_of(&huge, Heic).into_notes(), ["its EXIF item is not where the item tables say"]);
    }
}
