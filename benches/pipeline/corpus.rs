//! The photos of the corpus, in memory.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// A photo as it lies in the corpus.
pub struct Photo {
    pub bytes: Vec<u8>,
}

/// Where the corpus's photos are, or would be.
pub fn folder() -> PathBuf {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    std::env::var_os("KEEPMARK_CORPUS").map_or(default, PathBuf::from).join("photos")
}

/// Every JPEG file of a folder, in the order of their names.
pub fn photos_in(folder: &Path) -> anyhow::Result<Vec<Photo>> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("could not read {}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("jpg")));
    paths.sort();
    paths.into_iter().map(|path| Ok(Photo { bytes: std::fs::read(path)? })).collect()
}
