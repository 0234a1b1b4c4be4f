//! `keepmark serve`: the daemon, until a signal ends it.

use std::io::IsTerminal as _;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use super::{Ended, hook, user};
use crate::app::App;
use crate::config::Config;
use crate::telemetry;
use crate::web::Access;

/// A connection that waits in a socket of systemd's starts the daemon again at once, whatever `RestartSec=` says: without
/// a pause a wrong setting would be tried dozens of times a second.
const FAILED_START_PAUSE: Duration = Duration::from_secs(3);

pub(super) async fn run(config: impl FnOnce() -> anyhow::Result<Config>) -> anyhow::Result<Ended> {
    let has_sockets = std::env::var_os("LISTEN_FDS").is_some();
    let ended = match config() {
        Ok(config) => serve(config).await,
        Err(error) => Err(error),
    };
    if ended.is_err() && has_sockets {
        tokio::time::sleep(FAILED_START_PAUSE).await;
    }
    ended
}

async fn serve(config: Config) -> anyhow::Result<Ended> {
    telemetry::logs::start(&config.log)?;
    let stop = stop_signal()?;
    let announcement = config.clone();
    let app = App::build(config, Access::People).await?;
    let addresses: Vec<String> = app.addresses().iter().map(|address| format!("http://{address}")).collect();
    let archive = app.archive().place;
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        listening = addresses.join(" "),
        archive,
        "keepmark serves"
    );
    announce(&announcement, &app).await?;
    // Outside systemd there is nobody to tell, and that is no error.
    let _told = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
    app.run(async {
        stop.await;
        let _told = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
    })
    .await?;
    Ok(Ended::Well)
}

/// A secret address is printed to a terminal only: elsewhere it would end up in a log.
async fn announce(config: &Config, app: &App) -> anyhow::Result<()> {
    if std::io::stderr().is_terminal() {
        eprintln!(
            "\nPaste this address into Timemark (Teamspace, Integrations, Webhook):\n  {}\n",
            hook::url(config, app.addresses())?
        );
        if let Some(link) = user::first_admin(config, &app.catalog(), app.addresses()).await? {
            eprintln!(
                "See the photos: with this link you become the first admin. It works once:\n  {link}\n"
            );
        }
    } else {
        tracing::info!("`keepmark hook url` prints the address to paste into Timemark");
        if !app.catalog().has_people().await? {
            tracing::info!(
                "nobody can sign in yet: `keepmark user invite NAME` prints a link for the first admin"
            );
        }
    }
    Ok(())
}

/// Resolves at the first SIGTERM or SIGINT; a second one ends the process at once.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::warn!("a second signal: ending at once; what was at work begins anew at the next start");
            std::process::exit(0);
        });
    })
}
