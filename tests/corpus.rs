//! The inspection of real files against what ExifTool reads from them.
//!
//! The corpus lies beside the project and is never part of it; without it these tests say so and pass.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Cursor};
use std::path::PathBuf;

use keepmark::domain::evidence::{Container, Evidence, FilePosition};
use keepmark::domain::photo::{MediaType, Sha256};
use keepmark::inspect::{self, pixels};
use serde_json::{Map, Value};

use crate::support::corpus;

/// Degrees; ExifTool prints 15 digits.
const DEGREES_TOLERANCE: f64 = 1e-9;

struct Photo {
    name: String,
    path: PathBuf,
    /// What ExifTool reads, by tag.
    reference: Map<String, Value>,
}

/// The corpus, or nothing where it is absent.
fn photos() -> Vec<Photo> {
    let Some(folder) = corpus::folder() else { return Vec::new() };
    let text = std::fs::read_to_string(folder.join("photos.json")).unwrap();
    let list: Vec<Map<String, Value>> = serde_json::from_str(&text).unwrap();
    assert_eq!(list.len(), 82);
    let photo = |reference: Map<String, Value>| {
        let name = reference["file"].as_str().unwrap().to_owned();
        Photo { path: folder.join("photos").join(&name), name, reference }
    };
    list.into_iter().map(photo).collect()
}

fn read(photo: &Photo) -> Evidence {
    inspect::read(&mut File::open(&photo.path).unwrap()).unwrap()
}

#[test]
fn every_tag_is_read_as_exiftool_reads_it_or_the_difference_is_explained() {
    let photos = photos();
    let mut found = BTreeMap::new();
    for photo in &photos {
        let bytes = std::fs::read(&photo.path).unwrap();
        assert_eq!(
            Sha256::of(&bytes).to_string(),
            photo.reference["sha256"].as_str().unwrap(),
            "{}",
            photo.name
        );
        for (tag, ours, theirs) in differences(&read(photo), &photo.reference) {
            found.insert((photo.name.as_str(), tag), format!("ours {ours:?}, theirs {theirs:?}"));
        }
    }
    let explained: BTreeMap<_, _> = EXPLAINED
        .iter()
        .flat_map(|(name, tags, reason)| tags.iter().map(move |tag| ((*name, *tag), *reason)))
        .collect();
    let unexplained: Vec<_> = found.iter().filter(|(place, _)| !explained.contains_key(*place)).collect();
    assert!(unexplained.is_empty(), "differences without a reason: {unexplained:#?}");
    let gone: Vec<_> = explained.iter().filter(|(place, _)| !found.contains_key(*place)).collect();
    assert!(photos.is_empty() || gone.is_empty(), "explained, but there is no difference: {gone:#?}");
}

/// The tags of which our text and ExifTool's differ.
fn differences(evidence: &Evidence, reference: &Map<String, Value>) -> Vec<(&'static str, String, String)> {
    let exif = &evidence.exif;
    let time =
        |time: Option<jiff::civil::DateTime>| time.map(|time| time.strftime("%Y:%m:%d %H:%M:%S").to_string());
    let position = match exif.position {
        FilePosition::At(position) => Some(position),
        FilePosition::Absent | FilePosition::Unusable { .. } => None,
    };
    let fraction =
        exif.taken.map(|time| format!("{:09}", time.subsec_nanosecond())).filter(|text| text != "000000000");
    let gps_time = exif.gps_time.map(|time| time.strftime("%Y:%m:%d %H:%M:%S%.fZ").to_string());
    let ours = [
        ("DateTimeOriginal", time(exif.taken)),
        ("CreateDate", time(exif.digitized)),
        ("ModifyDate", time(exif.modified)),
        ("SubSecTimeOriginal", fraction),
        ("GPSLatitude", position.map(|position| position.latitude.to_string())),
        ("GPSLongitude", position.map(|position| position.longitude.to_string())),
        ("GPSDateTime", gps_time),
        ("GPSHPositioningError", exif.positioning_error_m.map(|metres| metres.to_string())),
        ("Make", exif.make.clone()),
        ("Model", exif.model.clone()),
        ("Software", exif.software.clone()),
        ("Orientation", exif.orientation.map(|orientation| orientation.to_string())),
        ("ImageWidth", evidence.dimensions.map(|(width, _)| width.to_string())),
        ("ImageHeight", evidence.dimensions.map(|(_, height)| height.to_string())),
    ];
    let differs = |(tag, ours): (&'static str, Option<String>)| {
        let theirs = reference.get(tag).map(text);
        let (ours, theirs) = (ours.unwrap_or("absent".into()), theirs.unwrap_or("absent".into()));
        (!alike(tag, &ours, &theirs)).then_some((tag, ours, theirs))
    };
    ours.into_iter().filter_map(differs).collect()
}

