//! Small JPEGs made by hand, whole, cut and with oddities.

use super::super::tests::{cut, end_of, finds_of};
use crate::domain::photo::MediaType::Jpeg;

fn part(code: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap();
    [&[0xff, code], &length.to_be_bytes()[..], content].concat()
}

fn frame(code: u8, width: u8, height: u8) -> Vec<u8> {
    part(code, &[8, 0, height, 0, width, 1, 1, 0x11, 0])
}

/// Entropy-coded data with a stuffed zero, a restart and a fill byte before the next marker.
fn scan() -> Vec<u8> {
    [part(0xda, &[1, 1, 0, 0, 63, 0]), b"\x12\xff\x00\x34\xff\xd0\x56\xff".to_vec()].concat()
}

fn joined(parts: &[Vec<u8>]) -> Vec<u8> {
    [&[vec![0xff, 0xd8]], parts, &[vec![0xff, 0xd9]]].concat().concat()
}

fn thumbnail() -> Vec<u8> {
    joined(&[frame(0xc0, 2, 2), scan()])
}

fn app1() -> Vec<u8> {
    part(0xe1, &[b"Exif\0\0MM\0*".to_vec(), thumbnail()].concat())
}

fn progressive() -> Vec<u8> {
    joined(&[app1(), frame(0xc2, 7, 5), scan(), part(0xc4, b"a table with \xff\xd9 inside"), scan()])
}

#[test]
fn a_progressive_picture_with_a_thumbnail_is_complete_at_its_own_end() {
    assert_eq!(end_of(&progressive(), Jpeg), Ok(0));
    let finds = finds_of(&progressive(), Jpeg);
    assert_eq!(finds.dimensions, Some((7, 5)));
    assert_eq!(finds.exif_blocks.len(), 1);
    assert!(finds.exif_blocks[0].starts_with(b"MM\0*"));
    assert!(finds.into_notes().is_empty());
}

#[test]
fn every_cut_is_incomplete() {
    cut(&progressive(), Jpeg);
}

#[test]
fn rubbish_between_segments_is_a_note() {
    let odd = joined(&[app1(), b"rubbish\xff\x00".to_vec(), frame(0xc0, 7, 5), scan()]);
    assert_eq!(end_of(&odd, Jpeg), Ok(0));
    let notes = finds_of(&odd, Jpeg).into_notes();
    assert!(notes[0].starts_with("9 bytes between segments"), "{notes:?}");
}

#[test]
fn a_segment_with_too_short_a_length_does_not_end_the_picture_at_its_thumbnail() {
    let mut wrong = app1();
    wrong[3] = 8;
    let odd = joined(&[wrong, frame(0xc0, 7, 5), scan()]);
    assert_eq!(end_of(&odd, Jpeg), Ok(0), "{:?}", finds_of(&odd, Jpeg));
    assert_eq!(finds_of(&odd, Jpeg).dimensions, Some((7, 5)));
}

#[test]
fn what_follows_the_end_is_counted_and_named() {
    let mpf = part(0xe2, b"MPF\0MM\0*");
    let gain_map = [joined(&[mpf, frame(0xc0, 7, 5), scan()]), thumbnail()].concat();
    assert_eq!(end_of(&gain_map, Jpeg), Ok(thumbnail().len() as u64));
    let notes = finds_of(&gain_map, Jpeg).into_notes();
    assert!(notes[0].ends_with("a further picture, such as a gain map"), "{notes:?}");
}

#[test]
fn an_end_without_picture_data_is_no_end() {
    assert!(end_of(&joined(&[frame(0xc0, 7, 5)]), Jpeg).is_err());
}
