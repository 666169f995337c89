use std::path::Path;

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde_json::json;

use crate::cli::exit::{Exit, Failure};
use crate::cli::plan::Format;
use crate::cli::project::{configuration, counted};
use crate::cli::terminal::data;
use crate::journal::{Journal, Pruning};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which cycles go: `365d`, `18mo`, `2y`
    #[arg(long, value_name = "AGE", value_parser = age)]
    older_than: Span,
    /// Only say what would go
    #[arg(long)]
    dry_run: bool,
    /// How it is told
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    let config = configuration(config)?;
    let now = Timestamp::now();
    let since = now.to_zoned_datetime(TimeZone::UTC).checked_sub(args.older_than).map_err(|_| {
        Failure::new(Exit::Usage, format_args!("`{}` leads to before all calendars", args.older_than))
    })?;
    let pruning = match Journal::existing(&config.state)? {
        None => None,
        Some(journal) => match journal.prune(since.timestamp(), now, args.dry_run)? {
            Ok(pruning) => pruning,
            Err(wrong) => {
                let message = format!("nothing was removed: the journal is not as it was written: {wrong}");
                return Err(Failure::new(Exit::Unexpected, message).hint(wrong.hint()));
            }
        },
    };
    data(&match (args.format, &pruning) {
        (Format::Json, _) => format!("{:#}\n", json!(pruning)),
        (Format::Human, Some(pruning)) => told(pruning, args.dry_run),
        (Format::Human, None) => {
            format!("There is nothing to remove from before {:.0}.\n", since.timestamp())
        }
    })?;
    Ok(Exit::Ok)
}

fn told(pruning: &Pruning, dry_run: bool) -> String {
    let count =
        |table: &str| usize::try_from(pruning.removed.get(table).copied().unwrap_or(0)).unwrap_or(usize::MAX);
    let parts: Vec<String> = [
        ("cycles", "cycle"),
        ("operations", "operation"),
        ("decisions", "decision"),
        ("facts", "fact"),
        ("readings", "reading"),
        ("drafts", "plan"),
        ("revisions", "revision"),
    ]
    .into_iter()
    .filter(|(table, _)| count(table) > 0)
    .map(|(table, what)| counted(count(table), what))
    .collect();
    let parts = if parts.is_empty() { "what hung on them".to_owned() } else { parts.join(", ") };
    let (would, will) = if dry_run { ("Would remove", "would start") } else { ("Removed", "starts") };
    format!(
        "{would} of the cycles before {}: {parts}.\nThe chain {will} at record {}, after {}\n",
        pruning.before,
        pruning.through + 1,
        pruning.hash
    )
}

fn age(text: &str) -> Result<Span, String> {
    let wrong = || "an age like `365d`, `18mo` or `2y` is wanted".to_owned();
    let span: Span = text.trim().parse().map_err(|_| wrong())?;
    if span.is_positive() { Ok(span) } else { Err(wrong()) }
}
