//! How well fingerprints find a photo again, and how often they take two photos for one.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::{DynamicImage, ImageDecoder as _, ImageReader, RgbImage};
use keepmark::domain::fingerprint::Fingerprint;
use keepmark::domain::photo::Sha256;
use keepmark::inspect::fingerprint;

use super::variants::Change;

/// The one that Keepmark uses stands in the middle.
const THRESHOLDS: [u32; 7] = [16, 20, 24, 28, 31, 36, 40];
/// Different photos nearer than this are listed by name.
const LISTED_MAX: u32 = 40;

/// A photo and what became of it.
struct Photo {
    name: String,
    sha256: Sha256,
    plain: Option<Fingerprint>,
    /// In the order of `Change::ALL`: the two that should be found alike.
    pairs: Vec<[Option<Fingerprint>; 2]>,
}

/// Prints both tables over the photos of a folder.
pub fn print(folder: &Path) {
    let photos = photos(folder);
    let (with, without): (Vec<Photo>, Vec<Photo>) =
        photos.into_iter().partition(|photo| photo.plain.is_some());
    let names: Vec<&str> = without.iter().map(|photo| photo.name.as_str()).collect();
    println!("{} photos with a fingerprint; without: {}.\n", with.len(), names.join(", "));
    print_rejected(&with);
    print_accepted(&with);
}

fn photos(folder: &Path) -> Vec<Photo> {
    let mut paths: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| photo(path)).collect()
}

fn photo(path: &Path) -> Photo {
    let file = std::fs::read(path).unwrap();
    let upright = decoded(&file);
    let plain = fingerprint::of(&upright);
    let upright = upright.into_rgb8();
    let pairs = Change::ALL.map(|change| pair(change, &upright, plain)).to_vec();
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    Photo { name, sha256: Sha256::of(&file), plain, pairs }
}

fn pair(change: Change, upright: &RgbImage, plain: Option<Fingerprint>) -> [Option<Fingerprint>; 2] {
    let (first, second) = change.files(upright);
    let of_file = |file: Vec<u8>| fingerprint::of(&decoded(&file));
    [first.map_or(plain, of_file), of_file(second)]
}

/// Upright, as `inspect::pixels` turns it.
fn decoded(file: &[u8]) -> DynamicImage {
    let mut decoder =
        ImageReader::new(Cursor::new(file)).with_guessed_format().unwrap().into_decoder().unwrap();
    let orientation = decoder.orientation().unwrap();
    let mut picture = DynamicImage::from_decoder(decoder).unwrap();
    picture.apply_orientation(orientation);
    DynamicImage::ImageRgb8(picture.into_rgb8())
}

/// Photos that are not found again; one that lost its fingerprint is not found at any threshold.
fn print_rejected(photos: &[Photo]) {
    println!("False rejects, of {} photos:\n", photos.len());
    print_head(&["change"], &["median", "most", "no fingerprint"]);
    for (number, change) in Change::ALL.into_iter().enumerate() {
        let pairs = || photos.iter().map(|photo| photo.pairs[number]);
        let mut distances: Vec<u32> = pairs().filter_map(distance).collect();
        distances.sort_unstable();
        let lost = pairs().count() - distances.len();
        let rejected = |threshold: u32| lost + distances.iter().filter(|far| **far > threshold).count();
        let median = distances[distances.len() / 2];
        let most = distances[distances.len() - 1];
        print_row(change.title(), THRESHOLDS.map(rejected), &[median, most, lost as u32]);
    }
    println!();
}

/// Pairs of different photos that are taken for one, as they are and with the same stamp on both.
fn print_accepted(photos: &[Photo]) {
    println!("False accepts:\n");
    print_head(&["pairs of different photos"], &["pairs", "least"]);
    let mut listed = Vec::new();
    let stamps = [Change::SmallStamp, Change::LargeStamp, Change::Veil, Change::StampAbove];
    for change in std::iter::once(None).chain(stamps.map(Some)) {
        let number = change.and_then(|change| Change::ALL.iter().position(|other| *other == change));
        let of = |photo: &Photo| number.map_or(photo.plain, |number| photo.pairs[number][1]);
        let mut found = Vec::new();
        for (place, one) in photos.iter().enumerate() {
            for other in &photos[..place] {
                // The corpus holds one file under two names.
                if one.sha256 != other.sha256
                    && let Some(distance) = distance([of(one), of(other)])
                {
                    found.push((distance, one.name.as_str(), other.name.as_str()));
                }
            }
        }
        found.sort_unstable();
        let title = change.map_or("as they are", Change::title);
        let accepted = |threshold: u32| found.iter().filter(|(distance, ..)| *distance <= threshold).count();
        print_row(title, THRESHOLDS.map(accepted), &[found.len() as u32, found[0].0]);
        let near = found.into_iter().take_while(|(distance, ..)| *distance <= LISTED_MAX);
        listed.extend(near.map(|(distance, one, other)| format!("{title}: {one}, {other}: {distance}")));
    }
    println!();
    for line in listed {
        println!("- {line}");
    }
}

fn distance([one, other]: [Option<Fingerprint>; 2]) -> Option<u32> {
    Some(one?.distance(other?))
}

fn print_head(first: &[&str], last: &[&str]) {
    let thresholds = THRESHOLDS.map(|threshold| format!("at {threshold}"));
    let titles: Vec<&str> = first
        .iter()
        .copied()
        .chain(thresholds.iter().map(String::as_str))
        .chain(last.iter().copied())
        .collect();
    println!("| {} |\n| --- |{}", titles.join(" | "), " ---: |".repeat(titles.len() - 1));
}

fn print_row(title: &str, counts: [usize; THRESHOLDS.len()], last: &[u32]) {
    let counts = counts.iter().map(ToString::to_string);
    let cells: Vec<String> = counts.chain(last.iter().map(ToString::to_string)).collect();
    println!("| {title} | {} |", cells.join(" | "));
}