/// ExifTool writes texts that look like numbers as JSON numbers, with all their digits.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn alike(tag: &str, ours: &str, theirs: &str) -> bool {
    match (tag, ours.parse::<f64>(), theirs.parse::<f64>()) {
        ("GPSLatitude" | "GPSLongitude" | "GPSHPositioningError", Ok(ours), Ok(theirs)) => {
            (ours - theirs).abs() < DEGREES_TOLERANCE
        }
        // Digits behind the point: ours are nanoseconds.
        ("SubSecTimeOriginal", Ok(_), Ok(_)) => ours == format!("{theirs:0<9}"),
        _ => ours == theirs,
    }
}

/// Where we read otherwise than ExifTool, and why.
const EXPLAINED: &[(&str, &[&str], &str)] = &[
    ("Apple iPhone 6.jpg", &["GPSDateTime"], "the day is 259: no time, and a sentence in the errors"),
    ("Casio EX-S1.jpg", &["Software"], "the text is 1.00, of which the list keeps the number 1.0"),
    ("FLIR Vue Pro 640.jpg", &["DateTimeOriginal"], "FLIR's own segment; the EXIF has none"),
    ("FLIR Vue Pro 640.jpg", &["GPSLatitude", "GPSLongitude"], "zeros are no position"),
    (
        "FLIR iPhone device.jpg",
        &["DateTimeOriginal", "GPSLatitude", "GPSLongitude"],
        "FLIR's own segment, no EXIF",
    ),
    ("FLIR iPhone device.jpg", &["Model"], "an empty text is absent"),
    ("FujiFilm SP-2500.jpg", &["DateTimeOriginal"], "blanks stand for an unknown time"),
    ("Issue 173 (dotnet).jpg", &["GPSDateTime"], "zeros are no time"),
    ("Issue 308.jpg", &["GPSLatitude", "GPSLongitude"], "zeros are no position"),
    ("Issue 600 (2).jpg", &["DateTimeOriginal"], "made by ExifTool from IPTC's date; the EXIF has none"),
    ("Kodak PIXPRO FZ201.jpg", &["Software"], "the text is 1.00, of which the list keeps the number 1.0"),
    ("Leica T (Typ 701).jpg", &["GPSDateTime"], "the day is missing"),
    (
        "Leica T (Typ 701).jpg",
        &["GPSLatitude", "GPSLongitude"],
        "zeros below the line, which ExifTool shows as an empty text",
    ),
    ("Nikon D5000.jpg", &["CreateDate"], "it stands in XMP; the EXIF has none"),
    (
        "Nikon D5000.jpg",
        &["GPSLatitude", "GPSLongitude"],
        "zeros below the line, which ExifTool shows as an empty text",
    ),
    ("Nikon D5000.jpg", &["Orientation"], "it is the thumbnail's; the photo has none"),
    ("Nikon E885.jpg", &["DateTimeOriginal", "CreateDate", "ModifyDate"], "zeros are no time"),
    ("Nikon E900 (2).jpg", &["DateTimeOriginal", "CreateDate", "ModifyDate"], "zeros are no time"),
    ("Reconyx HC500 firmware 3.3.0.jpg", &["DateTimeOriginal"], "Reconyx's maker note; the EXIF has none"),
    ("Samsung GT-I9000 (Galaxy S).jpg", &["GPSLatitude", "GPSLongitude"], "zeros are no position"),
    ("Sanyo S1.JPG", &["DateTimeOriginal", "CreateDate", "ModifyDate"], "zeros are no time"),
    ("Traveler SX330Z.jpg", &["ModifyDate"], "the day is zero: no time, and a sentence in the errors"),
];

