//! The real daemon as a process, on a scratch folder of its own.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tempfile::TempDir;

/// How long a start may take.
const START: Duration = Duration::from_secs(30);

/// A running daemon; killed when dropped, and its scratch folder removed.
pub struct Daemon {
    child: Child,
    _folder: TempDir,
    state_dir: PathBuf,
    pub address: SocketAddr,
    /// The hook's secret path.
    pub hook: String,
}

impl Daemon {
    /// Starts a daemon with these settings, each a variable's name without the prefix and its value.
    pub fn start(settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let folder = super::scratch()?;
        let state_dir = folder.path().join("state");
        Self::start_over(folder, state_dir, settings)
    }

    /// The same over a state folder that is there already, and stays.
    #[allow(dead_code, reason = "each benchmark is a program of its own, and only one needs this")]
    pub fn start_in(state_dir: &Path, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::start_over(super::scratch()?, state_dir.to_owned(), settings)
    }

    fn start_over(folder: TempDir, state_dir: PathBuf, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let log = folder.path().join("log");
        let child = command(folder.path(), &state_dir, settings)?.stderr(File::create(&log)?).spawn()?;
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        // Made before it is known to serve, so that it is killed where it does not.
        let mut daemon = Self { child, _folder: folder, state_dir, address: nowhere, hook: String::new() };
        daemon.address = address(&log, &mut daemon.child)?;
        let tokens = std::fs::read_to_string(daemon.state_dir().join("hook-tokens"))?;
        let token = tokens.lines().rfind(|line| !line.starts_with('#')).context("no token was made")?;
        daemon.hook = format!("/hooks/timemark/{token}");
        Ok(daemon)
    }

    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    pub fn state_dir(&self) -> PathBuf {
        self.state_dir.clone()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended already.
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// The program with these settings and nothing of the machine's.
fn command(folder: &Path, state_dir: &Path, settings: &[(&str, &str)]) -> anyhow::Result<Command> {
    let empty = folder.join("empty.toml");
    std::fs::write(&empty, "")?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_keepmark"));
    command.arg("serve").stdin(Stdio::null()).stdout(Stdio::null());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("KEEPMARK")) {
        command.env_remove(name);
    }
    command.env("KEEPMARK_CONFIG", empty);
    command.env("KEEPMARK__STATE_DIR", state_dir);
    command.env("KEEPMARK__SERVER__LISTEN", "127.0.0.1:0");
    command.envs(settings.iter().map(|(name, value)| (format!("KEEPMARK__{name}"), value)));
    Ok(command)
}

/// Where the daemon says that it listens.
fn address(log: &Path, child: &mut Child) -> anyhow::Result<SocketAddr> {
    let began = Instant::now();
    loop {
        let said = std::fs::read_to_string(log)?;
        let listening = said.split_once("listening=\"http://").and_then(|(_, rest)| rest.split_once('"'));
        if let Some((address, _)) = listening {
            return Ok(address.parse()?);
        }
        if child.try_wait()?.is_some() || began.elapsed() > START {
            bail!("the daemon did not start:\n{said}");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
