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
    /// What is approved, by at least 8 digits of its hash; without one, all that waits is listed
    #[arg(value_name = "HASH")]
    hashes: Vec<String>,
    /// Reject in place of approving
    #[arg(long, requires = "hashes")]
    reject: bool,
    /// Who approves, for the journal; without it, the system's user. Nothing proves it but who may write the state folder
    #[arg(long, value_name = "NAME", requires = "hashes")]
    by: Option<String>,
    /// How the list is written
    #[arg(long, value_enum, default_value_t, conflicts_with = "hashes")]
    format: Format,
}

pub(super) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    let config = configuration(config)?;
    let journal = Journal::existing(&config.state)?;
    let open = journal.as_ref().map_or(Ok(Vec::new()), Journal::waiting)?;
    if args.hashes.is_empty() {
        data(&match args.format {
            Format::Human => waiting(&open),
            Format::Json => format!("{:#}\n", json!(open)),
        })?;
        return Ok(Exit::Ok);
    }
    // All are looked at before the first is approved.
    let mut chosen: Vec<&Waiting> = Vec::new();
    for hash in &args.hashes {
        let one = one(&open, hash).map_err(|failure| match &journal {
            Some(journal) => beside(journal, hash).unwrap_or(failure),
            None => failure,
        })?;
        if let Some(approval) = one.approval.as_ref().filter(|_| !args.reject) {
            return Err(Failure::new(
                Exit::Usage,
                format_args!(
                    "the {} {} is approved already, by {}; the next cycle carries it out",
                    one.kind.name(),
                    one.short(),
                    approval.who
                ),
            ));
        }
        if !chosen.iter().any(|other| other.id == one.id) {
            chosen.push(one);
        }
    }
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
                format_args!("the {name} waits no longer: it was overtaken just now"),
            )
            .hint("`rolecall approve` lists what waits"));
        }
        data(&format!("{done} the {name} as {who}\n"))?;
    }
    Ok(Exit::Ok)
}

/// So many say what was looked at, and not what came up meanwhile.
const DIGITS: usize = 8;

/// Why something that was shown does not wait.
fn beside(journal: &Journal, hash: &str) -> Option<Failure> {
    let prefix = hash.to_ascii_lowercase();
    if prefix.len() < DIGITS {
        return None;
    }
    let mut kept = journal.refused_plans().ok()?.into_iter();
    let firm = kept
        .find(|plan| plan.hash.starts_with(&prefix))
        .and_then(|kept| kept.plan.guard.breaches().iter().find(|breach| breach.firm).cloned());
    if let Some(firm) = firm {
        let message = format!("the plan `{hash}` cannot be approved: {}", firm.text);
        return Some(Failure::new(Exit::Usage, message));
    }
    let (kind, closing) = journal.ended(&prefix).ok()??;
    let who = closing.who.map(|who| format!(" by {who}")).unwrap_or_default();
    let message = format!("the {kind} `{hash}` waits no longer: {}{who}", closing.how.replace('_', " "));
    Some(Failure::new(Exit::Usage, message).hint("`rolecall approve` lists what waits"))
}

/// The one thing that waits whose hash begins so.
fn one<'a>(open: &'a [Waiting], hash: &str) -> Result<&'a Waiting, Failure> {
    let prefix = hash.to_ascii_lowercase();
    if prefix.len() < DIGITS {
        return Err(Failure::new(Exit::Usage, format_args!("`{hash}` has fewer than {DIGITS} digits"))
            .hint("copy the hash from the list or the plan, so that only what was seen is approved"));
    }
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
