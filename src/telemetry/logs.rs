//! Starting the log: lines of text on stderr, which systemd's journal or a terminal keeps.

use anyhow::Context as _;
use tracing_subscriber::EnvFilter;

/// Starts logging for the life of the process. `level` is a filter as `info` or `keepmark=debug,info`.
pub fn start(level: &str) -> anyhow::Result<()> {
    // A bare word is our own level: what libraries have to say at `info` helps nobody at night.
    let directives =
        if level.contains(['=', ',']) { level.to_owned() } else { format!("warn,keepmark={level}") };
    let filter = EnvFilter::builder().parse(directives).with_context(|| {
        format!("log.level {level:?} is no filter: write for example \"info\" or \"keepmark=debug\"")
    })?;
    let to_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let started = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(to_terminal)
        .with_target(false)
        .try_init();
    // A second start in one process (tests) keeps the first.
    drop(started);
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// Where it happened, never its message: that of a library may quote a payload or a file.
fn log_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, "the program failed at this place; please report it");
}
