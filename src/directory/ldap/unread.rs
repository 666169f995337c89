use std::collections::{BTreeSet, HashSet};

use super::connect::Connection;
use super::explain::Reason;
use super::filter::{BATCH, escaped, octets};
use super::search::{Found, Search, search_whole};
use crate::config::LdapSource;
use crate::directory::dn::normalized_dn;
use crate::directory::entries::{Entries, RawRef};
use crate::directory::error::Error;

/// Groups and managers that somebody's attributes name, that the read should have brought, and did not: an entry went
/// missing on the way, and whoever is judged by it would be judged wrongly. Nothing of that shows in the protocol, where
/// every page ended well.
///
/// # Errors
/// When there are any, or the server cannot be asked: what is not whole in this way is no read, because it would have
/// people lose roles that they have.
pub(super) async fn unread(
    connection: &mut Connection,
    source: &LdapSource,
    people: &Found,
    groups: &Found,
) -> Result<(), Error> {
    let named = named(source, people, groups);
    let mut found = Vec::new();
    for batch in named.chunks(BATCH) {
        let filter = format!("(&(|{}{})(|{}))", source.user_filter, source.group_filter, batch.concat());
        let wanted = Search {
            doing: format!(
                "look up who is named and was not read below `{}` on `{}`",
                source.base_dn, connection.url
            ),
            base: source.base_dn.clone(),
            filter,
            attributes: vec!["objectGUID".to_owned()],
        };
        let answer = search_whole(&mut connection.ldap, source, &wanted).await?;
        found.extend(answer.iter().map(|entry| entry.dn().to_owned()));
    }
    found.sort_unstable();
    let Some(first) = found.first() else { return Ok(()) };
    let why = match found.len() {
        1 => format!("`{first}` is there, is named by others, and did not come"),
        more => format!("`{first}` and {} more are there, are named by others, and did not come", more - 1),
    };
    let doing = format!("read everything below `{}` from `{}`", source.base_dn, connection.url);
    Err(Reason::new(why).elsewhere().doing(doing))
}

/// Filters, each for one object that is named, and was not read though it lies below the base.
fn named(source: &LdapSource, people: &Found, groups: &Found) -> Vec<String> {
    let mut named = Named::default();
    named.note(&people.entries);
    named.note(&groups.entries);
    let below = format!(",{}", normalized_dn(&source.base_dn));
    let was_read = |dn: &str| people.identities.has_dn(dn) || groups.identities.has_dn(dn);
    let mut filters: Vec<String> = named
        .dns
        .into_iter()
        .filter(|dn| !was_read(dn) && normalized_dn(dn).ends_with(&below))
        .map(|dn| format!("(distinguishedName={})", escaped(dn)))
        .collect();
    // Whoever has a primary group does not have it among `memberOf` (MS-ADTS 3.1.1.1.9).
    let sids: HashSet<&[u8]> = groups
        .entries
        .iter()
        .filter_map(|group| group.values("objectSid").next())
        .map(RawRef::as_bytes)
        .collect();
    filters.extend(
        named
            .primary
            .iter()
            .filter(|sid| !sids.contains(sid.as_slice()))
            .map(|sid| format!("(objectSid={})", octets(sid))),
    );
    filters
}

/// Whom objects name.
#[derive(Default)]
struct Named<'e> {
    dns: BTreeSet<&'e str>,
    /// The SIDs of primary groups.
    primary: BTreeSet<Vec<u8>>,
}

impl<'e> Named<'e> {
    fn note(&mut self, entries: &'e Entries) {
        // By the numbers of texts: of a million memberships nearly all name what others named before.
        let mut noted: Vec<bool> = Vec::new();
        for entry in entries.iter() {
            let (mut sid, mut group) = (None, None);
            for attribute in entry.attributes() {
                match attribute.lower {
                    "memberof" | "manager" => {
                        for (value, number) in attribute.values().numbered() {
                            self.name(value, number, &mut noted);
                        }
                    }
                    "objectsid" => sid = attribute.values().next(),
                    "primarygroupid" => group = attribute.values().next().and_then(RawRef::text),
                    _ => {}
                }
            }
            self.primary.extend(sid.zip(group).and_then(|(sid, group)| primary_group(sid.as_bytes(), group)));
        }
    }

