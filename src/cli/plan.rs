use std::path::Path;

use serde_json::{Value, json};

use super::args::count;
use super::exit::{Exit, Failure};
use super::place::Place;
use super::project::{Project, configuration, runtime, tell_reading};
use super::terminal::{colour, data, talk};
use crate::config::short;
use crate::journal::{Closing, Journal, RefusedPlan, Waiting, seconds};
use crate::plan::{self, Allowance, Verdict};
use crate::sync::Drawn;

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    #[command(subcommand)]
    what: Option<What>,
    /// How the plan is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Exit with 5 when there is something to do
    #[arg(long)]
    detailed_exitcode: bool,
    /// Show at most N people of each kind; JSON is always whole
    #[arg(long, value_name = "N", value_parser = count)]
    limit: Option<usize>,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Show a plan that the guard refused, as it was kept
    Show {
        /// The first digits of its hash, as `apply` and `approve` show it; without them, the last refused plan
        hash: Option<String>,
        /// How the plan is written
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// Show at most N people of each kind; JSON is always whole
        #[arg(long, value_name = "N", value_parser = count)]
        limit: Option<usize>,
    },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    #[default]
    Human,
    Json,
}

pub(super) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    if let Some(What::Show { hash, format, limit }) = &args.what {
        return show(config, hash.as_deref(), *format, *limit);
    }
    let mut project = Project::load(config)?;
    args.place.settle(&mut project.config);
    let (drawn, waiting) = {
        let parts = project.parts()?;
        let cycle = project.cycle(&parts, Allowance::default())?;
        let drawn = runtime()?.block_on(cycle.draw_up()).map_err(|error| project.failed(error))?;
        let waiting = cycle.waiting(&drawn.hash)?;
        (drawn, waiting)
    };
    tell(&drawn, args.format, args.limit)?;
    Ok(match drawn.plan.guard {
        Verdict::Refused { .. } => {
            talk_of_approval(&drawn, waiting.as_ref());
            Exit::Refused
        }
        _ if args.detailed_exitcode && !drawn.plan.is_empty() => Exit::Changes,
        _ => Exit::Ok,
    })
}

/// Writes the plan.
pub(super) fn tell(drawn: &Drawn, format: Format, limit: Option<usize>) -> Result<(), Failure> {
    tell_reading(drawn);
    Ok(data(&match format {
        Format::Human => plan::human(&drawn.plan, colour(), limit),
        Format::Json => format!("{:#}\n", plan::json(&drawn.plan)),
    })?)
}

/// Says on stderr how a plan that was refused could pass.
fn talk_of_approval(drawn: &Drawn, waiting: Option<&Waiting>) {
    match waiting {
        Some(waiting) => talk(format_args!(
            "this plan waits for approval since cycle {}: `rolecall approve {}`",
            waiting.cycle.map(|cycle| cycle.to_string()).unwrap_or_default(),
            waiting.short()
        )),
        None if drawn.plan.guard.can_be_approved() => {
            talk("`rolecall apply` would send nothing either, and put this plan up for approval");
        }
        None => {}
    }
}

fn show(config: &Path, hash: Option<&str>, format: Format, limit: Option<usize>) -> Result<Exit, Failure> {
    let config = configuration(config)?;
    let journal = Journal::existing(&config.state)?;
    let kept = journal.as_ref().map_or(Ok(Vec::new()), Journal::refused_plans)?;
    let found = match hash {
        None => kept.first(),
        Some(hash) => {
            let prefix = hash.to_ascii_lowercase();
            let found = kept.iter().find(|plan| plan.hash.starts_with(&prefix));
            Some(found.ok_or_else(|| {
                Failure::new(Exit::Usage, format_args!("no refused plan with the hash `{hash}` is kept"))
                    .hint(
                        "the last one is; `rolecall plan show` shows it, `rolecall journal list` all cycles",
                    )
            })?)
        }
    };
    let (Some(kept), Some(journal)) = (found, &journal) else {
        data(match format {
            Format::Human => "The guard has refused no plan.\n",
            Format::Json => "null\n",
        })?;
        return Ok(Exit::Ok);
    };
    let waiting = journal.waiting()?.into_iter().find(|waiting| waiting.is_plan(&kept.hash));
    let closing = journal.closing(&kept.hash)?;
    data(&match format {
        Format::Human => {
            let state = state(kept, waiting.as_ref(), closing.as_ref());
            format!("{state}\n\n{}", plan::human(&kept.plan, colour(), limit))
        }
        Format::Json => format!("{:#}\n", as_json(kept, waiting.as_ref(), closing.as_ref())),
    })?;
    Ok(Exit::Ok)
}

fn state(kept: &RefusedPlan, waiting: Option<&Waiting>, closing: Option<&Closing>) -> String {
    let short = short(&kept.hash);
    let state = match (waiting, closing) {
        (Some(Waiting { approval: Some(approval), .. }), _) => format!(
            "approved by {} at {}; the next cycle carries it out, if nothing has changed",
            plan::escape(&approval.who),
            seconds(&approval.at)
        ),
        (Some(_), _) => format!("waits for `rolecall approve {short}`"),
        (None, Some(closing)) => {
            let who =
                closing.who.as_deref().map(|who| format!(" by {}", plan::escape(who))).unwrap_or_default();
            let cycle = closing.cycle.map(|cycle| format!(" (cycle {cycle})")).unwrap_or_default();
            let how = match closing.how.as_str() {
                "carried_out" => "carried out",
                "withdrawn" => "no longer wanted",
                how => how,
            };
            format!("{how}{who} at {}{cycle}", seconds(&closing.at))
        }
        (None, None) => "nobody can approve it".to_owned(),
    };
    format!("Plan {short} of the {} (cycle {}, {}): {state}", kept.of, kept.cycle, seconds(&kept.at))
}

fn as_json(kept: &RefusedPlan, waiting: Option<&Waiting>, closing: Option<&Closing>) -> Value {
    let mut value = plan::json(&kept.plan);
    if let Some(object) = value.as_object_mut() {
        object.insert("hash".to_owned(), json!(kept.hash));
        object.insert("of".to_owned(), json!(kept.of));
        object.insert("cycle".to_owned(), json!(kept.cycle));
        object.insert("at".to_owned(), json!(kept.at));
        object.insert("waits".to_owned(), json!(waiting.is_some()));
        object.insert("approval".to_owned(), json!(waiting.and_then(|waiting| waiting.approval.as_ref())));
        object.insert("closing".to_owned(), json!(closing));
    }
    value
}
