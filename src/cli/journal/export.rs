use std::io::{BufWriter, ErrorKind, stdout};
use std::path::Path;

use jiff::Timestamp;

use crate::cli::exit::{Exit, Failure};
use crate::cli::explain::moment;
use crate::cli::project::configuration;
use crate::journal::{ExportError, Format, Journal};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How records are written: an object a line, or a table that is safe to open in a spreadsheet
    #[arg(long, value_enum, default_value_t)]
    format: As,
    /// From this moment on: a date, which starts at midnight UTC, or a time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<Timestamp>,
    /// Up to this moment
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum As {
    #[default]
    Jsonl,
    Csv,
}

pub(super) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    let config = configuration(config)?;
    let Some(journal) = Journal::existing(&config.state)? else { return Ok(Exit::Ok) };
    let format = match args.format {
        As::Jsonl => Format::JsonLines,
        As::Csv => Format::Csv,
    };
    let mut out = BufWriter::new(stdout().lock());
    match journal.export(format, args.since, args.until, &mut out) {
        Ok(_) => Ok(Exit::Ok),
        // A reader who went away is no error.
        Err(ExportError::Write(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(Exit::Ok),
        Err(ExportError::Journal(error)) => Err(error.into()),
        Err(error) => Err(Failure::from(anyhow::Error::from(error))),
    }
}
