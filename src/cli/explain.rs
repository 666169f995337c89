use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::exit::{Exit, Failure};
use super::plan::Format;
use super::project::{Project, counted, runtime, tell_facts};
use super::terminal::{Bar, data, talk};
use crate::diagnostic::closest;
use crate::directory::{self, Query};
use crate::facts::{self, Facts, Person};
use crate::plan::escape;
use crate::policy::{Decision, Explanation, MappingExplained, RoleExplained, Switches, Verdict};
use crate::sync::{Step, Watcher};

/// How many people are suggested for a name that nobody has.
const SUGGESTED: usize = 3;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A mail address, sAMAccountName, userPrincipalName, DN or objectGUID
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    user: String,
    /// How the explanation is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    let project = Project::load(config)?;
    let (source, facts) = {
        let bar = Bar::new();
        runtime()?.block_on(read(&project, &bar))?
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
    let explanations = found.iter().filter_map(|guid| project.policy.explain(&facts, facts.index(guid)?));
    let texts: Vec<String> = explanations
        .map(|explanation| match args.format {
            Format::Human => human(&explanation, project.policy.switches()),
            Format::Json => format!("{:#}\n", document(&explanation)),
        })
        .collect();
    data(&texts.join(if args.format == Format::Human { "\n" } else { "" }))?;
    Ok(Exit::Ok)
}

/// What the policy needs of the directory, and the directory's name.
pub(in crate::cli) async fn read(
    project: &Project,
    watcher: &dyn Watcher,
) -> Result<(String, Arc<Facts>), Failure> {
    let query = Query { attributes: project.policy.reads().clone(), ..Query::default() };
    let progress = |read| watcher.at(Step::Reading(read));
    let snapshot = directory::read(project.config.directory()?, &query, &progress).await?;
    let facts = Arc::new(Facts::of(&snapshot, Timestamp::now()));
    Ok((snapshot.source, facts))
}

