//! The cast, read back from its own files.

use exif::{Exif, In, Tag, Value};
use jiff::civil::{DateTime, date};

use super::*;
use crate::demo::scene::Scene;

fn day() -> Date {
    date(2026, 3, 4)
}

fn read(jpeg: &[u8]) -> Result<Exif, exif::Error> {
    exif::Reader::new().read_from_container(&mut std::io::Cursor::new(jpeg))
}

fn text(exif: &Exif, tag: Tag) -> String {
    match &exif.get_field(tag, In::PRIMARY).unwrap().value {
        Value::Ascii(lines) => String::from_utf8(lines[0].clone()).unwrap(),
        other => panic!("{tag} is {other:?}"),
    }
}

fn degrees(exif: &Exif, tag: Tag, reference: Tag) -> f64 {
    let Value::Rational(parts) = &exif.get_field(tag, In::PRIMARY).unwrap().value else { panic!("{tag}") };
    let size = parts[0].to_f64() + parts[1].to_f64() / 60.0 + parts[2].to_f64() / 3600.0;
    if matches!(text(exif, reference).as_str(), "S" | "W") { -size } else { size }
}

fn announced_position(role: &Role) -> (f64, f64) {
    let place = &role.announcement.photo_location;
    (place.location_latitude.parse().unwrap(), place.location_longitude.parse().unwrap())
}

/// Kilometres on a sphere: near enough to tell a street from a city.
fn distance_km(a: (f64, f64), b: (f64, f64)) -> f64 {
    let east = (a.1 - b.1) * a.0.to_radians().cos();
    (a.0 - b.0).hypot(east) * 111.2
}

/// How far the file's clock lies behind the announcement, by the file's own offset.
fn lag_secs(role: &Role, exif: &Exif) -> i64 {
    let clock = DateTime::strptime("%Y:%m:%d %H:%M:%S", text(exif, Tag::DateTimeOriginal)).unwrap();
    let zoned = format!("{clock}{}", text(exif, Tag::OffsetTimeOriginal));
    let announced: Timestamp = role.announcement.photo_timestamp.parse().unwrap();
    announced.as_second() - zoned.parse::<Timestamp>().unwrap().as_second()
}

/// What one file must say, by its oddity.
fn assert_file(role: &Role, jpeg: &[u8]) {
    let name = &role.announcement.photo_name;
    let Some(capture) = &role.capture else {
        assert!(matches!(read(jpeg), Err(exif::Error::NotFound(_))), "{name}");
        return;
    };
    let exif = read(jpeg).unwrap();
    assert_eq!(text(&exif, Tag::Software), "Timemark v10.0.210", "{name}");
    assert_eq!(text(&exif, Tag::Artist), role.announcement.member.member_name, "{name}");
    let device = format!("{} {}", text(&exif, Tag::Make), text(&exif, Tag::Model));
    let another = matches!(role.oddity, Oddity::Device(..));
    assert_eq!(device != role.announcement.device_model, another, "{name}: {device}");
    let orientation = exif.get_field(Tag::Orientation, In::PRIMARY).unwrap().value.get_uint(0);
    assert_eq!(orientation, Some(if role.oddity == Oddity::Turned { 6 } else { 1 }), "{name}");

    let late = matches!(role.oddity, Oddity::Clock(_) | Oddity::ClockAndElsewhere(..));
    let lag = lag_secs(role, &exif);
    assert!(if late { lag > 2 * 3600 } else { lag == 2 }, "{name}: {lag} s");
    assert!(!late || (60..840).contains(&(lag % 900)), "{name}: {lag} s must not pass for another zone");
    let file = (
        degrees(&exif, Tag::GPSLatitude, Tag::GPSLatitudeRef),
        degrees(&exif, Tag::GPSLongitude, Tag::GPSLongitudeRef),
    );
    let away_km = distance_km(announced_position(role), file);
    match role.oddity {
        Oddity::NoFix => assert_eq!(file, (0.0, 0.0), "{name}"),
        Oddity::Elsewhere(..) => assert!((7.5..8.5).contains(&away_km), "{name}: {away_km} km"),
        Oddity::ClockAndElsewhere(..) => assert!(away_km > 10.0, "{name}: {away_km} km"),
        _ => assert!(away_km < 0.001, "{name}: {away_km} km"),
    }
    assert_eq!(exif.get_field(Tag::GPSTimeStamp, In::PRIMARY).is_some(), capture.fix != Fix::Zeros, "{name}");
}

