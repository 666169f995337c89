use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{Plan, Sizes};

/// What a plan was drawn up from.
#[derive(Clone, Copy, Debug)]
pub struct Basis<'a> {
    /// The directory that was read.
    pub source: &'a str,
    /// The target's address.
    pub target: &'a str,
    /// The rules, or what stood in their place.
    pub origin: &'a str,
    pub sizes: Sizes,
}

/// The SHA-256, in hexadecimal digits, over all that a plan would do and what it is based on: the same digest is the
/// same thing done to the same accounts by the same rules. Neither the limits nor what a person allowed are in it.
#[must_use]
pub fn digest(plan: &Plan, basis: &Basis<'_>) -> String {
    let operations: Vec<_> = plan
        .operations
        .iter()
        .map(|o| json!([o.kind, o.user.guid, o.account, o.user_name, o.changes]))
        .collect();
    let adopted: Vec<_> = plan.adopted.iter().map(|(user, link)| json!([user.guid, link.account])).collect();
    let released: Vec<_> = plan.released.iter().map(|(guid, link)| json!([guid, link.account])).collect();
    // Of the sizes only what a person was told of: else everybody who comes or goes would make another plan of it.
    let shrunk = plan.guard.breaches().iter().any(|breach| breach.what == super::guard::SHRINK);
    let sizes = shrunk.then_some([basis.sizes.before, Some(basis.sizes.now)]);
    let all = json!([
        plan.revision,
        basis.source,
        basis.target,
        basis.origin,
        operations,
        adopted,
        released,
        sizes
    ]);
    Sha256::digest(all.to_string()).iter().map(|byte| format!("{byte:02x}")).collect()
}
