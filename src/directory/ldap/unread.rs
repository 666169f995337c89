use std::collections::{BTreeSet, HashSet};

use super::connect::Connection;
use super::explain::Reason;
use super::filter::{BATCH, escaped, octets};
use super::search::{Search, search_whole};
use crate::config::LdapSource;
use crate::directory::dn::normalized_dn;
use crate::directory::entries::{Entries, EntryRef, RawRef};
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
    people: &Entries,
    groups: &Entries,
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
fn named(source: &LdapSource, people: &Entries, groups: &Entries) -> Vec<String> {
    let all = || people.iter().chain(groups.iter());
    let read: HashSet<&str> = all().map(|entry| entry.dn()).collect();
    let values = all().flat_map(|entry| entry.values("memberOf").chain(entry.values("manager")));
    // The directory spells a DN in one way, so that few are left here to be looked at closely.
    let strange: BTreeSet<&str> = values.filter_map(RawRef::text).filter(|dn| !read.contains(dn)).collect();
    let mut filters = Vec::new();
    if !strange.is_empty() {
        let read: HashSet<String> = all().map(|entry| normalized_dn(entry.dn())).collect();
        let below = format!(",{}", normalized_dn(&source.base_dn));
        filters.extend(strange.into_iter().filter_map(|dn| {
            let normal = normalized_dn(dn);
            (normal.ends_with(&below) && !read.contains(&normal))
                .then(|| format!("(distinguishedName={})", escaped(dn)))
        }));
    }
    // Whoever has a primary group does not have it among `memberOf` (MS-ADTS 3.1.1.1.9).
    let sids: HashSet<&[u8]> =
        groups.iter().filter_map(|group| group.values("objectSid").next()).map(RawRef::as_bytes).collect();
    let primary: BTreeSet<Vec<u8>> = people.iter().filter_map(|person| primary_group(&person)).collect();
    filters.extend(
        primary
            .iter()
            .filter(|sid| !sids.contains(sid.as_slice()))
            .map(|sid| format!("(objectSid={})", octets(sid))),
    );
    filters
}

/// The SID of the primary group: of the person's domain, with `primaryGroupID` in the place of the last number
/// (MS-DTYP 2.4.2.2).
fn primary_group(person: &EntryRef<'_>) -> Option<Vec<u8>> {
    let mut sid = person.values("objectSid").next()?.as_bytes().to_vec();
    let id: u32 = person.text("primaryGroupID")?.parse().ok()?;
    let start = sid.len().checked_sub(4).filter(|start| *start >= 8)?;
    sid.truncate(start);
    sid.extend(id.to_le_bytes());
    Some(sid)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::{Bind, Secret, Servers};
    use crate::directory::snapshot::{Entry, Raw};

    fn entries<const N: usize>(of: [Entry; N]) -> Entries {
        let mut entries = Entries::default();
        of.iter().for_each(|entry| entries.push(entry));
        entries
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
        let people = entries([
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
        let groups = entries([entry(
            "CN=Staff,OU=Company,DC=x",
            &[("objectSid", sid(1)), ("memberOf", text("CN=All,OU=Company,DC=x"))],
        )]);
        insta::assert_snapshot!(named(&source(), &people, &groups).join("\n"), @r"
        (distinguishedName=CN=All,OU=Company,DC=x)
        (distinguishedName=CN=Gone,OU=Company,DC=x)
        (distinguishedName=CN=Lost \5c2A\281\29,OU=Company,DC=x)
        (objectSid=\01\03\00\00\00\00\00\05\15\00\00\00\01\00\00\00\02\ff\00\00)
        ");
        assert!(named(&source(), &Entries::default(), &Entries::default()).is_empty());
    }
}
