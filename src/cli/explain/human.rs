//! An explanation for people.

use std::collections::BTreeMap;

use super::later::Later;
use super::lines::{INDENT, condition, cut, deciding, short, with_reads};
use crate::plan::escape;
use crate::policy::{
    ByRhai, DateExplained, Decision, Explanation, MappingExplained, Miss, Read, RoleExplained, Switches,
    Verdict,
};

/// Of more roles than these, only those that matter are shown in full.
const ROLES: usize = 12;
/// Of these, so many that were missed by little.
const NEAR: usize = 3;
/// What takes more changes than these is told only of the nearest role.
const FEW: usize = 2;
/// How many names of roles are told in one line.
const NAMES: usize = 5;

/// What a person is to have and why, then every rule with what it came to. `under` says what time and what rules.
pub(super) fn human(
    explanation: &Explanation,
    switches: &Switches,
    under: &[String],
    later: Option<&Later>,
) -> String {
    let decision = &explanation.decision;
    let mut out = match &decision.user_name {
        Some(user_name) => format!("{} <{}>\n", escape(&decision.name), escape(user_name)),
        None => format!("{}\n", escape(&decision.name)),
    };
    out.push_str(&format!("{}\nobjectGUID {}\n", escape(&decision.dn), decision.user));
    under.iter().for_each(|line| out.push_str(&format!("{}\n", escape(line))));
    out.push('\n');
    out.push_str(&verdict(decision, switches));
    out.push_str(&later.map(Later::human).unwrap_or_default());
    if let Some(otherwise) = &explanation.otherwise {
        out.push_str(&format!("  → {}\n", escape(otherwise)));
    }
    if let Some(miss) = &explanation.nearest {
        out.push_str(&format!("  → {} ({})\n", escape(&miss.to_string()), miss.at));
    }
    if !explanation.dates.is_empty() {
        out.push_str("\nFirst and last day\n");
        explanation.dates.iter().for_each(|date| out.push_str(&date_human(date)));
    }
    let asked = match decision.verdict {
        Verdict::Barred => "as they would be tried if the user could have an account",
        _ => "tried from top to bottom",
    };
    if !explanation.roles.is_empty() {
        out.push_str(&format!("\nRoles, {asked}\n"));
        out.push_str(&roles(explanation));
    }
    out.push_str(match decision.verdict {
        Verdict::Provision { .. } => "\nAccount\n",
        _ => "\nAccount, as it would be\n",
    });
    explanation.mappings.iter().for_each(|mapping| out.push_str(&mapping_human(mapping)));
    out
}

/// The verdict, and the role that decides with what its terms came to.
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

fn roles(explanation: &Explanation) -> String {
    let roles = &explanation.roles;
    let provisioned = matches!(explanation.decision.verdict, Verdict::Provision { .. });
    let first = roles.iter().position(|role| role.answer == Ok(true)).filter(|_| provisioned);
    let many = roles.len() > ROLES;
    let near = nearest(roles);
    let shown = if many { first.map_or(roles.len(), |first| first + 1) } else { roles.len() };
    let mut out = String::new();
    for (index, role) in roles.iter().enumerate().take(shown) {
        let answer = match role.answer {
            Ok(true) if !provisioned => "passes",
            Ok(true) if first == Some(index) => "passes, and decides",
            Ok(true) => "passes too, behind the one that decides",
            Ok(false) => "does not pass",
            Err(_) => "fails",
        };
        let full = !many || role.answer != Ok(false) || near.contains(&role.name.as_str());
        out.push_str(&if full { role_human(role, answer) } else { role_short(role, answer) });
    }
    if shown < roles.len() {
        let passing: Vec<_> = roles.iter().skip(shown).filter(|role| role.answer == Ok(true)).collect();
        let names: Vec<_> =
            passing.iter().take(NAMES).map(|role| format!("`{}`", escape(&role.name))).collect();
        let more = if passing.len() > NAMES { ", …" } else { "" };
        let pass = match passing.len() {
            0 => "none of which passes".to_owned(),
            count => format!("of which {count} would pass: {}{more}", names.join(", ")),
        };
        out.push_str(&format!("  … and {} behind it, {pass}\n", roles.len() - shown));
    }
    out
}

