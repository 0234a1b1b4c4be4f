//! Archives as Python's `zipfile` reads them, which follows the same document.

use std::io::{Seek as _, SeekFrom, Write as _};
use std::process::Command;

use jiff::civil::date;

use super::*;

const CHECK: &str = r#"
import json, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
entries = archive.infolist()
some = [entries[0], entries[-1]] if sys.argv[2] == "ends" else entries
bad = archive.testzip() if sys.argv[2] == "all" else None
assert bad is None, bad
print(json.dumps({"entries": len(entries), "names": [e.filename for e in some], "sizes": [e.file_size for e in some],
    "offsets": [e.header_offset for e in some], "times": [e.date_time for e in some],
    "last": archive.read(entries[-1]).decode()}))
"#;

fn read(file: &std::path::Path, which: &str) -> serde_json::Value {
    let python = std::env::var_os("KEEPMARK_TEST_PYTHON").unwrap_or_else(|| "python3".into());
    let output = Command::new(python).args(["-c", CHECK]).arg(file).arg(which).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn entry<'a>(name: &'a str, bytes: &[u8]) -> Entry<'a> {
    Entry {
        name,
        time: date(2025, 12, 11).at(13, 45, 7, 0),
        size_bytes: bytes.len() as u64,
        crc32: crc32fast::hash(bytes),
    }
}

#[test]
fn names_of_any_script_times_and_bytes_are_read_back() {
    let mut zip = Zip::default();
    let mut bytes = Vec::new();
    for (name, content) in [("Größe/現場/a.jpg", &b"one"[..]), ("صورة.jpg", b""), ("b.jpg", b"three")]
    {
        bytes.extend(zip.entry(&entry(name, content)));
        bytes.extend(content);
    }
    bytes.extend(zip.end());
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, bytes).unwrap();
    let found = read(file.path(), "all");
    assert_eq!(found["names"], serde_json::json!(["Größe/現場/a.jpg", "صورة.jpg", "b.jpg"]));
    assert_eq!(found["times"][0], serde_json::json!([2025, 12, 11, 13, 45, 6]));
    assert_eq!(found["last"], "three");
}

#[test]
fn an_archive_of_more_than_65535_entries_is_whole() {
    let mut zip = Zip::default();
    let mut bytes = Vec::new();
    for number in 0..70_000_u32 {
        let content = number.to_string();
        bytes.extend(zip.entry(&entry(&format!("{number}.jpg"), content.as_bytes())));
        bytes.extend(content.bytes());
    }
    bytes.extend(zip.end());
    // Python goes by the directory's size; others go by the count, which fits the ZIP64 record alone.
    let end = &bytes[bytes.len() - (56 + 20 + 22)..];
    let number = |at: usize| u64::from_le_bytes(end[at..at + 8].try_into().unwrap());
    assert_eq!(
        (&end[..4], &end[56..60], &end[76..80]),
        (&b"PK\x06\x06"[..], &b"PK\x06\x07"[..], &b"PK\x05\x06"[..])
    );
    assert_eq!((number(24), number(32), number(56 + 8)), (70_000, 70_000, (bytes.len() - end.len()) as u64));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, bytes).unwrap();
    let found = read(file.path(), "all");
    assert_eq!((&found["entries"], &found["last"]), (&70_000.into(), &"69999".into()));
}

#[test]
fn a_file_above_4_gib_and_what_stands_behind_it_are_found() {
    let size_bytes = 5 << 30;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let mut zip = Zip::default();
    file.write_all(&zip.entry(&Entry { size_bytes, crc32: 0, ..entry("large.mp4", b"") })).unwrap();
    // A hole in place of the bytes takes no room.
    file.seek(SeekFrom::Current(size_bytes.cast_signed())).unwrap();
    file.write_all(&zip.entry(&entry("behind.jpg", b"behind"))).unwrap();
    file.write_all(b"behind").unwrap();
    file.write_all(&zip.end()).unwrap();
    let found = read(file.path(), "ends");
    assert_eq!(found["sizes"], serde_json::json!([size_bytes, 6]));
    assert!(found["offsets"][1].as_u64().unwrap() > size_bytes && found["last"] == "behind", "{found}");
}

#[test]
fn a_year_that_zip_does_not_know_becomes_the_nearest() {
    assert_eq!(dos(date(1970, 1, 1).at(0, 0, 0, 0)).0 >> 9, 0);
    assert_eq!(dos(date(2200, 1, 1).at(0, 0, 0, 0)).0 >> 9, 127);
}
