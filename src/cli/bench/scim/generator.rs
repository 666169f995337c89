use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::server::KEY;
use crate::cli::exit::{Exit, Failure};

/// A bare load generator: it sends the same request over and over and looks at nothing but the status.
#[derive(Clone, Copy, Debug)]
pub(super) enum Generator {
    /// One thread that waits for its sockets.
    Wrk,
    /// Of the same HTTP library as the client.
    Oha,
}

impl Generator {
    pub(super) fn installed() -> Vec<Self> {
        let is_there = |of: &Self| Command::new(of.name()).arg("--version").output().is_ok();
        [Self::Wrk, Self::Oha].into_iter().filter(is_there).collect()
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Wrk => "wrk",
            Self::Oha => "oha",
        }
    }

    /// Requests a second over so many connections.
    pub(super) fn measure(
        self,
        url: &str,
        body: &str,
        connections: usize,
        time: Duration,
    ) -> Result<f64, Failure> {
        let folder = tempfile::TempDir::with_prefix("rolecall-bench-")?;
        let output = match self {
            Self::Wrk => wrk(folder.path(), url, body, connections, time)?,
            Self::Oha => oha(url, body, connections, time),
        }
        .output()?;
        let told = String::from_utf8_lossy(&output.stdout);
        let rate =
            told.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:")?.trim().parse().ok());
        let refused = |line: &str| {
            line.contains("Non-2xx") || line.trim().starts_with('[') && !line.trim().starts_with("[2")
        };
        match rate {
            Some(rate) if !told.lines().any(refused) => Ok(rate),
            _ => {
                let name = self.name();
                Err(Failure::new(Exit::Unexpected, format_args!("`{name}` did not measure: {told}")))
            }
        }
    }
}

fn wrk(folder: &Path, url: &str, body: &str, connections: usize, time: Duration) -> Result<Command, Failure> {
    let script = folder.join("patch.lua");
    let text = format!(
        "wrk.method = \"PATCH\"\nwrk.body = [==[{body}]==]\n\
         wrk.headers[\"Content-Type\"] = \"application/scim+json\"\n\
         wrk.headers[\"Authorization\"] = \"Klaviyo-API-Key {KEY}\"\n"
    );
    std::fs::write(&script, text)?;
    let mut command = Command::new("wrk");
    command.args(["-t1", &format!("-c{connections}"), "-d", &seconds(time), "-s"]).arg(script).arg(url);
    Ok(command)
}

fn oha(url: &str, body: &str, connections: usize, time: Duration) -> Command {
    let mut command = Command::new("oha");
    command.args(["--no-tui", "-w", "-m", "PATCH", "-c", &connections.to_string(), "-z", &seconds(time)]);
    command.args(["-H", "Content-Type: application/scim+json"]);
    command.args(["-H", &format!("Authorization: Klaviyo-API-Key {KEY}"), "-d", body, url]);
    command
}

fn seconds(time: Duration) -> String {
    format!("{}s", time.as_secs().max(1))
}
