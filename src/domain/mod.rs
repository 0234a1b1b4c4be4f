//! What Keepmark knows, as values and rules.
//!
//! Never: I/O, async, clocks, randomness. Time and chance come in as parameters, so that every rule here is a
//! function that a test can call.

pub mod access;
pub mod announced_time;
pub mod area;
pub mod audit;
pub mod backoff;
pub mod causes;
pub mod code;
pub mod coverage;
pub mod delivery;
pub mod evidence;
pub mod fingerprint;
pub mod job;
pub mod judge_filter;
pub mod ledger;
pub mod look_alikes;
pub mod names;
pub mod object_key;
pub mod photo;
pub mod position;
pub mod record;
pub mod reserve;
pub mod sample;
pub mod search_text;
pub mod sidecar;
pub mod spreadsheet;
pub mod store;
pub mod terminal;
pub mod verdict;
pub mod verification;
pub mod zone;
