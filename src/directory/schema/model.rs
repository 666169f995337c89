use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::description::Description;

/// The attributes of a directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// The server, as it was configured.
    pub source: String,
    pub read: Timestamp,
    /// By lower-case name.
    attributes: BTreeMap<String, AttributeType>,
}

/// An attribute as the schema describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeType {
    /// As the schema spells it.
    pub name: String,
    /// The OID of its syntax (RFC 4517 section 3.3, MS-ADTS 3.1.1.2.2.2).
    pub syntax: String,
    pub is_single: bool,
    /// People can have it.
    pub is_of_people: bool,
}

/// The classes that people are of.
const PEOPLE: [&str; 2] = ["user", "inetorgperson"];

impl Schema {
    /// Reads the values of `attributeTypes`, `objectClasses` and `dITContentRules`. What cannot be read is left out.
    #[must_use]
    pub fn of<'t>(
        source: String,
        read: Timestamp,
        attribute_types: impl IntoIterator<Item = &'t str>,
        classes: impl IntoIterator<Item = &'t str>,
    ) -> Self {
        let theirs = of_people(classes.into_iter().map(Description::parse));
        let mut attributes = BTreeMap::new();
        for text in attribute_types {
            let description = Description::parse(text);
            let syntax = description.behind("SYNTAX").first().copied().unwrap_or_default();
            // OpenLDAP says behind it how long a value may be.
            let syntax = syntax.split('{').next().unwrap_or_default();
            for name in description.behind("NAME") {
                let lower = name.to_ascii_lowercase();
                let described = AttributeType {
                    name: name.to_owned(),
                    syntax: syntax.to_owned(),
                    is_single: description.has("SINGLE-VALUE"),
                    is_of_people: theirs.as_ref().is_none_or(|theirs| theirs.contains(&lower)),
                };
                attributes.insert(lower, described);
            }
        }
        Self { source, read, attributes }
    }

    /// An attribute, letter case apart.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&AttributeType> {
        self.attributes.get(&name.to_ascii_lowercase())
    }

    /// All of them, in the order of their names.
    pub fn attributes(&self) -> impl Iterator<Item = &AttributeType> {
        self.attributes.values()
    }
}

/// Lower-case names of the attributes that people's classes have, with all that these are made of; `None` where there
/// is no such class. A content rule adds auxiliary classes to the class of its name (RFC 4512 section 4.1.6).
fn of_people<'t>(classes: impl Iterator<Item = Description<'t>>) -> Option<BTreeSet<String>> {
    let mut by_name: BTreeMap<String, Vec<Description<'t>>> = BTreeMap::new();
    for class in classes {
        for name in class.behind("NAME") {
            by_name.entry(name.to_ascii_lowercase()).or_default().push(class.clone());
        }
    }
    let mut open: Vec<String> = PEOPLE.iter().map(|name| (*name).to_owned()).collect();
    let (mut seen, mut found) = (BTreeSet::new(), BTreeSet::new());
    while let Some(name) = open.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        for class in by_name.get(&name).into_iter().flatten() {
            let lower =
                |word| class.behind(word).into_iter().map(str::to_ascii_lowercase).collect::<Vec<_>>();
            found.extend(lower("MUST"));
            found.extend(lower("MAY"));
            open.extend(lower("SUP"));
            open.extend(lower("AUX"));
        }
    }
    PEOPLE.iter().any(|name| by_name.contains_key(*name)).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_have_what_their_classes_have_and_what_is_added() {
        let types = [
            "( 1.1 NAME 'sn' SYNTAX '1.3.6.1.4.1.1466.115.121.1.15' SINGLE-VALUE )",
            "( 1.2 NAME 'contosoBadge' SYNTAX 1.3.6.1.4.1.1466.115.121.1.27{8} )",
            "( 1.3 NAME 'dnsRecord' SYNTAX '1.3.6.1.4.1.1466.115.121.1.40' )",
            "nonsense",
        ];
        let classes = [
            "( 2.1 NAME 'top' ABSTRACT MUST (objectClass ) )",
            "( 2.2 NAME 'user' SUP person STRUCTURAL )",
            "( 2.3 NAME 'person' SUP top STRUCTURAL MAY (sn ) )",
            "( 2.4 NAME 'contoso' SUP top AUXILIARY MAY contosoBadge )",
            "( 2.5 NAME 'dnsNode' SUP top STRUCTURAL MAY (dnsRecord ) )",
            "( 2.2 NAME 'user' AUX ( contoso ) MAY ( mail ) )",
        ];
        let schema = Schema::of("x".into(), Timestamp::UNIX_EPOCH, types, classes);
        let told: Vec<_> =
            schema.attributes().map(|a| (a.name.as_str(), a.is_single, a.is_of_people)).collect();
        assert_eq!(told, [("contosoBadge", false, true), ("dnsRecord", false, false), ("sn", true, true)]);
        assert_eq!(schema.attribute("CONTOSOBADGE").unwrap().syntax, "1.3.6.1.4.1.1466.115.121.1.27");
        let bare = Schema::of("x".into(), Timestamp::UNIX_EPOCH, types, []);
        assert!(bare.attributes().all(|attribute| attribute.is_of_people));
    }
}
