use std::path::Path;

use jiff::Timestamp;
use serde_json::json;

use crate::cli::exit::{Exit, Failure};
use crate::cli::explain::moment;
use crate::cli::plan::Format;
use crate::cli::project::configuration;
use crate::cli::terminal::data;
use crate::journal::{Journal, KnownPerson, why};
use crate::plan::escape;

/// How many of several who are called so are told.
const SHOWN: usize = 10;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A mail address, sAMAccountName, userPrincipalName, userName, name, DN or objectGUID; of somebody who is gone, too
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    user: String,
    /// Ask as of this moment: a date, which starts at midnight UTC, or a time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = moment)]
    at: Option<Timestamp>,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    let config = configuration(config)?;
    let nobody = || {
        let message = format!("nobody in the journal is, or was, called `{}`", escape(&args.user));
        Failure::new(Exit::Usage, message)
            .hint("name a mail address, sAMAccountName, userPrincipalName, DN or objectGUID")
    };
    let journal = Journal::existing(&config.state)?.ok_or_else(nobody)?;
    let found = journal.people_called(&args.user)?;
    let person = match found.as_slice() {
        [] => return Err(nobody()),
        [person] => person,
        several => return Err(ambiguous(&args.user, several)),
    };
    let at = args.at.unwrap_or_else(Timestamp::now);
    let Some(answer) = journal.why(person, at)? else {
        let message = format!("nothing was decided of {} by {at:.0}", escape(&person.name));
        return Err(Failure::new(Exit::Usage, message).hint("ask without `--at`, or as of a later time"));
    };
    data(&match args.format {
        Format::Human => why(&answer),
        Format::Json => format!("{:#}\n", json!(answer)),
    })?;
    Ok(Exit::Ok)
}

fn ambiguous(user: &str, several: &[KnownPerson]) -> Failure {
    let told: Vec<String> = several
        .iter()
        .take(SHOWN)
        .map(|one| format!("{} ({}, last in cycle {})", one.guid, escape(&one.dn), one.last))
        .collect();
    let more = several.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let message = format!("{} people are, or were, called `{}`", several.len(), escape(user));
    Failure::new(Exit::Usage, message).hint(format!("name one by objectGUID: {}{more}", told.join("; ")))
}
