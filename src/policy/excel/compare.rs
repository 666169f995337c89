use std::cmp::Ordering;

use super::value::{ErrorCode, Value};

/// The order of two scalars under `=`, `<` and `>`: numbers before text before booleans, text without regard to
/// case, a blank as the other side's zero (0, empty text, FALSE), numbers alike to 15 digits are equal.
///
/// # Errors
/// The first error of the two; `#VALUE!` for arrays.
pub fn compare(a: &Value, b: &Value) -> Result<Ordering, ErrorCode> {
    for side in [a, b] {
        match side {
            Value::Error(code) => return Err(*code),
            Value::Array(_) => return Err(ErrorCode::Value),
            _ => {}
        }
    }
    Ok(match (a, b) {
        (Value::Blank, Value::Blank) => Ordering::Equal,
        (Value::Blank, other) => scalars(&zero(other), other),
        (other, Value::Blank) => scalars(other, &zero(other)),
        (a, b) => scalars(a, b),
    })
}

fn zero(like: &Value) -> Value {
    match like {
        Value::Text(_) => Value::from(""),
        Value::Boolean(_) => Value::Boolean(false),
        _ => Value::Number(0.0),
    }
}

fn scalars(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => numbers(*a, *b),
        (Value::Text(a), Value::Text(b)) => a.chars().map(fold).cmp(b.chars().map(fold)),
        (Value::Boolean(a), Value::Boolean(b)) => a.cmp(b),
        (a, b) => rank(a).cmp(&rank(b)),
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Blank | Value::Number(_) => 0,
        Value::Text(_) => 1,
        Value::Boolean(_) => 2,
        Value::Error(_) | Value::Array(_) => 3,
    }
}

/// The order of two numbers; those that are alike to 15 digits are equal.
pub(super) fn numbers(a: f64, b: f64) -> Ordering {
    if (a - b).abs() <= a.abs().max(b.abs()) * 5e-16 { Ordering::Equal } else { a.total_cmp(&b) }
}

/// A character for comparison without case: one for one, so that positions stay.
pub(super) fn fold(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(single), None) => single,
        _ => c,
    }
}

/// Whether two values are of one kind, as look-ups want it: they never find a number by a text.
pub(super) fn same_kind(a: &Value, b: &Value) -> bool {
    matches!(
        (a, b),
        (Value::Number(_), Value::Number(_))
            | (Value::Text(_), Value::Text(_))
            | (Value::Boolean(_), Value::Boolean(_))
            | (Value::Blank, Value::Blank)
    )
}
