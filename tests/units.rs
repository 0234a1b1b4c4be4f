//! The units as systemd reads them, with the program that was built in the place of the installed one. Nothing is
//! installed: systemd-analyze reads copies in a scratch folder.

use std::path::Path;
use std::process::{Command, Output};

use keepmark::config::Config;
use tempfile::TempDir;

/// `systemd-analyze`, or nothing where the machine has none.
fn analyze(folder: &Path, arguments: &[&str]) -> Option<Output> {
    let output = Command::new("systemd-analyze").args(arguments).current_dir(folder).output();
    if output.is_err() {
        println!("skipped: systemd-analyze is missing; Debian has it in the package systemd");
    }
    output.ok()
}

/// The settings, whatever this machine is configured for.
fn defaults() -> Config {
    Config::load(Some(Path::new("/dev/null")), []).unwrap().config
}

/// Copies of the units that name the program under test.
fn units() -> (TempDir, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let mut names = Vec::new();
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/systemd")).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if !["service", "socket", "timer"].iter().any(|kind| name.ends_with(&format!(".{kind}"))) {
            continue;
        }
        let unit = std::fs::read_to_string(entry.path()).unwrap();
        let unit = unit.replace("/usr/bin/keepmark", env!("CARGO_BIN_EXE_keepmark"));
        std::fs::write(folder.path().join(&name), unit).unwrap();
        names.push(name);
    }
    assert!(names.len() >= 5, "{names:?}");
    (folder, names)
}

#[test]
fn systemd_has_nothing_to_say_about_any_unit() {
    let (folder, names) = units();
    let paths: Vec<_> = names.iter().map(|name| format!("./{name}")).collect();
    let mut arguments = vec!["verify", "--man=no"];
    arguments.extend(paths.iter().map(String::as_str));
    let Some(output) = analyze(folder.path(), &arguments) else { return };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty() && output.stdout.is_empty(), "{said}");
}

#[test]
fn the_services_are_exposed_as_little_as_their_work_allows() {
    let (folder, _names) = units();
    for (unit, threshold) in [("./keepmark.service", "11"), ("./keepmark-status.service", "5")] {
        let arguments =
            ["security", "--offline=true", &format!("--threshold={threshold}"), "--no-pager", unit];
        let Some(output) = analyze(folder.path(), &arguments) else { return };
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn the_daemon_has_more_time_to_stop_and_to_feed_the_watchdog_than_it_takes() {
    let unit = include_str!("../systemd/keepmark.service");
    let seconds = |name: &str| -> u64 {
        let line = unit.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.unwrap_or_else(|| panic!("{name} is not set")).parse().unwrap()
    };
    assert!(seconds("TimeoutStopSec") > defaults().server.shutdown.as_secs());
    // The feeding comes twice within the time, and another process may keep the database for ten seconds.
    assert!(seconds("WatchdogSec") / 2 > 10);
    assert_eq!(seconds("StartLimitIntervalSec"), 0, "no number of restarts ends the service");
}

#[test]
fn socket_and_setting_name_the_same_address() {
    let socket = include_str!("../systemd/keepmark.socket");
    for address in defaults().server.listen {
        assert!(socket.contains(&format!("\nListenStream={address}\n")), "{address}");
    }
}
