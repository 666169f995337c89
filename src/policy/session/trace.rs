use std::collections::BTreeMap;
use std::sync::Arc;

use rhai::Dynamic;

use super::Session;
use super::parts::{Join, bare, below, is_plain};
use crate::diagnostic::Diagnostic;
use crate::policy::host::user::{Reads, shown};

/// How deep an expression is taken apart.
const DEEPEST: usize = 16;

/// An expression's value, and how it came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    pub value: String,
    /// The expressions that it is made of, each before those below it.
    pub parts: Vec<Part>,
    /// What was read of the person, and what it was.
    pub reads: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// 1 for the parts of the expression itself.
    pub depth: usize,
    /// As it is written.
    pub text: String,
    pub outcome: Outcome,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Value(String),
    /// It is an error, in a sentence.
    Fails(String),
    /// What stands before it had decided already.
    NotAsked,
}

impl Session {
    /// Evaluates an expression and every expression in it. Nothing that it defines is kept.
    ///
    /// # Errors
    /// What is wrong with the expression as a whole.
    pub fn trace(&mut self, text: &str) -> Result<Trace, Box<Diagnostic>> {
        let reads = Arc::new(Reads::default());
        let value = self.aside(text, Some(&reads))?;
        let mut parts = Vec::new();
        self.take_apart(text, 1, true, &mut parts);
        Ok(Trace { value: shown(&value), parts, reads: reads.take() })
    }

    fn take_apart(&mut self, text: &str, depth: usize, asked: bool, parts: &mut Vec<Part>) {
        if depth > DEEPEST {
            return;
        }
        let (join, below) = below(text);
        let mut decided = !asked;
        for part in below.into_iter().map(bare) {
            if decided {
                if asked {
                    parts.push(Part { depth, text: part.to_owned(), outcome: Outcome::NotAsked });
                }
                continue;
            }
            let value = self.aside(part, None);
            if let Ok(value) = &value {
                decided = decides(join, value);
            }
            // What a name or a literal is, stands there already.
            if !is_plain(part) {
                let outcome = match value {
                    Ok(value) => Outcome::Value(shown(&value)),
                    Err(finding) => Outcome::Fails(finding.message.clone()),
                };
                parts.push(Part { depth, text: part.to_owned(), outcome });
                self.take_apart(part, depth + 1, true, parts);
            }
        }
    }
}

fn decides(join: Join, value: &Dynamic) -> bool {
    match join {
        Join::And => value.as_bool() == Ok(false),
        Join::Or => value.as_bool() == Ok(true),
        Join::Else => !value.is_unit(),
        Join::All => false,
    }
}
