//! LDIF (RFC 2849), as ldapsearch, ldifde and this program write it.
//!
//! In: lines of text. Out: entries in their order. Never: takes a file that was cut short for a whole one, where the
//! text can show it; never follows a reference to another file.

mod lines;
mod read;
mod write;

pub use read::parse_ldif;
pub(super) use read::{Export, Reader};
pub use write::write_ldif;
pub(super) use write::{HEAD, write_entry};
