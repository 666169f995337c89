use crate::facts::{Syntax, attribute_type};

/// How the values of an attribute are hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hiding {
    /// Says nothing of who it is.
    Kept,
    Text,
    Phone,
    DistinguishedName,
    Guid,
    Sid,
    /// The last part of a SID in the person's domain, or another number that is one person's.
    Number,
    Binary,
}

/// Of texts what says where and as what somebody works, and how the directory is built.
const ORGANISATION: [&str; 15] = [
    "c",
    "co",
    "company",
    "department",
    "departmentnumber",
    "division",
    "employeetype",
    "grouptype",
    "l",
    "objectclass",
    "physicaldeliveryofficename",
    "preferredlanguage",
    "samaccounttype",
    "st",
    "title",
];

/// Never kept as they are, though the policy read them.
const PERSONAL: [&str; 40] = [
    "adminDescription",
    "altSecurityIdentities",
    "canonicalName",
    "cn",
    "comment",
    "description",
    "displayName",
    "displayNamePrintable",
    "employeeID",
    "employeeNumber",
    "gecos",
    "givenName",
    "homeDirectory",
    "homePostalAddress",
    "info",
    "initials",
    "legacyExchangeDN",
    "mail",
    "mailNickname",
    "middleName",
    "msDS-PhoneticDisplayName",
    "msDS-PhoneticFirstName",
    "msDS-PhoneticLastName",
    "msDS-PrincipalName",
    "msRTCSIP-PrimaryUserAddress",
    "name",
    "otherMailbox",
    "postalAddress",
    "postOfficeBox",
    "preferredName",
    "profilePath",
    "proxyAddresses",
    "sAMAccountName",
    "servicePrincipalName",
    "sn",
    "street",
    "streetAddress",
    "targetAddress",
    "uid",
    "userPrincipalName",
];

const PHONES: [&str; 14] = [
    "facsimileTelephoneNumber",
    "homePhone",
    "internationalISDNNumber",
    "ipPhone",
    "mobile",
    "msRTCSIP-Line",
    "otherFacsimileTelephoneNumber",
    "otherHomePhone",
    "otherIpPhone",
    "otherMobile",
    "otherPager",
    "otherTelephone",
    "pager",
    "telephoneNumber",
];

const NUMBERS: [&str; 3] = ["gidNumber", "primaryGroupID", "uidNumber"];

/// `is_read`: the policy reads it.
pub(super) fn hiding(name: &str, is_read: bool) -> Hiding {
    let any = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    let (known, syntax) = match attribute_type(name) {
        Some((_, syntax, _)) => (true, syntax),
        None => (false, Syntax::Text),
    };
    match syntax {
        Syntax::Integer if any(&NUMBERS) => Hiding::Number,
        Syntax::Integer | Syntax::Boolean | Syntax::GeneralizedTime | Syntax::FileTime => Hiding::Kept,
        Syntax::DistinguishedName => Hiding::DistinguishedName,
        Syntax::Guid => Hiding::Guid,
        Syntax::Sid => Hiding::Sid,
        Syntax::Binary => Hiding::Binary,
        Syntax::Text if any(&PHONES) => Hiding::Phone,
        Syntax::Text if any(&PERSONAL) => Hiding::Text,
        Syntax::Text if any(&ORGANISATION) || is_read => Hiding::Kept,
        // Unknown ones can be references all the same, as a group's `member`; a text that is a DN is seen to be one.
        Syntax::Text if !known && any(&["member", "managedBy"]) => Hiding::DistinguishedName,
        Syntax::Text => Hiding::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_to_be_harmless_is_hidden_unless_it_is_read() {
        assert_eq!(hiding("Department", false), Hiding::Kept);
        assert_eq!(hiding("userAccountControl", false), Hiding::Kept);
        assert_eq!(hiding("extensionAttribute1", false), Hiding::Text);
        assert_eq!(hiding("extensionAttribute1", true), Hiding::Kept);
        assert_eq!(hiding("contosoBadge", false), Hiding::Text);
        assert_eq!(hiding("SN", true), Hiding::Text);
        assert_eq!(hiding("mobile", true), Hiding::Phone);
        assert_eq!(hiding("manager", true), Hiding::DistinguishedName);
        assert_eq!(hiding("member", false), Hiding::DistinguishedName);
        assert_eq!(hiding("primaryGroupID", true), Hiding::Number);
        assert_eq!(hiding("thumbnailPhoto", false), Hiding::Binary);
    }
}