fn assert_picture(role: &Role, jpeg: &[u8]) {
    let picture = image::load_from_memory(jpeg).unwrap();
    let across = role.oddity == Oddity::Turned || role.part.scene == Scene::Harbour;
    let size = if across { (1920, 1440) } else { (1440, 1920) };
    assert_eq!((picture.width(), picture.height()), size, "{}", role.file_name);
}

#[test]
fn every_file_decodes_and_says_what_its_role_promises() {
    // Side by side: a debug build paints a photo in a second and a half.
    std::thread::scope(|scope| {
        for role in cast(day()) {
            scope.spawn(move || {
                let jpeg = role.paint();
                assert_file(&role, &jpeg);
                assert_picture(&role, &jpeg);
            });
        }
    });
}

#[test]
fn each_oddity_is_played_once_and_most_photos_have_none() {
    let roles = cast(day());
    let odd = |is: fn(Oddity) -> bool| roles.iter().filter(|role| is(role.oddity)).count();
    for count in [
        odd(|oddity| oddity == Oddity::Turned),
        odd(|oddity| oddity == Oddity::NoCode),
        odd(|oddity| oddity == Oddity::NoExif),
        odd(|oddity| oddity == Oddity::NoFix),
        odd(|oddity| matches!(oddity, Oddity::Clock(_))),
        odd(|oddity| matches!(oddity, Oddity::Elsewhere(..))),
        odd(|oddity| matches!(oddity, Oddity::ClockAndElsewhere(..))),
        odd(|oddity| matches!(oddity, Oddity::Device(..))),
    ] {
        assert_eq!(count, 1);
    }
    assert_eq!(odd(|oddity| oddity == Oddity::None), roles.len() - 8);
}

#[test]
fn codes_and_event_ids_are_well_formed_unique_and_the_same_on_a_second_call() {
    let roles = cast(day());
    let mut codes: Vec<_> = roles.iter().filter_map(|role| role.announcement.photo_code.clone()).collect();
    assert!(codes.iter().all(|code| code.len() == 14), "{codes:?}");
    assert!(codes.concat().bytes().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit()), "{codes:?}");
    let count = codes.len();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!((count, codes.len()), (11, 11));
    for (first, second) in roles.iter().zip(cast(day())) {
        assert_eq!(first.announcement, second.announcement);
        assert_eq!(first.announcement.event_id.len(), 36);
        assert_eq!(&first.announcement.event_id[14..15], "4");
    }
    assert_ne!(cast(date(2026, 3, 5))[0].announcement.photo_code, roles[0].announcement.photo_code);
}

#[test]
fn an_announcement_is_the_documented_payload_without_its_links() {
    let roles = cast(date(2026, 7, 1));
    let harbour = roles.iter().find(|role| role.part.scene == Scene::Harbour).unwrap();
    let payload = serde_json::to_value(&harbour.announcement).unwrap();
    assert_eq!(payload["event_type"], "photo.uploaded");
    assert_eq!(payload["group_name"], TEAM);
    assert_eq!(payload["photo_timestamp"], "2026-07-01T06:03:52Z", "Athens is three hours ahead in summer");
    assert_eq!(payload["photo_location"]["location_latitude"], "37.941850");
    assert_eq!(payload["member"]["member_contact"], "eleni.pappa@example.com");
    assert_eq!(payload["device_model"], "Google Pixel 8");
    let name = payload["photo_name"].as_str().unwrap();
    assert_eq!(name, "2026-07-01 09.03.52_0010 Akti Miaouli 10, Πειραιάς, Greece.jpg");
    let gallery = roles.iter().find(|role| role.oddity == Oddity::NoCode).unwrap();
    assert!(serde_json::to_value(&gallery.announcement).unwrap().get("photo_code").is_none());
}
