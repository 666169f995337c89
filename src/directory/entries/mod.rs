//! Many objects of the directory in little memory: each packed into octets, what repeats kept once beside them.
//!
//! In: [`Entry`](super::Entry) after entry, as they are read. Out: the same again, by reference, in the order in which
//! they came; one of them by objectGUID. Never: changes what a value was, text or octets; never copies the objects
//! that stay when a snapshot is made from the last one with a few changes.

mod chunk;
mod names;
mod packed;
mod reference;
mod repeated;
mod seen;
mod store;
mod varint;

pub use reference::{AttributeRef, EntryRef, RawRef, Values};
pub use store::Entries;
pub(super) use store::Slot;
