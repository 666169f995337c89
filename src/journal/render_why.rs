use std::fmt::Write as _;

use serde_json::Value;

use super::render::{items, one, seconds, text};
use super::{Moment, Why};
use crate::config::short;
use crate::plan::escape;

/// Somebody's decision at a time, and what came of it.
#[must_use]
pub fn why(why: &Why) -> String {
    let person = &why.person;
    let called = person.user_name.as_ref().map(|name| format!(" <{}>", escape(name))).unwrap_or_default();
    let mut out =
        format!("{}{called}\n{}\nobjectGUID {}\n", escape(&person.name), escape(&person.dn), person.guid);
    let _ = writeln!(out, "As of {}\n", moment(&why.as_of));
    let reasons: Vec<String> = items(&why.decision, "reasons").map(reason).collect();
    let verdict = why.decision.get("verdict").unwrap_or(&Value::Null);
    let role = verdict.get("profile").and_then(|profile| text(profile, "role"));
    let verdict = match (text(verdict, "is").unwrap_or_default(), role) {
        ("provision", Some(role)) => format!("Gets an account with the role `{}`", escape(role)),
        ("provision", None) => "Gets an account without a role".to_owned(),
        ("not_entitled", _) => "Gets no account".to_owned(),
        ("barred", _) => "Gets no account, whatever the rules say".to_owned(),
        ("failed", _) => {
            let why = verdict.get("why").map(reason).unwrap_or_default();
            format!("Is left alone until this is mended: {why}")
        }
        (other, _) => escape(other),
    };
    let because = if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join("; ")) };
    if let Some(gone) = &why.gone {
        let _ = writeln!(out, "Not read from the directory since {}; before that:", moment(gone));
    }
    let _ = writeln!(out, "{verdict}{because}");
    let _ = writeln!(out, "  decided so first in {}", moment(&why.since));
    if let Some(until) = &why.until {
        let _ = writeln!(out, "  decided otherwise in {}", moment(until));
    }
    out.push_str(if why.operations.is_empty() {
        "\nNo operation followed\n"
    } else {
        "\nOperations that followed\n"
    });
    for operation in &why.operations {
        let _ = writeln!(out, "\n  In cycle {}", operation.cycle);
        one(&mut out, operation);
    }
    out
}

fn moment(moment: &Moment) -> String {
    format!("cycle {}, {} (policy {})", moment.cycle, seconds(&moment.started), short(&moment.revision))
}

/// A reason as it was serialized, with its rule's place.
fn reason(reason: &Value) -> String {
    let at = reason.get("at").and_then(|at| Some((text(at, "file")?, at.get("line")?.as_u64()?)));
    let at = at.map(|(file, line)| format!(" ({}:{line})", escape(file))).unwrap_or_default();
    format!("{}{at}", escape(text(reason, "text").unwrap_or_default()))
}
