//! What right settings become.

use super::*;

#[test]
fn the_archive_is_a_folder_or_a_bucket_with_a_prefix() {
    let s3 = |bucket: &str, prefix: &str| ArchiveUrl::S3 { bucket: bucket.into(), prefix: prefix.into() };
    for (url, expected) in [
        ("file:///srv/my%20photos", ArchiveUrl::Folder("/srv/my photos".into())),
        ("file:///srv/@photos", ArchiveUrl::Folder("/srv/@photos".into())),
        ("s3://bucket", s3("bucket", "")),
        ("s3://bucket/", s3("bucket", "")),
        ("s3://bucket/Équipe/2026/", s3("bucket", "Équipe/2026")),
    ] {
        assert_eq!(in_environment("KEEPMARK__ARCHIVE__URL", url).unwrap().archive.url, expected);
    }
}

#[test]
fn credentials_come_from_the_settings_or_from_files() {
    let place = Place::new();
    let file = place.file("secret", "s3cr3t/+=\r\n");
    let text = format!("[archive]\naccess_key_id = \"AKIA\"\nsecret_access_key_file = {file:?}");
    let credentials = place.load(&text, &[]).unwrap().config.archive.credentials.unwrap();
    let key = credentials.read().unwrap();
    assert_eq!((key.id.as_str(), key.secret.expose()), ("AKIA", "s3cr3t/+="));
    assert_eq!(format!("{key:?}"), "AccessKey { id: \"AKIA\", secret: … }");
    assert!(!format!("{credentials:?}").contains(file.to_str().unwrap()), "{credentials:?}");
}

#[test]
fn a_secret_that_is_not_there_stops_only_the_one_who_needs_it() {
    let place = Place::new();
    let text = "[archive]\naccess_key_id = \"AKIA\"\nsecret_access_key_file = \"/nowhere/secret\"";
    let config = place.load(text, &[]).unwrap().config;
    assert!(config.archive.credentials.unwrap().read().is_err());
}

#[test]
fn the_silence_that_calls_for_a_person_is_off_until_it_is_set() {
    assert_eq!(in_file("").unwrap().status.silence_max, None);
    let set = in_file("status.silence_max_hours = 72").unwrap();
    assert_eq!(set.status.silence_max, Some(std::time::Duration::from_hours(72)));
}

#[test]
fn hosts_and_paths_are_read_as_the_components_need_them() {
    let text = "state_dir = \"/srv/k\"\n[hook]\ntokens_file = \"tokens\"\n[fetch]\nallow_hosts = \
     [\"Photos.Example\"]
        allow_networks = [\"10.0.0.0/8\"]\n[archive]\nendpoint = \"https://s3.example:9000\"";
    let config = in_file(text).unwrap();
    assert_eq!(config.hook.tokens_file, Path::new("tokens"));
    assert_eq!(config.archive.url, ArchiveUrl::Folder("/srv/k/archive".into()));
    assert_eq!(config.archive.endpoint.unwrap().as_str(), "https://s3.example:9000/");
    assert_eq!(config.fetch.allow_networks, ["10.0.0.0/8".parse().unwrap()]);
    let link = url::Url::parse("https://PHOTOS.example/1.jpg").unwrap();
    assert_eq!(link.host().map(|host| host.to_owned()), config.fetch.allow_hosts.first().cloned());
}

#[test]
fn a_page_learns_where_tiles_come_from() {
    let origin = |url| in_environment("KEEPMARK__MAP__TILES_URL", url).unwrap().map.tiles_origin;
    assert_eq!(origin(""), None);
    assert_eq!(
        origin("https://a.example.com:81/{z}/{x}/{y}{r}.png?key=1").unwrap(),
        "https://a.example.com:81"
    );
    assert_eq!(origin("https://{s}.example.com/{z}/{x}/{y}.png").unwrap(), "https://*.example.com");
    for wrong in [
        "https://example.com/tiles.png",
        "ftp://example.com/{z}/{x}/{y}",
        "https://me:pw@example.com/{z}/{x}/{y}",
        "https://x{s}.example.com/{z}/{x}/{y}",
        "data:image/png,{z}{x}{y}",
        "{z}/{x}/{y}",
    ] {
        assert!(in_environment("KEEPMARK__MAP__TILES_URL", wrong).is_err(), "{wrong}");
    }
}
