//! The source of people: Active Directory over LDAP, or a file exported from it.
//!
//! In: where to read, which attributes, and the objectGUIDs that are known from before. Out: a [`Snapshot`] that
//! says whether it is whole. Never: judges who should have what; never a snapshot that is cut short and does not
//! say so. The only user of `ldap3`.

mod dn;
mod entries;
mod error;
mod export;
mod file;
mod jsonl;
mod ldap;
mod ldif;
mod mark;
mod query;
mod read;
mod record;
mod schema;
mod scope;
mod snapshot;
mod survey;

pub use dn::{escaped_value, first_rdn, normalized_dn, with_values};
pub use entries::{AttributeRef, Entries, EntryRef, RawRef, Values};
pub use error::Error;
pub use export::{FileFormat, FileWriter};
pub use jsonl::parse_jsonl;
pub use ldap::Session;
pub use ldif::{parse_ldif, write_ldif};
pub use mark::{Earlier, Extent, Mark, Update};
pub use query::{OF_GROUPS, Query};
pub use read::{read, read_since, read_with_schema};
pub use record::{Marked, Reading, Recorded};
pub use schema::{AttributeType, Schema};
pub use snapshot::{ACCOUNTDISABLE, Absence, Attribute, Completeness, Entry, Raw, Snapshot};
pub use survey::survey;
