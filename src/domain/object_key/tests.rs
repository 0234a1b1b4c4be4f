//! Object keys: what they say, how long they get, and what is no key.

use jiff::civil::date;
use proptest::prelude::*;

use super::folder::FolderError;
use super::*;

const HASH: Sha256 = Sha256([0xAB; 32]);
const ID: PhotoId = PhotoId([0x1F; 16]);

struct Segments {
    team: Segment,
    project: Segment,
    member: Segment,
}

impl Segments {
    fn of(team: &str, project: &str, member: &str) -> Self {
        Self { team: Segment::of(team), project: Segment::of(project), member: Segment::of(member) }
    }

    fn name<'a>(&'a self, code: Option<&'a str>) -> PhotoName<'a> {
        PhotoName {
            team: &self.team,
            project: &self.project,
            member: &self.member,
            local_time: date(2025, 12, 1).at(8, 4, 5, 999_999_999),
            code,
            sha256: HASH,
            media_type: MediaType::Jpeg,
        }
    }
}

fn sample() -> Segments {
    Segments::of("Group Scenery", "Project Sunrise", "Alice Chen")
}

fn version(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

fn companions(photo: &PhotoKey) -> [ObjectKey; 3] {
    [photo.sidecar(), photo.judgement(version(u32::MAX)), photo.repeat(HASH)]
}

#[test]
fn a_photo_lies_under_team_project_member_and_day() {
    let photo = PhotoKey::new(&FolderPattern::default(), &sample().name(Some("A1BCDEFGHIJ23K")));
    assert_eq!(
        photo.as_str(),
        "photos/Group Scenery/Project Sunrise/Alice Chen/2025-12-01/\
         20251201T080405_A1BCDEFGHIJ23K_abababababababababababababababab.jpg"
    );
}

#[test]
fn the_id_parts_photos_whose_keys_would_be_one() {
    let photo = PhotoKey::with_id(&"photos/all".parse().unwrap(), &sample().name(None), ID);
    assert_eq!(
        photo.as_str(),
        "photos/all/20251201T080405_nocode_abababababababababababababababab_1f1f1f1f.jpg"
    );
}

#[test]
fn companions_stand_beside_their_photo() {
    let photo = PhotoKey::new(&FolderPattern::default(), &sample().name(None));
    assert_eq!(photo.sidecar().as_str(), format!("{photo}.json"));
    assert_eq!(photo.judgement(version(1)), photo.sidecar());
    assert_eq!(photo.judgement(version(2)).as_str(), format!("{photo}.v2.json"));
    assert_eq!(photo.repeat(HASH).as_str(), format!("{photo}.also-abababababababababababababababab.json"));
}

#[test]
fn derived_images_lie_under_the_hash_of_their_original() {
    let key = ObjectKey::derived(HASH, 512);
    assert_eq!(key.as_str(), format!("derived/ab/{HASH}/512.jpg"));
    assert_eq!(ObjectKey::from_stored(key.to_string()), Ok(key));
}

#[test]
fn every_kind_of_object_has_its_content_type() {
    use MediaType::{Avif, Gif, Heic, Jpeg, Mov, Mp4, Png, Tiff, Webm, Webp};
    let segments = sample();
    for media_type in [Jpeg, Png, Gif, Webp, Tiff, Heic, Avif, Mp4, Mov, Webm] {
        let name = PhotoName { media_type, ..segments.name(None) };
        let photo = PhotoKey::new(&FolderPattern::default(), &name);
        assert_eq!(photo.content_type(), media_type.content_type());
        assert!(companions(&photo).iter().all(|key| key.content_type() == "application/json"));
    }
    assert_eq!(ObjectKey::derived(HASH, 1).content_type(), "image/jpeg");
}

#[test]
fn the_longest_keys_fit_every_store() {
    let longest = "山".repeat(400);
    let segments = Segments::of(&"x".repeat(80), &"y".repeat(80), &"z".repeat(80));
    let deepest =
        "photos/{team}/{project}/{member}/{team}/{project}/{member}/{team}/{date}/{year}/{month}/".to_owned();
    let folder: FolderPattern = (deepest + &"w".repeat(28)).parse().unwrap();
    for code in [longest.as_str(), &"x".repeat(32)] {
        let name = PhotoName { media_type: MediaType::Webm, ..segments.name(Some(code)) };
        let photo = PhotoKey::with_id(&folder, &name, ID);
        for key in companions(&photo) {
            assert!(key.as_str().len() <= KEY_BYTES_MAX && PREFIX_BYTES_MAX + KEY_BYTES_MAX == 1024);
            assert!(key.as_str().split('/').all(|part| part.len() <= FILE_NAME_BYTES_MAX));
            assert_eq!(ObjectKey::from_stored(key.to_string()), Ok(key));
        }
    }
    let name = PhotoName { media_type: MediaType::Webm, ..segments.name(Some(&longest)) };
    let photo = PhotoKey::with_id(&FolderPattern::default(), &name, ID);
    assert_eq!(photo.repeat(HASH).as_str().len(), "photos/".len() + 3 * 81 + 11 + 138 - 1);
}

#[test]
fn a_folder_with_room_for_one_part_less_is_refused() {
    let folder = format!("photos/{}{{team}}", "{project}/".repeat(7));
    assert_eq!(folder.parse::<FolderPattern>(), Err(FolderError::TooLong { folder, key_bytes: 795 }));
}

#[test]
fn a_folder_setting_is_read_and_written_back() {
    let default = "photos/{team}/{project}/{member}/{date}";
    assert_eq!(default.parse(), Ok(FolderPattern::default()));
    for text in [default, "photos/Baustelle Süd/{year}/{month}"] {
        assert_eq!(text.parse::<FolderPattern>().unwrap().to_string(), text);
    }
    let folder: FolderPattern = "photos/{year}/{month}/x".parse().unwrap();
    assert!(PhotoKey::new(&folder, &sample().name(None)).as_str().starts_with("photos/2025/12/x/20251201T"));
}

#[test]
fn a_wrong_folder_setting_is_answered_with_the_wrong_part_and_the_known_ones() {
    let error = |text: &str| text.parse::<FolderPattern>().unwrap_err();
    for text in ["", "photos", "photos/", "/photos/a", "derived/{date}", "{team}/x", "Photos/x", "photosx/y"]
    {
        assert_eq!(error(text), FolderError::NotUnderPhotos(text.to_owned()));
    }
    for text in ["photos//x", "photos/{team}/"] {
        assert_eq!(error(text), FolderError::EmptyPart(text.to_owned()));
    }
    for part in ["..", "a#1", "CON", "a\\b", " x"] {
        assert_eq!(error(&format!("photos/{part}/x")), FolderError::UnsafePart(part.to_owned()));
    }
    for part in ["{Team}", "{day}", "{year}-{month}", "{team", "x{}"] {
        assert_eq!(error(&format!("photos/{part}")), FolderError::UnknownPlaceholder(part.to_owned()));
    }
    assert_eq!(
        error("photos/{day}").to_string(),
        "`{day}` is no placeholder: a part between two slashes is plain text or one of `{team}`, `{project}`, \
         `{member}`, `{date}`, `{year}`, `{month}`"
    );
}

#[test]
fn keys_that_we_never_write_are_refused_from_the_database_and_from_json() {
    let refused = [
        "",
        "photos",
        "photos/",
        "photos/a.exe",
        "photos/a",
        "photos/a.jpeg",
        "other/a.jpg",
        "photos/../a.jpg",
        "photos//a.jpg",
        "/photos/a.jpg",
        "photos/a.jpg/",
        "photos/nul/a.jpg",
        "photos/a#1.jpg",
        "photos/a\\b.jpg",
        "derived/\u{0}/a.jpg",
        "photos/.jpg",
    ];
    for text in refused {
        assert!(ObjectKey::from_stored(text.to_owned()).is_err(), "{text:?}");
    }
    let with_file =
        |file_name: &str| ObjectKey::from_stored(format!("photos/{}{file_name}", "y/".repeat(378)));
    assert_eq!(with_file("x.jpg").map(|key| key.as_str().len()), Ok(KEY_BYTES_MAX));
    assert!(with_file("xx.jpg").is_err());
    assert!(PhotoKey::from_stored("photos/a.jpg".to_owned()).is_ok());
    for text in ["photos/a.jpg.json", "derived/ab/a.jpg"] {
        assert!(ObjectKey::from_stored(text.to_owned()).is_ok());
        assert!(PhotoKey::from_stored(text.to_owned()).is_err());
    }
    assert!(serde_json::from_str::<ObjectKey>("\"photos/../a.jpg\"").is_err());
    assert!(serde_json::from_str::<PhotoKey>("\"photos/a.json\"").is_err());
}

#[test]
fn codes_that_differ_only_in_case_make_keys_that_fold_to_one() {
    let (segments, folder) = (sample(), FolderPattern::default());
    let [upper, lower] = ["A1B", "a1b"].map(|code| PhotoKey::new(&folder, &segments.name(Some(code))));
    assert_ne!(upper, lower);
    assert_eq!(upper.folded(), lower.folded());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_name_and_no_time_leads_out_of_the_folder(
        team: String, project: String, member: String, code: Option<String>,
        (year, month, day) in (-9999_i16..=9999, 1_i8..=12, 1_i8..=28),
    ) {
        let segments = Segments::of(&team, &project, &member);
        let local_time = date(year, month, day).at(23, 59, 59, 0);
        let name = PhotoName { local_time, ..segments.name(code.as_deref()) };
        let photo = PhotoKey::with_id(&FolderPattern::default(), &name, ID);
        prop_assert_eq!(photo.as_str().split('/').count(), 6);
        prop_assert_eq!(PhotoKey::from_stored(photo.to_string()), Ok(photo.clone()));
        for key in companions(&photo) {
            prop_assert_eq!(ObjectKey::from_stored(key.to_string()), Ok(key));
        }
    }
}
