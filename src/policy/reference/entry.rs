use serde::Serialize;

use super::doc::{Doc, Example};
use super::{attributes, builtin, shipped, tables};
use crate::directory::Schema;

/// Where an entry stands in the reference; the order is that of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Section {
    /// What a policy says of its rules.
    Policy,
    /// What a test file says.
    Test,
    /// What a script says that is run once.
    Script,
    /// What is asked of a person, the directory's attributes apart.
    Person,
    /// Methods of texts and lists.
    Text,
    Time,
    /// What is read of a decision in an invariant.
    Decision,
    /// What is read of an operation, and said of it, in `before`.
    Operation,
    Operator,
    Excel,
    /// The modules that ship inside the binary.
    Module,
    /// What Rhai brings itself.
    Rhai,
    /// The directory's attributes.
    Attribute,
    /// The account's attributes.
    Account,
}

/// One thing that has a name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    pub name: String,
    pub section: Section,
    /// `text.equals(other) -> boolean`
    pub signatures: Vec<String>,
    pub summary: String,
    /// What a blank does in it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub blank: String,
    /// Where it is not what Excel or plain Rhai would do.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub differs: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<Shown>,
}

/// A piece of script that tests run, and what comes of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Shown {
    /// An expression about Mia, and its value.
    Value { code: String, gives: String },
    /// A call of an Excel-style function, and the value as a cell shows it.
    Cell { code: String, gives: String },
    /// A policy, and what it says of Mia.
    Policy { code: String, gives: String },
    /// A test file that passes.
    Test { code: String },
    /// A script that is run once, and what it orders.
    Script { code: String, gives: String },
}

impl Entry {
    pub(super) fn of(doc: &Doc, section: Section) -> Self {
        let shown = |example: &Example| match *example {
            Example::Value(code, gives) => Shown::Value { code: code.into(), gives: gives.into() },
            Example::Policy(code, gives) => Shown::Policy { code: code.into(), gives: gives.into() },
            Example::Test(code) => Shown::Test { code: code.into() },
            Example::Script(code, gives) => Shown::Script { code: code.into(), gives: gives.into() },
        };
        Self {
            name: doc.name.to_owned(),
            section,
            signatures: doc.signatures.iter().map(ToString::to_string).collect(),
            summary: doc.summary.to_owned(),
            blank: doc.blank.to_owned(),
            differs: doc.differs.to_owned(),
            examples: doc.examples.iter().map(shown).collect(),
        }
    }
}

/// Everything that has a name in a script.
#[derive(Clone, Debug)]
pub struct Reference {
    pub(super) entries: Vec<Entry>,
}

impl Default for Reference {
    fn default() -> Self {
        Self::new()
    }
}

impl Reference {
    /// What policies may say. Words of tests and scripts come in by [`with`](Self::with).
    #[must_use]
    pub fn new() -> Self {
        let told: [(&[Doc], Section); 13] = [
            (tables::WORDS, Section::Policy),
            (tables::LIFECYCLE, Section::Policy),
            (tables::ATTRIBUTES, Section::Person),
            (tables::USER, Section::Person),
            (tables::TEXT, Section::Text),
            (tables::BLANK, Section::Text),
            (tables::TIME, Section::Time),
            (tables::TABLES, Section::Excel),
            (tables::DECISION, Section::Decision),
            (tables::OPERATION, Section::Operation),
            (tables::VALUES, Section::Operator),
            (tables::OPERATORS, Section::Operator),
            (tables::KEYWORDS, Section::Operator),
        ];
        let mut entries: Vec<Entry> =
            told.iter().flat_map(|(docs, section)| docs.iter().map(|doc| Entry::of(doc, *section))).collect();
        entries.extend(attributes::excel());
        entries.extend(shipped::entries());
        entries.extend(builtin::entries());
        entries.extend(attributes::directory());
        entries.extend(attributes::account());
        Self { entries }
    }

    /// Adds what is documented elsewhere to a section, behind what stands there.
    #[must_use]
    pub fn with(mut self, docs: &[Doc], section: Section) -> Self {
        self.entries.extend(docs.iter().map(|doc| Entry::of(doc, section)));
        self.entries.sort_by_key(|entry| entry.section);
        self
    }

    /// Adds what people can have by the directory's own schema.
    #[must_use]
    pub fn with_schema(mut self, schema: &Schema) -> Self {
        self.entries.extend(attributes::of_schema(schema));
        self.entries.sort_by_key(|entry| entry.section);
        self
    }

    /// In the order of the sections, and in each from what is used most to what is used least, or by name.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}
