//! People that tests are about: the TOML and LDIF files of the fixtures folder.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use uuid::Uuid;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::directory::{Entry, Raw, parse_ldif};
use crate::policy::{Policy, unknown_attribute};

/// The name space of the objectGUIDs that fixtures without one get.
const NAMESPACE: Uuid = Uuid::from_u128(0x7d1c_5f0e_2b52_4f57_9a6e_90b7_3a10_c411);

/// All fixtures of a project, by name and by file.
#[derive(Clone, Debug, Default)]
pub struct Fixtures {
    /// People in the order in which they were read, then groups.
    pub(super) entries: Vec<Entry>,
    /// What `fixture("mia")` finds: an index into `entries`.
    by_name: BTreeMap<String, usize>,
    /// What `fixtures("leavers")` finds: the people of the file `leavers.*`, in its order.
    by_file: BTreeMap<String, Vec<usize>>,
    /// The attributes that somebody wrote by hand, who may have misspelt them.
    written: Vec<Written>,
}

#[derive(Clone, Debug)]
struct Written {
    attribute: String,
    path: String,
    text: Arc<str>,
    span: Range<usize>,
}

impl Fixtures {
    /// Reads fixture files: path relative to the fixtures folder to text. A TOML file has one table a person, named as
    /// tests call them; in LDIF the name is the `sAMAccountName`, else the `cn`. What a fixture leaves
    /// out is filled in so that it is an enabled account: `objectGUID`, `userAccountControl`, the DN.
    ///
    /// # Errors
    /// Everything in the files that cannot be read (`T0001`) and every name that is there twice (`T0002`).
    pub fn read(files: &BTreeMap<String, Arc<str>>) -> Result<Self, Diagnostics> {
        let mut fixtures = Self::default();
        let mut findings = Diagnostics::default();
        for (path, text) in files {
            let people = match path.rsplit_once('.').map(|(_, ending)| ending) {
                Some("toml") => toml_people(path, text, &mut fixtures.written),
                _ => ldif_people(path, text),
            };
            match people {
                Ok(people) => fixtures.add_file(path, people, &mut findings),
                Err(finding) => findings.push(*finding),
            }
        }
        if findings.has_errors() { Err(findings) } else { Ok(fixtures) }
    }

    fn add_file(&mut self, path: &str, people: Vec<(String, Entry)>, findings: &mut Diagnostics) {
        let file = path.rsplit_once('.').map_or(path, |(stem, _)| stem).to_owned();
        for (name, entry) in people {
            let index = self.entries.len();
            if self.by_name.insert(name.clone(), index).is_some() {
                findings.push(Diagnostic::error(
                    "T0002",
                    format!("`{path}`: the fixture `{name}` is there twice"),
                ));
            }
            self.by_file.entry(file.clone()).or_default().push(index);
            self.entries.push(complete(&name, entry));
        }
    }

    /// What is misspelt in the fixtures, as this policy knows attributes (`T0003`): the person would lack what the test
    /// is about.
    pub(super) fn unknown_attributes(&self, policy: &Policy) -> Diagnostics {
        let unknown = self.written.iter().filter(|written| !is_settable(&written.attribute, policy));
        Diagnostics(
            unknown
                .map(|written| {
                    Diagnostic::error("T0003", unknown_attribute(&written.attribute)).at(
                        &written.path,
                        Arc::clone(&written.text),
                        written.span.clone(),
                    )
                })
                .collect(),
        )
    }

