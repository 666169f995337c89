//! `rolecall.toml` and the files of the policy project.
//!
//! In: paths and the process's environment. Out: [`Config`] (every default filled in, every path absolute) and
//! [`Sources`] (the project's files, read as one set, with their [`Revision`]). Never: a secret as text that
//! could be printed; never a rule about people.

mod error;
mod file;
mod filter;
mod folder;
mod ldap;
mod load;
mod redact;
mod resolved;
mod secret;
mod sources;
mod trust;
mod url;

pub use error::Error;
pub(crate) use filter::items as filter_items;
pub use resolved::{
    Adoption, AuthScheme, Bind, Config, DRIFT_ATTRIBUTES, Deprovision, DirectorySource, Drift, DriftSettings,
    FactsKept, FileSource, GuardLimits, Http, LdapSource, Limit, LogFormat, PatchStyle, PolicyPaths,
    RoleShape, Servers, Target, UpdateMethod, WatchMode,
};
pub use secret::Secret;
pub use sources::{Revision, Sources, short};
pub(crate) use trust::system_roots;
