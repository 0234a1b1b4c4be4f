//! The walls of the house: arrows run downwards only, and each heavy crate has its home.

use std::path::{Path, PathBuf};

use crate::support::daemon::files_below;

/// Rooms by level, the uppermost first. A room sees the rooms of lower levels only, never its siblings.
const LEVELS: [&[&str]; 6] = [
    &["cli"],
    &["app"],
    &["web", "intake", "demo"],
    &["pipeline", "audit", "upkeep", "proof", "export"],
    &["catalog", "archive", "fetch", "inspect", "telemetry"],
    &["config", "domain", "fault"],
];

/// Which rooms may name a crate.
const HOMES: [(&str, &[&str]); 15] = [
    ("actix_web", &["intake", "web", "demo", "app"]),
    ("rusqlite", &["catalog"]),
    ("refinery", &["catalog"]),
    ("object_store", &["archive"]),
    ("reqwest", &["fetch", "demo"]),
    ("image", &["inspect", "demo"]),
    ("exif", &["inspect", "demo"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("askama", &["web"]),
    ("utoipa", &["web"]),
    ("tlog_tiles", &["domain"]),
    ("signed_note", &["domain"]),
    ("ed25519_dalek", &["domain"]),
    ("tracing_subscriber", &["telemetry"]),
];

/// A line of code, and where it stands.
struct Line {
    file: PathBuf,
    room: String,
    code: String,
}

fn lines() -> Vec<Line> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files =
        files_below(&src).into_iter().filter(|file| file.extension().is_some_and(|ending| ending == "rs"));
    let in_file = |file: PathBuf| {
        let room = file.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        let text = std::fs::read_to_string(src.join(&file)).unwrap();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).map(str::to_owned);
        let line = |code| Line { file: file.clone(), room: room.clone(), code };
        code.map(line).collect::<Vec<_>>()
    };
    files.flat_map(in_file).collect()
}

fn level(room: &str) -> usize {
    LEVELS.iter().position(|rooms| rooms.contains(&room)).unwrap_or_else(|| panic!("{room} has no level"))
}

/// The words that follow `before` in a line: `crate::catalog::Catalog` names `catalog`.
fn words_after<'a>(code: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    code.match_indices(before).map(move |(at, _)| {
        let rest = &code[at + before.len()..];
        &rest[..rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())]
    })
}

#[test]
fn arrows_run_downwards_only() {
    let lines = lines();
    assert!(lines.len() > 1000, "the sources are read");
    for line in lines.iter().filter(|line| !["main", "lib"].contains(&line.room.as_str())) {
        for room in words_after(&line.code, "crate::")
            .filter(|room| room.chars().next().is_some_and(char::is_lowercase))
        {
            let allowed = room == line.room || level(&line.room) < level(room);
            assert!(allowed, "{}: {} must not see {room}", line.file.display(), line.room);
        }
    }
}

#[test]
fn each_heavy_crate_has_its_home() {
    for line in lines() {
        for (name, homes) in HOMES {
            let path = format!("{name}::");
            // `keepmark::image::` or `my_image::` are other words.
            let names_it = line.code.match_indices(&path).any(|(at, _)| {
                !line.code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
            });
            let is_home = homes.contains(&line.room.as_str());
            assert!(!names_it || is_home, "{}: {name} has its home in {homes:?}", line.file.display());
        }
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in files_below(&src).iter().filter(|file| file.extension().is_some_and(|ending| ending == "rs"))
    {
        let text = std::fs::read_to_string(src.join(file)).unwrap();
        assert!(text.starts_with("//! "), "{} does not open with what it is for", file.display());
    }
}

#[test]
fn the_domain_asks_no_clock_and_touches_nothing() {
    for line in lines().iter().filter(|line| line.room == "domain") {
        for word in [
            "std::fs",
            "std::net",
            "std::time::Instant",
            "SystemTime",
            "Timestamp::now",
            "tokio::",
            "rand::",
            "async fn",
        ] {
            assert!(!line.code.contains(word), "{}: {word}", line.file.display());
        }
    }
}
