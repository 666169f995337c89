use std::path::Path;

use super::exit::{Exit, Failure};
use super::terminal::data;
use crate::config::Config;
use crate::directory::Schema;
use crate::plan::escape;
use crate::policy::reference::{Entry, Reference, Section, Unknown};
use crate::{script, testing};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// One function, word or attribute, as `LOWER`, `contains` or `user.manager`; without it, all of them
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    name: Option<String>,
    /// How the reference is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    #[default]
    Markdown,
    Json,
}

pub(super) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    // The reference is there without a project, too.
    let schema = Config::load(config).ok().and_then(|config| Schema::kept(&config.state));
    let reference = reference(schema.as_ref());
    let Some(name) = &args.name else {
        data(&match args.format {
            Format::Markdown => reference.markdown(),
            Format::Json => json(&reference.entries().iter().collect::<Vec<_>>())?,
        })?;
        return Ok(Exit::Ok);
    };
    let entries = reference.find(name).map_err(|unknown| {
        let hint = suggestion(&unknown);
        Failure::new(Exit::Usage, escape(&unknown.to_string())).hint(hint)
    })?;
    data(&match args.format {
        Format::Markdown => entries.iter().map(|entry| entry.markdown()).collect::<Vec<_>>().join("\n"),
        Format::Json => json(&entries)?,
    })?;
    Ok(Exit::Ok)
}

/// What policies, tests and scripts may say, with what the directory has by its own schema.
pub(in crate::cli) fn reference(schema: Option<&Schema>) -> Reference {
    let all = Reference::new().with(testing::WORDS, Section::Test).with(script::WORDS, Section::Script);
    match schema {
        Some(schema) => all.with_schema(schema),
        None => all,
    }
}

pub(in crate::cli) fn suggestion(unknown: &Unknown) -> String {
    match &unknown.near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`rolecall docs` shows all names".to_owned(),
    }
}

fn json(entries: &[&Entry]) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(entries).map_err(anyhow::Error::from)?;
    Ok(format!("{text}\n"))
}
