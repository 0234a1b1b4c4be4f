//! The program: parse, run, print the error chain, exit code.

use std::process::ExitCode;

use keepmark::cli::{self, Ended};

fn main() -> ExitCode {
    let command = cli::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("keepmark: could not start: {error}");
            return ExitCode::from(2);
        }
    };
    let ended = runtime.block_on(cli::run(command));
    // What still runs on a thread of its own is reading a file whose job was given back: nobody waits for it.
    runtime.shutdown_background();
    match ended {
        Ok(Ended::Well) => ExitCode::SUCCESS,
        Ok(Ended::WithFindings) => ExitCode::from(1),
        Err(error) => {
            eprintln!("keepmark: {error:#}");
            ExitCode::from(2)
        }
    }
}
