//! One integration binary over a real daemon: real SQLite, real HTTP, real files, and a real S3 server where
//! `tests/run.sh` has started one.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

mod accepting;
mod architecture;
mod commands;
mod corpus;
mod crashes;
mod demo;
mod evidence;
mod faults;
mod guard;
mod hostile;
mod kills;
mod names;
mod pages;
mod queue;
mod resuming;
mod retrying;
