//! The corpus beside the project, where it is there.

use std::path::PathBuf;

use serde_json::Value;

/// The corpus's folder: `KEEPMARK_CORPUS`, else `../shared/corpus`. Says so where there is none.
pub fn folder() -> Option<PathBuf> {
    let default = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let folder = std::env::var_os("KEEPMARK_CORPUS").map_or(default, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no corpus at {}", folder.display());
    None
}

/// A JSON file of the corpus.
pub fn json(path: &str) -> Option<Value> {
    let file = folder()?.join(path);
    Some(serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap())
}
