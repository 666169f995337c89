use std::path::Path;

use jiff::Timestamp;
use serde_json::json;

use super::target;
use crate::cli::exit::{Exit, Failure};
use crate::cli::plan::Format;
use crate::cli::project::{configuration, runtime};
use crate::cli::terminal::{colour, data};
use crate::scim::{Weight, survey};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// How the answers are written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Exits with 2 where the configuration has to be another one, or the target cannot be worked with.
pub(in crate::cli) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    let config = configuration(config)?;
    let target = config.target()?;
    let asked = runtime()?.block_on(survey(target, Timestamp::now));
    let asked = asked.map_err(|error| Failure::from(error).about(format!("`{}`", target.base_url)))?;
    data(&match args.format {
        Format::Human => target::human(&target.base_url, &asked, colour()),
        Format::Json => format!("{:#}\n", json!({ "target": asked })),
    })?;
    Ok(if asked.worst() == Some(Weight::Problem) { Exit::Usage } else { Exit::Ok })
}
