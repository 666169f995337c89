//! Entries made of the tables that are kept elsewhere: Excel's functions, the directory's and the account's attributes.

use std::cmp::Reverse;

use super::entry::{Entry, Section, Shown};
use crate::directory::Schema;
use crate::facts::{Syntax, attribute_type, attribute_types, described_type, is_virtual};
use crate::policy::host::excel::script_name;
use crate::policy::{Attribute, excel};

pub(super) fn excel() -> impl Iterator<Item = Entry> {
    excel::functions().iter().map(|function| {
        let name = script_name(function);
        let written = |code: &str| with_underscores(code);
        let renamed = name != function.name;
        Entry {
            signatures: vec![written(function.signature)],
            summary: function.summary.to_owned(),
            blank: String::new(),
            differs: [
                function.differs.unwrap_or_default().to_owned(),
                if renamed {
                    format!("Excel calls it `{}`; a dot in a name is an underscore here.", function.name)
                } else {
                    String::new()
                },
            ]
            .join(" ")
            .trim()
            .to_owned(),
            examples: function
                .examples
                .iter()
                // What they show is of another day.
                .filter(|(code, _)| !code.contains("NOW()") && !code.contains("TODAY()"))
                .map(|(code, gives)| Shown::Cell {
                    code: booleans(&written(code)),
                    gives: (*gives).to_owned(),
                })
                .collect(),
            section: Section::Excel,
            name,
        }
    })
}

/// The names of Excel's functions as scripts write them: `ERROR_TYPE(x)`. What stands in quotes stays as it is.
fn with_underscores(code: &str) -> String {
    let mut dotted: Vec<&str> =
        excel::functions().iter().map(|function| function.name).filter(|name| name.contains('.')).collect();
    // `CHISQ.DIST.RT` is not `CHISQ.DIST`.
    dotted.sort_by_key(|name| Reverse(name.len()));
    let parts = code.split('"').enumerate().map(|(index, part)| {
        if index % 2 == 1 {
            return part.to_owned();
        }
        dotted.iter().fold(part.to_owned(), |part, name| {
            part.replace(&format!("{name}("), &format!("{}(", name.replace('.', "_")))
        })
    });
    parts.collect::<Vec<_>>().join("\"")
}

/// Excel writes `TRUE` where a script writes `true`; what stands in quotes stays as it is.
fn booleans(code: &str) -> String {
    let mut out = String::new();
    for (index, part) in code.split('"').enumerate() {
        if index > 0 {
            out.push('"');
        }
        if index % 2 == 1 {
            out.push_str(part);
            continue;
        }
        let mut rest = part;
        while let Some((at, word, written)) = [("TRUE", "true"), ("FALSE", "false")]
            .iter()
            .filter_map(|(word, written)| rest.find(word).map(|at| (at, *word, *written)))
            .min()
        {
            let (before, after) = rest.split_at(at);
            let after = after.strip_prefix(word).unwrap_or_default();
            let is_call = after.starts_with('(');
            out.push_str(before);
            out.push_str(if is_call { word } else { written });
            rest = after;
        }
        out.push_str(rest);
    }
    out
}

pub(super) fn directory() -> impl Iterator<Item = Entry> {
    attribute_types()
        .iter()
        .filter(|(name, ..)| !is_virtual(&name.to_ascii_lowercase()))
        .map(|(name, syntax, several)| attribute(name, *syntax, *several, String::new()))
}

/// What people can have by the directory's own schema, beside what every Active Directory has.
pub(super) fn of_schema(schema: &Schema) -> impl Iterator<Item = Entry> {
    let own = schema.attributes().filter(|described| {
        let name = &described.name;
        described.is_of_people && attribute_type(name).is_none() && !is_virtual(&name.to_ascii_lowercase())
    });
    own.map(|described| {
        let (name, syntax, several) = described_type(described);
        // Their values come as the directory writes them, whatever the schema says of them.
        let kind = match (syntax, several) {
            (Syntax::Binary, _) => "bytes",
            (_, true) => "text or list of text",
            (_, false) => "text",
        };
        let how = "Of the directory's own schema: scripts get a value as text, several as a list of texts, once it is named in `policy.extra_attributes`.";
        Entry { signatures: vec![format!("user.{name} -> {kind}")], ..attribute(name, syntax, several, how.to_owned()) }
    })
}

