//! The errors about files, pairs of settings and secrets, each literally.

use std::error::Error as _;
use std::fmt::Write as _;

use super::*;

#[test]
fn settings_that_exclude_each_other_are_both_named() {
    let place = Place::new();
    assert_eq!(
        place.error(
            "archive.secret_access_key_file = \"x\"",
            &[("KEEPMARK__ARCHIVE__SECRET_ACCESS_KEY", "y"), ("KEEPMARK__ARCHIVE__ACCESS_KEY_ID", "z")]
        ),
        "KEEPMARK__ARCHIVE__SECRET_ACCESS_KEY and `archive.secret_access_key_file` in FILE are both set: \
         set one of them to \"\""
    );
    assert_eq!(
        file_error("archive.access_key_id = \"x\"\narchive.access_key_id_file = \"x\""),
        "`archive.access_key_id` in FILE and `archive.access_key_id_file` in FILE are both set: set \
         one of them to \"\""
    );
    assert_eq!(
        file_error("archive.access_key_id = \"x\""),
        "`archive.access_key_id` in FILE is set without `archive.secret_access_key`: set both or neither"
    );
    assert_eq!(
        file_error("archive.secret_access_key = \"x\""),
        "`archive.secret_access_key` in FILE is set without `archive.access_key_id`: set both or neither"
    );
    assert_eq!(
        file_error("verdict.time_match_secs = 901"),
        "`verdict.time_match_secs` in FILE and `verdict.time_near_secs` contradict each other: \
         the second must not be less than the first"
    );
    assert_eq!(
        file_error("verdict.position_near_m = 99"),
        "`verdict.position_match_m` and `verdict.position_near_m` in FILE contradict each other: \
         the second must not be less than the first"
    );
    assert_eq!(
        file_error("disk.pipeline_reserve_bytes = 1000"),
        "`disk.hook_reserve_bytes` and `disk.pipeline_reserve_bytes` in FILE contradict each other: \
         the second must not be less than the first"
    );
}

#[test]
fn a_secret_file_that_cannot_be_used_is_refused() {
    let place = Place::new();
    let error = |path: &Path| {
        place.error(&format!("[archive]\nsecret_access_key = \"x\"\naccess_key_id_file = {path:?}"), &[])
    };
    assert_eq!(
        error(&place.path("none")),
        "`archive.access_key_id_file` in FILE names a file that cannot be read: write its path, \
         not the secret itself, and let the user that runs keepmark read it"
    );
    let long = "x".repeat(4097);
    for content in ["", " \n", "two\nlines", "nul\0", long.as_str()] {
        assert_eq!(
            error(&place.file("id", content)),
            "`archive.access_key_id_file` in FILE names a file that must hold one line of text and \
             nothing else"
        );
    }
    assert!(error(&place.file("id", b"\xff")).ends_with("one line of text and nothing else"));
}

#[test]
fn a_configuration_file_that_is_missing_or_unreadable_is_named() {
    let place = Place::new();
    let (none, none_text) = (place.path("none"), place.path("none").display().to_string());
    let missing = load(Some(&none), &[], &none).unwrap_err().to_string();
    assert_eq!(
        missing,
        format!(
            "the configuration file {none_text}, named by --config, does not exist: create it or \
             correct --config"
        )
    );
    let missing =
        load(None, &environment(&[("KEEPMARK_CONFIG", &none_text)]), &none).unwrap_err().to_string();
    assert_eq!(
        missing,
        format!(
            "the configuration file {none_text}, named by KEEPMARK_CONFIG, does not exist: \
             create it or correct KEEPMARK_CONFIG"
        )
    );
    let folder = place.folder.path();
    let unreadable = load(None, &[], folder).unwrap_err();
    assert_eq!(
        unreadable.to_string(),
        format!(
            "cannot read the configuration file {}: let the user that runs keepmark read it",
            folder.display()
        )
    );
    assert_eq!(unreadable.source().unwrap().to_string(), "Is a directory (os error 21)");
}

