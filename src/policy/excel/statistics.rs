//! Sums, counts and extremes. Text and booleans count when they are arguments of their own, not within arrays; blanks
//! never do.

use super::function::{Answer, Args, Function, Takes};
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "AVERAGE",
        signature: "AVERAGE(number1, [number2], ...)",
        summary: "The mean of the numbers, #DIV/0! when there is none.",
        min: 1,
        max: None,
        examples: &[("AVERAGE(1, 2, 6)", "3")],
        takes: Takes::Anything,
        run: average,
    },
    Function {
        name: "COUNT",
        signature: "COUNT(value1, [value2], ...)",
        summary: "How many numbers there are.",
        min: 1,
        max: None,
        examples: &[(r#"COUNT(1, "x", [2, "y"])"#, "2")],
        takes: Takes::Anything,
        run: count,
    },
    Function {
        name: "COUNTA",
        signature: "COUNTA(value1, [value2], ...)",
        summary: "How many values there are that are not blank.",
        min: 1,
        max: None,
        examples: &[(r#"COUNTA("a", (), "")"#, "2")],
        takes: Takes::Anything,
        run: counta,
    },
    Function {
        name: "MAX",
        signature: "MAX(number1, [number2], ...)",
        summary: "The greatest number, 0 when there is none.",
        min: 1,
        max: None,
        examples: &[("MAX(3, [7, 5])", "7")],
        takes: Takes::Anything,
        run: max,
    },
    Function {
        name: "MIN",
        signature: "MIN(number1, [number2], ...)",
        summary: "The smallest number, 0 when there is none.",
        min: 1,
        max: None,
        examples: &[("MIN(3, [7, 5])", "3")],
        takes: Takes::Anything,
        run: min,
    },
    Function {
        name: "SUM",
        signature: "SUM(number1, [number2], ...)",
        summary: "The sum of the numbers.",
        min: 1,
        max: None,
        examples: &[("SUM(1, [2, 3])", "6")],
        takes: Takes::Anything,
        run: sum,
    },
];

fn average(args: &Args<'_>) -> Answer {
    let numbers = numbers(args)?;
    let count = u32::try_from(numbers.len()).map_err(|_| ErrorCode::Num)?;
    if count == 0 {
        return Err(ErrorCode::Div0);
    }
    Ok(Value::number(numbers.iter().sum::<f64>() / f64::from(count)))
}

fn max(args: &Args<'_>) -> Answer {
    Ok(Value::number(numbers(args)?.into_iter().reduce(f64::max).unwrap_or(0.0)))
}

fn min(args: &Args<'_>) -> Answer {
    Ok(Value::number(numbers(args)?.into_iter().reduce(f64::min).unwrap_or(0.0)))
}

fn sum(args: &Args<'_>) -> Answer {
    Ok(Value::number(numbers(args)?.iter().sum()))
}

fn numbers(args: &Args<'_>) -> Result<Vec<f64>, ErrorCode> {
    let mut numbers = Vec::new();
    for argument in args.all() {
        match argument {
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
