//! Means, spreads and shapes of lists of numbers.

use super::function::{Answer, Args, Function, Takes};
use super::numbers::{cells, numbers, numbers_of_all, of_numbers, sorted};
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "AVEDEV(number1, [number2], ...)",
        "The mean distance from the mean.",
        &[("AVEDEV(1, 2, 6)", "2")],
        Takes::Anything,
        |args| {
            of_numbers(args, |all| {
                let mean = mean(all)?;
                Ok(all.iter().map(|x| (x - mean).abs()).sum::<f64>() / all.len() as f64)
            })
        },
    ),
    Function::new(
        "AVERAGEA(value1, [value2], ...)",
        "The mean, in which text in arrays is 0 and TRUE is 1.",
        &[(r#"AVERAGEA([10, "x"])"#, "5")],
        Takes::Anything,
        |args| mean(&numbers_of_all(args.all())?).map(Value::number),
    ),
    Function::new(
        "COUNTBLANK(range)",
        "How many cells are blank or hold empty text.",
        &[(r#"COUNTBLANK(["a", (), ""])"#, "2")],
        Takes::Anything,
        countblank,
    ),
    Function::new(
        "DEVSQ(number1, [number2], ...)",
        "The sum of the squared distances from the mean.",
        &[("DEVSQ(1, 2, 6)", "14")],
        Takes::Anything,
        |args| of_numbers(args, |all| if all.is_empty() { Err(ErrorCode::Num) } else { squares(all) }),
    ),
    Function::new(
        "GEOMEAN(number1, [number2], ...)",
        "The geometric mean of positive numbers.",
        &[("GEOMEAN(4, 9)", "6")],
        Takes::Anything,
        |args| of_numbers(args, geomean),
    ),
    Function::new(
        "HARMEAN(number1, [number2], ...)",
        "The harmonic mean of positive numbers.",
        &[("HARMEAN(2, 6)", "3")],
        Takes::Anything,
        |args| of_numbers(args, harmean),
    ),
    Function::new(
        "KURT(number1, [number2], ...)",
        "The kurtosis: how much of the spread lies far out. It needs four numbers.",
        &[("ROUND(KURT(1, 2, 3, 9), 4)", "3.0144")],
        Takes::Anything,
        |args| of_numbers(args, kurt),
    ),
    Function::new(
        "MAXA(value1, [value2], ...)",
        "The greatest value, where text in arrays is 0 and TRUE is 1.",
        &[(r#"MAXA([-5, "x"])"#, "0")],
        Takes::Anything,
        |args| extreme(args, f64::max),
    ),
    Function::new(
        "MEDIAN(number1, [number2], ...)",
        "The number in the middle, or the mean of the two there.",
        &[("MEDIAN(1, 9, 2)", "2"), ("MEDIAN(1, 2, 3, 9)", "2.5")],
        Takes::Anything,
        |args| of_numbers(args, median),
    ),
    Function::new(
        "MINA(value1, [value2], ...)",
        "The smallest value, where text in arrays is 0 and TRUE is 1.",
        &[(r#"MINA([5, "x"])"#, "0")],
        Takes::Anything,
        |args| extreme(args, f64::min),
    ),
    Function::new(
        "SKEW(number1, [number2], ...)",
        "The skewness: to which side the spread leans. It needs three numbers.",
        &[("ROUND(SKEW(1, 2, 6), 4)", "1.4579")],
        Takes::Anything,
        |args| of_numbers(args, skew),
    ),
    Function::new(
        "SKEW.P(number1, [number2], ...)",
        "The skewness of a whole population.",
        &[("ROUND(SKEW.P(1, 2, 6), 4)", "0.5952")],
        Takes::Anything,
        |args| of_numbers(args, skew_p),
    ),
    Function::new(
        "STDEV(number1, [number2], ...)",
        "As STDEV.S.",
        &[("STDEV(1, 3, 5)", "2")],
        Takes::Anything,
        |args| of_numbers(args, |all| variance(all, 1.0).map(f64::sqrt)),
    ),
    Function::new(
        "STDEV.P(number1, [number2], ...)",
        "The standard deviation of a whole population.",
        &[("STDEV.P(1, 5)", "2")],
        Takes::Anything,
        |args| of_numbers(args, |all| variance(all, 0.0).map(f64::sqrt)),
    ),
    Function::new(
        "STDEV.S(number1, [number2], ...)",
        "The standard deviation, estimated from a sample.",
        &[("STDEV.S(1, 3, 5)", "2")],
        Takes::Anything,
        |args| of_numbers(args, |all| variance(all, 1.0).map(f64::sqrt)),
    ),
    Function::new(
        "STDEVA(value1, [value2], ...)",
        "As STDEV.S, where text in arrays is 0 and TRUE is 1.",
        &[("STDEVA([1, 3, 5])", "2")],
        Takes::Anything,
        |args| variance(&numbers_of_all(args.all())?, 1.0).map(f64::sqrt).map(Value::number),
    ),
    Function::new(
        "STDEVPA(value1, [value2], ...)",
        "As STDEV.P, where text in arrays is 0 and TRUE is 1.",
        &[(r#"STDEVPA([4, "x"])"#, "2")],
        Takes::Anything,
        |args| variance(&numbers_of_all(args.all())?, 0.0).map(f64::sqrt).map(Value::number),
    ),
    Function::new(
        "TRIMMEAN(array, percent)",
        "The mean without a share of the numbers, half of it from each end.",
        &[("TRIMMEAN([1, 2, 3, 100], 0.5)", "2.5")],
        Takes::ScalarsAt(0b10),
        trimmean,
    ),
    Function::new(
        "VAR(number1, [number2], ...)",
        "As VAR.S.",
        &[("VAR(1, 3, 5)", "4")],
        Takes::Anything,
        |args| of_numbers(args, |all| variance(all, 1.0)),
    ),
    Function::new(
        "VAR.P(number1, [number2], ...)",
        "The variance of a whole population.",
        &[("VAR.P(1, 5)", "4")],
        Takes::Anything,
        |args| of_numbers(args, |all| variance(all, 0.0)),
    ),
    Function::new(
        "VAR.S(number1, [number2], ...)",
        "The variance, estimated from a sample.",
        &[("VAR.S(1, 3, 5)", "4")],
        Takes::Anything,
        |args| of_numbers(args, |all| variance(all, 1.0)),
    ),
    Function::new(
        "VARA(value1, [value2], ...)",
        "As VAR.S, where text in arrays is 0 and TRUE is 1.",
        &[("VARA([1, 3, 5])", "4")],
        Takes::Anything,
        |args| variance(&numbers_of_all(args.all())?, 1.0).map(Value::number),
    ),
    Function::new(
        "VARPA(value1, [value2], ...)",
        "As VAR.P, where text in arrays is 0 and TRUE is 1.",
        &[(r#"VARPA([4, "x"])"#, "4")],
        Takes::Anything,
        |args| variance(&numbers_of_all(args.all())?, 0.0).map(Value::number),
    ),
];

/// # Errors
/// `#DIV/0!` when there is no number.
pub(super) fn mean(numbers: &[f64]) -> Result<f64, ErrorCode> {
    if numbers.is_empty() {
        Err(ErrorCode::Div0)
    } else {
        Ok(numbers.iter().sum::<f64>() / numbers.len() as f64)
    }
}

/// The sum of the squared distances from the mean.
pub(super) fn squares(numbers: &[f64]) -> Result<f64, ErrorCode> {
    power_sum(numbers, 2)
}

fn power_sum(numbers: &[f64], power: i32) -> Result<f64, ErrorCode> {
    let mean = mean(numbers)?;
    Ok(numbers.iter().map(|x| (x - mean).powi(power)).sum())
}

/// The variance; `lost` degrees of freedom are 1 for a sample and 0 for a population.
///
/// # Errors
/// `#DIV/0!` when there are too few numbers.
pub(super) fn variance(numbers: &[f64], lost: f64) -> Result<f64, ErrorCode> {
    let freedom = numbers.len() as f64 - lost;
    if freedom <= 0.0 { Err(ErrorCode::Div0) } else { Ok(squares(numbers)? / freedom) }
}

/// # Errors
/// `#NUM!` when there is no number.
pub(super) fn median(numbers: &[f64]) -> Result<f64, ErrorCode> {
    let sorted = sorted(numbers.to_vec());
    let upper = sorted.get(sorted.len() / 2).ok_or(ErrorCode::Num)?;
    let lower = sorted.get((sorted.len() - 1) / 2).ok_or(ErrorCode::Num)?;
    Ok(f64::midpoint(*lower, *upper))
}

fn positive(numbers: &[f64]) -> Result<(), ErrorCode> {
    if numbers.is_empty() || numbers.iter().any(|x| *x <= 0.0) { Err(ErrorCode::Num) } else { Ok(()) }
}

fn geomean(numbers: &[f64]) -> Result<f64, ErrorCode> {
    positive(numbers)?;
    Ok((numbers.iter().map(|x| x.ln()).sum::<f64>() / numbers.len() as f64).exp())
}

fn harmean(numbers: &[f64]) -> Result<f64, ErrorCode> {
    positive(numbers)?;
    Ok(numbers.len() as f64 / numbers.iter().map(|x| x.recip()).sum::<f64>())
}

fn skew(numbers: &[f64]) -> Result<f64, ErrorCode> {
    let count = numbers.len() as f64;
    let deviation = variance(numbers, 1.0)?.sqrt();
    if numbers.len() < 3 || deviation == 0.0 {
        return Err(ErrorCode::Div0);
    }
    Ok(power_sum(numbers, 3)? / deviation.powi(3) * count / (count - 1.0) / (count - 2.0))
}

fn skew_p(numbers: &[f64]) -> Result<f64, ErrorCode> {
    let deviation = variance(numbers, 0.0)?.sqrt();
    if numbers.len() < 3 || deviation == 0.0 {
        return Err(ErrorCode::Div0);
    }
    Ok(power_sum(numbers, 3)? / deviation.powi(3) / numbers.len() as f64)
}

fn kurt(numbers: &[f64]) -> Result<f64, ErrorCode> {
    let count = numbers.len() as f64;
    if numbers.len() < 4 {
        return Err(ErrorCode::Div0);
    }
    let variance = variance(numbers, 1.0)?;
    if variance == 0.0 {
        return Err(ErrorCode::Div0);
    }
    let fourth = power_sum(numbers, 4)? / (variance * variance);
    let (a, b, c) = (count - 1.0, count - 2.0, count - 3.0);
    Ok(fourth * count * (count + 1.0) / (a * b * c) - 3.0 * a * a / (b * c))
}

fn extreme(args: &Args<'_>, pick: fn(f64, f64) -> f64) -> Answer {
    Ok(Value::number(numbers_of_all(args.all())?.into_iter().reduce(pick).unwrap_or(0.0)))
}

fn trimmean(args: &Args<'_>) -> Answer {
    let share = args.number(1)?;
    let sorted = sorted(numbers(std::slice::from_ref(args.get(0)))?);
    if !(0.0..1.0).contains(&share) || sorted.is_empty() {
        return Err(ErrorCode::Num);
    }
    // The cut is even; a product a little below a whole number is meant to be that number.
    let cut = ((sorted.len() as f64 * share + 1e-9) / 2.0).floor() as usize;
    mean(sorted.get(cut..sorted.len() - cut).unwrap_or_default()).map(Value::number)
}

fn countblank(args: &Args<'_>) -> Answer {
    if let Value::Error(code) = args.get(0) {
        return Err(*code);
    }
    let is_blank = |cell: &&Value| match cell {
        Value::Blank => true,
        Value::Text(text) => text.is_empty(),
        _ => false,
    };
    Ok(Value::number(cells(args.get(0)).iter().filter(is_blank).count() as f64))
}
