use std::net::SocketAddr;
use std::path::PathBuf;

use super::exit::{Exit, Failure};
use super::project::{runtime, stop_signal};
use super::terminal::{data, talk};
use crate::simulator::{Settings, Simulator};

/// Where the simulator listens unless told otherwise.
pub(super) const LISTEN: &str = "127.0.0.1:8377";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = LISTEN)]
    listen: SocketAddr,
    /// Keep the users in this file from one start to the next
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// The access key that it takes; no secret, since nothing here is real
    #[arg(long, value_name = "KEY", default_value = "simulator-key")]
    key: String,
    /// The userName of the account owner, whom nobody may change
    #[arg(long, value_name = "USERNAME")]
    owner: Option<String>,
}

pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    if !args.listen.ip().is_loopback() {
        return Err(Failure::new(Exit::Usage, format_args!("`{}` is not a loopback address", args.listen))
            .hint("the simulator is for tests on one machine; listen on 127.0.0.1"));
    }
    let settings =
        Settings { state: args.state.clone(), owner: args.owner.clone(), ..Settings::klaviyo(&args.key) };
    runtime()?.block_on(async {
        let mut stop = stop_signal()?;
        let simulator = Simulator::start(args.listen, settings)
            .await
            .map_err(|error| Failure::from(anyhow::Error::from(error)))?;
        data(&format!("{}\n", simulator.url()))?;
        talk("a SCIM service provider that behaves as Klaviyo's; Ctrl-C ends it");
        let _ = stop.wait_for(|stop| *stop).await;
        simulator.stop().await;
        Ok(Exit::Ok)
    })
}
