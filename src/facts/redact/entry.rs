use std::fmt;

use uuid::Uuid;

use super::attributes::{Hiding, hiding};
use super::identifier::{guid, relative, security_identifier};
use super::pseudonym::Key;
use super::text::{Kept, Texts};
use crate::directory::{Entry, Raw};
use crate::facts::decode::sid;

/// Hides who the people of a directory are.
pub struct Redactor(Texts);

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").field("kept", &self.0.kept).finish_non_exhaustive()
    }
}

impl Redactor {
    #[must_use]
    pub fn new(key: [u8; 32], kept: Kept) -> Self {
        Self(Texts { key: Key(key), kept })
    }

    /// The same person or group with pseudonyms.
    #[must_use]
    pub fn entry(&self, entry: &Entry) -> Entry {
        let domain = entry.values("objectSid").first().and_then(|raw| sid(raw.by_ref()));
        let domain =
            domain.as_deref().and_then(|own| own.rsplit_once('-')).map(|(domain, _)| domain.to_lowercase());
        let mut out = Entry::new(self.0.dn(&entry.dn));
        for attribute in entry.attributes() {
            let name = attribute.name.as_str();
            let hiding = self.hiding(name);
            for value in &attribute.values {
                out.push(name, self.value(hiding, value, domain.as_deref()));
            }
        }
        out
    }

    /// Which pseudonym an objectGUID has.
    #[must_use]
    pub fn guid(&self, guid: Uuid) -> Uuid {
        self.0.key.uuid(guid)
    }

    /// Whether the attribute's values are written as they are.
    #[must_use]
    pub fn keeps(&self, attribute: &str) -> bool {
        self.hiding(attribute) == Hiding::Kept
    }

    fn hiding(&self, attribute: &str) -> Hiding {
        hiding(attribute, self.0.kept.read.contains(&attribute.to_ascii_lowercase()))
    }

    fn value(&self, hiding: Hiding, value: &Raw, domain: Option<&str>) -> Raw {
        let Texts { key, kept } = &self.0;
        let hidden = match (hiding, value) {
            (Hiding::Kept, _) => Some(value.clone()),
            (Hiding::Guid, _) => guid(key, value),
            (Hiding::Sid, _) => security_identifier(key, &kept.values, value),
            (Hiding::Number, Raw::Text(text)) => text.trim().parse().ok().map(|number| {
                Raw::Text(relative(key, &kept.values, domain.unwrap_or_default(), number).to_string())
            }),
            (Hiding::Text, Raw::Text(text)) => Some(Raw::Text(self.0.text(text))),
            (Hiding::Phone, Raw::Text(text)) => Some(Raw::Text(self.0.phone(text))),
            (Hiding::DistinguishedName, Raw::Text(text)) => Some(Raw::Text(self.0.dn(text))),
            _ => None,
        };
        // Of what is not as it ought to be nobody knows what it says.
        hidden.unwrap_or_else(|| Raw::from_bytes(key.octets(value.as_bytes()).to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_lead_to_whom_they_led() {
        let redactor = Redactor::new([5; 32], Kept::default());
        let text = |text: &str| Raw::Text(text.to_owned());
        let mut mia = Entry::new("CN=Mia Fischer,OU=Staff,DC=example,DC=com");
        for (name, value) in [
            ("cn", text("Mia Fischer")),
            ("objectSid", text("S-1-5-21-1-2-3-1104")),
            ("primaryGroupID", text("1105")),
            ("manager", text("cn=Clara Weber, ou=Staff,dc=example,dc=com")),
            ("userAccountControl", text("512")),
            ("title", text("Manager")),
            ("telephoneNumber", text("+49 30 1234")),
            ("thumbnailPhoto", Raw::Bytes(vec![0xff; 400])),
            ("objectGUID", Raw::Bytes(vec![0xff; 16])),
        ] {
            mia.push(name, value);
        }
        let mut group = Entry::new("CN=Staff,DC=example,DC=com");
        group.push("objectSid", text("S-1-5-21-1-2-3-1105"));
        group.push("member", text("CN=mia fischer,OU=Staff,DC=example,DC=com"));
        let (hidden, group) = (redactor.entry(&mia), redactor.entry(&group));
        let clara = redactor.entry(&Entry::new("CN=Clara Weber,OU=Staff,DC=example,DC=com"));
        let same =
            |a: &str, b: &str| crate::directory::normalized_dn(a) == crate::directory::normalized_dn(b);
        assert!(same(hidden.text("manager").unwrap(), &clara.dn));
        assert!(same(group.text("member").unwrap(), &hidden.dn));
        let (domain, _) = hidden.text("objectSid").unwrap().rsplit_once('-').unwrap();
        let primary = hidden.text("primaryGroupID").unwrap();
        assert_eq!(group.text("objectSid").unwrap(), format!("{domain}-{primary}"));
        assert_eq!((hidden.text("title"), hidden.text("userAccountControl")), (Some("Manager"), Some("512")));
        assert_eq!(hidden.object_guid(), mia.object_guid().map(|guid| redactor.guid(guid)));
        assert_eq!(hidden.values("thumbnailPhoto")[0].as_bytes().len(), 16);
        let all = format!("{hidden:?} {group:?}").to_lowercase();
        for name in ["mia", "fischer", "staff", "1234", "1104"] {
            assert!(!all.contains(name), "{name} is in {all}");
        }
    }
}
