use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

use super::render::{items, text};
use crate::plan::{escape, value};

/// In what two plans differ, as [`plan::json`](crate::plan::json) writes them. Lists are in the order of the plans.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Comparison {
    /// Operations of the first alone.
    pub fewer: Vec<Value>,
    /// Operations of the second alone.
    pub more: Vec<Value>,
    /// Operations of both that do something else: as the first has it, and as the second.
    pub otherwise: Vec<(Value, Value)>,
    /// How many operations do the same for other reasons.
    pub other_reasons: usize,
    /// How many do the same for the same reasons.
    pub same: usize,
    /// What else of the plans differs, by name: people who are skipped, the guard's verdict ..
    pub parts: BTreeMap<String, (Value, Value)>,
}

/// Holds two plans against each other. Whose rules they are is no difference.
#[must_use]
pub fn compare(before: &Value, after: &Value) -> Comparison {
    let mut comparison = Comparison::default();
    let mut left: BTreeMap<(String, String), &Value> =
        items(before, "operations").map(|one| (key(one), one)).collect();
    for one in items(after, "operations") {
        match left.remove(&key(one)) {
            None => comparison.more.push(one.clone()),
            Some(other) if other == one => comparison.same += 1,
            Some(other) if without_reasons(other) == without_reasons(one) => comparison.other_reasons += 1,
            Some(other) => comparison.otherwise.push((other.clone(), one.clone())),
        }
    }
    let fewer = items(before, "operations").filter(|one| left.contains_key(&key(one)));
    comparison.fewer = fewer.cloned().collect();
    let names = before.as_object().into_iter().chain(after.as_object()).flat_map(|plan| plan.keys());
    for name in names.filter(|name| !["operations", "revision"].contains(&name.as_str())) {
        let part = |plan: &Value| plan.get(name).cloned().unwrap_or_default();
        let (a, b) = (part(before), part(after));
        if a != b {
            comparison.parts.insert(name.clone(), (a, b));
        }
    }
    comparison
}

/// One person can have two operations of different kinds.
fn key(operation: &Value) -> (String, String) {
    let guid = operation.get("user").and_then(|user| text(user, "objectGUID"));
    (guid.unwrap_or_default().to_owned(), text(operation, "kind").unwrap_or_default().to_owned())
}

fn without_reasons(operation: &Value) -> Value {
    let mut operation = operation.clone();
    if let Some(object) = operation.as_object_mut() {
        object.remove("reasons");
    }
    operation
}

/// How many lines of each list are shown.
const SHOWN: usize = 20;

impl Comparison {
    /// Whether the plans are the same to the last reason.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.does_the_same() && self.other_reasons == 0 && self.parts.is_empty()
    }

    /// Whether the same would be done.
    #[must_use]
    pub fn does_the_same(&self) -> bool {
        self.fewer.is_empty() && self.more.is_empty() && self.otherwise.is_empty()
    }

    /// What differs, for people: `-` the first has alone, `+` the second has alone, `~` both have, in other ways.
    #[must_use]
    pub fn human(&self) -> String {
        let mut out = String::new();
        let single = [("-", &self.fewer), ("+", &self.more)];
        for (mark, operations) in single {
            for operation in operations.iter().take(SHOWN) {
                let _ = writeln!(out, "  {mark} {}", told(operation));
                for reason in items(operation, "reasons").filter_map(Value::as_str) {
                    let _ = writeln!(out, "      {}", escape(reason));
                }
            }
            more(&mut out, operations.len());
        }
        for (before, after) in self.otherwise.iter().take(SHOWN) {
            let _ = writeln!(out, "  ~ {}", told(before));
            let _ = writeln!(out, "    → {}", told(after));
            for reason in items(after, "reasons").filter_map(Value::as_str) {
                let _ = writeln!(out, "      {}", escape(reason));
            }
        }
        more(&mut out, self.otherwise.len());
        for (name, (before, after)) in &self.parts {
            part(&mut out, name, before, after);
        }
        let counts = [
            (self.same, "as it was"),
            (self.fewer.len(), "no longer"),
            (self.more.len(), "more"),
            (self.otherwise.len(), "otherwise"),
            (self.other_reasons, "as it was, for other reasons"),
        ];
        let counts: Vec<String> = counts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        let counts = if counts.is_empty() { "none".to_owned() } else { counts.join(", ") };
        let _ = writeln!(out, "Operations: {counts}.");
        out
    }
}

fn more(out: &mut String, count: usize) {
    if count > SHOWN {
        let _ = writeln!(out, "  … and {} more (`--format json` shows all)", count - SHOWN);
    }
}

