use std::path::Path;

use serde_json::json;

use crate::cli::exit::{Exit, Failure};
use crate::cli::plan::Format;
use crate::cli::project::{configuration, counted};
use crate::cli::terminal::data;
use crate::journal::{Journal, Verified};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A head that was noted at an earlier time: fail unless that record is still there
    #[arg(long, value_name = "HASH", value_parser = hash)]
    expect: Option<String>,
    /// How the result is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    let config = configuration(config)?;
    let Some(journal) = Journal::existing(&config.state)? else {
        if args.expect.is_some() {
            return Err(Failure::new(Exit::Unexpected, "there is no journal")
                .hint("`folder` in [state] says where it should be"));
        }
        data("The journal is empty.\n")?;
        return Ok(Exit::Ok);
    };
    match journal.verify(args.expect.as_deref())? {
        Ok(verified) => data(&match args.format {
            Format::Human => told(&verified),
            Format::Json => format!("{:#}\n", json!(verified)),
        })?,
        Err(wrong) => {
            let message = format!("the journal is not as it was written: {wrong}");
            return Err(Failure::new(Exit::Unexpected, message).hint(wrong.hint()));
        }
    }
    Ok(Exit::Ok)
}

fn told(verified: &Verified) -> String {
    let mut out =
        format!("{}, as written", counted(usize::try_from(verified.records).unwrap_or(usize::MAX), "record"));
    if let Some(pruned) = &verified.pruned {
        out.push_str(&format!("; what was before record {} was pruned {}", pruned.through + 1, pruned.at));
    }
    if let Some(since) = verified.since_expected {
        out.push_str(&format!("; the expected record is there, and {since} after it"));
    }
    out.push_str(&format!("\nhead {}\n", verified.head));
    out
}

fn hash(text: &str) -> Result<String, String> {
    let text = text.trim().to_lowercase();
    let fits = (12..=64).contains(&text.len()) && text.chars().all(|digit| digit.is_ascii_hexdigit());
    if fits { Ok(text) } else { Err("12 or more of a hash's 64 hexadecimal digits are wanted".to_owned()) }
}
