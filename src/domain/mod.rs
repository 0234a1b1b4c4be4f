//! What Keepmark knows, as values and rules.
//!
//! Never: I/O, async, clocks, randomness. Time and chance come in as parameters, so that every rule here is a
//! function that a test can call.

pub mod backoff;
pub mod delivery;
pub mod evidence;
pub mod job;
pub mod names;
pub mod object_key;
pub mod photo;
pub mod position;
pub mod reserve;
pub mod sidecar;
pub mod store;
pub mod verdict;
pub mod zone;
