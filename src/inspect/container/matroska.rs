//! `WebM` and Matroska: EBML elements up to the end of the segment (RFC 8794, RFC 9559).
//!
//! Never reads an element's content; a segment of unknown size, as live recorders write it, is walked by clusters.

use super::Finds;
use super::source::{Source, Stop};

const SEGMENT: u32 = 0x1853_8067;
const CLUSTER: u32 = 0x1f43_b675;

struct Element {
    id: u32,
    at: u64,
    /// `None`: of unknown size.
    end: Option<u64>,
}

/// Returns where the segment ends.
pub(super) fn walk(source: &mut Source<'_>, finds: &mut Finds) -> Result<u64, Stop> {
    loop {
        let element = element(source)?;
        match (element.id, element.end) {
            (SEGMENT, Some(end)) => return reach(source, &element, end).map(|()| end),
            (SEGMENT, None) => return walk_unsized(source, finds),
            (_, Some(end)) => reach(source, &element, end)?,
            (id, None) => {
                return Err(Stop::Cut(format!("the element {id:X} at byte {} has no size", element.at)));
            }
        }
    }
}

/// Elements until the file ends between two of them: clusters of unknown size are entered like their segment.
fn walk_unsized(source: &mut Source<'_>, finds: &mut Finds) -> Result<u64, Stop> {
    let mut clusters = 0_u64;
    while source.remaining() > 0 {
        let element = element(source)?;
        clusters += u64::from(element.id == CLUSTER);
        match element.end {
            Some(end) => reach(source, &element, end)?,
            None if element.id == CLUSTER => {}
            None => {
                return Err(Stop::Cut(format!(
                    "the element {:X} at byte {} has no size",
                    element.id, element.at
                )));
            }
        }
    }
    if clusters == 0 {
        return Err(Stop::Cut(format!("the file ends at byte {} before any cluster", source.length())));
    }
    finds.note("the segment has no size: a cut between two of its elements would not show".into());
    Ok(source.position())
}

fn reach(source: &mut Source<'_>, element: &Element, end: u64) -> Result<(), Stop> {
    source.go_to(end, &format!("the end of the element {:X} at byte {}", element.id, element.at))
}

fn element(source: &mut Source<'_>) -> Result<Element, Stop> {
    let at = source.position();
    let (id, _) = variable_integer(source, 4)?;
    let (size, value_bits) = variable_integer(source, 8)?;
    // RFC 8794, 6.2: all bits of the value set means that the size is unknown.
    let value_mask = (1_u64 << value_bits) - 1;
    let known = size & value_mask != value_mask;
    let end = known.then(|| source.position().saturating_add(size & value_mask));
    Ok(Element { id: u32::try_from(id).unwrap_or(0), at, end })
}

/// A number with its length mark, and how many of its bits are value (RFC 8794, 4.1).
fn variable_integer(source: &mut Source<'_>, bytes_max: u32) -> Result<(u64, u32), Stop> {
    let at = source.position();
    let [first] = source.array("an element")?;
    let length = first.leading_zeros() + 1;
    if length > bytes_max {
        return Err(Stop::Cut(format!("no element begins at byte {at}")));
    }
    let rest = source.bytes(length as usize - 1, "an element")?;
    let number = rest.iter().fold(u64::from(first), |number, byte| number << 8 | u64::from(*byte));
    Ok((number, length * 7))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{cut, cut_but, end_of};
    use crate::domain::photo::MediaType::Webm;

    const HEAD: &[u8] = b"\x1a\x45\xdf\xa3\x84\x42\x86\x81\x01";

    fn sized() -> Vec<u8> {
        [HEAD, b"\x18\x53\x80\x67\x40\x09", b"\x1f\x43\xb6\x75\x84data"].concat()
    }

    fn live() -> Vec<u8> {
        let unknown = b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff";
        [HEAD, unknown, b"\x1f\x43\xb6\x75\xff\xe7\x81\x07\xa3\x83abc"].concat()
    }

    #[test]
    fn the_walk_ends_where_the_segment_says() {
        assert_eq!(end_of(&sized(), Webm), Ok(0));
        assert_eq!(end_of(&[sized(), vec![0; 5]].concat(), Webm), Ok(5));
        cut(&sized(), Webm);
    }

    #[test]
    fn a_segment_of_unknown_size_ends_between_two_elements() {
        assert_eq!(end_of(&live(), Webm), Ok(0));
        let whole = live();
        cut_but(&whole, Webm, &[whole.len() - 5, whole.len() - 8]);
    }
}