/// An operation on one line.
fn told(operation: &Value) -> String {
    let name = operation.get("user").and_then(|user| text(user, "name")).unwrap_or_default();
    let kind = text(operation, "kind").unwrap_or_default();
    let changes: Vec<String> = items(operation, "changes")
        .filter(|change| text(change, "attribute") != Some("active"))
        .map(|change| {
            let value = |side| value(text(change, side));
            let attribute = text(change, "attribute").unwrap_or_default();
            match kind {
                "create" => format!("{attribute} {}", value("to")),
                _ => format!("{attribute} {} → {}", value("from"), value("to")),
            }
        })
        .collect();
    let changes = if changes.is_empty() { String::new() } else { format!(": {}", changes.join(", ")) };
    format!("{kind} {}{changes}", escape(name))
}

/// A part of the plans that differs: its entries, where it has such, else both in short.
fn part(out: &mut String, name: &str, before: &Value, after: &Value) {
    let (Some(before), Some(after)) = (before.as_array(), after.as_array()) else {
        let _ = writeln!(out, "  {name}: {} → {}", brief(before), brief(after));
        return;
    };
    let only = |one: &[Value], other: &[Value]| -> Vec<String> {
        one.iter().filter(|entry| !other.contains(entry)).map(entry).collect()
    };
    let _ = writeln!(out, "  {name}: {} → {}", before.len(), after.len());
    for (mark, entries) in [("-", only(before, after)), ("+", only(after, before))] {
        for entry in entries.iter().take(SHOWN) {
            let _ = writeln!(out, "    {mark} {entry}");
        }
        more(out, entries.len());
    }
}

fn entry(entry: &Value) -> String {
    let name = entry.get("user").and_then(|user| text(user, "name")).or_else(|| text(entry, "userName"));
    let why = text(entry, "reason").map(|why| format!(": {}", escape(why))).unwrap_or_default();
    match name {
        Some(name) => format!("{}{why}", escape(name)),
        None => brief(entry),
    }
}

fn brief(value: &Value) -> String {
    const LONGEST: usize = 200;
    let verdict = text(value, "verdict").map(str::to_owned);
    let breaches = items(value, "breaches").filter_map(|breach| text(breach, "text"));
    let text = match verdict {
        Some(verdict) => std::iter::once(verdict.as_str()).chain(breaches).collect::<Vec<_>>().join("; "),
        None => value.to_string(),
    };
    let short: String = text.chars().take(LONGEST).collect();
    escape(&if short.len() < text.len() { format!("{short}…") } else { short })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn operation(n: u32, kind: &str, to: &str, reason: &str) -> Value {
        json!({
            "kind": kind,
            "user": { "objectGUID": n.to_string(), "name": format!("P{n}"), "dn": null },
            "account": null,
            "changes": [{ "attribute": "role", "from": "a", "to": to }],
            "reasons": [reason],
        })
    }

    #[test]
    fn what_differs_is_told_and_what_is_the_same_is_counted() {
        let skipped = |name: &str| json!({ "user": { "name": name }, "reason": "is protected" });
        let before = json!({
            "revision": "1",
            "operations": [
                operation(1, "update", "b", "x"), operation(2, "update", "b", "x"), operation(3, "update", "b", "x"),
                operation(4, "create", "b", "x"), operation(5, "update", "b", "x"),
            ],
            "unchanged": 4, "skipped": [skipped("Zoë"), skipped("Al")], "guard": { "verdict": "allowed" },
        });
        let after = json!({
            "revision": "2",
            "operations": [
                operation(1, "update", "b", "x"), operation(2, "update", "b", "y"), operation(3, "update", "c", "x"),
                operation(5, "deactivate", "b", "x"),
            ],
            "unchanged": 5, "skipped": [skipped("Al")],
            "guard": { "verdict": "refused", "breaches": [{ "text": "too many" }] },
        });
        assert!(compare(&before, &before).is_same());
        let mut other_rules = before.clone();
        other_rules["revision"] = json!("9");
        assert!(compare(&before, &other_rules).is_same());
        let comparison = compare(&before, &after);
        assert!(!comparison.is_same() && !comparison.does_the_same());
        insta::assert_snapshot!(comparison.human(), @r"
          - create P4: role b
              x
          - update P5: role a → b
              x
          + deactivate P5: role a → b
              x
          ~ update P3: role a → b
            → update P3: role a → c
              x
          guard: allowed → refused; too many
          skipped: 2 → 1
            - Zoë: is protected
          unchanged: 4 → 5
        Operations: 1 as it was, 2 no longer, 1 more, 1 otherwise, 1 as it was, for other reasons.
        ");
        let mut reasons = before.clone();
        reasons["operations"][0]["reasons"] = json!(["other"]);
        let comparison = compare(&before, &reasons);
        assert!(!comparison.is_same() && comparison.does_the_same());
    }
}
