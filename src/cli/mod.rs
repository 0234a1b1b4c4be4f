//! The command line: one file a subcommand.
//!
//! Results go to stdout, everything else to stderr. Exit codes: 0 all well, 1 findings, 2 could not run.

mod address;
mod attach;
mod audit;
mod audit_run;
mod backup;
mod check;
mod completions;
mod demo;
mod device;
mod hook;
mod judge;
mod ledger;
mod progress;
mod prove;
mod rebuild;
mod retry;
mod serve;
mod stand_in;
mod status;
mod token;
mod user;
mod verify;

use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand, ValueEnum};

use crate::app::state_dir;
use crate::catalog::Catalog;
use crate::config::{Config, Loaded};

/// How a command that could run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Exit code 0.
    Well,
    /// Exit code 1: somebody should look at what was printed.
    WithFindings,
}

/// Keeps every photo that a Timemark team takes.
///
/// Timemark announces each new photo once, by webhook. Keepmark commits the announcement to disk, fetches the photo,
/// checks what the file says of its capture against what was announced, and archives both.
#[derive(Debug, Parser)]
#[command(
    name = "keepmark",
    version,
    after_help = "First steps:\n  \
        keepmark demo              see it work, in a scratch folder, without any configuration\n  \
        keepmark serve             run the daemon\n  \
        keepmark hook url          the address to paste into Timemark\n  \
        keepmark user invite NAME  a link to sign in with, and see the photos\n\n\
        Exit codes: 0 all well, 1 findings, 2 could not run."
)]
pub struct Cli {
    /// The configuration file. Without it: the file that `KEEPMARK_CONFIG` names, else /etc/keepmark/config.toml if it
    /// exists, else the built-in defaults. The demo has one of its own.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the daemon: receive deliveries, archive photos, serve pages and API.
    Serve,
    /// See the whole way of a photo: a daemon in a scratch folder, with a sender and an image host inside.
    Demo(demo::Options),
    /// Say what would go wrong: configuration, state folder, database, store, clock.
    Check,
    /// What is archived, what waits and what is stuck. Exit code 1 when somebody should look.
    Status(Format),
    /// The address to paste into Timemark, and its secret token.
    #[command(subcommand)]
    Hook(hook::Command),
    /// Take deliveries up again: dead ones, held ones, or any outcome, read with the parser of today.
    Retry(retry::Options),
    /// Give a photo by hand where its link is dead: the file is archived for that delivery.
    Attach(attach::Options),
    /// Judge archived photos again, by the rules of this program and what is known by now.
    ///
    /// Nothing is downloaded, and what stood is kept. Where a daemon runs, it does the work, by the settings that it was
    /// started with, and goes on if this command is ended. Where none runs, the work is done here, and `serve` has to wait:
    /// end it with Ctrl-C and start the daemon, which takes it up. A run that was cut goes on with the next `judge` of
    /// the same filter.
    Judge(judge::Options),
    /// Make the catalogue anew from the store, when the state folder is lost.
    ///
    /// Start `keepmark serve` on an empty state folder with the same archive.url, then run this beside it: deliveries are
    /// taken meanwhile, and their photos go on when it is through. Every photo is read and compared with its sidecar; what
    /// does not fit is named and left as it is. Exit code 1 where something did not fit. Cut, it goes on with the daemon
    /// or the next `rebuild`.
    Rebuild(Format),
    /// Copy the database to the folder of `[backup]`, while the daemon runs, and read the copy back. Prints its path.
    ///
    /// Sessions, tokens and open invitations are left out. To put a copy back: stop the daemon, move `keepmark.db` and
    /// `keepmark.db-wal` out of the state folder, put the copy there as `keepmark.db`, start the daemon.
    Backup,
    /// Prove to a stranger that a photo is in the archive, unchanged: makes a folder with the original, its sidecar, the proof
    /// and a script that checks them without Keepmark.
    Prove(prove::Options),
    /// Check a folder that `prove` made, offline. Exit code 1 when a link is broken.
    Verify(verify::Options),
    /// The ledger of all archived photos: its checkpoint, its key, its check.
    #[command(subcommand)]
    Ledger(ledger::Command),
    /// Whether what is archived is still there, and still what was archived.
    ///
    /// With codes: a row for each archived version of each code, with its objects read again now. With --all, --sample or
    /// --inventory: a run over the archive, which the daemon works off where one runs, and which goes on where it was cut.
    /// Nothing is ever deleted or mended by an audit.
    Audit(audit::Options),
    /// Names of devices that may be one: what photos are announced with, and what their files say.
    #[command(subcommand)]
    Device(device::Command),
    /// People who may sign in to the pages, and what each may do.
    #[command(subcommand)]
    User(user::Command),
    /// Tokens for programs that use the API.
    #[command(subcommand)]
    Token(token::Command),
    /// Print a completion script, for packages: `keepmark completions bash`.
    Completions(completions::Options),
    /// Print the manual as roff, for packages: `keepmark man >keepmark.1`.
    Man,
}

/// How a result is printed.
#[derive(Debug, Clone, Copy, clap::Args)]
struct Format {
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = FormatName::Text)]
    format: FormatName,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatName {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Reads the command line; ends the process with a message where it makes no sense.
pub fn parse() -> Cli {
    Cli::parse()
}

/// Runs one command.
pub async fn run(cli: Cli) -> anyhow::Result<Ended> {
    // Whatever is made belongs to this user alone, libraries' files included.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    // One provider of cryptography for all that speaks TLS.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let config = || load(cli.config.as_deref());
    match cli.command {
        // In a scratch folder of its own, whatever this machine is configured for.
        Command::Demo(options) => demo::run(options).await,
        // They ask nothing of this machine.
        Command::Completions(options) => Ok(completions::complete(&options)),
        Command::Man => completions::manual(),
        Command::Verify(options) => verify::run(&options),
        Command::Serve => serve::run(config).await,
        Command::Check => check::run(&config()?).await,
        Command::Status(format) => status::run(&config()?, format.format).await,
        Command::Hook(command) => hook::run(&config()?, &command).await,
        Command::Retry(options) => retry::run(&config()?, options).await,
        Command::Attach(options) => attach::run(&config()?, options).await,
        Command::Judge(options) => judge::run(&config()?, options).await,
        Command::Rebuild(format) => rebuild::run(&config()?, format).await,
        Command::Backup => backup::run(&config()?).await,
        Command::Prove(options) => prove::run(&config()?, options).await,
        Command::Ledger(command) => ledger::run(&config()?, command).await,
        Command::Audit(options) => audit::run(&config()?, options).await,
        Command::Device(command) => device::run(&config()?, command).await,
        Command::User(command) => user::run(&config()?, command).await,
        Command::Token(command) => token::run(&config()?, command).await,
    }
}

fn load(file: Option<&Path>) -> anyhow::Result<Config> {
    let Loaded { config, origin } = Config::load(file, std::env::vars_os())?;
    eprintln!("{origin}");
    Ok(config)
}

/// The catalogue of a daemon that may be running; refused for the wrong user, without making anything.
fn catalog_beside(config: &Config) -> anyhow::Result<Catalog> {
    state_dir::check_existing(&config.state_dir)?;
    if !Catalog::exists_in(&config.state_dir) {
        anyhow::bail!(
            "the state folder {} has no catalogue yet: start `keepmark serve` once",
            config.state_dir.display()
        );
    }
    Ok(Catalog::open_beside(&config.state_dir)?)
}
