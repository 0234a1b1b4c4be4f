//! Bodies that are made to break parsers: each is answered, none is lost.

use crate::support::corpus;
use crate::support::daemon::Archive;

#[tokio::test]
async fn every_hostile_text_is_answered_2xx_and_can_be_read_back_byte_for_byte() {
    let Some(folder) = corpus::folder() else { return };
    let archive = Archive::local();
    let daemon = archive.start();
    let token = archive.api_token();
    let mut files: Vec<_> = std::fs::read_dir(folder.join("hostile/json")).unwrap().flatten().collect();
    files.sort_by_key(std::fs::DirEntry::file_name);
    assert_eq!(files.len(), 318);
    for file in &files {
        let body = std::fs::read(file.path()).unwrap();
        let (status, answer) = daemon.post(body.clone()).await;
        assert!(status.is_success(), "{file:?}: {status}");
        let outcome = answer["outcome"].as_str().unwrap();
        let name = file.file_name().into_string().unwrap();
        let is_object = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
        if name.starts_with("y_") {
            assert_eq!(outcome == "quarantined", !is_object, "{name}: {outcome}");
        }
        let catalogue = archive.catalogue();
        let sha256 = keepmark::domain::photo::Sha256::of(&body).to_string();
        let id: i64 = catalogue
            .query_row("SELECT id FROM delivery WHERE body_sha256 = ?1", [&sha256], |row| row.get(0))
            .unwrap();
        let url = daemon.url(&format!("/api/v1/deliveries/{id}/body"));
        let read = daemon.client().get(url).bearer_auth(&token).send().await.unwrap().bytes().await.unwrap();
        assert_eq!(read, body, "{name}");
    }
    assert!(!daemon.log().contains("the program failed"), "{}", daemon.log());
}
