use std::path::Path;

use jiff::Timestamp;
use serde_json::json;

use super::exit::{Exit, Failure};
use super::plan::Format;
use super::project::configuration;
use super::terminal::data;
use crate::journal::{Closed, Journal, Waiting, waiting};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What is approved, by the first digits of its hash; without one, all that waits is listed
    #[arg(value_name = "HASH")]
    hashes: Vec<String>,
    /// Reject in place of approving
    #[arg(long, requires = "hashes")]
    reject: bool,
    /// Who approves, for the journal; without it, the system's user
    #[arg(long, value_name = "NAME", requires = "hashes")]
    by: Option<String>,
    /// How the list is written
    #[arg(long, value_enum, default_value_t, conflicts_with = "hashes")]
    format: Format,
}

pub(super) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    let config = configuration(config)?;
    // Who only looks makes no state folder.
    let journal = if config.state.exists() { Some(Journal::open(&config.state)?) } else { None };
    let open = journal.as_ref().map_or(Ok(Vec::new()), Journal::waiting)?;
    if args.hashes.is_empty() {
        data(&match args.format {
            Format::Human => waiting(&open),
            Format::Json => format!("{:#}\n", json!(open)),
        })?;
        return Ok(Exit::Ok);
    }
    let chosen = args.hashes.iter().map(|hash| one(&open, hash)).collect::<Result<Vec<_>, _>>()?;
    let who = args.by.clone().unwrap_or_else(system_user);
    for chosen in chosen {
        let Some(journal) = &journal else { continue };
        let now = Timestamp::now();
        let (written, done) = if args.reject {
            (journal.close(chosen, Closed::Rejected, Some(&who), None, now)?, "rejected")
        } else {
            (journal.approve(chosen, &who, now)?, "approved")
        };
        let name = format!("{} {}", chosen.kind.name(), chosen.short());
        if !written {
            return Err(Failure::new(
                Exit::Usage,
                format_args!("the {name} waits no longer, or is approved already"),
            )
            .hint("`rolecall approve` lists what waits"));
        }
        data(&format!("{done} the {name} as {who}\n"))?;
    }
    Ok(Exit::Ok)
}

/// The one thing that waits whose hash begins so.
fn one<'a>(open: &'a [Waiting], hash: &str) -> Result<&'a Waiting, Failure> {
    let prefix = hash.to_ascii_lowercase();
    let found: Vec<&Waiting> = open.iter().filter(|waiting| waiting.hash.starts_with(&prefix)).collect();
    let hint = "`rolecall approve` lists what waits";
    match found.as_slice() {
        [one] => Ok(one),
        [] => {
            Err(Failure::new(Exit::Usage, format_args!("nothing that waits has the hash `{hash}`"))
                .hint(hint))
        }
        several => Err(Failure::new(
            Exit::Usage,
            format_args!("`{hash}` is the beginning of the hashes of {} things that wait", several.len()),
        )
        .hint("give more digits")),
    }
}

/// The user as the system knows them: the name can be set by them, the number cannot.
fn system_user() -> String {
    let uid = rustix::process::getuid().as_raw();
    match std::env::var("USER").or_else(|_| std::env::var("LOGNAME")) {
        Ok(name) if !name.is_empty() => format!("{name} (uid {uid})"),
        _ => format!("uid {uid}"),
    }
}
