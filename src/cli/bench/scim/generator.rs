use std::process::Command;
use std::time::Duration;

use super::server::KEY;
use crate::cli::exit::{Exit, Failure};

/// `wrk`, which sends the same request over and over and looks at nothing but the status.
pub(super) struct Generator;

impl Generator {
    /// `None` where it is not installed.
    pub(super) fn find() -> Option<Self> {
        Command::new("wrk").arg("--version").output().is_ok().then_some(Self)
    }

    /// Requests a second over so many connections.
    pub(super) fn measure(
        &self,
        url: &str,
        body: &str,
        connections: usize,
        time: Duration,
    ) -> Result<f64, Failure> {
        let folder = tempfile::TempDir::with_prefix("rolecall-bench-")?;
        let script = folder.path().join("patch.lua");
        let text = format!(
            "wrk.method = \"PATCH\"\nwrk.body = [==[{body}]==]\n\
             wrk.headers[\"Content-Type\"] = \"application/scim+json\"\n\
             wrk.headers[\"Authorization\"] = \"Klaviyo-API-Key {KEY}\"\n"
        );
        std::fs::write(&script, text)?;
        let output = Command::new("wrk")
            .args(["-t1", &format!("-c{connections}"), &format!("-d{}s", time.as_secs().max(1)), "-s"])
            .arg(&script)
            .arg(url)
            .output()?;
        let told = String::from_utf8_lossy(&output.stdout);
        let rate =
            told.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:")?.trim().parse().ok());
        match rate {
            Some(rate) if !told.contains("Non-2xx") => Ok(rate),
            _ => Err(Failure::new(Exit::Unexpected, format_args!("`wrk` did not measure: {told}"))),
        }
    }
}
