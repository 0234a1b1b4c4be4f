//! Audits as they are kept: runs and what they found, and when each object was last read.
//!
//! Never reads an object: that is the audit's own room.

pub mod fixity;
mod record;
pub mod run;
#[cfg(test)]
mod tests;
