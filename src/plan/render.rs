use serde_json::{Value, json as object};

use super::Plan;

/// A plan as people read it.
#[must_use]
pub fn human(plan: &Plan) -> String {
    let _ = plan;
    String::new()
}

/// A plan as programs read it: `{"revision", "operations", "unchanged", "skipped", "unmanaged", "guard"}`.
#[must_use]
pub fn json(plan: &Plan) -> Value {
    object!({ "revision": plan.revision })
}
