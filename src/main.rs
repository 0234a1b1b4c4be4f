//! The program: parse, run, print the error chain, exit code.

use std::process::ExitCode;

use clap::Parser as _;
use keepmark::cli::{self, Cli, Ended};

#[tokio::main]
async fn main() -> ExitCode {
    match cli::run(Cli::parse()).await {
        Ok(Ended::Well) => ExitCode::SUCCESS,
        Ok(Ended::WithFindings) => ExitCode::from(1),
        Err(error) => {
            eprintln!("keepmark: {error:#}");
            ExitCode::from(2)
        }
    }
}
