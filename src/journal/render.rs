use std::fmt::Write as _;

use serde_json::Value;

use super::model::PlanSummary;
use super::{CycleRecord, CycleSummary, OperationRecord, Waiting};
use crate::config::short;
use crate::plan::{escape, value};

/// Cycles as people read them, one a line.
#[must_use]
pub fn list(cycles: &[CycleSummary]) -> String {
    if cycles.is_empty() {
        return "The journal is empty.\n".to_owned();
    }
    let mut out = format!(
        "{:>6}  {:<20}  {:<5}  {:<10}  {:<12}  {}\n",
        "cycle", "started (UTC)", "kind", "status", "policy", "operations"
    );
    for cycle in cycles {
        let _ = writeln!(
            out,
            "{:>6}  {:<20}  {:<5}  {:<10}  {:<12}  {}",
            cycle.id,
            seconds(&cycle.started),
            cycle.kind,
            status(cycle),
            short(&cycle.revision),
            counts(cycle)
        );
    }
    out
}

/// One cycle as people read it: what it knew, and every operation with its changes, reasons and outcome.
#[must_use]
pub fn show(record: &CycleRecord) -> String {
    let cycle = &record.summary;
    let mut out =
        format!("Cycle {}: {}, {} ({})\n", cycle.id, cycle.kind, status(cycle), escape(&cycle.cause));
    let _ = writeln!(out, "  policy     {}", short(&cycle.revision));
    let ended = cycle.ended.as_deref().map_or_else(|| "not ended".to_owned(), seconds);
    let _ = writeln!(out, "  time       {} to {ended}", seconds(&cycle.started));
    if let Some(plan) = &cycle.plan {
        sizes(&mut out, plan);
    }
    let _ = writeln!(out, "  operations {}{}", counts(cycle), kinds(cycle));
    if let Some(error) = &cycle.error {
        let _ = writeln!(out, "  error      {}", escape(error));
    }
    for drifted in &record.drifted {
        let _ = writeln!(
            out,
            "  drift      {} <{}>: {} is {}, and should be {}",
            escape(&drifted.user.name),
            escape(&drifted.user_name),
            drifted.attribute,
            value(drifted.found.as_deref()),
            value(drifted.wished.as_deref())
        );
    }
    for operation in &record.operations {
        out.push('\n');
        one(&mut out, operation);
    }
    apart(&mut out, "Held, for approval", &record.held, "why");
    apart(&mut out, "Skipped", &record.skipped, "reason");
    out
}

/// How many people a list shows who are left alone.
const SHOWN: usize = 20;

/// Those for whom nothing was done, each with the reasons, those first where something has to be mended.
fn apart(out: &mut String, title: &str, people: &[Value], why: &str) {
    if people.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n  {title} ({})", people.len());
    for one in people.iter().take(SHOWN) {
        let name = one.get("user").and_then(|user| text(user, "name")).unwrap_or_default();
        let kind = text(one, "kind").map(|kind| format!(", no {kind}")).unwrap_or_default();
        let reasons = match one.get(why) {
            Some(Value::String(reason)) => vec![escape(reason)],
            _ => items(one, why).filter_map(Value::as_str).map(escape).collect(),
        };
        let _ = writeln!(out, "    {}{kind}: {}", escape(name), reasons.join("; "));
    }
    if people.len() > SHOWN {
        let _ = writeln!(out, "    … and {} more (`--format json` shows all)", people.len() - SHOWN);
    }
}

