//! What a verdict costs: the rules over real photos, pictures that look alike, and the search for them.
//!
//! The corpus lies beside the project and is never part of it: `KEEPMARK_CORPUS`, else `../shared/corpus`. Without it
//! only the search is measured. What is printed is Markdown.
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]
#![expect(clippy::cast_possible_truncation, reason = "counts of some thousand pairs")]

mod flats;
mod likeness;
mod lookup;
mod rules;
mod variants;

use std::path::{Path, PathBuf};

fn main() {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let folder = std::env::var_os("KEEPMARK_CORPUS").map_or(default, PathBuf::from).join("photos");
    if folder.is_dir() {
        rules::print(&folder);
        likeness::print(&folder);
    } else {
        println!("no corpus at {} (KEEPMARK_CORPUS names another place)", folder.display());
    }
    flats::print();
    lookup::print();
}
