//! The stores that tests run on: a folder always, and SeaweedFS where `tests/run.sh` has started it.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The credentials that `tests/run.sh` gives SeaweedFS.
const KEY_ID: &str = "keepmark-test";
const SECRET: &str = "keepmark-test-secret";
const BUCKET: &str = "photos";

/// Where a daemon under test archives.
#[derive(Debug, Clone)]
pub enum Store {
    /// A folder in its own state folder.
    Folder,
    /// A prefix of its own on SeaweedFS.
    Seaweed { endpoint: String, prefix: String },
}

impl Store {
    /// All stores that are there; says what is skipped.
    pub fn all() -> Vec<Self> {
        let mut stores = vec![Self::Folder];
        match std::env::var("KEEPMARK_TEST_S3_ENDPOINT") {
            Ok(endpoint) => {
                stores.push(Self::Seaweed { endpoint, prefix: new_prefix() });
            }
            Err(_) => println!("skipped: no S3 server; tests/run.sh starts one"),
        }
        stores
    }

    /// The same store, with nothing in it yet.
    pub fn clone_with_new_prefix(&self) -> Self {
        match self {
            Self::Folder => Self::Folder,
            Self::Seaweed { endpoint, .. } => {
                Self::Seaweed { endpoint: endpoint.clone(), prefix: new_prefix() }
            }
        }
    }

    /// Settings for the daemon, as environment variables.
    pub fn settings(&self) -> Vec<(String, String)> {
        match self {
            Self::Folder => Vec::new(),
            Self::Seaweed { endpoint, prefix } => [
                ("URL", format!("s3://{BUCKET}/{prefix}")),
                ("ENDPOINT", endpoint.clone()),
                ("ALLOW_HTTP", "true".to_owned()),
                ("ACCESS_KEY_ID", KEY_ID.to_owned()),
                ("SECRET_ACCESS_KEY", SECRET.to_owned()),
            ]
            .map(|(name, value)| (format!("KEEPMARK__ARCHIVE__{name}"), value))
            .to_vec(),
        }
    }

    /// What another S3 client lists and reads: for each object its key, size and SHA-256.
    pub fn listed_by_another_client(&self) -> Option<Vec<Value>> {
        let Self::Seaweed { endpoint, prefix } = self else { return None };
        let python = std::env::var("KEEPMARK_TEST_PYTHON").expect("tests/run.sh sets it beside the endpoint");
        let output = Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/list_objects.py"))
            .args([endpoint, BUCKET, prefix, KEY_ID, SECRET])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Some(serde_json::from_slice(&output.stdout).unwrap())
    }
}

/// Objects as somebody reads and writes them who has the store and is not Keepmark.
pub struct Objects {
    store: Store,
    folder: PathBuf,
}

impl Objects {
    /// `folder` is where they lie where the store is a folder.
    pub fn of(store: &Store, folder: PathBuf) -> Self {
        Self { store: store.clone(), folder }
    }

    pub fn read(&self, key: &str) -> Option<Vec<u8>> {
        match self.by_python("get", key, &[]) {
            Some(output) if output.status.code() == Some(3) => None,
            Some(output) => Some(done(output)),
            None => std::fs::read(self.folder.join(key)).ok(),
        }
    }

    pub fn write(&self, key: &str, bytes: &[u8]) {
        match self.by_python("put", key, bytes) {
            Some(output) => drop(done(output)),
            None => {
                let path = self.folder.join(key);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, bytes).unwrap();
            }
        }
    }

    pub fn remove(&self, key: &str) {
        match self.by_python("delete", key, &[]) {
            Some(output) => drop(done(output)),
            None => std::fs::remove_file(self.folder.join(key)).unwrap(),
        }
    }

    fn by_python(&self, what: &str, key: &str, bytes: &[u8]) -> Option<Output> {
        let Store::Seaweed { endpoint, prefix } = &self.store else { return None };
        let mut child = Command::new(std::env::var("KEEPMARK_TEST_PYTHON").unwrap())
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/object.py"))
            .args([what, endpoint, BUCKET, &format!("{prefix}/{key}"), KEY_ID, SECRET])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(bytes).unwrap();
        Some(child.wait_with_output().unwrap())
    }
}

fn done(output: Output) -> Vec<u8> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn new_prefix() -> String {
    format!("t{:016x}", rand::random::<u64>())
}

/// Whether a key is a photo's own, and not its sidecar's or a derived image's.
pub fn is_photo(key: &str) -> bool {
    key.starts_with("photos/") && key.rsplit_once('.').is_some_and(|(_, ending)| ending == "jpg")
}