fn attribute(name: &str, syntax: Syntax, several: bool, differs: String) -> Entry {
    let kind = value(syntax);
    let kind = if several { format!("list of {kind}") } else { kind.to_owned() };
    Entry {
        name: name.to_owned(),
        section: Section::Attribute,
        signatures: vec![format!("user.{name} -> {kind}")],
        summary: format!(
            "{}: {}.",
            if several { "Any number of values" } else { "One value" },
            written(syntax)
        ),
        blank: String::new(),
        differs,
        examples: Vec::new(),
    }
}

/// What a script gets.
fn value(syntax: Syntax) -> &'static str {
    match syntax {
        Syntax::Text | Syntax::DistinguishedName | Syntax::Guid | Syntax::Sid => "text",
        Syntax::Integer => "integer",
        Syntax::Boolean => "boolean",
        Syntax::GeneralizedTime | Syntax::FileTime => "time",
        Syntax::Binary => "bytes",
    }
}

/// What it is in the directory.
fn written(syntax: Syntax) -> &'static str {
    match syntax {
        Syntax::Text => "text",
        Syntax::Integer => "a whole number",
        Syntax::Boolean => "true or false",
        Syntax::GeneralizedTime => "a time",
        Syntax::FileTime => "a time, blank for never",
        Syntax::DistinguishedName => "a distinguished name",
        Syntax::Guid => "a GUID",
        Syntax::Sid => "a SID",
        Syntax::Binary => "bytes",
    }
}

pub(super) fn account() -> impl Iterator<Item = Entry> {
    Attribute::all().filter(|attribute| attribute.is_mappable()).map(|attribute| {
        let path = attribute.path();
        let call = if attribute == Attribute::USER_NAME {
            "map(\"userName\", |user| ..)".to_owned()
        } else {
            format!(
                "map({}, |user| ..)",
                path.contains('"').then(|| format!("`{path}`")).unwrap_or(format!("\"{path}\""))
            )
        };
        let known = if attribute.is_supported_by_klaviyo() {
            "Klaviyo's instructions name it."
        } else {
            "In SCIM's core schema; Klaviyo's instructions do not name it."
        };
        let must = if attribute == Attribute::USER_NAME { " Every policy must map it." } else { "" };
        Entry {
            name: path.to_owned(),
            section: Section::Account,
            signatures: vec![call],
            summary: format!("{known}{must}"),
            blank: String::new(),
            differs: String::new(),
            examples: Vec::new(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::booleans;
    use crate::directory::Schema;
    use crate::policy::reference::Reference;

    #[test]
    fn what_people_can_have_by_the_own_schema_is_told() {
        let types = [
            "( 1.1 NAME 'contosoBadge' SYNTAX '1.2.840.113556.1.4.906' )",
            "( 1.2 NAME 'dnsRecord' SYNTAX '1.3.6.1.4.1.1466.115.121.1.40' )",
            "( 1.3 NAME 'sn' SYNTAX '1.3.6.1.4.1.1466.115.121.1.15' SINGLE-VALUE )",
        ];
        let classes = ["( 2.1 NAME 'user' MAY ( sn $ contosoBadge ) )"];
        let schema = Schema::of("x".into(), jiff::Timestamp::UNIX_EPOCH, types, classes);
        let reference = Reference::new().with_schema(&schema);
        let found = reference.find("user.contosobadge").unwrap();
        assert_eq!(found[0].signatures, ["user.contosoBadge -> text or list of text"]);
        assert_eq!(reference.find("user.sn").unwrap().len(), 1);
        assert!(reference.find("user.dnsRecord").is_err());
    }

    #[test]
    fn only_the_values_are_rewritten() {
        assert_eq!(booleans(r#"IF(TRUE, "TRUE", FALSE)"#), r#"IF(true, "TRUE", false)"#);
        assert_eq!(booleans("NOT(TRUE())"), "NOT(TRUE())");
    }
}
