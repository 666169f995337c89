//! The numbers within arguments.

use std::sync::Arc;

use super::array::Array;
use super::function::{Answer, Args};
use super::value::{ErrorCode, Value};

/// The cells of an array, or the scalar itself.
pub(super) fn cells(value: &Value) -> &[Value] {
    match value {
        Value::Array(array) => array.cells(),
        scalar => std::slice::from_ref(scalar),
    }
}

/// As an array: a scalar is one of a single cell.
pub(super) fn array(value: &Value) -> Result<Arc<Array>, ErrorCode> {
    match value {
        Value::Array(array) => Ok(Arc::clone(array)),
        Value::Error(code) => Err(*code),
        scalar => Array::row(vec![scalar.clone()]).map(Arc::new),
    }
}

/// All numbers, as `SUM` sees them: text and booleans count when they are arguments of their own, not within arrays;
/// blanks never do.
pub(super) fn numbers(values: &[Value]) -> Result<Vec<f64>, ErrorCode> {
    let mut numbers = Vec::new();
    for value in values {
        match value {
            Value::Array(array) => {
                for cell in array.cells() {
                    match cell {
                        Value::Number(number) => numbers.push(*number),
                        Value::Error(code) => return Err(*code),
                        _ => {}
                    }
                }
            }
            Value::Blank => {}
            scalar => numbers.push(scalar.to_number()?),
        }
    }
    Ok(numbers)
}

/// All values as numbers, as `AVERAGEA` sees them: within arrays text is 0 and TRUE is 1.
pub(super) fn numbers_of_all(values: &[Value]) -> Result<Vec<f64>, ErrorCode> {
    let mut numbers = Vec::new();
    for value in values {
        match value {
            Value::Array(array) => {
                for cell in array.cells() {
                    match cell {
                        Value::Blank => {}
                        Value::Text(_) => numbers.push(0.0),
                        cell => numbers.push(cell.to_number()?),
                    }
                }
            }
            Value::Blank => {}
            scalar => numbers.push(scalar.to_number()?),
        }
    }
    Ok(numbers)
}

/// The numbers of two arrays of one size, cell by cell; where one of the two is no number, both are left out.
///
/// # Errors
/// The first error within; `#N/A` when the sizes differ.
pub(super) fn pairs(a: &Value, b: &Value) -> Result<Vec<(f64, f64)>, ErrorCode> {
    let (a, b) = (cells(a), cells(b));
    if let Some(code) = a.iter().chain(b).find_map(error) {
        return Err(code);
    }
    if a.len() != b.len() {
        return Err(ErrorCode::NA);
    }
    Ok(a.iter()
        .zip(b)
        .filter_map(|(a, b)| match (a, b) {
            (Value::Number(a), Value::Number(b)) => Some((*a, *b)),
            _ => None,
        })
        .collect())
}

fn error(value: &Value) -> Option<ErrorCode> {
    if let Value::Error(code) = value { Some(*code) } else { None }
}

/// Every cell as a number, none left out.
///
/// # Errors
/// `#VALUE!` where a cell is no number.
pub(super) fn matrix(value: &Value) -> Result<(usize, Vec<f64>), ErrorCode> {
    let array = array(value)?;
    let numbers = array.cells().iter().map(|cell| match cell {
        Value::Number(number) => Ok(*number),
        Value::Error(code) => Err(*code),
        _ => Err(ErrorCode::Value),
    });
    Ok((array.columns(), numbers.collect::<Result<_, _>>()?))
}

/// An array of numbers, row by row.
pub(super) fn array_of(columns: usize, numbers: impl IntoIterator<Item = f64>) -> Answer {
    Array::new(columns, numbers.into_iter().map(Value::number).collect()).map(Array::into_value)
}

/// What a function of the first argument alone gives.
pub(super) fn real(args: &Args<'_>, function: fn(f64) -> f64) -> Answer {
    Ok(Value::number(function(args.number(0)?)))
}

/// What a function of all numbers gives.
pub(super) fn of_numbers(args: &Args<'_>, function: fn(&[f64]) -> Result<f64, ErrorCode>) -> Answer {
    function(&numbers(args.all())?).map(Value::number)
}

/// Compares as Excel orders numbers; all values are finite.
pub(super) fn sorted(mut numbers: Vec<f64>) -> Vec<f64> {
    numbers.sort_by(f64::total_cmp);
    numbers
}
