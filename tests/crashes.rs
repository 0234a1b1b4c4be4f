//! The process ends between any two steps: the next life finishes the same photo, with the same keys and bytes.

use std::collections::BTreeMap;

use keepmark::domain::photo::Sha256;

use crate::support::daemon::{Archive, files_below};
use crate::support::host::Host;
use crate::support::photos::jpeg;
use crate::support::store::{Store, is_photo};
use crate::support::{delivery, until};

/// Every fault point of the pipeline, in its order.
const POINTS: [&str; 9] = [
    "fetched",
    "inspecting",
    "sealed",
    "photo_unread",
    "photo_put",
    "sidecar_unread",
    "sidecar_put",
    "stored",
    "recorded",
];

#[tokio::test]
async fn a_crash_at_any_point_is_finished_by_the_next_life_without_an_alarm() {
    for store in Store::all() {
        for point in POINTS {
            let archive =
                Archive::on(store.clone_with_new_prefix()).with_variable("KEEPMARK_CRASH_AT", point);
            let host = Host::start();
            let bytes = jpeg(1);
            let link = host.jpeg("/1.jpg", bytes.clone());
            let daemon = archive.start();
            let ended = daemon.deliver_the_last(&delivery("one", "A1BCDEFGHIJ23K", &link)).await;
            assert!(!ended.success(), "{point}: the daemon ends");
            let sealed = sealed(&archive);
            let (stored, objects) = (sealed.is_some(), objects(&archive));

            let archive = archive.without_variable("KEEPMARK_CRASH_AT");
            let daemon = archive.start();
            daemon.settle(&archive).await;
            assert_eq!(archive.count("SELECT count(*) FROM job WHERE state = 'done'"), 1, "{point}");
            assert_eq!(
                archive.count("SELECT count(*) FROM photo WHERE archived_at IS NOT NULL"),
                1,
                "{point}"
            );
            assert!(!daemon.log().contains("ERROR"), "{point}: {}", daemon.log());
            let after = self::objects(&archive);
            for (key, hash) in &objects {
                assert_eq!(after.get(key), Some(hash), "{point}: what was stored stays");
            }
            if stored {
                assert_eq!(sealed, self::sealed(&archive), "{point}: the seal stands");
            }
            let photo = after.iter().find(|(key, _)| is_photo(key)).unwrap();
            assert_eq!(photo.1, &Sha256::of(&bytes).to_string(), "{point}");
            let spool = archive.state_dir().join("spool");
            until("the spool is empty", async || files_below(&spool).is_empty().then_some(())).await;
        }
    }
}

/// What the seal fixed: id, key, and the sidecar's hash.
fn sealed(archive: &Archive) -> Option<(String, String, String)> {
    let sql = "SELECT p.id, p.object_key, e.sha256 FROM photo p JOIN evidence e ON e.photo_seq = p.seq";
    archive.catalogue().query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).ok()
}

/// Photos and sidecars in the store, with their hashes.
fn objects(archive: &Archive) -> BTreeMap<String, String> {
    if let Some(listed) = archive.store().listed_by_another_client() {
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        return listed
            .iter()
            .map(|object| (text(&object["key"]), text(&object["sha256"])))
            .filter(|(key, _)| key.starts_with("photos/"))
            .collect();
    }
    let folder = archive.objects();
    let files = files_below(&folder);
    // `name#1` is a put that a crash cut; listings hide it.
    let whole =
        files.iter().filter(|path| path.starts_with("photos") && !path.to_str().unwrap().contains('#'));
    whole
        .map(|path| {
            let hash = Sha256::of(&std::fs::read(folder.join(path)).unwrap());
            (path.to_str().unwrap().to_owned(), hash.to_string())
        })
        .collect()
}

#[tokio::test]
async fn a_photo_whose_inspection_ended_the_process_is_archived_undecoded_and_a_third_such_end_is_a_dead_letter()
 {
    let (archive, host) = (Archive::local(), Host::start());
    let archive = archive.with_variable("KEEPMARK_CRASH_AT", "inspecting");
    let link = host.jpeg("/1.jpg", jpeg(1));
    let daemon = archive.start();
    daemon.deliver_the_last(&delivery("one", "A1BCDEFGHIJ23K", &link)).await;
    for life in 0..3 {
        assert_eq!(archive.count("SELECT crashes FROM job"), life);
        archive.start().wait();
    }
    let archive = archive.without_variable("KEEPMARK_CRASH_AT");
    let daemon = archive.start();
    daemon.settle(&archive).await;
    assert_eq!(archive.count("SELECT count(*) FROM job WHERE state = 'dead'"), 1);
    assert_eq!(archive.count("SELECT count(*) FROM attempt WHERE outcome = 'crashed'"), 4);
    drop(daemon);

    archive.run(&["retry", "--dead"]);
    let crashing = Archive::with_variable(archive, "KEEPMARK_CRASH_AT", "inspecting");
    crashing.start().wait();
    let archive = crashing.without_variable("KEEPMARK_CRASH_AT");
    let daemon = archive.start();
    daemon.settle(&archive).await;
    let photo = daemon.api("/api/v1/photos", &archive.api_token()).await["photos"][0].clone();
    assert_eq!(archive.count("SELECT decoded FROM photo"), 0);
    let image = daemon.url(&format!("/photos/{}/360.jpg", photo["id"].as_str().unwrap()));
    let response = daemon.client().get(image).bearer_auth(archive.api_token()).send().await.unwrap();
    assert_eq!(response.status(), reqwest::StatusCode::NOT_FOUND, "it is never decoded later");
}
