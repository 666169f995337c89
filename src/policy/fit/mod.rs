//! How a policy fits the people of a directory: what it asks for and nobody has, whom nobody passes, what comes out blank.
//!
//! In: a policy and one reading's facts. Out: findings `P0401` to `P0407`, warnings and notes with counts; of people only
//! few names, where the finding is about them. Never: decides anything.

mod anchored;
mod literals;
mod names;
mod outcomes;
mod people;
