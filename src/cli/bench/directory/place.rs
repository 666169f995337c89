use std::path::PathBuf;
use std::time::Duration;

use crate::config::{Bind, LdapSource, Secret, Servers};

/// Where both sides read, and as whom.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) url: String,
    pub(super) bind_dn: String,
    pub(super) password: Secret,
    pub(super) base_dn: String,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) allow_plaintext: bool,
    pub(super) page_size: i32,
}

pub(super) const PEOPLE: &str = "(&(objectCategory=person)(objectClass=user))";
pub(super) const GROUPS: &str = "(objectCategory=group)";

impl Place {
    pub(super) fn source(&self) -> LdapSource {
        LdapSource {
            servers: Servers::Urls(vec![self.url.clone()]),
            bind: Bind::Simple { dn: self.bind_dn.clone(), password: self.password.clone() },
            ca_file: self.ca_file.clone(),
            allow_plaintext: self.allow_plaintext,
            base_dn: self.base_dn.clone(),
            user_filter: PEOPLE.to_owned(),
            group_filter: GROUPS.to_owned(),
            page_size: self.page_size,
            connect_timeout: Duration::from_secs(30),
            timeout: Duration::from_secs(120),
        }
    }
}
