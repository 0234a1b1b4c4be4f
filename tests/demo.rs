//! The demo, word for word as the README has it, and over real photos.

use std::process::{Command, Output};

use crate::support::corpus;
use crate::support::daemon::Archive;
use crate::support::host::{Answer, Host};
use crate::support::store::Store;

fn demo(arguments: &[&str]) -> Output {
    let scratch = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_keepmark"));
    command.arg("demo").args(arguments).current_dir(scratch.path());
    // The scratch folder of the demo lies in this one, and goes with it.
    command.env("TMPDIR", scratch.path()).output().unwrap()
}

fn text(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn the_demo_archives_all_its_photos_and_finds_those_at_odds() {
    let text = text(&demo(&[]));
    assert!(text.contains("delivered  12"), "{text}");
    assert!(text.contains("archived   12, 12 of them read back"), "{text}");
    for (photo, verdict) in [
        ("as announced", "consistent"),
        ("clock behind ", "suspicious"),
        ("taken elsewhere", "suspicious"),
        ("clock behind, elsewhere", "contradicted"),
        ("without EXIF", "inconclusive"),
    ] {
        let line = text.lines().find(|line| line.contains(photo)).unwrap();
        assert!(line.contains(verdict), "{line}");
    }
}

#[test]
fn the_demo_archives_all_82_photos_of_the_corpus() {
    let Some(corpus) = corpus::folder() else { return };
    let text = text(&demo(&["--photos", corpus.join("photos").to_str().unwrap()]));
    assert!(text.contains("archived   82, 82 of them read back with the SHA-256 of their file"), "{text}");
    assert_eq!(text.matches("the same bytes are archived under another code").count(), 2, "{text}");
}

#[tokio::test]
async fn the_corpus_lies_on_every_store_as_another_client_reads_it() {
    let Some(corpus) = corpus::folder() else { return };
    for store in Store::all() {
        let (archive, host) = (Archive::on(store), Host::start());
        let daemon = archive.start();
        let reference = corpus::json("photos.json").unwrap();
        let files = reference.as_array().unwrap();
        for (file, number) in files.iter().zip(1..) {
            let name = file["file"].as_str().unwrap();
            let bytes = std::fs::read(corpus.join("photos").join(name)).unwrap();
            let link = host.put(&format!("/{number}.jpg"), Answer::File(bytes, "image/jpeg"));
            let mut sent =
                crate::support::delivery(&format!("{number}"), &format!("CODE{number:010}"), &link);
            sent["photo_name"] = name.into();
            daemon.deliver(&sent).await;
        }
        daemon.settle(&archive).await;
        assert_eq!(archive.count("SELECT count(*) FROM photo WHERE archived_at IS NOT NULL"), 82);
        assert_eq!(archive.count("SELECT max(attempts) FROM job"), 1, "in one pass");
        let Some(objects) = archive.store().listed_by_another_client() else { continue };
        for file in files {
            let hash = file["sha256"].as_str().unwrap();
            let photo = objects.iter().find(|object| object["sha256"] == hash).unwrap();
            let key = photo["key"].as_str().unwrap();
            assert!(key.contains(&hash[..32]), "{key}");
            assert_eq!(photo["content_type"], "image/jpeg");
            assert!(
                objects.iter().any(|object| object["key"] == format!("{key}.json")),
                "{key} has a sidecar"
            );
        }
    }
}

#[test]
fn a_folder_without_photos_is_told_in_one_sentence() {
    let empty = tempfile::tempdir().unwrap();
    let output = demo(&["--photos", empty.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no photo in"), "{output:?}");
}
