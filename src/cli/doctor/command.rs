use std::path::Path;

use jiff::Timestamp;
use serde_json::{Map, json};

use super::lines::{Part, human};
use crate::cli::exit::{Exit, Failure};
use crate::cli::plan::Format;
use crate::cli::project::{configuration, keep_schema, runtime};
use crate::cli::terminal::{colour, data};
use crate::config::{Config, DirectorySource};
use crate::diagnostic::Weight;
use crate::{directory, scim};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// How the answers are written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Exits with 2 where the configuration has to be another one, or the directory or the target cannot be worked with.
pub(in crate::cli) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    let config = configuration(config)?;
    if config.directory.is_none() {
        config.target()?;
    }
    let runtime = runtime()?;
    let directory = config.directory.as_ref();
    let of_directory = directory.map(|source| {
        let (survey, schema) = runtime.block_on(directory::survey(source, Timestamp::now));
        keep_schema(schema, &config.state);
        survey
    });
    let of_target = config.target.as_ref().map(|target| {
        let asked = runtime.block_on(scim::survey(target, Timestamp::now));
        asked.map_err(|error| Failure::from(error).about(format!("`{}`", target.base_url)))
    });
    // What the directory says is worth knowing whether or not the target answers.
    let (of_target, failure) = match of_target.transpose() {
        Ok(survey) => (survey, None),
        Err(failure) => (None, Some(failure)),
    };
    let mut parts = Vec::new();
    if let Some(survey) = &of_directory {
        parts.push(Part { heading: format!("Directory {}", place(&config)), section: "directory", survey });
    }
    if let (Some(survey), Some(target)) = (&of_target, &config.target) {
        parts.push(Part { heading: format!("Target {}", target.base_url), section: "target", survey });
    }
    if !parts.is_empty() {
        data(&match args.format {
            Format::Human => human(&parts, colour()),
            Format::Json => {
                let all: Map<_, _> =
                    parts.iter().map(|part| (part.section.to_owned(), json!(part.survey))).collect();
                format!("{:#}\n", json!(all))
            }
        })?;
    }
    if let Some(failure) = failure {
        return Err(failure);
    }
    let worst = parts.iter().filter_map(|part| part.survey.worst()).max();
    Ok(if worst == Some(Weight::Problem) { Exit::Usage } else { Exit::Ok })
}

fn place(config: &Config) -> String {
    match &config.directory {
        Some(DirectorySource::File(file)) => file.path.display().to_string(),
        Some(DirectorySource::Ldap(ldap)) => ldap.servers.to_string(),
        None => String::new(),
    }
}
