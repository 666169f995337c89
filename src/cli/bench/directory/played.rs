use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::cli::exit::{Exit, Failure};

/// A made-up company, played over LDAP by a process of its own; it ends with its owner.
pub(super) struct Played {
    process: Child,
    out: BufReader<ChildStdout>,
    pub(super) url: String,
}

impl Played {
    pub(super) fn start(seed: u64, people: usize) -> Result<Self, Failure> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["bench", "directory", "--part", "server"])
            .args(["--seed", &seed.to_string(), "--people", &people.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let Some(out) = process.stdout.take() else {
            return Err(Failure::new(Exit::Unexpected, "the server has no output"));
        };
        let mut server = Self { process, out: BufReader::new(out), url: String::new() };
        server.url = server.line()?;
        Ok(server)
    }

    /// How many octets were sent over the connection that ended.
    pub(super) fn sent(&mut self) -> Result<u64, Failure> {
        let line = self.line()?;
        line.parse().map_err(|_| Failure::new(Exit::Unexpected, format_args!("the server says `{line}`")))
    }

    fn line(&mut self) -> Result<String, Failure> {
        let mut line = String::new();
        match self.out.read_line(&mut line)? {
            0 => Err(Failure::new(Exit::Unexpected, "the server of the made-up company ended early")),
            _ => Ok(line.trim().to_owned()),
        }
    }
}

impl Drop for Played {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
