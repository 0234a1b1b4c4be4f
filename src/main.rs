//! The program: parse, run, print the error chain, exit code.

use std::process::ExitCode;

use keepmark::cli::{self, Ended};

#[tokio::main]
async fn main() -> ExitCode {
    match cli::run(cli::parse()).await {
        Ok(Ended::Well) => ExitCode::SUCCESS,
        Ok(Ended::WithFindings) => ExitCode::from(1),
        Err(error) => {
            eprintln!("keepmark: {error:#}");
            ExitCode::from(2)
        }
    }
}
