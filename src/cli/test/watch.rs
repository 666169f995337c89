//! `rolecall test --watch`: again and again, whenever something changed that a run reads.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::super::args::tell;
use super::super::exit::{Exit, Failure};
use super::super::project::runtime;
use super::super::terminal::{data, talk};
use super::{Args, Format, once};
use crate::config::{Config, PolicyPaths, Sources};
use crate::daemon::Watch;

/// What the names of files end in that a run reads: scripts, tables, snapshots, fixtures.
const ENDINGS: [&str; 7] = [".rhai", ".csv", ".snap", ".toml", ".json", ".jsonl", ".ldif"];

/// Everything that a run reads, as it is on disk. What cannot be read is there as the sentence that says why.
#[derive(PartialEq)]
struct Inputs {
    config: Result<Vec<u8>, String>,
    folders: Vec<Result<BTreeMap<String, Arc<str>>, String>>,
}

impl Inputs {
    fn read(config: &Path) -> Self {
        let paths = Config::load(config).ok().map(|config| config.policy);
        let folders = paths.iter().flat_map(folders);
        Self {
            config: std::fs::read(config).map_err(|error| error.to_string()),
            folders: folders
                .map(|folder| Sources::read_folder(&folder, &ENDINGS).map_err(|error| error.to_string()))
                .collect(),
        }
    }
}

fn folders(paths: &PolicyPaths) -> [PathBuf; 3] {
    [paths.folder.clone(), paths.tests.clone(), paths.fixtures.clone()]
}

/// What has to be watched: the configuration's file, and the folders that it names.
fn roots(config: &Path) -> Vec<PathBuf> {
    let named = Config::load(config).ok().map(|config| folders(&config.policy));
    std::iter::once(std::path::absolute(config).unwrap_or_else(|_| config.to_owned()))
        .chain(named.into_iter().flatten())
        .collect()
}

pub(super) fn run(config: &Path, args: &Args, seed: u64) -> Result<Exit, Failure> {
    let runtime = runtime()?;
    let ended = runtime.block_on(async {
        let mut stop =
            Stop { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? };
        tokio::select! {
            () = stop.asked() => Ok(Exit::Ok),
            failed = again_and_again(config, args, seed) => failed,
        }
    });
    // A run that is under way changes nothing that somebody would miss.
    runtime.shutdown_background();
    ended
}

struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

async fn again_and_again(config: &Path, args: &Args, seed: u64) -> Result<Exit, Failure> {
    let mut watched = Vec::new();
    let mut watch = None;
    let mut last: Option<Inputs> = None;
    loop {
        let roots = roots(config);
        let watch = match &mut watch {
            Some(watch) if roots == watched => watch,
            slot => {
                watched.clone_from(&roots);
                slot.insert(Watch::new(roots).map_err(anyhow::Error::from)?)
            }
        };
        let inputs = Inputs::read(config);
        if last.as_ref() != Some(&inputs) {
            if last.is_some() && matches!(args.format, Format::Human) {
                data("\n")?;
            }
            let (path, again) = (config.to_owned(), args.clone());
            let run = tokio::task::spawn_blocking(move || once(&path, &again, seed));
            if let Err(failure) = run.await.map_err(anyhow::Error::from)? {
                tell(&failure);
            }
            talk("waiting for changes (Ctrl-C to end)");
            // Snapshots that the run wrote are no reason to run again.
            last = Some(if args.update { Inputs::read(config) } else { inputs });
        }
        watch.changed().await;
    }
}
