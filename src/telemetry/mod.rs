//! Logs, metrics and health as data.
//!
//! Never a token, a contact, a name, a place or a link's query: rooms log numbers, ids and sentences of their own.

pub mod disk;
pub mod logs;
pub mod metrics;

pub use disk::Disk;
pub use metrics::Metrics;
