use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json as object};

use super::{Adoptable, Change, Drifted, Kind, Operation, Plan, Skipped, Unmanaged, Verdict, pending};
use crate::desired::Person;
use crate::policy::{Attribute, Reason};

/// How many unmanaged accounts are named, where nobody says how many.
const UNMANAGED_SHOWN: usize = 20;

/// A plan as people read it: operations by kind, what other hands changed, who was skipped (faults first), accounts that
/// are left alone, the guard's refusal, and one line that sums up. `limit`: so many lines of each list, and how many more
/// there are.
#[must_use]
pub fn human(plan: &Plan, colour: bool, limit: Option<usize>) -> String {
    let mut out = String::new();
    let paint = Paint(colour);
    for kind in Kind::ALL {
        let operations: Vec<&Operation> = plan.operations.iter().filter(|o| o.kind == kind).collect();
        let title = format!("{} ({})", title(kind), operations.len());
        list(&mut out, paint, &title, &operations, limit, |out, operation| line(out, paint, operation));
    }
    let title = format!("Held for approval ({})", plan.held.len());
    list(&mut out, paint, &title, &plan.held, limit, |out, held| pending::held(out, paint, held));
    let title = format!("Deactivated later, unless they come back ({})", plan.leaving.len());
    list(&mut out, paint, &title, &plan.leaving, limit, |out, one| pending::leaving(out, paint, one));
    let title = format!("Changed at the target, and left so ({})", plan.drifted.len());
    list(&mut out, paint, &title, &plan.drifted, limit, |out, one| drift(out, paint, one));
    for (fault, what) in [(true, "Skipped, to be mended"), (false, "Skipped, as ordered")] {
        let skipped: Vec<&Skipped> = plan.skipped.iter().filter(|s| s.fault == fault).collect();
        let title = format!("{what} ({})", skipped.len());
        list(&mut out, paint, &title, &skipped, limit, |out, one| skip(out, paint, one));
    }
    let title = format!("Adoptable, left alone ({})", plan.adoptable.len());
    list(&mut out, paint, &title, &plan.adoptable, limit, |out, one| adopt(out, paint, one));
    let title = format!("Unmanaged, left alone ({})", plan.unmanaged.len());
    let shown = Some(limit.unwrap_or(UNMANAGED_SHOWN));
    list(&mut out, paint, &title, &plan.unmanaged, shown, |out, one| nobodys(out, paint, one));
    let guard = match &plan.guard {
        Verdict::Allowed => None,
        Verdict::Refused { .. } => Some("Refused by the guard: nothing of this may be applied".to_owned()),
        Verdict::Approved { who, .. } => {
            Some(format!("Over the guard's limits, and approved by {}", escape(who)))
        }
    };
    if let Some(guard) = guard {
        let _ = writeln!(out, "{}", paint.on(ALARM, &guard));
        for breach in plan.guard.breaches() {
            let _ = writeln!(out, "  {} {}", paint.on(ALARM, "!"), escape(&breach.text));
        }
        out.push('\n');
    }
    let _ = writeln!(out, "{}", summary(plan));
    out
}

/// A plan in one line.
fn summary(plan: &Plan) -> String {
    let mut parts: Vec<String> = Kind::ALL
        .into_iter()
        .map(|kind| (plan.count(kind), kind))
        .filter(|(count, _)| *count > 0)
        .map(|(count, kind)| format!("{count} to {kind}"))
        .collect();
    if parts.is_empty() {
        parts.push("Nothing to do".to_owned());
    }
    parts.extend(pending::counts(plan));
    parts.push(format!("{} unchanged", plan.unchanged));
    let faults = plan.skipped.iter().filter(|skipped| skipped.fault).count();
    if !plan.skipped.is_empty() {
        parts.push(match faults {
            0 => format!("{} skipped", plan.skipped.len()),
            _ => format!("{} skipped ({faults} to be mended)", plan.skipped.len()),
        });
    }
    if !plan.drifted.is_empty() {
        parts.push(format!("{} changed at the target and left so", plan.drifted.len()));
    }
    if !plan.adoptable.is_empty() {
        parts.push(format!("{} adoptable", plan.adoptable.len()));
    }
    if !plan.unmanaged.is_empty() {
        parts.push(match plan.unmanaged.len() {
            1 => "1 unmanaged account left alone".to_owned(),
            n => format!("{n} unmanaged accounts left alone"),
        });
    }
    format!("{}. Policy {}.", parts.join(", "), plan.revision)
}

