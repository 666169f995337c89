//! Sums, counts and extremes. Text and booleans count when they are arguments of their own, not within arrays; blanks
//! never do.

use super::function::{Answer, Args, Function, Takes};
use super::moments::mean;
use super::numbers::numbers;
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "AVERAGE(number1, [number2], ...)",
        "The mean of the numbers, #DIV/0! when there is none.",
        &[("AVERAGE(1, 2, 6)", "3")],
        Takes::Anything,
        average,
    ),
    Function::new(
        "COUNT(value1, [value2], ...)",
        "How many numbers there are.",
        &[(r#"COUNT(1, "x", [2, "y"])"#, "2")],
        Takes::Anything,
        count,
    ),
    Function::new(
        "COUNTA(value1, [value2], ...)",
        "How many values there are that are not blank.",
        &[(r#"COUNTA("a", (), "")"#, "2")],
        Takes::Anything,
        counta,
    ),
    Function::new(
        "MAX(number1, [number2], ...)",
        "The greatest number, 0 when there is none.",
        &[("MAX(3, [7, 5])", "7")],
        Takes::Anything,
        max,
    ),
    Function::new(
        "MIN(number1, [number2], ...)",
        "The smallest number, 0 when there is none.",
        &[("MIN(3, [7, 5])", "3")],
        Takes::Anything,
        min,
    ),
    Function::new(
        "SUM(number1, [number2], ...)",
        "The sum of the numbers.",
        &[("SUM(1, [2, 3])", "6")],
        Takes::Anything,
        sum,
    ),
];

fn average(args: &Args<'_>) -> Answer {
    mean(&numbers(args.all())?).map(Value::number)
}

fn max(args: &Args<'_>) -> Answer {
    Ok(Value::number(numbers(args.all())?.into_iter().reduce(f64::max).unwrap_or(0.0)))
}

fn min(args: &Args<'_>) -> Answer {
    Ok(Value::number(numbers(args.all())?.into_iter().reduce(f64::min).unwrap_or(0.0)))
}

fn sum(args: &Args<'_>) -> Answer {
    Ok(Value::number(numbers(args.all())?.iter().sum()))
}

fn count(args: &Args<'_>) -> Answer {
    counted(
        args,
        |cell| matches!(cell, Value::Number(_)),
        |scalar| !matches!(scalar, Value::Blank) && scalar.to_number().is_ok(),
    )
}

fn counta(args: &Args<'_>) -> Answer {
    let is_value = |value: &Value| !matches!(value, Value::Blank);
    counted(args, is_value, is_value)
}

fn counted(args: &Args<'_>, cell: impl Fn(&Value) -> bool, scalar: impl Fn(&Value) -> bool) -> Answer {
    let count: usize = args
        .all()
        .iter()
        .map(|argument| match argument {
            Value::Array(array) => array.cells().iter().filter(|value| cell(value)).count(),
            value => usize::from(scalar(value)),
        })
        .sum();
    u32::try_from(count).map(|count| Value::number(f64::from(count))).map_err(|_| ErrorCode::Num)
}
