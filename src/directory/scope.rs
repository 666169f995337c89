//! Whether what was read is everything that there is.

use std::collections::HashSet;
use std::hash::BuildHasher as _;

use hashbrown::DefaultHashBuilder;
use uuid::Uuid;

use super::dn::normalized_dn;
use super::entries::Entries;
use super::snapshot::Completeness;

/// Which of an attribute's values came: `member;range=0-1499`, or `member;range=1500-*` for the last ones, where `to`
/// is `None` (MS-ADTS 3.1.1.3.1.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) from: u64,
    pub(super) to: Option<u64>,
}

impl Range {
    pub(super) const ALL: Self = Self { from: 0, to: None };
}

/// An attribute's name without its options (RFC 4512 section 2.5), and the range of values if one of them says so.
pub(super) fn range(description: &str) -> (&str, Option<Range>) {
    let mut parts = description.split(';');
    let name = parts.next().unwrap_or_default();
    let range = parts.find_map(|option| {
        let (key, bounds) = option.split_once('=')?;
        let (from, to) = bounds.split_once('-')?;
        let from = from.parse().ok().filter(|_| key.eq_ignore_ascii_case("range"))?;
        Some(Range { from, to: to.parse().ok() })
    });
    (name, range)
}

/// What to call a read of which something is known to be missing or doubtful, in the order given; whole when nothing.
pub(super) fn completeness(reasons: Vec<String>) -> Completeness {
    if reasons.is_empty() { Completeness::Whole } else { Completeness::Partial { why: reasons.join("; ") } }
}

/// People without an identity: whoever is known from before and seems to be missing may be one of them.
pub(super) fn nameless(people: &Entries) -> Option<String> {
    let mut nameless = people.iter().filter(|entry| entry.object_guid().is_none());
    let first = nameless.next()?;
    Some(match nameless.count() {
        0 => format!("`{}` has no objectGUID", first.dn()),
        more => format!("`{}` and {more} more people have no objectGUID", first.dn()),
    })
}

/// Attributes of which not all values were read.
pub(super) fn cut_ranges(ranges: &[String]) -> Option<String> {
    let first = ranges.first()?;
    let others = match ranges.len() {
        1 => String::new(),
        more => format!(" and {} more attributes", more - 1),
    };
    Some(format!("of {first}{others} only a range of the values is known"))
}

/// Places that the search did not follow, other than the partitions that never hold people: the configuration, the
/// schema in it, and the two DNS zones, to which every search from a domain's root refers (RFC 4511 section 4.5.3,
/// MS-ADTS 3.1.1.1.5). A child domain, and a partition of the company's own, can hold people.
pub(super) fn elsewhere(references: &[String]) -> Option<String> {
    let foreign: Vec<String> =
        references.iter().filter(|url| !is_harmless(url)).map(|url| format!("`{url}`")).collect();
    (!foreign.is_empty())
        .then(|| format!("the directory refers to {}, which is not followed", foreign.join(", ")))
}

fn is_harmless(reference: &str) -> bool {
    let Some(dn) = dn_of(reference) else { return false };
    let dn = normalized_dn(&dn);
    ["cn=configuration,", "cn=schema,cn=configuration,", "dc=domaindnszones,", "dc=forestdnszones,"]
        .iter()
        .any(|start| dn.starts_with(start))
}

/// The DN of an LDAP URL (RFC 4516), `None` where it has none: it means the base that was searched, somewhere else.
fn dn_of(url: &str) -> Option<String> {
    let dn = url.splitn(4, '/').nth(3)?.split('?').next()?;
    let mut octets = Vec::with_capacity(dn.len());
    let mut rest = dn.bytes();
    while let Some(octet) = rest.next() {
        let hex =
            |digit: Option<u8>| char::from(digit?).to_digit(16).and_then(|value| u8::try_from(value).ok());
        octets.push(match octet {
            b'%' => hex(rest.next())? * 16 + hex(rest.next())?,
            octet => octet,
        });
    }
    String::from_utf8(octets).ok().filter(|dn| !dn.is_empty())
}

/// What the objects that were read are known by.
#[derive(Default)]
pub(super) struct Identities {
    guids: HashSet<Uuid, DefaultHashBuilder>,
    /// A hash of each normalized DN: the texts themselves would take more room than all that is read. Of a million, two
    /// have the same by chance once in thirty million readings; what one takes for doubtful for it, the next does not.
    dns: HashSet<u64, DefaultHashBuilder>,
    hasher: DefaultHashBuilder,
    repeated: Option<String>,
}

impl Identities {
    pub(super) fn note(&mut self, dn: &str, guid: Option<Uuid>) {
        let again = !self.dns.insert(self.hash(dn));
        let guid = guid.filter(|guid| !self.guids.insert(*guid));
        if self.repeated.is_none() {
            self.repeated = match guid {
                Some(guid) => Some(format!("the objectGUID {guid} of `{dn}` was read twice")),
                None => again.then(|| format!("`{dn}` was read twice")),
            };
        }
    }

    pub(super) fn has_guid(&self, guid: &Uuid) -> bool {
        self.guids.contains(guid)
    }

    /// In any spelling.
    pub(super) fn has_dn(&self, dn: &str) -> bool {
        self.dns.contains(&self.hash(dn))
    }

    fn hash(&self, dn: &str) -> u64 {
        self.hasher.hash_one(normalized_dn(dn))
    }

    /// The first object that was read twice: the directory changed while it was read, or two exports were put
    /// together.
    pub(super) fn repeated(self) -> Option<String> {
        self.repeated
    }
}

#[cfg(test)]
mod tests {
    use super::elsewhere;

    #[test]
    fn partitions_without_people_are_known_and_others_are_named() {
        let harmless = [
            "ldap://rolecall.test/CN=Configuration,DC=rolecall,DC=test",
            "ldap://DomainDnsZones.corp.example.com/DC=DomainDnsZones,DC=corp,DC=example,DC=com",
            "ldap://ForestDnsZones.example.com/DC=ForestDnsZones,DC=example,DC=com??sub",
            "ldaps://dc1:636/cn=Schema, CN=Configuration,DC=example,DC=com",
            "ldap://x/CN%3DConfiguration%2cDC=example,DC=com",
            "ldap://x/dc=domaindnszones,DC=child,DC=example,DC=com",
        ];
        assert_eq!(elsewhere(&harmless.map(str::to_owned)), None);
        let doubtful = [
            "ldap://child.example.com/DC=child,DC=example,DC=com",
            "ldap://x/OU=CN=Configuration\\,,DC=example,DC=com",
            "ldap://x/CN=Configurations,DC=example,DC=com",
            "ldap://x/DC=Apps,DC=example,DC=com",
            "ldap://x/",
            "ldap://x",
            "ldap://x/%zz",
            "no URL",
        ];
        for reference in doubtful {
            let why = elsewhere(&[harmless[0].to_owned(), reference.to_owned()]);
            assert_eq!(why, Some(format!("the directory refers to `{reference}`, which is not followed")));
        }
        assert_eq!(elsewhere(&[]), None);
    }
}
