//! A directory with made-up names in it: who people are is hidden, and what rules go by is kept.
//!
//! In: entries, a secret key, and what the policy holds people's values against. Out: entries in which names, mail
//! addresses, phone numbers, DNs, GUIDs and SIDs are pseudonyms, the same wherever one is referred to, and for one key
//! the same every time. Never: a pseudonym that could be made, or undone, without the key; never a value of an
//! attribute that nobody knows to be harmless, unless the policy reads it.

mod attributes;
mod entry;
mod identifier;
mod pseudonym;
mod text;

pub use entry::Redactor;
pub use text::Kept;
