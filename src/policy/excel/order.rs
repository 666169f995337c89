//! Ranks, percentiles and the most frequent.

use super::array::Array;
use super::function::{Answer, Args, Function, Takes, place};
use super::numbers::{array_of, numbers, of_numbers, pairs, sorted};
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "FREQUENCY(data_array, bins_array)",
        "How many numbers are up to each bound but above the one before, and how many are above all, as a column.",
        &[("FREQUENCY([1, 2, 3, 4], [2, 3])", "{2;1;1}")],
        Takes::Anything,
        frequency,
    ),
    Function::new(
        "LARGE(array, k)",
        "The greatest, second greatest, … number.",
        &[("LARGE([3, 5, 4], 2)", "4"), ("LARGE([1, 2], 0.5)", "#NUM!")],
        Takes::ScalarsAt(0b10),
        |args| nth(args, true),
    ),
    Function::new(
        "MODE(number1, [number2], ...)",
        "As MODE.SNGL.",
        &[("MODE(1, 2, 2, 3)", "2")],
        Takes::Anything,
        |args| of_numbers(args, mode),
    ),
    Function::new(
        "MODE.MULT(number1, [number2], ...)",
        "The most frequent numbers as a column, #N/A when none is there twice.",
        &[("MODE.MULT([1, 2, 2, 3, 3])", "{2;3}")],
        Takes::Anything,
        |args| array_of(1, modes(&numbers(args.all())?)?),
    ),
    Function::new(
        "MODE.SNGL(number1, [number2], ...)",
        "The most frequent number, of several the first; #N/A when none is there twice.",
        &[("MODE.SNGL(1, 2, 2, 3)", "2")],
        Takes::Anything,
        |args| of_numbers(args, mode),
    ),
    Function::new(
        "PERCENTILE(array, k)",
        "As PERCENTILE.INC.",
        &[("PERCENTILE([1, 2, 3, 4], 0.3)", "1.9")],
        Takes::ScalarsAt(0b10),
        |args| percentile(args, args.number(1)?, Ends::Included),
    ),
    Function::new(
        "PERCENTILE.EXC(array, k)",
        "The number below which a share of them lies, 0 and 1 excluded.",
        &[("PERCENTILE.EXC([1, 2, 3, 4], 0.3)", "1.5")],
        Takes::ScalarsAt(0b10),
        |args| percentile(args, args.number(1)?, Ends::Excluded),
    ),
    Function::new(
        "PERCENTILE.INC(array, k)",
        "The number below which a share of them lies, 0 to 1.",
        &[("PERCENTILE.INC([1, 2, 3, 4], 0.3)", "1.9")],
        Takes::ScalarsAt(0b10),
        |args| percentile(args, args.number(1)?, Ends::Included),
    ),
    Function::new(
        "PERCENTRANK(array, x, [significance])",
        "As PERCENTRANK.INC.",
        &[("PERCENTRANK([1, 2, 3, 4], 2)", "0.333")],
        Takes::ScalarsAt(0b110),
        |args| percentrank(args, Ends::Included),
    ),
    Function::new(
        "PERCENTRANK.EXC(array, x, [significance])",
        "The share of numbers below one, between 0 and 1, cut to three or so many decimals.",
        &[("PERCENTRANK.EXC([1, 2, 3, 4], 2)", "0.4")],
        Takes::ScalarsAt(0b110),
        |args| percentrank(args, Ends::Excluded),
    ),
    Function::new(
        "PERCENTRANK.INC(array, x, [significance])",
        "The share of the other numbers below one, 0 to 1, cut to three or so many decimals.",
        &[("PERCENTRANK.INC([1, 2, 3, 4], 2)", "0.333")],
        Takes::ScalarsAt(0b110),
        |args| percentrank(args, Ends::Included),
    ),
    Function::new(
        "PROB(x_range, prob_range, lower_limit, [upper_limit])",
        "The sum of the probabilities of the values from one limit to the other, or of that value.",
        &[("PROB([1, 2, 3], [0.2, 0.3, 0.5], 2, 3)", "0.8")],
        Takes::ScalarsAt(0b1100),
        prob,
    ),
    Function::new(
        "QUARTILE(array, quart)",
        "As QUARTILE.INC.",
        &[("QUARTILE([1, 2, 3, 4], 1)", "1.75")],
        Takes::ScalarsAt(0b10),
        |args| percentile(args, args.number(1)?.trunc() / 4.0, Ends::Included),
    ),
    Function::new(
        "QUARTILE.EXC(array, quart)",
        "The number below which one, two or three quarters of them lie.",
        &[("QUARTILE.EXC([1, 2, 3, 4], 1)", "1.25")],
        Takes::ScalarsAt(0b10),
        |args| percentile(args, args.number(1)?.trunc() / 4.0, Ends::Excluded),
    ),
    Function::new(
        "QUARTILE.INC(array, quart)",
        "The smallest number (0), that below which one, two or three quarters of them lie, the greatest (4).",
        &[("QUARTILE.INC([1, 2, 3, 4], 1)", "1.75")],
        Takes::ScalarsAt(0b10),
        |args| percentile(args, args.number(1)?.trunc() / 4.0, Ends::Included),
    ),
    Function::new(
        "RANK(number, ref, [order])",
        "As RANK.EQ.",
        &[("RANK(4, [3, 5, 4])", "2")],
        Takes::ScalarsAt(0b101),
        |args| rank(args, false),
    ),
    Function::new(
        "RANK.AVG(number, ref, [order])",
        "The position of a number among others, the mean position when it is there more than once.",
        &[("RANK.AVG(4, [3, 4, 4])", "1.5")],
        Takes::ScalarsAt(0b101),
        |args| rank(args, true),
    ),
    Function::new(
        "RANK.EQ(number, ref, [order])",
        "The position of a number among others, the greatest being the first, or the smallest with an order other than 0.",
        &[("RANK.EQ(4, [3, 5, 4])", "2"), ("RANK.EQ(3, [3, 5, 4], 1)", "1")],
        Takes::ScalarsAt(0b101),
        |args| rank(args, false),
    ),
    Function::new(
        "SMALL(array, k)",
        "The smallest, second smallest, … number.",
        &[("SMALL([3, 5, 4], 2)", "4")],
        Takes::ScalarsAt(0b10),
        |args| nth(args, false),
    ),
];

