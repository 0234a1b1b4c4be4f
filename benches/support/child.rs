//! A server that the benchmark runs as a process of its own, by starting itself once more with an argument.
//!
//! It never outlives the benchmark: it ends when its standard input does.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;

/// A running server; killed when dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl Server {
    /// Starts this very program with these arguments and waits for the address that it prints.
    pub fn start(arguments: &[&OsStr]) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("could not find this program")?;
        let child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("could not start the benchmark's own server")?;
        let mut server = Self { child, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        let mut line = String::new();
        if let Some(output) = server.child.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        server.address = line.trim().parse().context("the benchmark's own server did not start")?;
        Ok(server)
    }

    pub fn process_id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// In the server's own process: says where it listens, and ends the process with its standard input.
pub fn serving_at(address: SocketAddr) {
    println!("{address}");
    std::thread::spawn(|| {
        let _ended = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
}
