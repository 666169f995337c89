mod lines;
mod log;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

pub(super) use log::rejection_text;

use self::log::Log;
use super::exit::{Exit, Failure};
use super::project::{configuration, runtime, stop_signal_telling};
use crate::config::{Config, LogFormat};
use crate::daemon::{Http, Ran, Service, StartError, StatusLine, Systemd};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Run one cycle, and end
    #[arg(long)]
    once: bool,
    /// Where no rules can come into force, wait until they are mended, in place of ending with 3
    #[arg(long, conflicts_with = "once")]
    wait_for_valid: bool,
    /// How the log is written, whatever the configuration says
    #[arg(long, value_enum, value_name = "FORMAT")]
    log: Option<Format>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Human,
    /// One object a line
    Json,
}

/// How often broken rules are looked at again before anything runs.
const LOOK: Duration = Duration::from_secs(1);

pub(super) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    let config = configuration(config)?;
    let format = match args.log {
        None => config.log,
        Some(Format::Human) => LogFormat::Human,
        Some(Format::Json) => LogFormat::Json,
    };
    lines::install(format);
    let runtime = runtime()?;
    let ended = runtime.block_on(looped(config, args, &Log::new(format)));
    // A file system that hangs holds a thread, and must not hold the end.
    runtime.shutdown_background();
    ended
}

async fn looped(config: Config, args: &Args, log: &Log) -> Result<Exit, Failure> {
    let stop = stop_signal_telling(log::stopping)?;
    let Some(service) = start(&config, args, &stop, log).await? else { return Ok(Exit::Ok) };
    log.lost(service.lost().len());
    if args.once {
        return Ok(match service.once(&stop, log).await {
            Some(Ran::Done) => Exit::Ok,
            Some(Ran::WithFailures) => Exit::Failures,
            Some(Ran::Refused) => Exit::Refused,
            Some(Ran::Failed) | None => Exit::Unexpected,
        });
    }
    let http = config.http.as_ref().map(Http::bind).transpose()?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let systemd = Systemd::from_environment();
    let service = Arc::new(service);
    systemd.ready();
    let listener = StatusLine { service: &service, listener: log };
    let answers = async {
        if let Some(http) = http {
            http.serve(&service, &stop, &listener).await;
        }
    };
    let look_again = async {
        loop {
            hang_up.recv().await;
            systemd.reloading();
            log::hung_up();
            service.look_again();
            systemd.ready();
        }
    };
    let all = async { tokio::join!(service.run(&stop, &listener), answers, systemd.attend(&service, &stop)) };
    tokio::select! {
        _ = all => Ok(Exit::Ok),
        () = look_again => Ok(Exit::Unexpected),
    }
}

/// The service, with rules in force; `None` when it was stopped before there were any.
async fn start(
    config: &Config,
    args: &Args,
    stop: &watch::Receiver<bool>,
    log: &Log,
) -> Result<Option<Service>, Failure> {
    let mut stopped = stop.clone();
    let mut told = None;
    loop {
        let error = match Service::start(config.clone(), Timestamp::now, fastrand::Rng::new()) {
            Ok(service) => return Ok(Some(service)),
            Err(error) => error,
        };
        if let StartError::Policy(rejection) = &error {
            let text = rejection_text(rejection, false);
            if told.as_ref() != Some(&text) {
                log.unfit(rejection, args.wait_for_valid);
                told = Some(text);
            }
            if args.wait_for_valid {
                tokio::select! {
                    _ = stopped.wait_for(|stop| *stop) => return Ok(None),
                    () = tokio::time::sleep(LOOK) => continue,
                }
            }
        }
        return Err(error.into());
    }
}
