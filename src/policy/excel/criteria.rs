//! Criteria as `COUNTIF` and the database functions take them: `5`, `">=10"`, `"<>x"`, `"a*"`.

use std::cmp::Ordering;

use super::compare::compare;
use super::number;
use super::value::{ErrorCode, Value};
use super::wildcard::{LONGEST, Pattern};

/// A test of one cell.
pub(super) struct Criterion {
    test: Test,
    negated: bool,
}

enum Test {
    /// Nothing at all, for `"="`; with `true` also empty text, for `""`.
    Blank(bool),
    Same(Value),
    Text(Pattern),
    /// Greater, smaller and, with the last, equal ones of the same kind.
    Order(Value, Ordering, bool),
    Never,
}

impl Criterion {
    /// Reads a criterion. In a database, text without an operator is what cells begin with.
    pub(super) fn new(value: &Value, database: bool) -> Self {
        let Value::Text(text) = value else {
            let value = if matches!(value, Value::Blank) { Value::Number(0.0) } else { value.clone() };
            return Self { test: Test::Same(value), negated: false };
        };
        let operators = [
            ("<>", None),
            ("<=", Some((Ordering::Less, true))),
            (">=", Some((Ordering::Greater, true))),
            ("<", Some((Ordering::Less, false))),
            (">", Some((Ordering::Greater, false))),
            ("=", None),
        ];
        let found =
            operators.iter().find_map(|(sign, order)| Some((*sign, *order, text.strip_prefix(sign)?)));
        let (sign, order, operand) = found.unwrap_or(("", None, text));
        let negated = sign == "<>";
        let test = match order {
            None if operand.is_empty() => Test::Blank(sign.is_empty()),
            None => Self::same(operand, database && sign.is_empty()),
            Some((side, or_equal)) => match constant(operand) {
                Value::Blank => Test::Never,
                operand => Test::Order(operand, side, or_equal),
            },
        };
        Self { test, negated }
    }

    fn same(operand: &str, prefix: bool) -> Test {
        match constant(operand) {
            Value::Text(text) if text.chars().count() > LONGEST => Test::Never,
            Value::Text(text) if prefix => Test::Text(Pattern::new(&format!("{text}*"))),
            Value::Text(text) => Test::Text(Pattern::new(&text)),
            constant => Test::Same(constant),
        }
    }

    /// Whether the cell passes.
    pub(super) fn passes(&self, cell: &Value) -> bool {
        let passes = match &self.test {
            Test::Blank(or_empty) => match cell {
                Value::Blank => true,
                Value::Text(text) => *or_empty && text.is_empty(),
                _ => false,
            },
            Test::Same(wanted) => same(wanted, cell),
            Test::Text(pattern) => matches!(cell, Value::Text(text) if pattern.matches(text)),
            Test::Order(operand, side, or_equal) => {
                let same_kind = matches!(
                    (operand, cell),
                    (Value::Number(_), Value::Number(_))
                        | (Value::Text(_), Value::Text(_))
                        | (Value::Boolean(_), Value::Boolean(_))
                );
                same_kind
                    && compare(cell, operand)
                        .is_ok_and(|order| order == *side || (*or_equal && order == Ordering::Equal))
            }
            Test::Never => false,
        };
        passes != self.negated
    }
}

/// A number is also found where a cell has it as text.
fn same(wanted: &Value, cell: &Value) -> bool {
    match (wanted, cell) {
        (Value::Error(a), Value::Error(b)) => a == b,
        (Value::Number(_), Value::Number(_)) | (Value::Boolean(_), Value::Boolean(_)) => {
            compare(wanted, cell) == Ok(Ordering::Equal)
        }
        (Value::Number(_), Value::Text(text)) => number::parse(text)
            .is_some_and(|read| compare(wanted, &Value::Number(read)) == Ok(Ordering::Equal)),
        _ => false,
    }
}

/// What a text would be if it were typed into a cell.
fn constant(text: &str) -> Value {
    if text.is_empty() {
        return Value::Blank;
    }
    if text.eq_ignore_ascii_case("true") {
        return Value::Boolean(true);
    }
    if text.eq_ignore_ascii_case("false") {
        return Value::Boolean(false);
    }
    if let Some((code, _)) = ErrorCode::ALL.iter().find(|(_, written)| written.eq_ignore_ascii_case(text)) {
        return Value::Error(*code);
    }
    number::parse(text).map_or_else(|| Value::from(text), Value::Number)
}
