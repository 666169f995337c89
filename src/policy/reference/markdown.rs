use std::fmt::Write as _;

use super::entry::{Entry, Reference, Section, Shown};
use super::people::NOW;

const SECTIONS: [Section; 14] = [
    Section::Policy,
    Section::Test,
    Section::Script,
    Section::Person,
    Section::Text,
    Section::Time,
    Section::Decision,
    Section::Operation,
    Section::Operator,
    Section::Excel,
    Section::Module,
    Section::Rhai,
    Section::Attribute,
    Section::Account,
];

impl Section {
    fn title(self) -> &'static str {
        match self {
            Self::Policy => "Words of a policy",
            Self::Test => "Words of a test",
            Self::Script => "Words of a script",
            Self::Person => "A person",
            Self::Text => "Texts and lists",
            Self::Time => "Time",
            Self::Decision => "A decision, in an invariant",
            Self::Operation => "An operation, in `before`",
            Self::Operator => "Operators",
            Self::Excel => "Excel-style functions",
            Self::Module => "Shipped modules",
            Self::Rhai => "Rhai's own functions",
            Self::Attribute => "Attributes of a person",
            Self::Account => "Attributes of an account",
        }
    }

    fn introduction(self) -> &'static str {
        match self {
            Self::Policy => "They stand at the top of a policy's files, outside of any function or closure.",
            Self::Test => {
                "They are known in the files below the tests folder, beside everything that a rule may call."
            }
            Self::Script => {
                "They are known in a script that `rolecall script` runs once, beside everything that a rule may call. What it \
                 orders is planned, guarded and journalled as what the rules ask for; at most one order an account. In the \
                 examples Mia has an account and Clara has none."
            }
            Self::Person => {
                "A rule's closure takes a person: `|user| ..`. An absent attribute is blank, `()`, never an error; one that \
                 nobody knows is an error."
            }
            Self::Text => {
                "Methods of a text; those of the first group take a list as well, and are true when any element passes."
            }
            Self::Time => "Active Directory's times come as points in time.",
            Self::Decision => "An invariant's closure takes a decision: `|d| ..`.",
            Self::Operation => {
                "What `before` gives its closure: `|op| ..`. What is said of it holds, whether or not the closure gives it back."
            }
            Self::Operator => "Rhai's operators, as they deal with blanks, people and Excel's errors.",
            Self::Excel => {
                "In upper case, as Excel documents them. A blank is read as an empty cell is: no text, 0, or false. A list is \
                 a row, a list of lists is rows. Excel's errors are values: they pass through until `IFERROR` or the account \
                 meets them, where the mapping fails. All arguments are worked out before the call. Where an example shows a \
                 list, it is written as Excel writes an array."
            }
            Self::Module => "Inside rolecall; a policy imports them by name.",
            Self::Rhai => "The parts of Rhai's standard library that scripts have.",
            Self::Attribute => {
                "Active Directory's standard schema. Letter case does not matter. Attributes of your own schema are named in \
                 `policy.extra_attributes`."
            }
            Self::Account => "The SCIM paths that `map` and `map_on_create` take.",
        }
    }

    /// Whether its entries are so many and so short that they stand in a table.
    fn is_table(self) -> bool {
        matches!(self, Self::Rhai | Self::Attribute | Self::Account)
    }
}

impl Reference {
    /// The whole reference.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = String::from("# What scripts may say\n");
        let _ = write!(
            out,
            "\n`rolecall docs NAME` shows one entry. The examples are about Mia Fischer, a marketing manager, at {NOW}; \
             what stands behind `//` is what comes of them.\n\n"
        );
        let sections = || SECTIONS.iter().filter(|section| self.of(**section).next().is_some());
        for section in sections() {
            let _ = writeln!(out, "- [{}](#{})", section.title(), anchor(section.title()));
        }
        for section in sections() {
            let _ = write!(out, "\n## {}\n\n{}\n", section.title(), section.introduction());
            if section.is_table() {
                out.push_str("\n| | |\n|---|---|\n");
                self.of(*section).for_each(|entry| row(&mut out, entry));
            } else {
                self.of(*section).for_each(|entry| detail(&mut out, entry, "###"));
            }
        }
        out
    }

    fn of(&self, section: Section) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.section == section)
    }
}

impl Entry {
    /// The entry by itself.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = String::new();
        detail(&mut out, self, "#");
        out.trim_start().to_owned()
    }
}

fn anchor(title: &str) -> String {
    title
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || " -".contains(*c))
        .collect::<String>()
        .replace(' ', "-")
}

fn row(out: &mut String, entry: &Entry) {
    let signatures: Vec<_> =
        entry.signatures.iter().map(|signature| format!("`{}`", signature.replace('|', "\\|"))).collect();
    // A name of a path stands better than the call that it is written in.
    let what =
        if entry.section == Section::Account { format!("`{}`", entry.name) } else { signatures.join("<br>") };
    let _ = writeln!(out, "| {what} | {} |", entry.summary.replace('|', "\\|"));
}

fn detail(out: &mut String, entry: &Entry, heading: &str) {
    let _ = write!(out, "\n{heading} {}\n\n```rhai\n{}\n```\n", entry.name, entry.signatures.join("\n"));
    let _ = write!(out, "\n{}\n", entry.summary);
    if !entry.blank.is_empty() {
        let _ = write!(out, "\n**Blank:** {}\n", entry.blank);
    }
    if !entry.differs.is_empty() {
        let _ = write!(out, "\n**Note:** {}\n", entry.differs);
    }
    if entry.examples.is_empty() {
        return;
    }
    out.push_str("\n```rhai\n");
    let mut behind_block = false;
    for example in &entry.examples {
        let (text, is_block) = match example {
            Shown::Value { code, gives } | Shown::Cell { code, gives } => {
                (format!("{code}    // {gives}\n"), false)
            }
            Shown::Policy { code, gives } | Shown::Script { code, gives } => {
                (format!("{code}\n// {gives}\n"), true)
            }
            Shown::Test { code } => (format!("{code}\n"), true),
        };
        if behind_block {
            out.push('\n');
        }
        out.push_str(&text);
        behind_block = is_block;
    }
    out.push_str("```\n");
}
