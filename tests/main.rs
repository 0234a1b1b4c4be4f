//! One integration binary over a real daemon: real SQLite, real HTTP, real files, and a real S3 server where
//! `tests/run.sh` has started one.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

#[path = "../benches/generator/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the benchmarks use more of it")]
mod generator;

mod accepting;
mod api;
mod architecture;
mod audit_pages;
mod auditing;
mod backups;
mod big_bodies;
mod browsing;
mod card;
mod commands;
mod contention;
mod corpus;
mod crashes;
mod demo;
mod downloading;
mod evidence;
mod faults;
mod fixity;
mod guard;
mod hostile;
mod judging;
mod kills;
mod ledger;
mod ledger_trouble;
mod names;
mod operating;
mod originals;
mod overview;
mod pages;
mod people;
mod privacy;
mod proving;
mod queue;
mod rebuilding;
mod rebuilding_ledger;
mod records;
mod reserves;
mod resuming;
mod retrying;
mod searching;
mod stores;
mod tampering;
mod units;
mod verdicts;
mod verifying;
mod watchdog;
