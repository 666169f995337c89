//! What a plan keeps for later, as people and programs read it.

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};

use super::render::{Paint, because, change_text, shown, who};
use super::{Held, Leaving, Plan};
use std::fmt::Write as _;

const LATER: Style = AnsiColor::Magenta.on_default();

/// One operation that is held, how long it has been, and how to let it go.
pub(super) fn held(out: &mut String, paint: Paint, held: &Held) {
    let operation = &held.operation;
    let who = who(paint.on(LATER, "?"), &operation.user, &operation.user_name);
    let _ = writeln!(out, "{who}  {}", operation.kind);
    for change in shown(operation) {
        let _ = writeln!(out, "      {}", change_text(operation.kind, change));
    }
    because(out, paint, &operation.reasons);
    because(out, paint, &held.why);
    let since = held.since.as_ref().map(|since| format!("held since {since}; ")).unwrap_or_default();
    let _ = writeln!(out, "      {since}to approve: `rolecall approve {}`", held.short());
}

/// One account that is deactivated later.
pub(super) fn leaving(out: &mut String, paint: Paint, leaving: &Leaving) {
    let who = who(paint.on(LATER, "…"), &leaving.user, &leaving.user_name);
    let _ = writeln!(out, "{who}  at {}", leaving.until);
    because(out, paint, &leaving.reasons);
    let _ = writeln!(out, "      so since {}", leaving.since);
}

/// The parts of the line that sums a plan up.
pub(super) fn counts(plan: &Plan) -> impl Iterator<Item = String> {
    let counts = [(plan.held.len(), "held for approval"), (plan.leaving.len(), "to deactivate later")];
    counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"))
}

pub(super) fn held_json(held: &Held) -> Value {
    let texts =
        |reasons: &[crate::policy::Reason]| reasons.iter().map(ToString::to_string).collect::<Vec<_>>();
    json!({
        "kind": held.operation.kind,
        "user": held.operation.user,
        "account": held.operation.account,
        "userName": held.operation.user_name,
        "changes": held.operation.changes,
        "reasons": texts(&held.operation.reasons),
        "why": texts(&held.why),
        "hash": held.hash,
        "since": held.since,
    })
}

pub(super) fn leaving_json(leaving: &Leaving) -> Value {
    json!({
        "user": leaving.user,
        "account": leaving.account,
        "userName": leaving.user_name,
        "cause": leaving.cause,
        "since": leaving.since,
        "until": leaving.until,
        "reasons": leaving.reasons.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}
