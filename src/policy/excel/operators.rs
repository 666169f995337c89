//! Excel's operators on values: cell by cell over arrays, text read as numbers where numbers are wanted.

use std::cmp::Ordering;

use super::compare::compare;
use super::function::{Answer, Clock, broadcast, fits};
use super::table::function;
use super::value::{ErrorCode, Value};

/// An operator between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Concatenate,
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

/// An operator at one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Plus,
    Minus,
    /// Stands behind its operand.
    Percent,
}

impl Operator {
    /// Every operator with how it is written, longer ones before those that they start with.
    pub const ALL: [(&'static str, Self); 12] = [
        ("<>", Self::NotEqual),
        ("<=", Self::LessOrEqual),
        (">=", Self::GreaterOrEqual),
        ("=", Self::Equal),
        ("<", Self::Less),
        (">", Self::Greater),
        ("&", Self::Concatenate),
        ("+", Self::Add),
        ("-", Self::Subtract),
        ("*", Self::Multiply),
        ("/", Self::Divide),
        ("^", Self::Power),
    ];

    /// The answer; arrays are gone through cell by cell, as [`Function::call`](super::Function::call) does.
    #[must_use]
    pub fn apply(self, left: Value, right: Value) -> Value {
        broadcast(
            &[left, right],
            1,
            |_| true,
            |pair| match pair {
                [left, right] => self.scalars(left, right).unwrap_or_else(Value::Error),
                _ => Value::Error(ErrorCode::Value),
            },
        )
    }

    fn scalars(self, left: &Value, right: &Value) -> Answer {
        let ordered = |holds: fn(Ordering) -> bool| Ok(Value::Boolean(holds(compare(left, right)?)));
        let numbers = || Ok::<_, ErrorCode>((left.to_number()?, right.to_number()?));
        match self {
            Self::Equal => ordered(Ordering::is_eq),
            Self::NotEqual => ordered(Ordering::is_ne),
            Self::Less => ordered(Ordering::is_lt),
            Self::LessOrEqual => ordered(Ordering::is_le),
            Self::Greater => ordered(Ordering::is_gt),
            Self::GreaterOrEqual => ordered(Ordering::is_ge),
            Self::Concatenate => {
                let text = format!("{}{}", left.to_text()?, right.to_text()?);
                if fits(&text) { Ok(Value::from(text)) } else { Err(ErrorCode::Value) }
            }
            Self::Add => numbers().map(|(a, b)| Value::number(a + b)),
            Self::Subtract => numbers().map(|(a, b)| Value::number(a - b)),
            Self::Multiply => numbers().map(|(a, b)| Value::number(a * b)),
            Self::Divide => match numbers()? {
                (_, 0.0) => Err(ErrorCode::Div0),
                (a, b) => Ok(Value::number(a / b)),
            },
            Self::Power => {
                let (a, b) = numbers()?;
                let power = function("POWER").ok_or(ErrorCode::Name)?;
                Ok(power.call(&[Value::Number(a), Value::Number(b)], &Clock { now: f64::NAN }))
            }
        }
    }
}

impl Sign {
    /// The answer; arrays are gone through cell by cell. A plus changes nothing.
    #[must_use]
    pub fn apply(self, operand: Value) -> Value {
        let each = |change: fn(f64) -> f64| {
            broadcast(
                std::slice::from_ref(&operand),
                1,
                |_| true,
                |one| match one {
                    [one] => {
                        one.to_number().map_or_else(Value::Error, |number| Value::number(change(number)))
                    }
                    _ => Value::Error(ErrorCode::Value),
                },
            )
        };
        match self {
            Self::Plus => operand,
            Self::Minus => each(|number| -number),
            Self::Percent => each(|number| number / 100.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::excel::Array;

    fn row(numbers: &[f64]) -> Value {
        Value::from(Array::row(numbers.iter().map(|n| Value::Number(*n)).collect()).unwrap())
    }

    #[test]
    fn operands_are_read_as_what_is_wanted() {
        for (operator, left, right, answer) in [
            (Operator::Add, Value::from("1,000"), Value::Boolean(true), "1001"),
            (Operator::Concatenate, Value::Number(1.5), Value::Blank, "1.5"),
            (Operator::Equal, Value::from("ÉA"), Value::from("éa"), "TRUE"),
            (Operator::Less, Value::Number(9e9), Value::from("1"), "TRUE"),
            (Operator::Divide, Value::Number(1.0), Value::Blank, "#DIV/0!"),
            (Operator::Multiply, Value::from("x"), Value::Error(ErrorCode::NA), "#VALUE!"),
            (Operator::Power, Value::Number(0.0), Value::Number(0.0), "#NUM!"),
            (Operator::Add, row(&[1.0, 2.0]), row(&[10.0]), "{11,12}"),
        ] {
            assert_eq!(
                operator.apply(left.clone(), right.clone()).to_string(),
                answer,
                "{left} {operator:?} {right}"
            );
        }
        assert_eq!(Sign::Minus.apply(row(&[1.0, -2.0])).to_string(), "{-1,2}");
        assert_eq!(Sign::Percent.apply(Value::from("5")).to_string(), "0.05");
        assert_eq!(Sign::Plus.apply(Value::from("x")).to_string(), "x");
        let long = Value::from("x".repeat(30_000));
        assert_eq!(Operator::Concatenate.apply(long.clone(), long).to_string(), "#VALUE!");
    }
}