#[test]
fn a_file_that_is_no_toml_is_refused_with_line_and_column() {
    for (text, expected) in [
        (
            "# é\n[server]\nlisten = oops",
            "line 3, column 10: string values must be quoted, expected literal string",
        ),
        ("[log]\nlevel = \"a\"\nlevel = \"b\"", "line 3, column 1: duplicate key"),
        ("[log", "line 1, column 5: unclosed table, expected `]`"),
        ("é", "line 1, column 2: key with no value, expected `=`"),
    ] {
        assert_eq!(file_error(text), format!("FILE is not valid TOML at {expected}"));
    }
}

#[cfg(unix)]
#[test]
fn a_variable_of_ours_must_be_utf8_and_others_need_not() {
    use std::os::unix::ffi::OsStringExt as _;
    let bytes = OsString::from_vec(vec![0xff]);
    let none = Path::new("/nonexistent");
    let error = load(None, &[("KEEPMARK__LOG__LEVEL".into(), bytes.clone())], none).unwrap_err().to_string();
    assert_eq!(error, "the value of KEEPMARK__LOG__LEVEL is not valid UTF-8: set it again, or unset it");
    let name = OsString::from_vec(b"KEEPMARK__LOG__\xff".to_vec());
    let error = load(None, &[(name, "x".into())], none).unwrap_err().to_string();
    assert_eq!(
        error,
        "unknown variable KEEPMARK__LOG__\u{fffd}: the settings of `log` are `format`, `level`"
    );
    assert!(load(None, &[("OTHER".into(), bytes.clone()), (bytes, "x".into())], none).is_ok());
}

#[test]
fn no_error_shows_a_secret_or_a_url_with_credentials() {
    const SECRET: &str = "wJalrXUtnFEMI";
    let place = Place::new();
    let broken_file = place.file("secret", format!("{SECRET}\nsecond line"));
    for text in [
        format!("archive.secret_access_key = {SECRET}"),
        format!("archive.secret_access_key = \"{SECRET}"),
        format!("archive.secret_access_key = '{SECRET}\n'"),
        format!("archive.secret_access_key = \"{SECRET}\\q\""),
        format!("archive.secret_access_key = \"{SECRET}\" rest"),
        format!("archive.secret_access_key : \"{SECRET}\""),
        format!("archive.secret_access_key = [\"{SECRET}\"]"),
        format!("archive.secret_access_key = {{ value = \"{SECRET}\" }}"),
        format!("archive.secret_access_key = \"{SECRET}\""),
        format!("archive.secret_access_key = \"{SECRET}\"\narchive.secret_access_key_file = \"{SECRET}\""),
        format!("archive.secret_access_key = \"{SECRET}\"\narchive.secret_access_key = \"{SECRET}\""),
        format!("archive.secret_access_kye = \"{SECRET}\""),
        format!("archive.access_key_id = \"x\"\narchive.secret_access_key_file = \"{SECRET}\""),
        format!("archive.access_key_id = \"x\"\narchive.secret_access_key_file = {broken_file:?}"),
        format!("archive.url = \"s3://id:{SECRET}@bucket/prefix\""),
        format!("archive.url = \"s3://bucket/prefix?key={SECRET}\""),
        format!("archive.url = \"file:///srv?{SECRET}\""),
        format!("archive.url = \"https://id:{SECRET}@s3.example.com\""),
        format!("archive.endpoint = \"https://id:{SECRET}@s3.example.com\""),
        format!("archive.endpoint = \"https://{SECRET}@s3.example.com\""),
        format!("archive.endpoint = \"https://id:{SECRET}@s3.example.com:99999\""),
        format!("server.public_url = \"https://:{SECRET}@example.com\""),
        format!("server.public_url = \"{SECRET}\""),
        format!("server.listen = [\"{SECRET}\"]"),
        format!("fetch.allow_hosts = [\"https://id:{SECRET}@example.com\"]"),
        format!("verdict.default_zone = \"{SECRET}\""),
    ] {
        let error = place.load_all(&text, &[]).unwrap_err();
        let mut shown = format!("{error:?} {error}");
        let mut source = error.source();
        while let Some(inner) = source {
            write!(shown, " {inner} {inner:?}").unwrap();
            source = inner.source();
        }
        assert!(!shown.contains(SECRET), "{text}\n{shown}");
    }
}
