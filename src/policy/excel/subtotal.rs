//! One function for many ways to summarize a list.

use super::function::{Answer, Args, Function, Takes};
use super::moments::{mean, median, variance};
use super::numbers::{cells, numbers};
use super::order::{aggregated, modes};
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "AGGREGATE(function_num, options, ref1, [ref2], ...)",
        "As SUBTOTAL, and 12 MEDIAN, 13 MODE.SNGL, 14 LARGE, 15 SMALL, 16 PERCENTILE.INC, 17 \
         QUARTILE.INC, 18 PERCENTILE.EXC, 19 QUARTILE.EXC, these with their k behind the array. \
         Options 2, 3, 6 and 7 leave errors out.",
        &[("AGGREGATE(14, 6, [3, 5, 4], 2)", "4"), ("AGGREGATE(9, 6, [1, NA(), 2])", "3")],
        Takes::ScalarsAt(0b11),
        aggregate,
    )
    .differing("there are no hidden rows and no nested subtotals to leave out"),
    Function::new(
        "SUBTOTAL(function_num, ref1, [ref2], ...)",
        "A summary: 1 AVERAGE, 2 COUNT, 3 COUNTA, 4 MAX, 5 MIN, 6 PRODUCT, 7 STDEV.S, 8 STDEV.P, \
         9 SUM, 10 VAR.S, 11 VAR.P; 101 to 111 are the same.",
        &[("SUBTOTAL(9, [1, 2, 3])", "6")],
        Takes::ScalarsAt(1),
        subtotal,
    )
    .differing("there are no hidden rows and no nested subtotals to leave out"),
];

fn subtotal(args: &Args<'_>) -> Answer {
    match args.whole(0)? {
        function @ 1..=11 => summary(function, args.from(1)),
        function @ 101..=111 => summary(function - 100, args.from(1)),
        _ => Err(ErrorCode::Value),
    }
}

fn summary(function: i64, values: &[Value]) -> Answer {
    let count =
        |counts: fn(&Value) -> bool| values.iter().flat_map(cells).filter(|cell| counts(cell)).count() as f64;
    match function {
        2 => return Ok(Value::number(count(|cell| matches!(cell, Value::Number(_))))),
        3 => return Ok(Value::number(count(|cell| !matches!(cell, Value::Blank)))),
        _ => {}
    }
    summarized(function, &numbers(values)?).map(Value::number)
}

/// What the functions 1 and 4 to 13 make of numbers.
pub(super) fn summarized(function: i64, all: &[f64]) -> Result<f64, ErrorCode> {
    Ok(match function {
        1 => mean(all)?,
        4 => all.iter().copied().reduce(f64::max).unwrap_or(0.0),
        5 => all.iter().copied().reduce(f64::min).unwrap_or(0.0),
        6 if all.is_empty() => 0.0,
        6 => all.iter().product(),
        7 => variance(all, 1.0)?.sqrt(),
        8 => variance(all, 0.0)?.sqrt(),
        9 => all.iter().sum(),
        10 => variance(all, 1.0)?,
        11 => variance(all, 0.0)?,
        12 => median(all)?,
        13 => modes(all)?.first().copied().ok_or(ErrorCode::NA)?,
        _ => return Err(ErrorCode::Value),
    })
}

fn aggregate(args: &Args<'_>) -> Answer {
    let (function, options) = (args.whole(0)?, args.whole(1)?);
    if !(0..=7).contains(&options) {
        return Err(ErrorCode::Value);
    }
    let is_kept = |cell: &&Value| !(matches!(options, 2 | 3 | 6 | 7) && matches!(cell, Value::Error(_)));
    let kept = |values: &[Value]| -> Result<Vec<f64>, ErrorCode> {
        values
            .iter()
            .flat_map(cells)
            .filter(is_kept)
            .filter_map(|cell| match cell {
                Value::Number(number) => Some(Ok(*number)),
                Value::Error(code) => Some(Err(*code)),
                _ => None,
            })
            .collect()
    };
    match function {
        1..=13 if matches!(function, 2 | 3) => summary(function, args.from(2)),
        1..=13 => summarized(function, &kept(args.from(2))?).map(Value::number),
        14..=19 => {
            let k = args.given(3).ok_or(ErrorCode::Value)?.to_number()?;
            aggregated(kept(std::slice::from_ref(args.get(2)))?, function, k)
        }
        _ => Err(ErrorCode::Value),
    }
}