/// Whether the smallest and the greatest number have the shares 0 and 1.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    Included,
    Excluded,
}

/// The first argument's numbers in order.
fn ordered(args: &Args<'_>) -> Result<Vec<f64>, ErrorCode> {
    let sorted = sorted(numbers(std::slice::from_ref(args.get(0)))?);
    if sorted.is_empty() { Err(ErrorCode::Num) } else { Ok(sorted) }
}

fn nth(args: &Args<'_>, from_end: bool) -> Answer {
    at_position(&ordered(args)?, args.number(1)?, from_end)
}

/// The k-th of sorted numbers. A position between two is the next one: LARGE(.., 1.2) is the second. There is none
/// before the first.
fn at_position(sorted: &[f64], k: f64, from_end: bool) -> Answer {
    if k < 1.0 {
        return Err(ErrorCode::Num);
    }
    let index = place(k.ceil()).ok_or(ErrorCode::Num)?;
    let found = if from_end { sorted.iter().rev().nth(index) } else { sorted.get(index) };
    found.map(|number| Value::number(*number)).ok_or(ErrorCode::Num)
}

fn percentile(args: &Args<'_>, share: f64, ends: Ends) -> Answer {
    at_share(&ordered(args)?, share, ends)
}

/// The number at a share of sorted ones, between two by how near it is to each.
fn at_share(sorted: &[f64], share: f64, ends: Ends) -> Answer {
    let count = sorted.len() as f64;
    let position = match ends {
        Ends::Included if (0.0..=1.0).contains(&share) => share * (count - 1.0),
        Ends::Excluded if share > 0.0 && share < 1.0 => share * (count + 1.0) - 1.0,
        _ => return Err(ErrorCode::Num),
    };
    // A whole position may have come out a little beside it.
    let position = if (position - position.round()).abs() < 1e-9 { position.round() } else { position };
    if !(0.0..=count - 1.0).contains(&position) {
        return Err(ErrorCode::Num);
    }
    let below = sorted.get(position.floor() as usize).ok_or(ErrorCode::Num)?;
    let above = sorted.get(position.ceil() as usize).ok_or(ErrorCode::Num)?;
    Ok(Value::number(below + (above - below) * position.fract()))
}

/// For `AGGREGATE`, whose functions 16 to 19 these are.
pub(super) fn aggregated(numbers: Vec<f64>, function: i64, k: f64) -> Answer {
    let sorted = sorted(numbers);
    if sorted.is_empty() {
        return Err(ErrorCode::Num);
    }
    match function {
        14 => at_position(&sorted, k, true),
        15 => at_position(&sorted, k, false),
        16 => at_share(&sorted, k, Ends::Included),
        17 => at_share(&sorted, k.trunc() / 4.0, Ends::Included),
        18 => at_share(&sorted, k, Ends::Excluded),
        19 => at_share(&sorted, k.trunc() / 4.0, Ends::Excluded),
        _ => Err(ErrorCode::Value),
    }
}