/// The roles that were missed by the fewest changes.
fn nearest(roles: &[RoleExplained]) -> Vec<&str> {
    let mut missed: Vec<&Miss> = roles.iter().filter_map(|role| role.miss.as_ref()).collect();
    missed.sort_by_key(|miss| (!miss.tried, miss.needs.len()));
    missed.into_iter().take(NEAR).map(|miss| miss.role.as_str()).collect()
}

fn mark(role: &RoleExplained) -> char {
    match role.answer {
        Ok(true) => '+',
        Ok(false) => '-',
        Err(_) => '!',
    }
}

fn role_human(role: &RoleExplained, answer: &str) -> String {
    let mut out = format!("  {} {}  {answer}  ({})\n", mark(role), escape(&role.name), role.at);
    if let Err(why) = &role.answer {
        out.push_str(&format!("      ! {}\n", escape(reason(why))));
    }
    if let Some(steps) = &role.steps {
        out.push_str(&condition(steps, &role.at));
    }
    if let Some(by_rhai) = &role.by_rhai {
        out.push_str(&format!("      {}\n", escape(&role.condition)));
        out.push_str(&whole(by_rhai));
    }
    if let Some(miss) = role.miss.as_ref().filter(|miss| miss.needs.len() <= FEW) {
        out.push_str(&format!("      → {}\n", escape(&miss.to_string())));
    }
    out
}

/// A role on one line, with the term that decided.
fn role_short(role: &RoleExplained, answer: &str) -> String {
    let because = role.steps.as_ref().and_then(deciding).map(|term| {
        let value = term.value.map_or_else(String::new, |value| format!(" is {value}"));
        format!(": {}{value}", short(term))
    });
    let because = escape(&because.unwrap_or_default());
    format!("  {} {}  {answer}{because}  ({})\n", mark(role), escape(&role.name), role.at)
}

/// Why a rule failed, without the rule's name, which stands above.
fn reason(why: &str) -> &str {
    why.split_once(" failed: ").map_or(why, |(_, why)| why)
}

/// What is known of a rule that Rhai ran as a whole.
fn whole(by_rhai: &ByRhai) -> String {
    let mut out = format!("      run as a whole by Rhai: {} ({})\n", escape(&by_rhai.why), by_rhai.at);
    out.push_str(&reads(&by_rhai.reads));
    out
}

fn reads(reads: &BTreeMap<String, String>) -> String {
    reads
        .iter()
        .map(|(what, value)| format!("      · {} is {}\n", escape(what), escape(&cut(value, 200))))
        .collect()
}

fn date_human(date: &DateExplained) -> String {
    let value = match &date.value {
        Ok(Some(moment)) => format!("= {moment}"),
        Ok(None) => "is blank: no bound".to_owned(),
        Err(why) => format!("fails: {}", escape(reason(why))),
    };
    let expression = with_reads(&cut(&date.expression, 200), &date.reads, INDENT);
    format!("  {} {value}  ({})\n{expression}", date.word, date.at)
}

fn mapping_human(mapping: &MappingExplained) -> String {
    let value = match &mapping.value {
        Ok(Some(value)) => format!("= {}", escape(value)),
        Ok(None) => "is blank".to_owned(),
        Err(why) => format!("fails: {}", escape(reason(why))),
    };
    let once = if mapping.on_create { ", on create alone" } else { "" };
    let mut out = format!("  {} {value}  ({}{once})\n", mapping.attribute, mapping.at);
    match &mapping.by_rhai {
        Some(by_rhai) => {
            out.push_str(&format!("      {}\n", escape(&mapping.expression)));
            out.push_str(&whole(by_rhai));
        }
        None => out.push_str(&with_reads(&cut(&mapping.expression, 200), &went_in(mapping), INDENT)),
    }
    out
}

/// What went in, unless it is the expression itself and came out as it is.
fn went_in(mapping: &MappingExplained) -> Vec<Read> {
    let plain = |read: &&Read| {
        let unchanged = mapping.value.as_ref().ok().map(|value| match value {
            Some(value) => format!("{value:?}"),
            None => "blank".to_owned(),
        });
        !(mapping.expression == format!("user.{}", read.what)
            && unchanged.as_deref() == Some(read.value.as_str()))
    };
    mapping.reads.iter().filter(plain).cloned().collect()
}
