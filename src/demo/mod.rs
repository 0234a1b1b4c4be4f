//! The demo's other side: photos of its own, an image host and a sender, as Timemark would be.
//!
//! Never the daemon, which `cli/demo.rs` runs beside them; never a real person, a real team or a font file: the photos
//! are painted here, stamped and tagged as Timemark's are.

pub mod announcement;
pub mod cast;
pub mod exhibit;
pub mod exif;
pub mod host;
pub mod lettering;
pub mod paint;
pub mod painter;
pub mod scene;
pub mod script;
pub mod sender;
pub mod stamp;
pub mod texture;
