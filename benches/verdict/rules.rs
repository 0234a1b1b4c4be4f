//! The rules over each photo of the corpus, beside reading what its file says.

use std::fs::File;
use std::hint::black_box;
use std::io::{BufReader, Cursor};
use std::path::Path;
use std::time::Instant;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use keepmark::domain::delivery::Announcement;
use keepmark::domain::evidence::{Evidence, FilePosition};
use keepmark::domain::position::Position;
use keepmark::domain::verdict::Limits;
use keepmark::domain::verdict::known::Known;
use keepmark::domain::verdict::rules::{Material, Rules};
use keepmark::inspect;

const ROUNDS: u32 = 20;

/// A photo's file and what it says.
struct Photo {
    file: Vec<u8>,
    evidence: Evidence,
    announced: Announcement,
}

/// Prints the microseconds that one photo takes on one core: median and highest of the rounds.
pub fn print(folder: &Path) {
    let photos: Vec<_> = folder.read_dir().unwrap().map(|entry| photo(&entry.unwrap().path())).collect();
    // The maps of zones are read once in the life of a program.
    judge(&photos);
    println!("Microseconds of one core for a photo, {} photos:\n", photos.len());
    println!("| step | median | highest |\n| --- | ---: | ---: |");
    row("rules", &photos, judge);
    row("inspection, without pixels", &photos, inspect);
    println!();
}

fn row(name: &str, photos: &[Photo], work: fn(&[Photo])) {
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            work(photos);
            start.elapsed().as_secs_f64() * 1e6 / f64::from(u32::try_from(photos.len()).unwrap())
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("| {name} | {:.0} | {:.0} |", times[times.len() / 2], times[times.len() - 1]);
}

fn photo(path: &Path) -> Photo {
    let evidence = inspect::read(&mut BufReader::new(File::open(path).unwrap())).unwrap();
    let found = match evidence.exif.position {
        FilePosition::At(position) => position,
        // A border, where several zones are looked at.
        _ => Position::new(31.76, -106.48).unwrap(),
    };
    let taken = evidence.exif.taken.map(|taken| format!("{taken}Z"));
    let announced = Announcement {
        timestamp: taken.or(Some("2025-12-11T13:45:00Z".to_owned())),
        photo_name: Some("2025-12-11 13.45.00_roof.jpg".to_owned()),
        latitude: Some(found.latitude.to_string()),
        longitude: Some(found.longitude.to_string()),
        device: Some("Apple iPhone 14 Pro Max".to_owned()),
        ..Announcement::default()
    };
    Photo { file: std::fs::read(path).unwrap(), evidence, announced }
}

fn judge(photos: &[Photo]) {
    let rules =
        Rules { limits: Limits::default(), default_zone: TimeZone::UTC, meaning: None, look_alike_bits: 28 };
    for Photo { evidence, announced, .. } in photos {
        let received_at: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let material = Material { announced, evidence, content_type: Some("image/jpeg"), received_at };
        black_box(rules.judge(&material, Known::default()));
    }
}

fn inspect(photos: &[Photo]) {
    for photo in photos {
        black_box(inspect::read(&mut Cursor::new(&photo.file)).unwrap());
    }
}