fn list<T>(
    out: &mut String,
    paint: Paint,
    title: &str,
    items: &[T],
    limit: Option<usize>,
    mut one: impl FnMut(&mut String, &T),
) {
    if items.is_empty() {
        return;
    }
    let _ = writeln!(out, "{}", paint.on(Style::new().bold(), title));
    let shown = limit.unwrap_or(items.len()).min(items.len());
    for item in items.iter().take(shown) {
        one(out, item);
    }
    if shown < items.len() {
        let _ = writeln!(out, "  … and {} more", items.len() - shown);
    }
    out.push('\n');
}

fn line(out: &mut String, paint: Paint, operation: &Operation) {
    let (symbol, style) = symbol(operation.kind);
    out.push_str(&who(paint.on(style, symbol), &operation.user, &operation.user_name));
    let (role, others): (Vec<&Change>, Vec<&Change>) =
        shown(operation).partition(|change| change.attribute == Attribute::ROLE);
    for change in role {
        let _ = write!(out, "  {}", change_text(operation.kind, change));
    }
    out.push('\n');
    // All that a new account has fits a line; of an account that is there each change is worth its own.
    let lines: Vec<String> = others.iter().map(|change| change_text(operation.kind, change)).collect();
    let lines =
        if operation.kind == Kind::Create && !lines.is_empty() { vec![lines.join(", ")] } else { lines };
    for line in lines {
        let _ = writeln!(out, "      {line}");
    }
    because(out, paint, &operation.reasons);
}

fn skip(out: &mut String, paint: Paint, skipped: &Skipped) {
    let style = if skipped.fault { colour(AnsiColor::Red) } else { colour(AnsiColor::BrightBlack) };
    let symbol = if skipped.fault { "!" } else { "·" };
    let _ = write!(out, "  {} {}", paint.on(style, symbol), escape(&skipped.user.name));
    if let Some(kind) = skipped.kind {
        let _ = write!(out, "  no {kind}");
    }
    out.push('\n');
    because(out, paint, std::slice::from_ref(&skipped.why));
}

fn drift(out: &mut String, paint: Paint, one: &Drifted) {
    let who = who(paint.on(colour(AnsiColor::Yellow), "≠"), &one.user, &one.user_name);
    let (found, wished) = (value(one.found.as_deref()), value(one.wished.as_deref()));
    let _ = writeln!(out, "{who}  {} is {found}, and should be {wished}", one.attribute);
}

fn adopt(out: &mut String, paint: Paint, one: &Adoptable) {
    let right = if one.entitled { "should have an account" } else { "should have none" };
    let who = who(paint.on(colour(AnsiColor::Cyan), "?"), &one.user, &one.user_name);
    let _ = writeln!(out, "{who}  {}; the person {right}", state(one.active));
}

fn nobodys(out: &mut String, paint: Paint, one: &Unmanaged) {
    let symbol = paint.on(colour(AnsiColor::BrightBlack), "·");
    let _ = writeln!(out, "  {symbol} {}  {}", escape(&one.user_name), state(one.active));
}

fn state(active: bool) -> &'static str {
    if active { "active" } else { "inactive" }
}

pub(super) fn because(out: &mut String, paint: Paint, reasons: &[Reason]) {
    for reason in reasons {
        let text = escape(&reason.to_string());
        let _ = writeln!(out, "      {}", paint.on(colour(AnsiColor::BrightBlack), &text));
    }
}

/// What an operation changes beside what its kind says, on one line: `role analyst → manager, title Writer → Director`.
#[must_use]
pub fn changes(operation: &Operation) -> String {
    let texts: Vec<String> = shown(operation).map(|change| change_text(operation.kind, change)).collect();
    texts.join(", ")
}

