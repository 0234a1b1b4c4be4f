//! systemd's watchdog: a daemon that does its work feeds it, one that hangs does not.

use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

use crate::support::daemon::{Archive, Daemon};

/// How long systemd would wait; the daemon feeds twice within it.
const WATCHDOG: Duration = Duration::from_secs(1);

/// What systemd would listen on.
struct Manager {
    socket: UnixDatagram,
    _folder: tempfile::TempDir,
}

impl Manager {
    fn start(archive: &Archive) -> (Self, Daemon) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let mut command = archive.command(&["serve"]);
        command.env("NOTIFY_SOCKET", path).env("WATCHDOG_USEC", WATCHDOG.as_micros().to_string());
        let daemon = archive.start_as(command);
        (Self { socket, _folder: folder }, daemon)
    }

    /// All that is told within a time.
    fn told_within(&self, time: Duration) -> Vec<String> {
        let end = Instant::now() + time;
        let mut told = Vec::new();
        let mut buffer = [0; 256];
        while let Some(left) = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            self.socket.set_read_timeout(Some(left)).unwrap();
            let Ok(size) = self.socket.recv(&mut buffer) else { break };
            told.push(String::from_utf8_lossy(&buffer[..size]).trim().to_owned());
        }
        told
    }

    /// The next thing that is told; the limit is for a busy machine.
    fn next(&self) -> String {
        self.socket.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        let mut buffer = [0; 256];
        let size = self.socket.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..size]).trim().to_owned()
    }
}

#[test]
fn a_daemon_says_that_it_is_ready_feeds_the_watchdog_and_says_that_it_stops() {
    let archive = Archive::local();
    let (manager, daemon) = Manager::start(&archive);
    assert_eq!(manager.next(), "READY=1");
    for _ in 0..3 {
        assert_eq!(manager.next(), "WATCHDOG=1");
    }
    assert!(daemon.stop().success());
    let last = manager.told_within(Duration::from_millis(100));
    assert!(last.contains(&"STOPPING=1".to_owned()), "{last:?}");
}

#[test]
fn a_writer_that_cannot_commit_starves_the_watchdog_until_it_can() {
    let archive = Archive::local();
    let (manager, daemon) = Manager::start(&archive);
    assert_eq!((manager.next(), manager.next()), ("READY=1".to_owned(), "WATCHDOG=1".to_owned()));
    let other = archive.catalogue();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // A look that was under way may still have gone through.
    manager.told_within(WATCHDOG);
    assert_eq!(manager.told_within(3 * WATCHDOG), Vec::<String>::new());
    // Once for the trouble, however often it is looked at; a machine that is busy may add one of its own.
    assert!((1..=2).contains(&daemon.log().matches("the watchdog is not fed").count()), "{}", daemon.log());
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(manager.next(), "WATCHDOG=1");
    // The manager hears of it before whoever reads the log does.
    let is_told = || daemon.log().contains("the watchdog is fed again");
    for _ in 0..500 {
        if is_told() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(is_told(), "{}", daemon.log());
}

#[test]
fn without_a_watchdog_nobody_is_told_more_than_ready() {
    let archive = Archive::local();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    let manager = Manager { socket, _folder: folder };
    let mut command = archive.command(&["serve"]);
    command.env("NOTIFY_SOCKET", path);
    let _daemon = archive.start_as(command);
    assert_eq!(manager.told_within(2 * WATCHDOG), ["READY=1"]);
}
