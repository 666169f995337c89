use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::cli::exit::{Exit, Failure};

pub(super) const KEY: &str = "bench-key";

/// `rolecall simulator` in a process of its own; it ends with its owner.
pub(super) struct Server {
    process: Child,
    pub(super) url: String,
}

impl Server {
    pub(super) fn start() -> Result<Self, Failure> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["simulator", "--listen", "127.0.0.1:0", "--key", KEY])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut url = String::new();
        if let Some(out) = process.stdout.take() {
            BufReader::new(out).read_line(&mut url)?;
        }
        let server = Self { process, url: url.trim().to_owned() };
        if server.url.is_empty() {
            return Err(Failure::new(Exit::Unexpected, "the simulator does not start"));
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
