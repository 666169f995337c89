use std::net::SocketAddr;
use std::path::PathBuf;

use super::exit::{Exit, Failure};
use super::project::{runtime, stop_signal};
use super::terminal::{data, talk};
use crate::simulator::{FaultPlan, Profile, Settings, Simulator, show};

/// Where the simulator listens unless told otherwise.
pub(super) const LISTEN: &str = "127.0.0.1:8377";

/// The form of the file of `--faults`.
const FAULTS: &str = "\
A file of faults; of several that fit a request, the first happens:
  seed = 7                 # for those that happen at times
  [[fault]]
  kind = \"status\"          # with status, and retry_after if you like; or
                           # cut, hang, slow, slow-body (delay), torn, html, content-type (content_type), ignore,
                           # total (total), first-page, empty-page, roles (roles = \"object\" or \"text\"),
                           # redirect (location); appear, vanish, swap: what others do to users meanwhile
  status = 503
  method = \"POST\"          # \"writes\" for all but GET; any, if left out
  path = \"/Users\"          # what the path begins with
  nth = 2                  # the first that is harmed
  times = 1                # and how many; with a rate, all
  rate = 0.05              # of these, at random
  after = true             # status and cut: the request is carried out before it goes wrong";

#[derive(Debug, clap::Args)]
#[command(after_help = FAULTS)]
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
    /// Whose behaviour it has
    #[arg(long, value_enum, default_value_t)]
    profile: Named,
    /// Go wrong as this file (TOML) says
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Print every request and its answer
    #[arg(long)]
    show: bool,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Named {
    /// As Klaviyo's documents say
    #[default]
    Klaviyo,
    /// The role is a string, and the key has its prefix
    Okta,
    /// Roles are a list, the key is a bearer token, and PATCH is answered by 204
    Entra,
    /// By the letter of the RFCs
    Strict,
    /// With what other people's servers get wrong, and an outage now and then
    Hostile,
}

pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    if !args.listen.ip().is_loopback() {
        return Err(Failure::new(Exit::Usage, format_args!("`{}` is not a loopback address", args.listen))
            .hint("the simulator is for tests on one machine; listen on 127.0.0.1"));
    }
    let settings = settings(args)?;
    runtime()?.block_on(async {
        let mut stop = stop_signal()?;
        let simulator = Simulator::start(args.listen, settings)
            .await
            .map_err(|error| Failure::from(anyhow::Error::from(error)))?;
        let mut requests = args.show.then(|| simulator.watch());
        data(&format!("{}\n", simulator.url()))?;
        talk("a SCIM service provider that behaves as Klaviyo's; Ctrl-C ends it");
        loop {
            let request = async {
                match &mut requests {
                    Some(requests) => requests.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                request = request => match request {
                    Some(request) => data(&format!("\n{}", show(&request)))?,
                    None => break,
                },
                _ = stop.wait_for(|stop| *stop) => break,
            }
        }
        simulator.stop().await;
        Ok(Exit::Ok)
    })
}

fn settings(args: &Args) -> Result<Settings, Failure> {
    let profile = match args.profile {
        Named::Klaviyo => Profile::Klaviyo,
        Named::Okta => Profile::Okta,
        Named::Entra => Profile::Entra,
        Named::Strict => Profile::Strict,
        Named::Hostile => Profile::Hostile,
    };
    let mut settings = Settings {
        state: args.state.clone(),
        owner: args.owner.clone(),
        ..Settings::profile(profile, &args.key)
    };
    if let Some(path) = &args.faults {
        let plan = FaultPlan::read(path).map_err(|error| Failure::new(Exit::Usage, error))?;
        settings.seed = plan.seed;
        // Those that were asked for come first.
        settings.faults = plan.faults.into_iter().chain(settings.faults).collect();
    }
    Ok(settings)
}