fn percentrank(args: &Args<'_>, ends: Ends) -> Answer {
    let sorted = ordered(args)?;
    let x = args.number(1)?;
    let decimals = args.whole_or(2, 3)?;
    // More make a power of ten that is no number.
    if !(1..=308).contains(&decimals) {
        return Err(ErrorCode::Num);
    }
    let below = sorted.iter().filter(|number| **number < x).count();
    let next = *sorted.get(below).ok_or(ErrorCode::NA)?;
    let position = if next == x {
        below as f64
    } else {
        let before = *below.checked_sub(1).and_then(|index| sorted.get(index)).ok_or(ErrorCode::NA)?;
        below as f64 - 1.0 + (x - before) / (next - before)
    };
    let count = sorted.len() as f64;
    let share = match ends {
        Ends::Included if sorted.len() == 1 => 1.0,
        Ends::Included => position / (count - 1.0),
        Ends::Excluded => (position + 1.0) / (count + 1.0),
    };
    // There are no more digits to cut.
    if decimals > 15 {
        return Ok(Value::number(share));
    }
    let scale = 10f64.powi(i32::try_from(decimals).map_err(|_| ErrorCode::Num)?);
    Ok(Value::number((share * scale * (1.0 + f64::EPSILON)).floor() / scale))
}

fn rank(args: &Args<'_>, average: bool) -> Answer {
    let number = args.number(0)?;
    let numbers = numbers(std::slice::from_ref(args.get(1)))?;
    let ascending = args.number_or(2, 0.0)? != 0.0;
    let same = numbers.iter().filter(|other| **other == number).count();
    if same == 0 {
        return Err(ErrorCode::NA);
    }
    let before =
        numbers.iter().filter(|other| if ascending { **other < number } else { **other > number }).count();
    let first = before as f64 + 1.0;
    Ok(Value::number(if average { first + (same as f64 - 1.0) / 2.0 } else { first }))
}

/// The most frequent numbers in the order in which they first stand.
pub(super) fn modes(numbers: &[f64]) -> Result<Vec<f64>, ErrorCode> {
    let mut places: Vec<(f64, usize)> = numbers.iter().copied().zip(0..).collect();
    places.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let groups: Vec<_> = places.chunk_by(|a, b| a.0 == b.0).collect();
    let most = groups.iter().map(|group| group.len()).max().filter(|most| *most > 1).ok_or(ErrorCode::NA)?;
    let mut modes: Vec<_> =
        groups.iter().filter(|group| group.len() == most).filter_map(|group| group.first()).collect();
    modes.sort_by_key(|(_, place)| *place);
    Ok(modes.into_iter().map(|(number, _)| *number).collect())
}

fn mode(numbers: &[f64]) -> Result<f64, ErrorCode> {
    modes(numbers)?.first().copied().ok_or(ErrorCode::NA)
}

fn frequency(args: &Args<'_>) -> Answer {
    let data = sorted(numbers(std::slice::from_ref(args.get(0)))?);
    let bins = numbers(std::slice::from_ref(args.get(1)))?;
    let mut order: Vec<usize> = (0..bins.len()).collect();
    let bound = |index: &usize| bins.get(*index).copied().unwrap_or(f64::INFINITY);
    order.sort_by(|a, b| bound(a).total_cmp(&bound(b)).then(a.cmp(b)));
    let mut counts = vec![Value::Number(0.0); bins.len() + 1];
    let mut below = 0;
    for index in order {
        let upto = data.partition_point(|number| *number <= bound(&index));
        if let Some(count) = counts.get_mut(index) {
            *count = Value::number((upto - below) as f64);
        }
        below = upto;
    }
    if let Some(last) = counts.last_mut() {
        *last = Value::number((data.len() - below) as f64);
    }
    Array::new(1, counts).map(Array::into_value)
}

fn prob(args: &Args<'_>) -> Answer {
    let pairs = pairs(args.get(0), args.get(1))?;
    let lower = args.number(2)?;
    let upper = args.number_or(3, lower)?;
    let total: f64 = pairs.iter().map(|(_, probability)| probability).sum();
    let valid = pairs.iter().all(|(_, probability)| (0.0..=1.0).contains(probability));
    if !valid || (total - 1.0).abs() > 1e-9 {
        return Err(ErrorCode::Num);
    }
    Ok(Value::number(
        pairs.iter().filter(|(x, _)| (lower..=upper).contains(x)).map(|(_, probability)| probability).sum(),
    ))
}
