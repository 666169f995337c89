//! Which attributes a filter (RFC 4515) asks about.

use std::collections::BTreeSet;

/// LDAP_MATCHING_RULE_TRANSITIVE_EVAL (MS-ADTS 3.1.1.3.4.4.3): an object matches by links that are not its own.
const IN_CHAIN: &str = "1.2.840.113556.1.4.1941";

/// The names of the attributes, in lower case.
///
/// # Errors
/// In words, when whether an object matches may change with no change of these attributes of it.
pub(super) fn attributes(filter: &str) -> Result<BTreeSet<String>, String> {
    let filter = filter.trim();
    // Parentheses inside of values are escaped (RFC 4515 section 3), so that each one opens an item or a list.
    let items = filter.split('(').filter(|item| !item.is_empty() && !item.starts_with(['&', '|', '!']));
    let mut names = BTreeSet::new();
    for item in items {
        let description = item.split(['=', '~', '<', '>']).next().unwrap_or_default();
        let mut parts = description.split(':');
        let name = parts.next().unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if name.is_empty() {
            return Err(format!("`({item}` names no attribute"));
        }
        if parts.any(|part| part == IN_CHAIN || part.eq_ignore_ascii_case("dn")) {
            return Err(format!("`({item}` depends on other objects"));
        }
        names.insert(name.to_ascii_lowercase());
    }
    Ok(names)
}

/// A value as it stands in a filter (RFC 4515 section 3).
pub(super) fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '\\' => out.push_str("\\5c"),
            '*' => out.push_str("\\2a"),
            '(' => out.push_str("\\28"),
            ')' => out.push_str("\\29"),
            '\0' => out.push_str("\\00"),
            c => out.push(c),
        }
    }
    out
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
        assert_eq!(found("mail=*@x").unwrap(), "mail");
        assert_eq!(
            found(r"(|(cn=a\28b=c)(uSNCreated>=7)(sn~=x)(description;lang-de=y))").unwrap(),
            "cn description sn usncreated"
        );
        let chain = found("(memberOf:1.2.840.113556.1.4.1941:=CN=A,DC=x)").unwrap_err();
        assert_eq!(chain, "`(memberOf:1.2.840.113556.1.4.1941:=CN=A,DC=x)` depends on other objects");
        assert!(found("(:dn:2.4.8.10:=Dino)").is_err());
        assert!(found("(ou:dn:=Dino)").is_err());
    }

    #[test]
    fn values_are_escaped() {
        assert_eq!(escaped("CN=a\\, (b)*\0é"), "CN=a\\5c, \\28b\\29\\2a\\00é");
    }
}
