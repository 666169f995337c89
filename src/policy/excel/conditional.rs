//! Counts, sums and extremes of the cells that pass criteria. Text is compared without regard to case, `?` and `*`
//! stand for any characters.

use super::criteria::Criterion;
use super::function::{Answer, Args, Function, Takes};
use super::moments::mean;
use super::numbers::cells;
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "AVERAGEIF(range, criteria, [average_range])",
        "The mean of the numbers whose partners pass a criterion.",
        &[(r#"AVERAGEIF([1, 5, 10], ">3")"#, "7.5")],
        Takes::ScalarsAndErrorsAt(0b10),
        |args| one(args, mean),
    ),
    Function::new(
        "AVERAGEIFS(average_range, criteria_range1, criteria1, [criteria_range2, criteria2], ...)",
        "The mean of the numbers whose partners pass all criteria.",
        &[(r#"AVERAGEIFS([1, 5, 10], ["a", "b", "b"], "b")"#, "7.5")],
        Takes::ScalarsAndErrorsAt(EVEN),
        |args| many(args, mean),
    ),
    Function::new(
        "COUNTIF(range, criteria)",
        "How many cells pass a criterion.",
        &[(r#"COUNTIF(["apple", "pear", "Apple pie"], "apple*")"#, "2")],
        Takes::ScalarsAndErrorsAt(0b10),
        countif,
    ),
    Function::new(
        "COUNTIFS(criteria_range1, criteria1, [criteria_range2, criteria2], ...)",
        "How many positions pass all criteria.",
        &[(r#"COUNTIFS([1, 5, 9], ">2", ["a", "b", "c"], "<>c")"#, "1")],
        Takes::ScalarsAndErrorsAt(ODD),
        countifs,
    ),
    Function::new(
        "MAXIFS(max_range, criteria_range1, criteria1, [criteria_range2, criteria2], ...)",
        "The greatest number whose partners pass all criteria, 0 when there is none.",
        &[(r#"MAXIFS([1, 5, 9], ["a", "b", "a"], "b")"#, "5")],
        Takes::ScalarsAndErrorsAt(EVEN),
        |args| many(args, |all| Ok(all.iter().copied().reduce(f64::max).unwrap_or(0.0))),
    ),
    Function::new(
        "MINIFS(min_range, criteria_range1, criteria1, [criteria_range2, criteria2], ...)",
        "The smallest number whose partners pass all criteria, 0 when there is none.",
        &[(r#"MINIFS([1, 5, 9], ["a", "b", "a"], "a")"#, "1")],
        Takes::ScalarsAndErrorsAt(EVEN),
        |args| many(args, |all| Ok(all.iter().copied().reduce(f64::min).unwrap_or(0.0))),
    ),
    Function::new(
        "SUMIF(range, criteria, [sum_range])",
        "The sum of the numbers whose partners pass a criterion.",
        &[(r#"SUMIF(["a", "b", "a"], "a", [1, 2, 4])"#, "5")],
        Takes::ScalarsAndErrorsAt(0b10),
        |args| one(args, sum),
    ),
    Function::new(
        "SUMIFS(sum_range, criteria_range1, criteria1, [criteria_range2, criteria2], ...)",
        "The sum of the numbers whose partners pass all criteria.",
        &[
            (r#"SUMIFS([1, 2, 4], ["a", "b", "a"], "a", [9, 9, 1], "<5")"#, "4"),
            (r#"SUMIFS([1, 2], [["a"], ["b"]], "a")"#, "#VALUE!"),
        ],
        Takes::ScalarsAndErrorsAt(EVEN),
        |args| many(args, sum),
    ),
];

/// The criteria behind a range of their own and pairs of a range and a criterion.
const EVEN: u32 = 0x5555_5554;
/// The criteria among pairs of a range and a criterion.
const ODD: u32 = 0xAAAA_AAAA;

fn sum(numbers: &[f64]) -> Result<f64, ErrorCode> {
    Ok(numbers.iter().sum())
}

fn countif(args: &Args<'_>) -> Answer {
    if let Value::Error(code) = args.get(0) {
        return Err(*code);
    }
    let criterion = criterion(args.get(1))?;
    Ok(Value::number(cells(args.get(0)).iter().filter(|cell| criterion.passes(cell)).count() as f64))
}

/// An error as a criterion is looked for only when it is written as text.
fn criterion(value: &Value) -> Result<Criterion, ErrorCode> {
    match value {
        Value::Error(code) => Err(*code),
        value => Ok(Criterion::new(value, false)),
    }
}

fn one(args: &Args<'_>, summary: fn(&[f64]) -> Result<f64, ErrorCode>) -> Answer {
    if let Value::Error(code) = args.get(0) {
        return Err(*code);
    }
    let criterion = criterion(args.get(1))?;
    let range = cells(args.get(0));
    let partners = match args.given(2) {
        None => range,
        Some(Value::Error(code)) => return Err(*code),
        Some(partners) => cells(partners),
    };
    let passing =
        range.iter().zip(partners).filter(|(cell, _)| criterion.passes(cell)).map(|(_, partner)| partner);
    summary(&numbers_among(passing)?).map(Value::number)
}

fn numbers_among<'v>(values: impl Iterator<Item = &'v Value>) -> Result<Vec<f64>, ErrorCode> {
    values
        .filter_map(|value| match value {
            Value::Number(number) => Some(Ok(*number)),
            Value::Error(code) => Some(Err(*code)),
            _ => None,
        })
        .collect()
}

fn many(args: &Args<'_>, summary: fn(&[f64]) -> Result<f64, ErrorCode>) -> Answer {
    if let Value::Error(code) = args.get(0) {
        return Err(*code);
    }
    let range = cells(args.get(0));
    let passing = passing(args.from(1), args.get(0))?;
    let numbers =
        numbers_among(range.iter().zip(passing).filter(|(_, passes)| *passes).map(|(cell, _)| cell))?;
    summary(&numbers).map(Value::number)
}

fn countifs(args: &Args<'_>) -> Answer {
    let passing = passing(args.all(), args.get(0))?;
    Ok(Value::number(passing.into_iter().filter(|passes| *passes).count() as f64))
}

/// Rows and columns.
fn shape(range: &Value) -> (usize, usize) {
    match range {
        Value::Array(array) => (array.rows(), array.columns()),
        _ => (1, 1),
    }
}

/// Which positions pass all pairs of a range and a criterion. Every range has as many rows and columns as `like`.
fn passing(pairs: &[Value], like: &Value) -> Result<Vec<bool>, ErrorCode> {
    let mut passing = vec![true; cells(like).len()];
    for pair in pairs.chunks(2) {
        let [range, wanted] = pair else { return Err(ErrorCode::Value) };
        if let Value::Error(code) = range {
            return Err(*code);
        }
        if shape(range) != shape(like) {
            return Err(ErrorCode::Value);
        }
        let criterion = criterion(wanted)?;
        for (passes, cell) in passing.iter_mut().zip(cells(range)) {
            *passes = *passes && criterion.passes(cell);
        }
    }
    Ok(passing)
}