/// What was done, by kind.
fn kinds(cycle: &CycleSummary) -> String {
    let parts: Vec<String> = [
        (cycle.created, "created"),
        (cycle.updated, "updated"),
        (cycle.reactivated, "reactivated"),
        (cycle.deactivated, "deactivated"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}

/// What waits for a person, as they read it, and how to approve it.
#[must_use]
pub fn waiting(open: &[Waiting]) -> String {
    if open.is_empty() {
        return "Nothing waits for approval.\n".to_owned();
    }
    let mut out = format!("{:<9}  {:<12}  {:<20}  {}\n", "kind", "hash", "since (UTC)", "what");
    for one in open {
        let text = one.summary.get("text").and_then(Value::as_str).unwrap_or_default();
        let _ = writeln!(
            out,
            "{:<9}  {:<12}  {:<20}  {}",
            one.kind.name(),
            one.short(),
            seconds(&one.since),
            escape(text)
        );
        if let Some(approval) = &one.approval {
            let _ = writeln!(
                out,
                "{:<9}  approved by {} at {}; the next cycle carries it out",
                "",
                escape(&approval.who),
                seconds(&approval.at)
            );
        }
    }
    out
}

fn sizes(out: &mut String, plan: &PlanSummary) {
    let read =
        plan.partial.as_ref().map_or_else(|| "whole".to_owned(), |why| format!("partial: {}", escape(why)));
    let _ = writeln!(out, "  directory  {}: {} people ({read})", escape(&plan.source), plan.people);
    let _ = writeln!(
        out,
        "  plan       {} to create, {} to update, {} to reactivate, {} to deactivate; {} unchanged, {} skipped ({} to \
         be mended), {} unmanaged{}",
        plan.create,
        plan.update,
        plan.reactivate,
        plan.deactivate,
        plan.unchanged,
        plan.skipped,
        plan.faults,
        plan.unmanaged,
        later(plan)
    );
    let approved = text(&plan.guard, "who").zip(text(&plan.guard, "at"));
    if let Some((who, at)) = approved {
        let _ = writeln!(out, "  approved   by {} at {}", escape(who), seconds(at));
    }
    let word = if approved.is_some() { "over limit" } else { "refused   " };
    for breach in items(&plan.guard, "breaches") {
        let _ = writeln!(out, "  {word} {}", escape(text(breach, "text").unwrap_or_default()));
    }
}

/// What the plan kept for later.
fn later(plan: &PlanSummary) -> String {
    let counts = [(plan.held, "held for approval"), (plan.leaving, "to deactivate later")];
    let kept = counts.into_iter().filter(|(count, _)| *count > 0);
    kept.map(|(count, what)| format!("; {count} {what}")).collect()
}

pub(super) fn one(out: &mut String, operation: &OperationRecord) {
    let _ = writeln!(
        out,
        "  {} {} {} <{}>",
        operation.place + 1,
        operation.kind,
        escape(&operation.name),
        escape(&operation.user_name)
    );
    for change in operation.changes.as_array().into_iter().flatten() {
        let value = |side| value(text(change, side));
        let attribute = text(change, "attribute").unwrap_or_default();
        let _ = writeln!(out, "      {attribute}: {} → {}", value("from"), value("to"));
    }
    for reason in &operation.reasons {
        let _ = writeln!(out, "      because {}", escape(reason));
    }
    let Some(answer) = &operation.answer else {
        let _ = writeln!(out, "      never answered (intended {})", seconds(&operation.intended));
        return;
    };
    let at = seconds(&answer.at);
    let _ = match answer.outcome.as_str() {
        "lost" => writeln!(
            out,
            "      never answered: rolecall was broken off (intended {})",
            seconds(&operation.intended)
        ),
        "failed" => {
            let why = text(&answer.detail, "why").unwrap_or_default();
            writeln!(out, "      failed {at}: {}", escape(why))
        }
        "not_sent" => {
            let why = text(&answer.detail, "why").unwrap_or("the run was stopped before its turn");
            writeln!(out, "      not sent {at}: {}", escape(why))
        }
        outcome => writeln!(out, "      {outcome} {at}"),
    };
    for note in
        items(&answer.detail, "notes").chain(answer.detail.get("not_linked")).filter_map(Value::as_str)
    {
        let _ = writeln!(out, "      note: {}", escape(note));
    }
}

pub(super) fn items<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

pub(super) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

fn status(cycle: &CycleSummary) -> &str {
    match cycle.status.as_deref() {
        None => "not ended",
        // The directory was looked at, and nothing had changed in it.
        Some("done") if cycle.plan.is_none() && !cycle.pruned => "unchanged",
        Some("broken_off") => "broken off",
        Some(status) => status,
    }
}

fn counts(cycle: &CycleSummary) -> String {
    if cycle.pruned {
        return "pruned".to_owned();
    }
    let planned = cycle.plan.as_ref().map_or(0, |p| p.create + p.update + p.reactivate + p.deactivate);
    let not_sent = planned.saturating_sub(cycle.done + cycle.failed + cycle.unanswered);
    let parts: Vec<String> = [
        (cycle.done, "done"),
        (cycle.failed, "failed"),
        (cycle.unanswered, "never answered"),
        (not_sent, "not sent"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}

/// An RFC 3339 time in UTC without fractions of a second.
pub fn seconds(time: &str) -> String {
    match time.split_once('.') {
        Some((whole, _)) => format!("{whole}Z"),
        None => time.to_owned(),
    }
}
