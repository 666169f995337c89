//! An explanation for programs.
//!
//! ```text
//! { "revision": of the rules, 64 hexadecimal digits
//!   "now": what `now()` was, RFC 3339
//!   "decision": { "user": objectGUID, "name", "dn", "user_name", "verdict": { "is": "provision" | "not_entitled" |
//!                 "barred" | "failed", .. }, "roles", "reasons" }
//!   "nearest": MISS, for somebody who gets no account; or null
//!   "otherwise": what the rules would say of somebody disabled or expired if they were not; or null
//!   "roles": [ { "name", "at", "condition": as it is written,
//!                "passes": true | false | null, "error": why it failed | null,
//!                "steps": STEP | null, "by_rhai": BY_RHAI | null, "miss": MISS | null } ]
//!   "dates": [ { "word": "active_from" | "active_until", "at", "expression", "value", "error", "reads": [READ] } ]
//!   "mappings": [ { "attribute", "at", "on_create", "expression", "value", "error", "reads": [READ],
//!                   "by_rhai": BY_RHAI | null } ]
//!   "later": { "cause": "no_role" | "disabled" | "gone", "since", "until" } of a deactivation that waits; or null
//!   "held": [ { "hash", "since", "text" } ], operations that wait for approval; null with other rules or times }
//!
//! at       { "file", "line", "column" }
//! READ     { "what": "title", "value": "\"Team Lead\"" }, as people read it
//! STEP     { "is": "all" | "any" | "not" | "if" | "call" | "variable" | "fixed" | "term",
//!            "text": as a script would write it | null where the parts say it, "at",
//!            "value": true | false | null where it would fail, "reached": whether it was evaluated,
//!            "decides": whether the answer hangs on it, "reads": [READ], "note" | null, "parts": [STEP] }
//!          "if" has three parts: the condition, and the two sides
//! BY_RHAI  { "why": nothing is known of the parts, "at", "reads": { what: value } }
//! MISS     { "role", "at", "needs": [ { "what", "now" | null, "untried" | null, "at" } ], all of them together,
//!            "tried": whether the policy gave the role to the person with just these changes, "text" }
//! ```

use serde_json::{Value, json};

use super::later::Later;
use crate::policy::{Explanation, Miss};

pub(super) fn document(explanation: &Explanation, revision: &str, later: Option<&Later>) -> Value {
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
                "steps": role.steps,
                "by_rhai": role.by_rhai,
                "miss": role.miss.as_ref().map(miss),
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
                "expression": mapping.expression,
                "value": mapping.value.as_ref().ok(),
                "error": mapping.value.as_ref().err(),
                "reads": mapping.reads,
                "by_rhai": mapping.by_rhai,
            })
        })
        .collect();
    let dates: Vec<Value> = explanation
        .dates
        .iter()
        .map(|date| {
            json!({
                "word": date.word,
                "at": date.at,
                "expression": date.expression,
                "value": date.value.as_ref().ok(),
                "error": date.value.as_ref().err(),
                "reads": date.reads,
            })
        })
        .collect();
    json!({
        "revision": revision,
        "now": explanation.now,
        "decision": explanation.decision,
        "nearest": explanation.nearest.as_ref().map(miss),
        "otherwise": explanation.otherwise,
        "roles": roles,
        "dates": dates,
        "mappings": mappings,
        "later": later.map(|later| &later.leaving),
        "held": later.map(|later| &later.held),
    })
}

fn miss(miss: &Miss) -> Value {
    json!({ "role": miss.role, "at": miss.at, "needs": miss.needs, "tried": miss.tried, "text": miss.to_string() })
}
