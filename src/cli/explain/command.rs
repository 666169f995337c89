use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::document::document;
use super::human::human;
use super::later::Known;
use super::revision::{Earlier, find, prefix};
use crate::cli::exit::{Exit, Failure};
use crate::cli::place::Place;
use crate::cli::plan::Format;
use crate::cli::project::{Project, configuration, counted, runtime, tell_facts};
use crate::cli::terminal::{Bar, data, talk};
use crate::config::{Config, short};
use crate::diagnostic::closest;
use crate::directory::{self, Query};
use crate::facts::{self, Facts, Person};
use crate::plan::escape;
use crate::policy::Policy;
use crate::sync::{Step, Watcher};

/// How many people are suggested for a name that nobody has.
const SUGGESTED: usize = 3;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// A mail address, sAMAccountName, userPrincipalName, DN or objectGUID
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    user: String,
    /// Ask as of this moment: a date, which starts at midnight UTC, or a time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = moment)]
    at: Option<Timestamp>,
    /// Ask the rules of an earlier revision, by its first digits
    #[arg(long, value_name = "REVISION", value_parser = prefix)]
    revision: Option<String>,
    /// How the explanation is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    place: Place,
}

pub(in crate::cli) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    let mut asked = Asked::of(config, args)?;
    args.place.settle(&mut asked.config);
    let policy = &asked.policy;
    let (source, facts) = {
        let bar = Bar::new();
        let now = args.at.unwrap_or_else(Timestamp::now);
        runtime()?.block_on(read(&asked.config, policy, now, &bar))?
    };
    let found: Vec<_> = facts.find(&args.user).iter().map(|person| person.guid).collect();
    if found.is_empty() {
        tell_facts(&facts);
        let message = format!("nobody in `{}` is called `{}`", escape(&source), escape(&args.user));
        return Err(Failure::new(Exit::Usage, message).hint(suggestion(&facts, &args.user)));
    }
    if found.len() > 1 {
        talk(format_args!("{} are called `{}`", counted(found.len(), "user"), escape(&args.user)));
    }
    let explanations = found.iter().filter_map(|guid| policy.explain(&facts, facts.index(guid)?));
    // What waits, waits by today's rules and today's clock.
    let known = if asked.under.is_empty() { Known::of(&asked.config)? } else { None };
    let texts: Vec<String> = explanations
        .map(|explanation| {
            let decision = &explanation.decision;
            let later = known
                .as_ref()
                .map(|known| known.of_person(decision.user, &decision.verdict, policy.switches()));
            match args.format {
                Format::Human => human(&explanation, policy.switches(), &asked.under, later.as_ref()),
                Format::Json => format!("{:#}\n", document(&explanation, &asked.revision, later.as_ref())),
            }
        })
        .collect();
    data(&texts.join(if args.format == Format::Human { "\n" } else { "" }))?;
    Ok(Exit::Ok)
}

/// What rules are asked, and as of when.
struct Asked {
    config: Config,
    policy: Arc<Policy>,
    /// All 64 digits.
    revision: String,
    /// What people must know to read the answer, a line each; nothing where it is today's.
    under: Vec<String>,
}

impl Asked {
    fn of(config: &Path, args: &Args) -> Result<Self, Failure> {
        let mut under = Vec::new();
        if let Some(at) = args.at {
            under.push(format!("As of {at}, by the directory as it is today"));
        }
        let Some(prefix) = &args.revision else {
            let Project { config, policy, .. } = Project::load(config)?;
            let revision = policy.revision().full();
            return Ok(Self { config, policy, revision, under });
        };
        let config = configuration(config)?;
        let Earlier { revision, since, policy } = find(&config, prefix)?;
        let since = since.map(|since| format!(", in force since {since:.0}")).unwrap_or_default();
        under.push(format!("By revision {} of the rules{since}", short(&revision)));
        Ok(Self { config, policy: Arc::new(policy), revision, under })
    }
}

/// A date or a time, as it is typed.
pub(in crate::cli) fn moment(text: &str) -> Result<Timestamp, String> {
    let text = text.trim();
    let date = || TimeZone::UTC.to_timestamp(text.parse::<Date>().ok()?.at(0, 0, 0, 0)).ok();
    // `2026-03-01T00:00` has a date, too, and would lose its time.
    let midnight = if text.len() <= "2026-03-01".len() { date() } else { None };
    midnight
        .or_else(|| text.parse().ok())
        .ok_or_else(|| "a date like `2026-03-01` or a time like `2026-03-01T09:00:00Z` is wanted".to_owned())
}

/// What the policy needs of the directory, as of `now`, and the directory's name.
pub(in crate::cli) async fn read(
    config: &Config,
    policy: &Policy,
    now: Timestamp,
    watcher: &dyn Watcher,
) -> Result<(String, Arc<Facts>), Failure> {
    let query = Query { attributes: policy.reads().clone(), ..Query::default() };
    let progress = |read| watcher.at(Step::Reading(read));
    let snapshot = directory::read(config.directory()?, &query, &progress).await?;
    let facts = Arc::new(Facts::of(&snapshot, now));
    Ok((snapshot.source, facts))
}

/// Who may have been meant: whose names contain the words, else whose are near them.
pub(in crate::cli) fn suggestion(facts: &Facts, who: &str) -> String {
    let word = who.trim().to_lowercase();
    let names = |person: &Person| -> Vec<String> {
        ["mail", "samaccountname", "userprincipalname"]
            .iter()
            .filter_map(|attribute| match facts.value(person, attribute) {
                Some(facts::Value::Text(text)) => Some(text.to_string()),
                _ => None,
            })
            .chain([person.name.to_string()])
            .collect()
    };
    let near = |name: &str| {
        let name = name.to_lowercase();
        let local = name.split('@').next().unwrap_or_default().to_owned();
        closest(&word, [name.as_str(), local.as_str()]).is_some()
    };
    let contained = |name: &str| word.chars().count() > 1 && name.to_lowercase().contains(&word);
    let meant = |fits: &dyn Fn(&str) -> bool| -> BTreeSet<String> {
        let people = facts.people.iter().filter_map(|person| {
            let names = names(person);
            names.iter().any(|name| fits(name)).then(|| {
                let called = names.first().filter(|_| names.len() > 1);
                called.map_or_else(|| person.guid.to_string(), |name| escape(name))
            })
        });
        people.collect()
    };
    let mut found = meant(&contained);
    if found.is_empty() {
        found = meant(&near);
    }
    if found.is_empty() {
        return "name a mail address, sAMAccountName, userPrincipalName, DN or objectGUID".to_owned();
    }
    let shown: Vec<_> = found.iter().take(SUGGESTED).map(|name| format!("`{name}`")).collect();
    let more = match found.len().saturating_sub(SUGGESTED) {
        0 => String::new(),
        more => format!(" ({more} more are near)"),
    };
    format!("did you mean {}?{more}", shown.join(" or "))
}
