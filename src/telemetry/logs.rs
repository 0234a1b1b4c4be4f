//! Starting the log: lines on stderr, which systemd's journal or a terminal keeps, or fields in the journal.

mod journal_line;

use std::io::{self, IsTerminal as _};

use anyhow::Context as _;
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Registry, fmt};

use crate::config::{Log, LogFormat};
use journal_line::JournalLine;

/// What a field is called in the journal: `delivery` is found as `KEEPMARK_DELIVERY=17`.
const JOURNAL_PREFIX: &str = "KEEPMARK";

/// Starts logging for the life of the process.
pub fn start(settings: &Log) -> anyhow::Result<()> {
    let level = &settings.level;
    // A bare word is our own level: what libraries have to say at `info` helps nobody at night.
    let directives =
        if level.contains(['=', ',']) { level.clone() } else { format!("warn,keepmark={level}") };
    let filter = EnvFilter::builder().parse(directives).with_context(|| {
        format!("log.level {level:?} is no filter: write for example \"info\" or \"keepmark=debug\"")
    })?;
    let started = tracing_subscriber::registry().with(layer(settings.format)?.with_filter(filter)).try_init();
    // A second start in one process (tests) keeps the first.
    drop(started);
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

fn layer(format: LogFormat) -> anyhow::Result<Box<dyn Layer<Registry> + Send + Sync>> {
    let lines = fmt::layer().with_writer(io::stderr).with_target(false);
    Ok(match format {
        LogFormat::Auto if stderr_is_journal() => lines.with_ansi(false).event_format(JournalLine).boxed(),
        LogFormat::Auto | LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines.with_ansi(false).json().flatten_event(true).boxed(),
        LogFormat::Journald => tracing_journald::layer()
            .context(
                "log.format is \"journald\", and there is no journal here: set it to \"text\" or \"json\"",
            )?
            .with_field_prefix(Some(JOURNAL_PREFIX.to_owned()))
            .boxed(),
    })
}

/// Whether what is written to stderr goes into the journal: `JOURNAL_STREAM` names the stream that systemd made, which
/// may have been redirected since (`systemd.exec(5)`).
fn stderr_is_journal() -> bool {
    let Ok(named) = std::env::var("JOURNAL_STREAM") else { return false };
    let Ok(found) = rustix::fs::fstat(io::stderr()) else { return false };
    named == format!("{}:{}", found.st_dev, found.st_ino)
}

/// Where it happened, never its message: that of a library may quote a payload or a file.
fn log_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, "the program failed at this place; please report it");
}
