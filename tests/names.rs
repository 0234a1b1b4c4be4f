//! Strings that break careless programs, as names of everything, through the daemon and real stores.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::civil::date;
use keepmark::domain::names::Segment;
use keepmark::domain::object_key::folder::FolderPattern;
use keepmark::domain::object_key::{PhotoKey, PhotoName};
use keepmark::domain::photo::{MediaType, Sha256};
use object_store::path::Path as StorePath;
use proptest::prelude::*;
use serde_json::json;

use crate::support::daemon::{Archive, files_below};
use crate::support::host::Host;
use crate::support::photos::jpeg;
use crate::support::store::{Store, is_photo};
use crate::support::{corpus, delivery};

fn naughty_strings() -> Option<BTreeSet<String>> {
    let names: BTreeSet<String> =
        serde_json::from_value(corpus::json("hostile/naughty-strings.json")?).unwrap();
    assert_eq!(names.len(), 511, "distinct strings");
    Some(names)
}

/// What the catalogue does at the first sight of a name: the hash where the plain segment is taken.
fn segments_at_first_sight(names: &BTreeSet<String>) -> HashMap<&str, Segment> {
    let mut taken = HashSet::new();
    let mut segments = HashMap::new();
    for name in names {
        let plain = Segment::of(name);
        let segment = if taken.insert(plain.folded()) {
            plain
        } else {
            let hashed = Segment::with_hash(name);
            assert!(taken.insert(hashed.folded()), "{name:?} is taken even with its hash");
            hashed
        };
        segments.insert(name.as_str(), segment);
    }
    segments
}

fn photo_key(segment: &Segment, code: &str) -> PhotoKey {
    let name = PhotoName {
        team: segment,
        project: segment,
        member: segment,
        local_time: date(2025, 12, 11).at(13, 45, 0, 0),
        code: Some(code),
        sha256: Sha256::of(code.as_bytes()),
        media_type: MediaType::Jpeg,
    };
    PhotoKey::new(&FolderPattern::default(), &name)
}

#[test]
fn naughty_names_have_segments_that_are_distinct_ignoring_case() {
    let Some(names) = naughty_strings() else { return };
    let segments = segments_at_first_sight(&names);
    let folded: HashSet<String> = segments.values().map(Segment::folded).collect();
    assert_eq!(folded.len(), names.len());
    for segment in segments.values() {
        assert_eq!(Segment::from_stored(segment.to_string()).as_ref(), Ok(segment));
    }
}

#[tokio::test]
async fn naughty_names_are_archived_in_folders_of_their_own_on_every_store() {
    let Some(names) = naughty_strings() else { return };
    for store in Store::all() {
        let (archive, host) = (Archive::on(store), Host::start());
        let daemon = archive.start();
        let link = host.jpeg("/1.jpg", jpeg(1));
        for (name, number) in names.iter().zip(1..) {
            let mut sent = delivery(&format!("event {number}"), &format!("{number}{name}"), &link);
            for field in ["group_name", "project_name", "photo_name"] {
                sent[field] = json!(name);
            }
            sent["member"] = json!({"member_name": name});
            daemon.deliver(&sent).await;
        }
        daemon.settle(&archive).await;
        assert_eq!(archive.count("SELECT count(*) FROM photo WHERE archived_at IS NOT NULL"), 511);
        // A blank name is no name, and several strings are blank.
        let blank = names.iter().filter(|name| name.trim().is_empty()).count();
        let distinct = i64::try_from(names.len() - blank + 1).unwrap();
        assert_eq!(archive.count("SELECT count(DISTINCT folded) FROM team"), distinct);
        assert_eq!(archive.count("SELECT count(DISTINCT team_id || folded) FROM project"), distinct);
        assert_eq!(archive.count("SELECT count(DISTINCT team_id || folded) FROM member"), distinct);
        let keys = stored_photos(&archive);
        assert_eq!(keys.len(), 511);
        let catalogue = archive.catalogue();
        let mut known = catalogue.prepare("SELECT 1 FROM photo WHERE object_key = ?1").unwrap();
        for key in &keys {
            assert!(known.exists([key]).unwrap(), "{key:?} is known");
            assert_eq!(key.split('/').count(), 6, "photos, team, project, member, day, file: {key:?}");
        }
    }
}

/// The keys of all photos, as the store has them; nothing lies beside the archive's folder.
fn stored_photos(archive: &Archive) -> Vec<String> {
    let keys: Vec<String> = if let Some(objects) = archive.store().listed_by_another_client() {
        objects.iter().map(|object| object["key"].as_str().unwrap().to_owned()).collect()
    } else {
        let files = files_below(&archive.state_dir());
        let beside = files.iter().filter(|path| !path.starts_with("archive"));
        assert!(
            beside.clone().all(|path| path.components().count() == 1),
            "{:?}",
            beside.collect::<Vec<_>>()
        );
        let below = files.iter().filter_map(|path| path.strip_prefix("archive").ok());
        below.map(|path| path.to_str().unwrap().to_owned()).collect()
    };
    keys.into_iter().filter(|key| is_photo(key)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn the_store_takes_every_key_as_it_is(name: String, code: String) {
        let key = photo_key(&Segment::of(&name), &code).repeat(Sha256::of(b"again"));
        let path = StorePath::parse(key.as_str()).unwrap();
        prop_assert_eq!(path.as_ref(), key.as_str());
    }
}
