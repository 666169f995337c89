use std::sync::Arc;

use jiff::SignedDuration;

use crate::facts::{Supposed, Value};
use crate::policy::expr::{Comparison, Val};

/// What could be otherwise about a person, or about whoever is so many managers up.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) above: usize,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    /// Another value of an attribute, or none.
    Set(String, Option<Value>),
    /// More text behind what is there; of a list one more element.
    More(String, String),
    /// More text before what is there.
    Before(String, String),
    Join(String),
    Leave(String),
}

impl Change {
    /// Whether it could be made.
    pub(super) fn make(&self, supposed: &mut Supposed) -> bool {
        let Some(index) = supposed.index(self.above) else { return false };
        match &self.what {
            What::Set(attribute, value) => supposed.set(index, attribute, value.clone()),
            What::More(attribute, text) => match supposed.value(index, attribute) {
                Some(Value::List(values)) => {
                    let more = values.iter().cloned().chain([Value::Text(Arc::from(text.trim()))]).collect();
                    supposed.set(index, attribute, Some(Value::List(more)));
                }
                Some(Value::Text(before)) => {
                    let both = format!("{before}{text}");
                    supposed.set(index, attribute, Some(Value::Text(both.into())));
                }
                _ => return false,
            },
            What::Before(attribute, text) => match supposed.value(index, attribute) {
                Some(Value::Text(behind)) => {
                    let both = format!("{text}{behind}");
                    supposed.set(index, attribute, Some(Value::Text(both.into())));
                }
                _ => return false,
            },
            What::Join(group) => return supposed.join(index, group),
            What::Leave(group) => supposed.leave(index, group),
        }
        true
    }
}

/// Where the next number is in somebody's way, one far off may not be.
const FAR: i64 = 1_000;

/// Changes of one attribute, to be tried one after the other.
pub(super) struct Attribute<'a> {
    pub(super) above: usize,
    pub(super) name: &'a str,
}

impl Attribute<'_> {
    fn change(&self, what: impl FnOnce(String) -> What) -> Change {
        Change { above: self.above, what: what(self.name.to_owned()) }
    }

    pub(super) fn set(&self, value: Value) -> Change {
        self.change(|name| What::Set(name, Some(value)))
    }

    pub(super) fn text(&self, text: &str) -> Change {
        self.set(Value::Text(Arc::from(text)))
    }

    pub(super) fn blank(&self) -> Change {
        self.change(|name| What::Set(name, None))
    }

    pub(super) fn more(&self, text: &str) -> Change {
        self.change(|name| What::More(name, text.to_owned()))
    }

    pub(super) fn before(&self, text: &str) -> Change {
        self.change(|name| What::Before(name, text.to_owned()))
    }

    /// Some other text, or none.
    pub(super) fn other(&self) -> Vec<Change> {
        vec![self.text("something else"), self.blank()]
    }

    /// Whatever may turn a test that nothing more is known of.
    pub(super) fn anything(&self) -> Vec<Change> {
        let mut changes = self.other();
        changes.extend(
            [Value::Boolean(true), Value::Boolean(false), Value::Integer(1)].map(|value| self.set(value)),
        );
        changes
    }

    /// What makes a comparison with a value true.
    pub(super) fn compared(&self, comparison: Comparison, with: &Val<'_>) -> Vec<Change> {
        use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        match (comparison, with) {
            (Equal, Val::Unit) => vec![self.blank()],
            (NotEqual, Val::Unit) => {
                let mut changes = self.anything();
                changes.retain(|change| !matches!(change.what, What::Set(_, None)));
                changes
            }
            (NotEqual, Val::Bool(value)) => vec![self.set(Value::Boolean(!value))],
            (NotEqual, _) => self.other(),
            (Less | Greater, Val::Int(number)) => {
                [1, FAR]
                    .map(|by| {
                        if comparison == Less { number.saturating_sub(by) } else { number.saturating_add(by) }
                    })
                    .map(|number| self.set(Value::Integer(number)))
                    .into()
            }
            (Less | Greater, Val::Time(time)) => {
                let second = SignedDuration::from_secs(if comparison == Less { -1 } else { 1 });
                time.checked_add(second).map(|time| self.set(Value::Time(time))).into_iter().collect()
            }
            (Greater, Val::Text(text)) => vec![self.text(&format!("{text}x"))],
            (Equal | LessOrEqual | GreaterOrEqual, with) => {
                value(with).map(|value| self.set(value)).into_iter().collect()
            }
            (Less | Greater, _) => Vec::new(),
        }
    }
}

/// As an attribute has it.
pub(super) fn value(of: &Val<'_>) -> Option<Value> {
    Some(match of {
        Val::Text(text) => Value::Text(Arc::from(&**text)),
        Val::Int(number) => Value::Integer(*number),
        Val::Bool(boolean) => Value::Boolean(*boolean),
        Val::Time(time) => Value::Time(*time),
        _ => return None,
    })
}

/// Texts that a pattern could match: its alternatives, as far as they are plain.
pub(super) fn fitting(pattern: &regex::Regex) -> Vec<String> {
    let alternatives = pattern.as_str().split('|').map(|alternative| {
        let plain = [
            ("\\b", ""),
            ("\\s+", " "),
            ("\\s*", ""),
            ("\\s", " "),
            (".*", ""),
            (".+", "x"),
            ("\\d", "1"),
            ("^", ""),
            ("$", ""),
            ("(?i)", ""),
        ]
        .iter()
        .fold(alternative.to_owned(), |text, (from, to)| text.replace(from, to));
        plain.replace(['(', ')', '\\', '?', '+', '*'], "")
    });
    alternatives.filter(|text| pattern.is_match(text)).take(4).collect()
}
