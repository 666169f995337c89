//! The append-only record of cycles, decisions, operations and outcomes, and the links that follow from them.
//!
//! In: what a cycle did, while it does it. Out: the same, later, to people and to the next cycle. Never: a secret.
