use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use ldap3::{Ldap, Scope, SearchResult};

use super::entry::received;
use super::explain::{Reason, error};
use crate::config::LdapSource;
use crate::directory::error::Error;
use crate::directory::snapshot::{Entry, Raw};

/// What a server says of itself (RFC 4512 section 5.1, MS-ADTS 3.1.1.3.2). What it does not say is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RootDse {
    /// The root of the domain that the server holds.
    pub(super) default_naming_context: Option<String>,
    pub(super) configuration_naming_context: Option<String>,
    /// The roots of everything that the server holds.
    pub(super) naming_contexts: Vec<String>,
    pub(super) subschema_subentry: Option<String>,
    pub(super) dns_host_name: Option<String>,
    /// The DN of the server's `nTDSDSA` object, at which its `invocationId` stands.
    pub(super) ds_service_name: Option<String>,
    /// OIDs.
    pub(super) supported_controls: BTreeSet<String>,
    pub(super) highest_committed_usn: Option<u64>,
    pub(super) current_time: Option<Timestamp>,
}

impl RootDse {
    /// # Errors
    /// When the server does not answer, or shows none.
    pub(super) async fn read(ldap: &mut Ldap, source: &LdapSource, url: &str) -> Result<Self, Error> {
        let doing = || format!("ask `{url}` what it is");
        let attributes = [
            "defaultNamingContext",
            "configurationNamingContext",
            "namingContexts",
            "subschemaSubentry",
            "dnsHostName",
            "dsServiceName",
            "supportedControl",
            "highestCommittedUSN",
            "currentTime",
        ];
        let answer =
            ldap.with_timeout(source.timeout).search("", Scope::Base, "(objectClass=*)", attributes).await;
        let (entries, _) =
            answer.and_then(SearchResult::success).map_err(|e| error(&e, source).doing(doing()))?;
        let root = entries.iter().find_map(received);
        let root = root.ok_or_else(|| Reason::new("it shows no root DSE").doing(doing()))?;
        Ok(Self::of(&root.to_entry()))
    }

    fn of(entry: &Entry) -> Self {
        let text = |name| entry.text(name).map(str::to_owned);
        let texts = |name| {
            entry.values(name).iter().filter_map(|raw| match raw {
                Raw::Text(text) => Some(text.clone()),
                Raw::Bytes(_) => None,
            })
        };
        Self {
            default_naming_context: text("defaultNamingContext"),
            configuration_naming_context: text("configurationNamingContext"),
            naming_contexts: texts("namingContexts").collect(),
            subschema_subentry: text("subschemaSubentry"),
            dns_host_name: text("dnsHostName"),
            ds_service_name: text("dsServiceName"),
            supported_controls: texts("supportedControl").collect(),
            highest_committed_usn: entry.text("highestCommittedUSN").and_then(|usn| usn.parse().ok()),
            current_time: entry.text("currentTime").and_then(time),
        }
    }
}

/// Generalized time as Active Directory writes it, `20260131102030.0Z` (MS-ADTS 3.1.1.3.2.3).
fn time(text: &str) -> Option<Timestamp> {
    let (seconds, _) = text.strip_suffix('Z')?.split_once('.').unwrap_or((text.strip_suffix('Z')?, ""));
    let time = DateTime::strptime("%Y%m%d%H%M%S", seconds).ok()?;
    TimeZone::UTC.to_timestamp(time).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_of_itself_is_read_as_far_as_it_goes() {
        let mut entry = Entry::new("");
        assert_eq!(RootDse::of(&entry), RootDse::default());
        for (name, value) in [
            ("defaultNamingContext", "DC=example,DC=com"),
            ("namingContexts", "DC=example,DC=com"),
            ("namingContexts", "CN=Configuration,DC=example,DC=com"),
            ("supportedControl", "1.2.840.113556.1.4.841"),
            ("highestCommittedUSN", "12345678901"),
            ("currentTime", "20260131102030.0Z"),
        ] {
            entry.push(name, Raw::Text(value.to_owned()));
        }
        let root = RootDse::of(&entry);
        assert_eq!(root.naming_contexts.len(), 2);
        assert_eq!(root.highest_committed_usn, Some(12_345_678_901));
        assert_eq!(root.current_time, Some("2026-01-31T10:20:30Z".parse().unwrap()));
        assert!(root.supported_controls.contains("1.2.840.113556.1.4.841"));
        entry.set("highestCommittedUSN", Raw::Text("many".to_owned()));
        entry.set("currentTime", Raw::Text("today".to_owned()));
        let root = RootDse::of(&entry);
        assert_eq!((root.highest_committed_usn, root.current_time), (None, None));
    }

    #[test]
    fn times_with_and_without_fractions_are_read() {
        let noon = Some("2026-01-31T12:00:00Z".parse().unwrap());
        assert_eq!(time("20260131120000Z"), noon);
        assert_eq!(time("20260131120000.0Z"), noon);
        assert_eq!((time("20260131120000"), time("20261331120000Z"), time("")), (None, None, None));
    }
}
