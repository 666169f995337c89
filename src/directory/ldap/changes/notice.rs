//! What a domain controller says of one object that changed.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::directory::ldap::entry::More;
use crate::directory::snapshot::{Entry, Raw};

/// An object of which something changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Touched {
    /// Now; of a deleted one that of its tombstone.
    pub(super) dn: String,
    pub(super) deleted: bool,
    /// Made, renamed, moved or restored.
    pub(super) named: bool,
    pub(super) made: bool,
    /// Who came into the group or left it.
    pub(super) members: Vec<Uuid>,
}

/// By objectGUID.
pub(super) type Notices = BTreeMap<Uuid, Touched>;

/// Notes an entry of a DirSync answer with extended DNs (MS-ADTS 3.1.1.3.4.1.5): of the attributes asked for it has
/// those that changed, of linked ones the values that came or went. `more` are those of which only a range came.
///
/// # Errors
/// In words, when the entry cannot be understood.
pub(super) fn note(entry: &Entry, more: &More, notices: &mut Notices) -> Result<(), String> {
    let (guid, dn) = extended(&entry.dn);
    let guid =
        guid.or_else(|| entry.object_guid()).ok_or_else(|| format!("`{dn}` came without its objectGUID"))?;
    let touched = notices.entry(guid).or_default();
    dn.clone_into(&mut touched.dn);
    touched.deleted |= entry.text("isDeleted").is_some_and(|text| text.eq_ignore_ascii_case("TRUE"));
    touched.named |= !entry.values("name").is_empty();
    touched.made |= !entry.values("whenCreated").is_empty();
    let members = entry.values("member");
    // One by one they come as `member;range=1-1` and `member;range=0-0`.
    if !members.is_empty() && !more.iter().any(|(name, _)| name.eq_ignore_ascii_case("member")) {
        return Err(format!("the members of `{dn}` do not come one by one"));
    }
    for member in members {
        let guid = match member {
            Raw::Text(text) => extended(text).0,
            Raw::Bytes(_) => None,
        };
        touched.members.push(guid.ok_or_else(|| format!("a member of `{dn}` came without its objectGUID"))?);
    }
    Ok(())
}

/// `<GUID=..>;<SID=..>;CN=..` in its parts.
fn extended(dn: &str) -> (Option<Uuid>, &str) {
    let (mut guid, mut rest) = (None, dn);
    while let Some((part, after)) = rest.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        if let Some(text) = part.strip_prefix("GUID=") {
            guid = Uuid::parse_str(text).ok();
        }
        rest = after.strip_prefix(';').unwrap_or(after);
    }
    (guid, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIA: &str = "<GUID=b4763d37-41fd-4859-99e0-324bc4421a08>;<SID=S-1-5-21-1-1105>;CN=Mia <x>;y,DC=x";

    fn told(dn: &str, values: &[(&str, &str)], ranges: &[&str], notices: &mut Notices) -> Result<(), String> {
        let mut entry = Entry::new(dn);
        values.iter().for_each(|(name, value)| entry.push(name, Raw::Text((*value).to_owned())));
        let more: Vec<_> = ranges.iter().map(|name| ((*name).to_owned(), 2)).collect();
        note(&entry, &more, notices)
    }

    #[test]
    fn an_extended_dn_is_taken_apart() {
        let guid = Uuid::parse_str("b4763d37-41fd-4859-99e0-324bc4421a08").unwrap();
        assert_eq!(extended(MIA), (Some(guid), "CN=Mia <x>;y,DC=x"));
        assert_eq!(extended("CN=<a>"), (None, "CN=<a>"));
        assert_eq!(extended("<GUID=7>;CN=a"), (None, "CN=a"));
    }

    #[test]
    fn what_comes_in_parts_is_one_notice() {
        let mut notices = Notices::new();
        told(MIA, &[("name", "Mia"), ("whenCreated", "20260101000000.0Z")], &[], &mut notices).unwrap();
        told(MIA, &[("member", MIA), ("isDeleted", "TRUE")], &["member"], &mut notices).unwrap();
        let (guid, touched) = notices.pop_first().unwrap();
        let dn = "CN=Mia <x>;y,DC=x".to_owned();
        assert_eq!(touched, Touched { dn, deleted: true, named: true, made: true, members: vec![guid] });
    }

    #[test]
    fn what_does_not_add_up_is_refused() {
        let mut notices = Notices::new();
        let whys = [
            told("CN=Mia,DC=x", &[], &[], &mut notices),
            told(MIA, &[("member", "CN=B")], &["member"], &mut notices),
            told(MIA, &[("member", MIA)], &[], &mut notices),
        ];
        insta::assert_snapshot!(whys.map(Result::unwrap_err).join("\n"), @r"
        `CN=Mia,DC=x` came without its objectGUID
        a member of `CN=Mia <x>;y,DC=x` came without its objectGUID
        the members of `CN=Mia <x>;y,DC=x` do not come one by one
        ");
    }
}
