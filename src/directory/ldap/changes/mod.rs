//! Reading only what changed since an earlier reading.
//!
//! In: what the earlier reading left. Out: the snapshot as a full read would give it now, and whom the changes
//! concern. What a domain controller says of changes is a notice of which objects to read again, never a source of
//! values; where the notice leaves a doubt, everything is read. Never: a snapshot that a full read would contradict.

mod again;
mod dirsync;
mod full;
mod merge;
mod notice;
mod reach;
mod round;
mod schema;
mod since;
mod usn;

pub(super) use dirsync::start as start_dirsync;
pub(in crate::directory) use since::read_since;
