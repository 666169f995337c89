//! Tests against software that is not ours: each installs, starts and ends what it needs, and fails where it cannot.

mod boundaries;
mod changes;
mod crash;
mod doctor;
mod domain;
mod facts;
mod incremental;
mod kerberos;
mod main_job;
mod provider;
mod proxy;
mod samba;
mod scim;
mod scim_outcomes;
mod slapd;
mod soak;
mod watchers;
