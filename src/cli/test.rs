use std::path::Path;

use super::exit::{Exit, Failure};
use super::project::Project;
use super::terminal::{colour, data, talk, talk_colour};
use crate::diagnostic;
use crate::testing::{self, Material, Unreadable};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only tests whose file or name contains this
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// How the report is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Format {
    #[default]
    Human,
    Json,
    /// JUnit's XML, as CI systems read it
    Junit,
}

pub(super) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    let project = Project::load(config)?;
    let material = Material::read(&project.config.policy).map_err(|error| match error {
        Unreadable::Files(error) => error.into(),
        Unreadable::Fixtures(findings) => {
            talk(diagnostic::human(&findings, talk_colour()).trim_end());
            Failure::told(Exit::Tests)
        }
    })?;
    let report = material.run(&project.policy, args.filter.as_deref());
    let (passed, failed, errors) = report.counts();
    let none = passed + failed + errors == 0;
    match args.format {
        Format::Human if none => {}
        Format::Human => data(&testing::human(&report, colour()))?,
        Format::Json => data(&format!("{:#}\n", testing::json(&report)))?,
        Format::Junit => data(&testing::junit(&report).map_err(anyhow::Error::from)?)?,
    }
    if none {
        let tests = project.config.policy.tests.display();
        let failure = match &args.filter {
            Some(filter) => {
                Failure::new(Exit::Tests, format_args!("no test in `{tests}` matches `{filter}`"))
            }
            None => Failure::new(Exit::Tests, format_args!("there is no test in `{tests}`")),
        };
        return Err(failure.hint("a run without tests proves nothing, so it fails"));
    }
    Ok(if report.is_success() { Exit::Ok } else { Exit::Tests })
}
