//! The daemon as a process, on a state folder that outlives it.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use reqwest::{Client, StatusCode};
use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;

use super::store::Store;
use super::until;

/// A scratch folder with the state of one archive, and the settings of the daemons that run on it.
pub struct Archive {
    folder: TempDir,
    store: Store,
    settings: Vec<(String, String)>,
}

impl Archive {
    pub fn on(store: Store) -> Self {
        let settings = store.settings();
        let archive = Self { folder: tempfile::tempdir().unwrap(), store, settings };
        archive
            .with("SERVER__LISTEN", "127.0.0.1:0")
            .with("FETCH__ALLOW_HTTP", "true")
            .with("FETCH__ALLOW_NETWORKS", "127.0.0.0/8")
    }

    pub fn local() -> Self {
        Self::on(Store::Folder)
    }

    /// A setting, by its variable without the prefix.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.push((format!("KEEPMARK__{name}"), value.to_owned()));
        self
    }

    /// Any other variable.
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn without_variable(mut self, name: &str) -> Self {
        self.settings.retain(|(known, _)| known != name);
        self
    }

    pub fn state_dir(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The program with this archive's settings and nothing of the machine's.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keepmark"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("KEEPMARK")) {
            command.env_remove(name);
        }
        let empty = self.folder.path().join("empty.toml");
        std::fs::write(&empty, "").unwrap();
        command.env("KEEPMARK_CONFIG", empty).env("KEEPMARK__STATE_DIR", self.state_dir());
        command.envs(self.settings.iter().cloned());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// The daemon as systemd starts it with a socket that it holds open: as descriptor 3, the variables of
    /// `sd_listen_fds(3)` set. A shell in between does what no safe code can.
    pub fn command_with_socket(&self, socket: &TcpListener) -> Command {
        const SCRIPT: &str = r#"export LISTEN_PID=$$ LISTEN_FDS=1; exec "$0" serve 3<&0 </dev/null"#;
        let serve = self.command(&["serve"]);
        let mut shell = Command::new("sh");
        shell.args(["-c", SCRIPT]).arg(serve.get_program()).current_dir(self.folder.path());
        adopt_environment(&mut shell, &serve);
        shell.stdin(Stdio::from(OwnedFd::from(socket.try_clone().unwrap())));
        shell
    }

    /// The daemon in a terminal of its own; what it shows there comes out of the command's standard output. Ends with the
    /// terminal.
    pub fn command_in_terminal(&self) -> Command {
        let serve = self.command(&["serve"]);
        let mut script = Command::new("script");
        let line = format!("{} serve", serve.get_program().to_str().unwrap());
        script.args(["--quiet", "--return", "--command", &line, "/dev/null"]).current_dir(self.folder.path());
        adopt_environment(&mut script, &serve);
        script.stdin(Stdio::null()).stdout(Stdio::piped());
        script
    }

    /// Starts a daemon and waits until it serves.
    pub fn start(&self) -> Daemon {
        self.start_as(self.command(&["serve"]))
    }

    /// The same, with a command that was prepared.
    pub fn start_as(&self, mut command: Command) -> Daemon {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut address = None;
        for line in lines.by_ref().map_while(Result::ok) {
            log.lock().unwrap().extend([line.as_str(), "\n"]);
            // Text writes `listening="http://…"`, JSON `"listening":"http://…"`.
            if let Some((_, rest)) = line.split_once("listening") {
                let url = rest.split_once("http://").unwrap().1;
                address = url.split('"').next().map(str::to_owned);
                break;
            }
        }
        let tail = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                tail.lock().unwrap().extend([line.as_str(), "\n"]);
            }
        });
        let address = address.unwrap_or_else(|| panic!("the daemon did not start:\n{}", log.lock().unwrap()));
        let tokens = std::fs::read_to_string(self.state_dir().join("hook-tokens")).unwrap();
        let token = tokens.lines().rfind(|line| !line.starts_with('#')).unwrap().to_owned();
        Daemon { child, address, token, log, client: client() }
    }

    /// A new API token.
    pub fn api_token(&self) -> String {
        let name = format!("test-{:08x}", rand::random::<u32>());
        let output = self.run(&["token", "create", &name, "--role", "admin"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// The catalogue, to look at beside the daemon.
    pub fn catalogue(&self) -> Connection {
        Connection::open(self.state_dir().join("keepmark.db")).unwrap()
    }

    /// One number of the catalogue.
    pub fn count(&self, sql: &str) -> i64 {
        self.catalogue().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// Makes waiting jobs due now; returns how many waited.
    pub fn hurry(&self) -> usize {
        self.catalogue().execute("UPDATE job SET due_at = 0 WHERE state = 'scheduled'", []).unwrap()
    }

    /// Where objects lie on the local store.
    pub fn objects(&self) -> PathBuf {
        self.state_dir().join("archive")
    }
}

fn adopt_environment(command: &mut Command, of: &Command) {
    for (name, value) in of.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
}

/// A running daemon; killed when dropped.
pub struct Daemon {
    child: Child,
    address: String,
    token: String,
    log: Arc<Mutex<String>>,
    client: Client,
}

impl Daemon {
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn hook(&self) -> String {
        self.url(&format!("/hooks/timemark/{}", self.token))
    }

    pub fn token(&self) -> &str {
        &self.token
    }

    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Posts a body; the status and the answer's JSON.
    pub async fn post(&self, body: impl Into<reqwest::Body>) -> (StatusCode, Value) {
        let response = self.client.post(self.hook()).body(body).send().await.unwrap();
        let status = response.status();
        (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or(Value::Null))
    }

    /// Posts a delivery that must be accepted.
    pub async fn deliver(&self, delivery: &Value) {
        let (status, answer) = self.post(delivery.to_string()).await;
        assert_eq!((status, &answer["outcome"]), (StatusCode::OK, &Value::from("accepted")), "{answer}");
    }

    /// A JSON answer of the API.
    pub async fn api(&self, path: &str, token: &str) -> Value {
        let response = self.client.get(self.url(path)).bearer_auth(token).send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Waits until no job will go on by itself: those that wait for the store do, when it is well. As long as jobs are
    /// finished it waits on, however slow the machine is.
    pub async fn settle(&self, archive: &Archive) {
        let catalogue = archive.catalogue();
        let count = |sql: &str| catalogue.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        let busy = || {
            count(
                "SELECT count(*) FROM job WHERE state IN ('ready', 'scheduled', 'leased')
                    OR (state = 'held' AND failing_class = 'store')",
            )
        };
        loop {
            let before = busy();
            if before == 0 {
                return;
            }
            until("a job is finished", async || (busy() != before).then_some(())).await;
        }
    }

    /// The most memory that the process ever held (`VmHWM`, proc(5)).
    pub fn memory_peak_bytes(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
    }

    /// The time that the process was on a processor (`utime` and `stime`, proc(5)).
    pub fn cpu_time(&self) -> std::time::Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let behind_name = stat.rsplit_once(')').unwrap().1;
        let ticks =
            behind_name.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap());
        // A hundred ticks a second on every Linux that this runs on.
        std::time::Duration::from_millis(ticks.sum::<u64>() * 10)
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for the process to end by itself.
    pub fn wait(mut self) -> std::process::ExitStatus {
        self.child.wait().unwrap()
    }

    /// Posts a delivery that the daemon does not outlive, and waits for its end. The end may come before the answer
    /// is sent: the commit went before both.
    pub async fn deliver_the_last(self, delivery: &Value) -> std::process::ExitStatus {
        match self.client.post(self.hook()).body(delivery.to_string()).send().await {
            Ok(answer) => assert_eq!(answer.status(), StatusCode::OK),
            Err(error) => assert!(!error.is_connect() && !error.is_timeout(), "{error:?}"),
        }
        self.wait()
    }

    /// SIGTERM, then the end; returns whether it ended well.
    pub fn stop(mut self) -> std::process::ExitStatus {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("what the daemon said:\n{}", self.log());
        }
        // After kill, wait or stop the process is gone already.
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// A client that knows nothing of proxies.
pub fn client() -> Client {
    let _installed = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().unwrap()
}

/// All files below a folder, as paths relative to it.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                found.push(entry.path().strip_prefix(folder).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}