/// What the kind of operation does not say already.
pub(super) fn shown(operation: &Operation) -> impl Iterator<Item = &Change> {
    let is_create = operation.kind == Kind::Create;
    operation
        .changes
        .iter()
        .filter(|change| change.attribute != Attribute::ACTIVE)
        .filter(move |change| !is_create || change.attribute != Attribute::USER_NAME)
}

pub(super) fn change_text(kind: Kind, change: &Change) -> String {
    let (from, to) = (value(change.from.as_deref()), value(change.to.as_deref()));
    match kind {
        Kind::Create => format!("{} {to}", change.attribute),
        _ => format!("{} {from} → {to}", change.attribute),
    }
}

fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Create => "Create",
        Kind::Update => "Update",
        Kind::Reactivate => "Reactivate",
        Kind::Deactivate => "Deactivate",
    }
}

fn symbol(kind: Kind) -> (&'static str, Style) {
    match kind {
        Kind::Create => ("+", colour(AnsiColor::Green)),
        Kind::Update => ("~", colour(AnsiColor::Yellow)),
        Kind::Reactivate => ("↑", colour(AnsiColor::Cyan)),
        Kind::Deactivate => ("-", colour(AnsiColor::Red)),
    }
}

const ALARM: Style = AnsiColor::Red.on_default().bold();

fn colour(colour: AnsiColor) -> Style {
    colour.on_default()
}

#[derive(Clone, Copy)]
pub(super) struct Paint(bool);

impl Paint {
    pub(super) fn on(self, style: Style, text: &str) -> String {
        if self.0 { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

/// What begins a line about somebody's account.
pub(super) fn who(symbol: String, user: &Person, user_name: &str) -> String {
    format!("  {symbol} {} <{}>", escape(&user.name), escape(user_name))
}

/// A value, escaped; `(none)` where there is none.
#[must_use]
pub fn value(value: Option<&str>) -> String {
    value.map_or_else(|| "(none)".to_owned(), escape)
}

/// A text on one line that cannot steer a terminal: control characters (C0, C1, line separators) and the marks that
/// turn the direction of writing are shown as escapes.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                out.extend(c.escape_unicode());
            }
            c if c.is_control() => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

/// A plan as programs read it: `{"revision", "operations", "held", "leaving", "unchanged", "drifted", "skipped",
/// "adoptable", "unmanaged", "guard"}`, with each reason as one string and its rule's place in brackets.
#[must_use]
pub fn json(plan: &Plan) -> Value {
    let operations: Vec<Value> = plan
        .operations
        .iter()
        .map(|operation| {
            object!({
                "kind": operation.kind,
                "user": operation.user,
                "account": operation.account,
                "changes": operation.changes,
                "reasons": operation.reasons.iter().map(ToString::to_string).collect::<Vec<_>>(),
            })
        })
        .collect();
    let skipped: Vec<Value> = plan
        .skipped
        .iter()
        .map(|skipped| {
            object!({
                "user": skipped.user,
                "kind": skipped.kind,
                "reason": skipped.why.to_string(),
                "fault": skipped.fault,
            })
        })
        .collect();
    let unmanaged: Vec<Value> = plan
        .unmanaged
        .iter()
        .map(|one| object!({ "account": one.account, "userName": one.user_name, "active": one.active }))
        .collect();
    let adoptable: Vec<Value> = plan
        .adoptable
        .iter()
        .map(|one| {
            object!({
                "user": one.user,
                "account": one.account,
                "userName": one.user_name,
                "active": one.active,
                "entitled": one.entitled,
            })
        })
        .collect();
    let drifted: Vec<Value> = plan
        .drifted
        .iter()
        .map(|one| {
            object!({
                "user": one.user,
                "account": one.account,
                "userName": one.user_name,
                "attribute": one.attribute,
                "wished": one.wished,
                "found": one.found,
            })
        })
        .collect();
    object!({
        "revision": plan.revision,
        "operations": operations,
        "held": plan.held.iter().map(pending::held_json).collect::<Vec<_>>(),
        "leaving": plan.leaving.iter().map(pending::leaving_json).collect::<Vec<_>>(),
        "unchanged": plan.unchanged,
        "drifted": drifted,
        "skipped": skipped,
        "adoptable": adoptable,
        "unmanaged": unmanaged,
        "guard": plan.guard,
    })
}
