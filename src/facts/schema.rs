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
    attribute_types().iter().find(|(known, ..)| known.eq_ignore_ascii_case(name)).copied()
}

/// The attributes of AD's `user` class that the standard schema has (MS-ADA1 to MS-ADA3).
#[must_use]
pub fn attribute_types() -> &'static [(&'static str, Syntax, bool)] {
    &[]
}

/// Names that `user.NAME` answers beside the directory's attributes: `enabled`, `groups` and the like.
#[must_use]
pub fn is_virtual(name: &str) -> bool {
    matches!(name, "enabled" | "expired" | "groups" | "direct_groups" | "manager" | "dn" | "guid")
}