/// Who may have been meant: whose names contain the words, else whose are near them.
pub(in crate::cli) fn suggestion(facts: &Facts, who: &str) -> String {
    let word = who.trim().to_lowercase();
    let names = |person: &Person| -> Vec<String> {
        ["mail", "samaccountname", "userprincipalname"]
            .iter()
            .filter_map(|attribute| match person.attributes.get(*attribute) {
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

/// What a person is to have and why, then every rule with what it read.
fn human(explanation: &Explanation, switches: &Switches) -> String {
    let decision = &explanation.decision;
    let mut out = match &decision.user_name {
        Some(user_name) => format!("{} <{}>\n", escape(&decision.name), escape(user_name)),
        None => format!("{}\n", escape(&decision.name)),
    };
    out.push_str(&format!("{}\nobjectGUID {}\n\n", escape(&decision.dn), decision.user));
    out.push_str(&verdict(decision, switches));
    let asked = match decision.verdict {
        Verdict::Barred => "as they would be tried if the user could have an account",
        _ => "tried from top to bottom",
    };
    if !explanation.roles.is_empty() {
        out.push_str(&format!("\nRoles, {asked}\n"));
    }
    let provisioned = matches!(decision.verdict, Verdict::Provision { .. });
    let mut decided = !provisioned;
    for role in &explanation.roles {
        let answer = match role.answer {
            Ok(true) if !provisioned => "passes",
            Ok(true) if decided => "passes too, behind the one that decides",
            Ok(true) => "passes, and decides",
            Ok(false) => "does not pass",
            Err(_) => "fails",
        };
        decided |= role.answer == Ok(true);
        out.push_str(&role_human(role, answer));
    }
    out.push_str(match decision.verdict {
        Verdict::Provision { .. } => "\nAccount\n",
        _ => "\nAccount, as it would be\n",
    });
    for mapping in &explanation.mappings {
        out.push_str(&mapping_human(mapping));
    }
    out
}

/// The verdict, and the role that decides with what it read.
pub(in crate::cli) fn gist(explanation: &Explanation, switches: &Switches) -> String {
    let deciding = explanation.roles.iter().find(|role| role.answer == Ok(true));
    let role = deciding.map(|role| role_human(role, "passes, and decides")).unwrap_or_default();
    verdict(&explanation.decision, switches) + role.as_str()
}

fn verdict(decision: &Decision, switches: &Switches) -> String {
    let because: Vec<_> = decision.reasons.iter().map(|reason| escape(&reason.to_string())).collect();
    let because = because.join("; ");
    let mut out = match &decision.verdict {
        Verdict::Provision { profile } => match profile.role.as_deref() {
            Some(role) => format!("Gets an account with the role `{}`: {because}\n", escape(role)),
            None => format!("Gets an account without a role: {because}\n"),
        },
        Verdict::NotEntitled if switches.keep_access_on_role_change => {
            format!("Gets no account, and keeps one that is there: {because}\n")
        }
        Verdict::NotEntitled => format!("Gets no account: {because}\n"),
        Verdict::Barred => format!("Gets no account, whatever the rules say: {because}\n"),
        Verdict::Failed { why } => {
            format!("Is left alone until this is mended: {}\n", escape(&why.to_string()))
        }
    };
    if let Some(name) = &decision.user_name
        && switches.protects(name)
    {
        out.push_str(&format!("The account `{}` is protected: nothing is ever done to it\n", escape(name)));
    }
    out
}

fn role_human(role: &RoleExplained, answer: &str) -> String {
    let mark = match role.answer {
        Ok(true) => "+",
        Ok(false) => "-",
        Err(_) => "!",
    };
    let mut out = format!("  {mark} {}  {answer}  ({})\n", escape(&role.name), role.at);
    out.push_str(&format!("      {}\n", escape(&role.condition)));
    if let Err(why) = &role.answer {
        out.push_str(&format!("      ! {}\n", escape(short(why))));
    }
    out.push_str(&reads(&role.reads));
    out
}

/// Why a rule failed, without the rule's name, which stands above.
fn short(why: &str) -> &str {
    why.split_once(" failed: ").map_or(why, |(_, why)| why)
}

fn mapping_human(mapping: &MappingExplained) -> String {
    let value = match &mapping.value {
        Ok(Some(value)) => format!("= {}", escape(value)),
        Ok(None) => "is blank".to_owned(),
        Err(why) => format!("fails: {}", escape(short(why))),
    };
    let once = if mapping.on_create { ", on create alone" } else { "" };
    format!("  {} {value}  ({}{once})\n{}", mapping.attribute, mapping.at, reads(&mapping.reads))
}

fn reads(reads: &BTreeMap<String, String>) -> String {
    reads.iter().map(|(what, value)| format!("      · {} is {}\n", escape(what), escape(value))).collect()
}

/// `{"decision", "roles": [{"name", "at", "condition", "passes", "error", "reads"}], "mappings": [{"attribute", "at",
/// "on_create", "value", "error", "reads"}]}`; `passes` and `value` are null where there is an `error`.
fn document(explanation: &Explanation) -> Value {
    let roles: Vec<Value> = explanation
        .roles
        .iter()
        .map(|role| {
            json!({
                "name": role.name,
                "at": role.at,
                "condition": role.condition,
                "passes": role.answer.as_ref().ok(),
                "error": role.answer.as_ref().err(),
                "reads": role.reads,
            })
        })
        .collect();
    let mappings: Vec<Value> = explanation
        .mappings
        .iter()
        .map(|mapping| {
            json!({
                "attribute": mapping.attribute,
                "at": mapping.at,
                "on_create": mapping.on_create,
                "value": mapping.value.as_ref().ok(),
                "error": mapping.value.as_ref().err(),
                "reads": mapping.reads,
            })
        })
        .collect();
    json!({ "decision": explanation.decision, "roles": roles, "mappings": mappings })
}
