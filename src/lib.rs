//! Keepmark.
pub mod app;
pub mod archive;
pub mod catalog;
pub mod cli;
pub mod config;
pub mod demo;
pub mod domain;
pub mod fetch;
pub mod inspect;
pub mod intake;
pub mod pipeline;
pub mod telemetry;
pub mod web;
