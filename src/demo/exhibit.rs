//! What the demo sends: a photo's bytes and the payload that announces them.

use std::path::Path;

use anyhow::{Context as _, bail};
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::cast;
use crate::domain::evidence::{Evidence, FilePosition};
use crate::domain::photo::Sha256;
use crate::domain::zone;
use crate::inspect::{self, ReadError};

/// One photo with its delivery.
pub struct Exhibit {
    /// For the table.
    pub name: String,
    /// The last part of its address.
    pub file_name: String,
    /// The file.
    pub bytes: Vec<u8>,
    /// The payload, without the links.
    pub payload: Map<String, Value>,
}

impl Exhibit {
    /// The delivery's own id.
    pub fn event_id(&self) -> &str {
        self.payload.get("event_id").and_then(Value::as_str).unwrap_or_default()
    }

    /// Of the file.
    pub fn sha256(&self) -> Sha256 {
        Sha256::of(&self.bytes)
    }
}

/// The photos that the demo paints itself; `day` lies in the past. Takes some seconds of CPU.
pub fn painted(day: Date) -> anyhow::Result<Vec<Exhibit>> {
    let exhibit = |role: cast::Role| {
        let Value::Object(payload) = serde_json::to_value(&role.announcement)? else {
            bail!("a payload is an object")
        };
        let name = format!("{} {}", role.file_name, role.oddity.words());
        Ok(Exhibit { name, file_name: role.file_name.clone(), bytes: role.paint(), payload })
    };
    cast::cast(day).into_iter().map(exhibit).collect()
}

/// The photos and videos of a folder, each under a code of its own, announced as their files say. Other files are
/// named on stderr and left out.
pub fn of_folder(folder: &Path) -> anyhow::Result<Vec<Exhibit>> {
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("could not read the folder {}", folder.display()))?;
    let mut files: Vec<_> =
        entries.collect::<Result<Vec<_>, _>>()?.into_iter().map(|entry| entry.path()).collect();
    files.retain(|path| path.is_file());
    files.sort();
    let mut exhibits = Vec::new();
    for path in files {
        let bytes = std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
        match inspect::read(&mut std::io::Cursor::new(&bytes)) {
            Ok(evidence) => exhibits.push(announced(&path, bytes, &evidence, exhibits.len() + 1)),
            Err(ReadError::NotAPhoto { seems }) => {
                eprintln!("left out: {} is no photo but {seems}", path.display());
            }
            Err(ReadError::Io(error)) => return Err(error).context("could not read a photo"),
        }
    }
    if exhibits.is_empty() {
        bail!("there is no photo in {}", folder.display());
    }
    Ok(exhibits)
}

fn announced(path: &Path, bytes: Vec<u8>, evidence: &Evidence, number: usize) -> Exhibit {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut payload = Map::new();
    let mut say = |key: &str, value: Value| payload.insert(key.to_owned(), value);
    say("event_type", json!("photo.uploaded"));
    say("event_id", json!(format!("demo-{number:04}-{}", Sha256::of(&bytes))));
    say("group_name", json!("Demo"));
    say("project_name", json!(folder_name(path)));
    say("photo_code", json!(format!("DEMO{number:010}")));
    say("photo_name", json!(name));
    say("member", json!({"member_name": "Keepmark demo", "member_contact": "demo@keepmark.invalid"}));
    let exif = &evidence.exif;
    if let FilePosition::At(position) = exif.position {
        let (latitude, longitude) = (position.latitude.to_string(), position.longitude.to_string());
        say("photo_location", json!({"location_latitude": latitude, "location_longitude": longitude}));
        let instant = exif
            .taken
            .zip(zone::around(position).into_iter().next())
            .and_then(|(taken, zone)| zone.to_timestamp(taken).ok());
        if let Some(instant) = instant {
            say("photo_timestamp", json!(instant));
        }
    }
    if let Some(model) = &exif.model {
        say("device_model", json!(format!("{} {model}", exif.make.as_deref().unwrap_or_default()).trim()));
    }
    let file_name = format!("{number}.{}", evidence.media_type.extension());
    Exhibit { name, file_name, bytes, payload }
}

fn folder_name(path: &Path) -> String {
    let folder = path.parent().and_then(Path::file_name);
    folder.map_or_else(|| "photos".to_owned(), |folder| folder.to_string_lossy().into_owned())
}
