//! Powers, logarithms, products and divisors.

use std::f64::consts::PI;

use super::function::{Answer, Args, Function, Takes};
use super::numbers::{cells, numbers, of_numbers, real};
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("EXP(number)", "The number e to a power.", &[("EXP(0)", "1")], Takes::Scalars, |args| {
        real(args, f64::exp)
    }),
    Function::new(
        "GCD(number1, [number2], ...)",
        "The greatest divisor that whole numbers share; decimals are cut off.",
        &[("GCD(24, 36)", "12")],
        Takes::Anything,
        |args| divisors(args, |a, b| Some(gcd(a, b))),
    ),
    Function::new(
        "LCM(number1, [number2], ...)",
        "The least number that is a multiple of all; decimals are cut off.",
        &[("LCM(24, 36)", "72")],
        Takes::Anything,
        |args| divisors(args, lcm),
    ),
    Function::new("LN(number)", "The natural logarithm.", &[("LN(1)", "0")], Takes::Scalars, |args| {
        logarithm(args, f64::ln)
    }),
    Function::new(
        "LOG(number, [base])",
        "The logarithm to a base, 10 when not told.",
        &[("LOG(8, 2)", "3"), ("LOG(100)", "2")],
        Takes::Numbers,
        log,
    ),
    Function::new(
        "LOG10(number)",
        "The logarithm to base 10.",
        &[("LOG10(1000)", "3")],
        Takes::Scalars,
        |args| logarithm(args, f64::log10),
    ),
    Function::new(
        "POWER(number, power)",
        "A number to a power.",
        &[("POWER(5, 2)", "25")],
        Takes::Scalars,
        power,
    ),
    Function::new(
        "PRODUCT(number1, [number2], ...)",
        "All numbers multiplied, 0 when there is none.",
        &[("PRODUCT(2, [3, 4])", "24")],
        Takes::Anything,
        product,
    ),
    Function::new(
        "QUOTIENT(numerator, denominator)",
        "A division without its remainder.",
        &[("QUOTIENT(-10, 3)", "-3")],
        Takes::Scalars,
        quotient,
    ),
    Function::new(
        "SERIESSUM(x, n, m, coefficients)",
        "The sum of the coefficients, each times x to a power that begins at n and grows by m.",
        &[("SERIESSUM(2, 0, 1, [1, 1, 1])", "7")],
        Takes::ScalarsAt(0b111),
        seriessum,
    ),
    Function::new(
        "SIGN(number)",
        "1 for a positive number, -1 for a negative one, 0 for 0.",
        &[("SIGN(-3)", "-1")],
        Takes::Scalars,
        |args| real(args, |x| if x == 0.0 { 0.0 } else { x.signum() }),
    ),
    Function::new(
        "SQRT(number)",
        "The square root.",
        &[("SQRT(16)", "4"), ("SQRT(-1)", "#NUM!")],
        Takes::Scalars,
        |args| real(args, f64::sqrt),
    ),
    Function::new(
        "SQRTPI(number)",
        "The square root of a number times pi.",
        &[("ROUND(SQRTPI(1), 4)", "1.7725")],
        Takes::Scalars,
        |args| real(args, |x| (x * PI).sqrt()),
    ),
    Function::new(
        "SUMSQ(number1, [number2], ...)",
        "The sum of the squares.",
        &[("SUMSQ(3, 4)", "25")],
        Takes::Anything,
        |args| of_numbers(args, |all| Ok(all.iter().map(|x| x * x).sum())),
    ),
];

fn logarithm(args: &Args<'_>, function: fn(f64) -> f64) -> Answer {
    let number = args.number(0)?;
    if number > 0.0 { Ok(Value::number(function(number))) } else { Err(ErrorCode::Num) }
}

fn log(args: &Args<'_>) -> Answer {
    let (number, base) = (args.number(0)?, args.number_or(1, 10.0)?);
    if number <= 0.0 || base <= 0.0 {
        return Err(ErrorCode::Num);
    }
    if base == 1.0 {
        return Err(ErrorCode::Div0);
    }
    Ok(Value::number(if base == 10.0 {
        number.log10()
    } else if base == 2.0 {
        number.log2()
    } else {
        number.ln() / base.ln()
    }))
}

/// A number to a power, as `POWER` and `^` have it.
///
/// # Errors
/// `#NUM!` for 0 to the 0 and for results that are no real number; `#DIV/0!` for 0 to a negative power.
pub(super) fn raised(number: f64, power: f64) -> Answer {
    if number == 0.0 && power == 0.0 {
        return Err(ErrorCode::Num);
    }
    if number == 0.0 && power < 0.0 {
        return Err(ErrorCode::Div0);
    }
    Ok(Value::number(number.powf(power)))
}

fn power(args: &Args<'_>) -> Answer {
    raised(args.number(0)?, args.number(1)?)
}

fn product(args: &Args<'_>) -> Answer {
    let numbers = numbers(args.all())?;
    Ok(Value::number(if numbers.is_empty() { 0.0 } else { numbers.iter().product() }))
}

fn quotient(args: &Args<'_>) -> Answer {
    let (numerator, denominator) = (args.number(0)?, args.number(1)?);
    if denominator == 0.0 {
        Err(ErrorCode::Div0)
    } else {
        Ok(Value::number((numerator / denominator).trunc()))
    }
}

fn seriessum(args: &Args<'_>) -> Answer {
    let (x, first, step) = (args.number(0)?, args.number(1)?, args.number(2)?);
    let mut sum = 0.0;
    for (index, cell) in cells(args.get(3)).iter().enumerate() {
        sum += cell.to_number()? * x.powf(first + step * index as f64);
    }
    Ok(Value::number(sum))
}

/// The greatest whole number that a double still tells from the next one.
const MAX_WHOLE: f64 = 9_007_199_254_740_992.0;

fn divisors(args: &Args<'_>, combine: fn(u64, u64) -> Option<u64>) -> Answer {
    let mut all: Option<u64> = None;
    for value in args.all().iter().flat_map(cells) {
        let number = value.to_number()?;
        if !(0.0..MAX_WHOLE).contains(&number) {
            return Err(ErrorCode::Num);
        }
        let number = number as u64;
        all = Some(match all {
            Some(so_far) => combine(so_far, number).ok_or(ErrorCode::Num)?,
            None => number,
        });
    }
    all.map(|all| Value::number(all as f64)).ok_or(ErrorCode::Value)
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn lcm(a: u64, b: u64) -> Option<u64> {
    if a == 0 || b == 0 {
        return Some(0);
    }
    (a / gcd(a, b)).checked_mul(b).filter(|multiple| (*multiple as f64) < MAX_WHOLE)
}