    /// The entry that `fixture(name)` means.
    pub(super) fn named(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The entries that `fixtures(file)` means.
    pub(super) fn of_file(&self, file: &str) -> Option<&[usize]> {
        self.by_file.get(file).map(Vec::as_slice)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        self.by_file.keys().map(String::as_str)
    }
}

/// Fills in what makes an entry an enabled account of the directory.
pub(super) fn complete(name: &str, mut entry: Entry) -> Entry {
    if entry.dn.is_empty() {
        entry.dn = format!("CN={},OU=Fixtures,DC=example,DC=com", escape_rdn(name));
    }
    if entry.object_guid().is_none() {
        entry.set("objectGUID", Raw::Text(Uuid::new_v5(&NAMESPACE, name.as_bytes()).to_string()));
    }
    if entry.values("userAccountControl").is_empty() {
        entry.set("userAccountControl", Raw::Text("512".to_owned()));
    }
    if entry.values("cn").is_empty() {
        entry.set("cn", Raw::Text(name.to_owned()));
    }
    entry
}

/// RFC 4514 section 2.4.
fn escape_rdn(value: &str) -> String {
    let mut out = String::new();
    for character in value.chars() {
        if matches!(character, ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=' | '#') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

fn ldif_people(path: &str, text: &str) -> Result<Vec<(String, Entry)>, Box<Diagnostic>> {
    let entries = parse_ldif(Path::new(path), text, false).map_err(|error| {
        Box::new(Diagnostic::error("T0001", format!("the fixtures cannot be read: {error}")))
    })?;
    let name =
        |entry: &Entry| entry.text("sAMAccountName").or(entry.text("cn")).unwrap_or(&entry.dn).to_owned();
    Ok(entries.into_iter().filter(is_person).map(|entry| (name(&entry), entry)).collect())
}

/// Exports hold groups and containers too.
fn is_person(entry: &Entry) -> bool {
    entry.values("objectClass").is_empty() || has_class(entry, "user") || has_class(entry, "person")
}

fn has_class(entry: &Entry, class: &str) -> bool {
    entry
        .values("objectClass")
        .iter()
        .any(|value| matches!(value, Raw::Text(text) if text.eq_ignore_ascii_case(class)))
}

fn toml_people(
    path: &str,
    text: &Arc<str>,
    written: &mut Vec<Written>,
) -> Result<Vec<(String, Entry)>, Box<Diagnostic>> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let span = error.span().unwrap_or(0..0);
        Box::new(Diagnostic::error("T0001", error.message().to_owned()).at(path, Arc::clone(text), span))
    })?;
    let mut people = Vec::new();
    for (name, value) in table {
        let toml::Value::Table(attributes) = value else {
            let message = format!("`{name}` stands outside any person: a fixture is a table, as `[{name}]`");
            let span = key_span(text, None, &name);
            return Err(Box::new(Diagnostic::error("T0001", message).at(path, Arc::clone(text), span)));
        };
        let mut entry = Entry::default();
        for (attribute, value) in attributes {
            let span = key_span(text, Some(&name), &attribute);
            set(&mut entry, &attribute, &value).map_err(|why| {
                let finding = Diagnostic::error("T0001", format!("`{name}.{attribute}` {why}"));
                Box::new(finding.at(path, Arc::clone(text), span.clone()))
            })?;
            written.push(Written { attribute, path: path.to_owned(), text: Arc::clone(text), span });
        }
        people.push((name, entry));
    }
    Ok(people)
}

/// Where a key stands, in the table `table` if it is in one. Parsed TOML does not say; a key that is written in an
/// unusual way is not found, and then it is the table that is shown.
fn key_span(text: &str, table: Option<&str>, key: &str) -> Range<usize> {
    let header = table.map(|table| [format!("[{table}]"), format!("[\"{table}\"]")]);
    let mut inside = header.is_none();
    let (mut at, mut found) = (0, 0..0);
    for line in text.split_inclusive('\n') {
        let start = at + line.len() - line.trim_start().len();
        let words = line.trim();
        if let Some(header) = &header
            && words.starts_with('[')
        {
            inside = header.iter().any(|header| words.starts_with(header.as_str()));
            if inside {
                found = start..start + words.len();
            }
        }
        let after = words.trim_start_matches('"').strip_prefix(key);
        if inside && after.is_some_and(|rest| rest.trim_start_matches('"').trim_start().starts_with('=')) {
            let start = start + usize::from(words.starts_with('"'));
            return start..start + key.len();
        }
        at += line.len();
    }
    found
}

/// Whether tests may give people the attribute.
pub(super) fn is_settable(attribute: &str, policy: &Policy) -> bool {
    matches!(attribute, "dn" | "enabled" | "groups") || policy.knows_attribute(attribute)
}

/// Sets an attribute from TOML; `groups` is short for `memberOf` by plain names, `enabled = false` for the flag.
fn set(entry: &mut Entry, attribute: &str, value: &toml::Value) -> Result<(), String> {
    let texts = match value {
        toml::Value::Array(values) => values.iter().map(toml_text).collect::<Result<Vec<_>, _>>()?,
        value => vec![toml_text(value)?],
    };
    set_texts(entry, attribute, texts);
    Ok(())
}

fn toml_text(value: &toml::Value) -> Result<String, String> {
    match value {
        toml::Value::String(text) => Ok(text.clone()),
        toml::Value::Integer(number) => Ok(number.to_string()),
        toml::Value::Boolean(boolean) => Ok(if *boolean { "TRUE" } else { "FALSE" }.to_owned()),
        toml::Value::Datetime(time) => Ok(time.to_string()),
        toml::Value::Float(_) | toml::Value::Array(_) | toml::Value::Table(_) => {
            Err("is nothing that a directory's attribute can hold: write text".to_owned())
        }
    }
}

/// Replaces an attribute by these values, none being absent. Short forms: `groups` (plain names or DNs) for
/// `memberOf`, `enabled` for the flag of `userAccountControl`, `dn`.
pub(super) fn set_texts(entry: &mut Entry, attribute: &str, texts: Vec<String>) {
    match attribute {
        "dn" => entry.dn = texts.into_iter().next().unwrap_or_default(),
        "enabled" => {
            let off = texts.first().is_some_and(|text| text.eq_ignore_ascii_case("false"));
            entry.set("userAccountControl", Raw::Text(if off { "514" } else { "512" }.to_owned()));
        }
        "groups" | "memberOf" => {
            entry.remove("memberOf");
            for text in texts {
                let dn = if text.contains('=') {
                    text
                } else {
                    format!("CN={},OU=Groups,DC=example,DC=com", escape_rdn(&text))
                };
                entry.push("memberOf", Raw::Text(dn));
            }
        }
        attribute => {
            entry.remove(attribute);
            for text in texts {
                entry.push(attribute, Raw::Text(text));
            }
        }
    }
}