    fn name(&mut self, value: RawRef<'e>, number: Option<usize>, noted: &mut Vec<bool>) {
        if let Some(number) = number {
            if noted.len() <= number {
                noted.resize(number + 1, false);
            }
            if noted.get_mut(number).is_some_and(|noted| std::mem::replace(noted, true)) {
                return;
            }
        }
        self.dns.extend(value.text());
    }
}

/// The SID of the primary group: of the person's domain, with `primaryGroupID` in the place of the last number
/// (MS-DTYP 2.4.2.2).
fn primary_group(sid: &[u8], id: &str) -> Option<Vec<u8>> {
    let id: u32 = id.parse().ok()?;
    let domain = sid.get(..sid.len().checked_sub(4)?).filter(|domain| domain.len() >= 8)?;
    Some([domain, &id.to_le_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::{Bind, Secret, Servers};
    use crate::directory::snapshot::{Entry, Raw};

    fn found<const N: usize>(entries: [Entry; N]) -> Found {
        let mut found = Found::default();
        for entry in entries {
            found.identities.note(&entry.dn, entry.object_guid());
            found.entries.push(&entry);
        }
        found
    }

    fn entry(dn: &str, attributes: &[(&str, Raw)]) -> Entry {
        let mut entry = Entry::new(dn);
        attributes.iter().for_each(|(name, value)| entry.push(name, value.clone()));
        entry
    }

    fn text(text: &str) -> Raw {
        Raw::Text(text.to_owned())
    }

    /// S-1-5-21-1-RID
    fn sid(id: u8) -> Raw {
        Raw::Bytes(vec![1, 3, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, id, 0xff, 0, 0])
    }

    fn source() -> LdapSource {
        LdapSource {
            servers: Servers::Domain("example.com".into()),
            bind: Bind::Simple { dn: "x".into(), password: Secret::Env("X".into()) },
            ca_file: None,
            allow_plaintext: false,
            base_dn: "OU=Company,DC=x".into(),
            user_filter: "(objectClass=user)".into(),
            group_filter: "(objectClass=group)".into(),
            page_size: 1000,
            connect_timeout: Duration::from_secs(1),
            timeout: Duration::from_secs(1),
        }
    }

    #[test]
    fn who_is_named_in_the_scope_and_was_not_read_is_asked_for() {
        let people = found([
            entry(
                "CN=Mia,OU=Company,DC=x",
                &[
                    ("memberOf", text("CN=Staff,OU=Company,DC=x")),
                    ("memberOf", text("CN=Lost \\2A(1),OU=Company,DC=x")),
                    ("memberOf", text("CN=Elsewhere,OU=Groups,DC=x")),
                    ("manager", text("cn=noah, ou=company, dc=x")),
                    ("objectSid", sid(1)),
                    ("primaryGroupID", text("65281")),
                ],
            ),
            entry(
                "CN=Noah,OU=Company,DC=x",
                &[
                    ("manager", text("CN=Gone,OU=Company,DC=x")),
                    ("objectSid", sid(2)),
                    ("primaryGroupID", text("65282")),
                ],
            ),
            entry("CN=Odd,OU=Company,DC=x", &[("objectSid", text("S-1")), ("primaryGroupID", text("7"))]),
        ]);
        let groups = found([entry(
            "CN=Staff,OU=Company,DC=x",
            &[("objectSid", sid(1)), ("memberOf", text("CN=All,OU=Company,DC=x"))],
        )]);
        insta::assert_snapshot!(named(&source(), &people, &groups).join("\n"), @r"
        (distinguishedName=CN=All,OU=Company,DC=x)
        (distinguishedName=CN=Gone,OU=Company,DC=x)
        (distinguishedName=CN=Lost \5c2A\281\29,OU=Company,DC=x)
        (objectSid=\01\03\00\00\00\00\00\05\15\00\00\00\01\00\00\00\02\ff\00\00)
        ");
        assert!(named(&source(), &Found::default(), &Found::default()).is_empty());
    }
}
