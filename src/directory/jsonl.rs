//! JSON Lines: one flat object a line, with `dn` and the attributes under their LDAP names. A value is a string, a
//! number, true or false, `{"base64": ".."}` for what is no text, or an array of those; null means that there is none.

use std::path::Path;
use std::{fmt, io};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use serde::de::{MapAccess, Visitor};
use serde_json::{Map, Value, json};

use super::error::{Error, Mistake};
use super::ldif::Export;
use super::scope::{Range, range};
use super::snapshot::{Entry, Raw};

const CUT: &str = "if the file was cut short, export it again";

/// Reads all objects of a JSON Lines text; its last line may end without a line break. `path` is for messages.
///
/// # Errors
/// [`Error::Text`] with the first line that is no such object.
pub fn parse_jsonl(path: &Path, text: &str) -> Result<Vec<Entry>, Error> {
    let mut reader = Reader::default();
    let mut entries = Vec::new();
    for line in text.lines() {
        entries.extend(reader.push(line).map_err(|mistake| mistake.in_file(path))?);
    }
    Ok(entries)
}

/// Takes a file line by line.
#[derive(Default)]
pub(super) struct Reader {
    number: usize,
    pub(super) export: Export,
}

impl Reader {
    /// One line without its line feed.
    pub(super) fn push(&mut self, line: &str) -> Result<Option<Entry>, Mistake> {
        self.number += 1;
        if line.trim().is_empty() {
            return Ok(None);
        }
        let Members(members) = serde_json::from_str(line).map_err(|error| {
            if error.is_eof() {
                return Mistake::new(self.number, "the line ends in the middle of its JSON").hint(CUT);
            }
            if error.is_data() {
                return Mistake::new(self.number, "the line is no JSON object")
                    .hint("each line is one object: {\"dn\": \"..\", \"objectClass\": [\"user\"], ..}");
            }
            // Every line is a text of its own, so its line number within that says nothing.
            let why = error.to_string().replace(" at line 1 column ", ", column ");
            Mistake::new(self.number, format!("the line is no JSON: {why}"))
        })?;
        let mut entry = Entry::default();
        let mut dn = None;
        for (name, value) in members {
            if name.eq_ignore_ascii_case("dn") {
                let Value::String(text) = value else {
                    return Err(Mistake::new(self.number, format!("`dn` is `{value}`, not a string")));
                };
                if dn.replace(text).is_some() {
                    return Err(Mistake::new(self.number, "`dn` is there twice"));
                }
                continue;
            }
            self.member(&mut entry, &name, value)?;
        }
        entry.dn = dn.ok_or_else(|| Mistake::new(self.number, "the object has no `dn`"))?;
        self.export.entries += 1;
        Ok(Some(entry))
    }

    /// The end of the file, which came behind a line feed or not.
    pub(super) fn end(&mut self, line_feed: bool) -> Result<(), Mistake> {
        if line_feed || self.number == 0 {
            return Ok(());
        }
        let hint = format!("{CUT}; if it is whole, add a line break at its end");
        Err(Mistake::new(self.number, "the last line does not end").hint(hint))
    }

    fn member(&mut self, entry: &mut Entry, name: &str, value: Value) -> Result<(), Mistake> {
        let (base, range) = range(name);
        if range.is_some_and(|range| range != Range::ALL) {
            self.export.ranges.push(format!("`{name}` in line {}", self.number));
        }
        if !entry.values(base).is_empty() {
            return Err(Mistake::new(self.number, format!("`{name}` is there twice")));
        }
        let values = match value {
            Value::Array(values) => values,
            single => vec![single],
        };
        for value in values {
            let text = match value {
                Value::Object(members) => {
                    let bytes = encoded(&members).ok_or_else(|| self.no_value(name))?;
                    if !bytes.is_empty() {
                        entry.push(base, Raw::from_bytes(bytes));
                    }
                    continue;
                }
                Value::Null => continue,
                Value::String(text) => text,
                Value::Number(number) => number.to_string(),
                // RFC 4517 section 3.3.3
                Value::Bool(true) => "TRUE".to_owned(),
                Value::Bool(false) => "FALSE".to_owned(),
                Value::Array(_) => return Err(self.no_value(name)),
            };
            if !text.is_empty() {
                entry.push(base, Raw::Text(text));
            }
        }
        Ok(())
    }

    fn no_value(&self, name: &str) -> Mistake {
        let why = format!("`{name}` is neither a string, a number, true or false, nor a list of those");
        Mistake::new(self.number, why).hint("what is no text is written as {\"base64\": \"..\"}")
    }
}

/// `{"base64": ".."}`
fn encoded(members: &Map<String, Value>) -> Option<Vec<u8>> {
    let text = members.get("base64").filter(|_| members.len() == 1)?.as_str()?;
    STANDARD.decode(text).ok()
}

/// Writes one entry as a line.
pub(super) fn write_entry(out: &mut impl io::Write, entry: &Entry) -> io::Result<()> {
    let mut members = Map::from_iter([("dn".to_owned(), json!(entry.dn))]);
    for attribute in entry.attributes() {
        let mut values: Vec<Value> = attribute
            .values
            .iter()
            .map(|value| match value {
                Raw::Text(text) => json!(text),
                Raw::Bytes(bytes) => json!({ "base64": STANDARD.encode(bytes) }),
            })
            .collect();
        let value = if values.len() == 1 { values.pop() } else { Some(Value::Array(values)) };
        members.insert(attribute.name.clone(), value.unwrap_or_default());
    }
    writeln!(out, "{}", Value::Object(members))
}

/// The members of an object, those included that are there twice.
struct Members(Vec<(String, Value)>);

impl<'de> serde::Deserialize<'de> for Members {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(All)
    }
}