#[test]
fn every_whole_file_is_complete() {
    for photo in photos() {
        let container = read(&photo).container;
        assert!(matches!(container, Container::Complete { .. }), "{}: {container:?}", photo.name);
    }
}

/// Cut behind the container's end a file is still whole, so the cuts lie before it.
#[test]
fn every_file_cut_before_its_end_is_incomplete() {
    let mut chance = Chance(7);
    for photo in photos() {
        let bytes = std::fs::read(&photo.path).unwrap();
        let Container::Complete { trailing_bytes } = read(&photo).container else { continue };
        let end = bytes.len() - usize::try_from(trailing_bytes).unwrap();
        let cuts = (0..20).map(|_| chance.between(3, end)).chain([end - 1]);
        for cut in cuts {
            let container = inspect::read(&mut Cursor::new(&bytes[..cut])).unwrap().container;
            assert!(
                matches!(container, Container::Incomplete { .. }),
                "{} cut to {cut} of {end}",
                photo.name
            );
        }
    }
}

/// The same numbers in each run (Knuth's multiplier, MMIX).
struct Chance(u64);

impl Chance {
    fn between(&mut self, least: usize, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        least + usize::try_from(self.0 >> 33).unwrap() % (end - least)
    }
}

#[test]
fn positions_that_say_nothing_are_there_and_unusable() {
    let unusable: Vec<_> = photos()
        .iter()
        .filter_map(|photo| match read(photo).exif.position {
            FilePosition::Unusable { reason } => Some((photo.name.clone(), reason)),
            FilePosition::Absent | FilePosition::At(_) => None,
        })
        .collect();
    let expected = [
        ("FLIR Vue Pro 640.jpg", "it is 0, 0, which stands for no position"),
        ("Issue 308.jpg", "it is 0, 0, which stands for no position"),
        ("Leica T (Typ 701).jpg", "GPSLatitude is not a number"),
        ("Nikon D5000.jpg", "GPSLatitude is not a number"),
        ("Samsung GT-I9000 (Galaxy S).jpg", "it is 0, 0, which stands for no position"),
    ];
    if !unusable.is_empty() || !photos().is_empty() {
        assert_eq!(unusable, expected.map(|(name, reason)| (name.to_owned(), reason.to_owned())));
    }
}

#[test]
fn turned_files_give_upright_derived_images() {
    for photo in photos() {
        let evidence = read(&photo);
        let orientation = evidence.exif.orientation.filter(|orientation| *orientation > 1);
        if orientation.is_none() {
            continue;
        }
        let file = BufReader::new(File::open(&photo.path).unwrap());
        let derived = pixels::derive(file, MediaType::Jpeg, orientation, pixels::Limits::default()).unwrap();
        let (width, height) = evidence.dimensions.unwrap();
        let lies = orientation.is_some_and(|orientation| orientation > 4);
        let is_wide = if lies { height > width } else { width > height };
        for (image, edge) in derived.derived.iter().zip(pixels::EDGES) {
            assert_eq!(image.width.max(image.height), edge.min(width.max(height)), "{}", photo.name);
            assert_eq!(image.width > image.height, is_wide, "{}", photo.name);
            let made = inspect::read(&mut Cursor::new(&image.jpeg)).unwrap();
            assert_eq!(made.dimensions, Some((image.width, image.height)));
        }
    }
}
