use std::cmp::Ordering;

use super::attributes::TABLE;
use crate::directory::AttributeType;

/// How an attribute's values are read (MS-ADTS 3.1.1.2.2.2), as far as scripts can tell the difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    Text,
    Integer,
    Boolean,
    /// `GeneralizedTime` (RFC 4517 section 3.3.13)
    GeneralizedTime,
    /// 100 ns since 1601-01-01 UTC; 0 and 0x7FFFFFFFFFFFFFFF mean never (MS-ADTS 2.2.5)
    FileTime,
    DistinguishedName,
    /// objectGUID
    Guid,
    /// objectSid (MS-DTYP 2.4.2.2)
    Sid,
    Binary,
}

/// The name as the schema spells it, the syntax, and whether it can have several values. `None`: not in AD's
/// standard schema.
#[must_use]
pub fn attribute_type(name: &str) -> Option<(&'static str, Syntax, bool)> {
    let index = TABLE.binary_search_by(|(known, ..)| by_letters(known, name)).ok()?;
    TABLE.get(index).copied()
}

/// The attributes of AD's `user` class that the standard schema has (MS-ADA1 to MS-ADA3), and Exchange's; ordered
/// by name, letter case apart.
#[must_use]
pub fn attribute_types() -> &'static [(&'static str, Syntax, bool)] {
    TABLE
}

/// The same of an attribute that a server's schema describes. The table knows better where it knows the attribute: to
/// the schema a time is a number, and a SID octets.
#[must_use]
pub fn described_type(described: &AttributeType) -> (&str, Syntax, bool) {
    if let Some(known) = attribute_type(&described.name) {
        return known;
    }
    let syntax = match described.syntax.as_str() {
        "1.3.6.1.4.1.1466.115.121.1.7" => Syntax::Boolean,
        // INTEGER, and AD's LargeInteger (MS-ADTS 3.1.1.2.2.2.3)
        "1.3.6.1.4.1.1466.115.121.1.27" | "1.2.840.113556.1.4.906" => Syntax::Integer,
        "1.3.6.1.4.1.1466.115.121.1.24" | "1.3.6.1.4.1.1466.115.121.1.53" => Syntax::GeneralizedTime,
        "1.3.6.1.4.1.1466.115.121.1.12" => Syntax::DistinguishedName,
        // Binary, Octet String, and AD's String(NT-Sec-Desc)
        "1.3.6.1.4.1.1466.115.121.1.5" | "1.3.6.1.4.1.1466.115.121.1.40" | "1.2.840.113556.1.4.907" => {
            Syntax::Binary
        }
        _ => Syntax::Text,
    };
    (&described.name, syntax, !described.is_single)
}

/// Names that `user.NAME` answers beside the directory's attributes: `enabled`, `groups` and the like.
#[must_use]
pub fn is_virtual(name: &str) -> bool {
    matches!(
        name,
        "enabled"
            | "expired"
            | "groups"
            | "direct_groups"
            | "distribution_groups"
            | "manager"
            | "dn"
            | "guid"
            | "account_flags"
            | "primary_smtp"
    )
}

fn by_letters(left: &str, right: &str) -> Ordering {
    let lower = |byte: u8| byte.to_ascii_lowercase();
    left.bytes().map(lower).cmp(right.bytes().map(lower))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_every_name_is_found() {
        assert!(TABLE.windows(2).all(|pair| by_letters(pair[0].0, pair[1].0) == Ordering::Less));
        for entry in TABLE {
            assert_eq!(attribute_type(&entry.0.to_uppercase()), Some(*entry));
        }
        assert_eq!(attribute_type("samaccountname"), Some(("sAMAccountName", Syntax::Text, false)));
        assert_eq!(attribute_type("contosoBadge"), None);
        assert_eq!(attribute_type(""), None);
    }
}
