//! Rhai's operators (version 1.27, `func/builtin.rs`) on our values, and what the host registers beside them.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::eval::{Bail, Worth};
use super::node::{Arithmetic, Comparison};
use super::value::Val;
use crate::facts::Facts;
use crate::policy::casefold;

/// Values of one type are compared; of unlike types `!=` alone is true.
pub(super) fn compare(comparison: Comparison, left: &Val<'_>, right: &Val<'_>) -> Worth<bool> {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    fn ordered<T: PartialOrd + ?Sized>(comparison: Comparison, left: &T, right: &T) -> bool {
        match comparison {
            Equal => left == right,
            NotEqual => left != right,
            Less => left < right,
            LessOrEqual => left <= right,
            Greater => left > right,
            GreaterOrEqual => left >= right,
        }
    }
    Ok(match (left, right) {
        (Val::Unit, Val::Unit) => comparison == Equal,
        (Val::Bool(left), Val::Bool(right)) => ordered(comparison, left, right),
        (Val::Int(left), Val::Int(right)) => ordered(comparison, left, right),
        (Val::Char(left), Val::Char(right)) => ordered(comparison, left, right),
        (Val::Text(left), Val::Text(right)) => ordered(comparison, &**left, &**right),
        (Val::Time(left), Val::Time(right)) => ordered(comparison, left, right),
        (Val::Int(_) | Val::Float(_), Val::Int(_) | Val::Float(_)) => {
            floats(comparison, number(left)?, number(right)?)
        }
        (Val::Person(left, _), Val::Person(right, _)) if matches!(comparison, Equal | NotEqual) => {
            (left == right) == (comparison == Equal)
        }
        // An absent time is neither before nor after anything; anything else is a mistake.
        (Val::Time(_), Val::Unit) | (Val::Unit, Val::Time(_)) => comparison == NotEqual,
        (Val::Time(_), _) | (_, Val::Time(_)) if !matches!(comparison, Equal | NotEqual) => return Err(Bail),
        (Val::Error(_) | Val::Other(_) | Val::Person(..), _) | (_, Val::Error(_) | Val::Other(_) | Val::Person(..)) => {
            match (left, right) {
                (Val::Person(..), Val::Unit) | (Val::Unit, Val::Person(..)) => comparison == NotEqual,
                _ => return Err(Bail),
            }
        }
        (Val::Char(_), Val::Text(_)) | (Val::Text(_), Val::Char(_)) => return Err(Bail),
        (Val::List(_), Val::List(_)) | (Val::Binary(_), Val::Binary(_)) => return Err(Bail),
        _ => comparison == NotEqual,
    })
}

/// Decimal numbers that differ by no more than rounding are equal to Rhai.
fn floats(comparison: Comparison, left: f64, right: f64) -> bool {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    let most = if left * right == 0.0 { 1.0 } else { left.abs().max(right.abs()) };
    if most == 0.0 {
        return matches!(comparison, Equal | GreaterOrEqual | LessOrEqual);
    }
    match comparison {
        Equal => (left - right).abs() / most <= f64::EPSILON,
        NotEqual => (left - right).abs() / most > f64::EPSILON,
        Greater => (left - right) / most > f64::EPSILON,
        GreaterOrEqual => (left - right) / most > -f64::EPSILON,
        Less => (right - left) / most > f64::EPSILON,
        LessOrEqual => (right - left) / most > -f64::EPSILON,
    }
}

fn number(value: &Val<'_>) -> Worth<f64> {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "as Rhai does")]
        Val::Int(number) => Ok(*number as f64),
        Val::Float(number) => Ok(*number),
        _ => Err(Bail),
    }
}

pub(super) fn arithmetic<'a>(
    operator: Arithmetic,
    left: Val<'a>,
    right: Val<'a>,
    most_text: usize,
) -> Worth<Val<'a>> {
    match (operator, left, right) {
        (_, Val::Int(left), Val::Int(right)) => match operator {
            Arithmetic::Add => left.checked_add(right),
            Arithmetic::Subtract => left.checked_sub(right),
            Arithmetic::Multiply => left.checked_mul(right),
            Arithmetic::Divide => left.checked_div(right),
            Arithmetic::Remainder => left.checked_rem(right),
        }
        .map(Val::Int)
        .ok_or(Bail),
        (_, left @ (Val::Int(_) | Val::Float(_)), right @ (Val::Int(_) | Val::Float(_))) => {
            let (left, right) = (number(&left)?, number(&right)?);
            Ok(Val::Float(match operator {
                Arithmetic::Add => left + right,
                Arithmetic::Subtract => left - right,
                Arithmetic::Multiply => left * right,
                Arithmetic::Divide => left / right,
                Arithmetic::Remainder => left % right,
            }))
        }
        (_, Val::Error(code), Val::Int(_) | Val::Float(_) | Val::Error(_)) => Ok(Val::Error(code)),
        (_, Val::Int(_) | Val::Float(_), Val::Error(code)) => Ok(Val::Error(code)),
        (Arithmetic::Add, Val::Text(text), Val::Unit) | (Arithmetic::Add, Val::Unit, Val::Text(text)) => {
            Ok(Val::Text(text))
        }
        (Arithmetic::Add, Val::Text(text), right) => {
            let mut text = text.into_owned();
            joined(&mut text, &right, most_text)?;
            Ok(Val::Text(Cow::Owned(text)))
        }
        (Arithmetic::Add, left @ (Val::Int(_) | Val::Bool(_)), Val::Text(right)) => {
            let mut text = String::new();
            joined(&mut text, &left, most_text)?;
            joined(&mut text, &Val::Text(right), most_text)?;
            Ok(Val::Text(Cow::Owned(text)))
        }
        _ => Err(Bail),
    }
}

pub(super) fn negate<'a>(value: &Val<'a>) -> Worth<Val<'a>> {
    match value {
        Val::Int(number) => number.checked_neg().map(Val::Int).ok_or(Bail),
        Val::Float(number) => Ok(Val::Float(-number)),
        _ => Err(Bail),
    }
}

/// Appends a value to a text as Rhai prints it.
pub(super) fn joined(text: &mut String, value: &Val<'_>, most: usize) -> Worth<()> {
    match value {
        Val::Text(part) => text.push_str(part),
        Val::Unit => {}
        Val::Int(number) => write!(text, "{number}").map_err(|_| Bail)?,
        Val::Bool(boolean) => write!(text, "{boolean}").map_err(|_| Bail)?,
        _ => return Err(Bail),
    }
    if text.len() > most { Err(Bail) } else { Ok(()) }
}

/// Part of a text, or element of a list.
pub(super) fn contains<'a>(container: &Val<'a>, item: &Val<'a>, facts: &'a Facts) -> Worth<bool> {
    match (container, item) {
        (Val::Text(text), Val::Text(part)) => Ok(casefold::contains(text, part)),
        (Val::Unit, Val::Text(_) | Val::Unit) | (Val::Text(_), Val::Unit) => Ok(false),
        (Val::List(list), Val::Text(item)) => Ok(list.any_text(facts, |text| casefold::equals(text, item))),
        (Val::List(list), item) => Ok(list.iter(facts).any(|element| same(&element, item))),
        _ => Err(Bail),
    }
}

fn same(element: &Val<'_>, item: &Val<'_>) -> bool {
    match (element, item) {
        (Val::Int(_) | Val::Float(_), Val::Int(_) | Val::Float(_)) => {
            matches!((number(element), number(item)), (Ok(a), Ok(b)) if a == b)
        }
        (Val::Bool(a), Val::Bool(b)) => a == b,
        (Val::Unit, Val::Unit) => true,
        _ => false,
    }
}
