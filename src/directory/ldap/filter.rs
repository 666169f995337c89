//! Search filters (RFC 4515): writing values into them, and which attributes they ask about.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::config::filter_items;

/// Objects asked for at once: a filter of some 3 to 10 kB.
pub(super) const BATCH: usize = 50;

/// LDAP_MATCHING_RULE_TRANSITIVE_EVAL (MS-ADTS 3.1.1.3.4.4.3): an object matches by links that are not its own.
const IN_CHAIN: &str = "1.2.840.113556.1.4.1941";

/// The names of the attributes, in lower case.
///
/// # Errors
/// In words, when whether an object matches may change with no change of these attributes of it.
pub(super) fn attributes(filter: &str) -> Result<BTreeSet<String>, String> {
    let mut names = BTreeSet::new();
    for item in filter_items(filter).map_err(|mistake| mistake.why)? {
        let text = item.text;
        if item.dn || item.rule == IN_CHAIN {
            return Err(format!("`{text}` depends on other objects"));
        }
        let name = item.attribute.split(';').next().unwrap_or_default();
        if name.is_empty() {
            return Err(format!("`{text}` names no attribute"));
        }
        names.insert(name.to_ascii_lowercase());
    }
    Ok(names)
}

/// A text as it stands in a filter (RFC 4515 section 3): escaped where it has to be, and where it would not be seen.
pub(super) fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '\\' | '*' | '(' | ')' | '\0'..='\x1f' | '\x7f' => {
                out.push_str(&format!("\\{:02x}", u32::from(c)))
            }
            c => out.push(c),
        }
    }
    out
}

/// Octets as they stand in a filter, each escaped.
pub(super) fn octets(value: &[u8]) -> String {
    value.iter().map(|octet| format!("\\{octet:02x}")).collect()
}

/// The filter for one object: its 16 octets in Microsoft's order (MS-DTYP 2.3.4.2).
pub(super) fn by_guid(guid: &Uuid) -> String {
    format!("(objectGUID={})", octets(&guid.to_bytes_le()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_attribute_is_found() {
        let found = |filter| attributes(filter).map(|names| names.into_iter().collect::<Vec<_>>().join(" "));
        let usual =
            "(&(objectCategory=person)(objectClass=user)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))";
        assert_eq!(found(usual).unwrap(), "objectcategory objectclass useraccountcontrol");
        assert_eq!(found("(mail=*@x)").unwrap(), "mail");
        assert_eq!(
            found(r"(|(cn=a\28b=c)(uSNCreated>=7)(sn~=x)(description;lang-de=y))").unwrap(),
            "cn description sn usncreated"
        );
        let chain = found("(memberOf:1.2.840.113556.1.4.1941:=CN=A,DC=x)").unwrap_err();
        assert_eq!(chain, "`(memberOf:1.2.840.113556.1.4.1941:=CN=A,DC=x)` depends on other objects");
        let within = found("(&(|(memberOf:1.2.840.113556.1.4.1941:=CN=A,DC=x)))").unwrap_err();
        assert_eq!(within, chain);
        assert!(found("(:dn:2.4.8.10:=Dino)").is_err());
        assert!(found("(ou:dn:=Dino)").is_err());
        assert!(found("(ou:DN:=Dino)").is_err());
        assert_eq!(found("(:2.4.8.10:=Dino)").unwrap_err(), "`(:2.4.8.10:=Dino)` names no attribute");
    }

    #[test]
    fn values_are_escaped() {
        assert_eq!(escaped("CN=a\\, (b)*\0é"), "CN=a\\5c, \\28b\\29\\2a\\00é");
    }
}
