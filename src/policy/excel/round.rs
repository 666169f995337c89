//! Rounding to multiples.

use super::function::{Answer, Args, Function, Takes};
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "CEILING(number, significance)",
        "Rounded up to a multiple; away from zero when both are negative. #NUM! for a positive number and a negative multiple.",
        &[("CEILING(2.5, 1)", "3"), ("CEILING(-2.5, -2)", "-4")],
        Takes::Scalars,
        ceiling,
    ),
    Function::new(
        "CEILING.MATH(number, [significance], [mode])",
        "Rounded up to a multiple of 1 or another; with a mode other than 0 negative numbers away from zero.",
        &[("CEILING.MATH(24.3, 5)", "25"), ("CEILING.MATH(-5.5, 2, -1)", "-6")],
        Takes::Scalars,
        |args| math(args, f64::ceil),
    ),
    Function::new(
        "CEILING.PRECISE(number, [significance])",
        "Rounded up to a multiple, whatever its sign.",
        &[("CEILING.PRECISE(-4.1)", "-4")],
        Takes::Scalars,
        |args| precise(args, f64::ceil),
    ),
    Function::new(
        "EVEN(number)",
        "Rounded away from zero to an even number.",
        &[("EVEN(1.5)", "2"), ("EVEN(-1)", "-2")],
        Takes::Scalars,
        even,
    ),
    Function::new(
        "FLOOR(number, significance)",
        "Rounded down to a multiple; towards zero when both are negative. #NUM! for a positive number and a negative multiple.",
        &[("FLOOR(3.7, 2)", "2"), ("FLOOR(-2.5, -2)", "-2")],
        Takes::Scalars,
        floor,
    ),
    Function::new(
        "FLOOR.MATH(number, [significance], [mode])",
        "Rounded down to a multiple of 1 or another; with a mode other than 0 negative numbers towards zero.",
        &[("FLOOR.MATH(24.3, 5)", "20"), ("FLOOR.MATH(-5.5, 2, -1)", "-4")],
        Takes::Scalars,
        |args| math(args, f64::floor),
    ),
    Function::new(
        "FLOOR.PRECISE(number, [significance])",
        "Rounded down to a multiple, whatever its sign.",
        &[("FLOOR.PRECISE(-4.1)", "-5")],
        Takes::Scalars,
        |args| precise(args, f64::floor),
    ),
    Function::new(
        "ISO.CEILING(number, [significance])",
        "Rounded up to a multiple, whatever its sign.",
        &[("ISO.CEILING(4.3, 2)", "6")],
        Takes::Scalars,
        |args| precise(args, f64::ceil),
    ),
    Function::new(
        "MROUND(number, multiple)",
        "Rounded to the nearest multiple, halves away from zero; #NUM! when the signs differ.",
        &[("MROUND(10, 3)", "9"), ("MROUND(7.5, 5)", "10")],
        Takes::Scalars,
        mround,
    ),
    Function::new(
        "ODD(number)",
        "Rounded away from zero to an odd number.",
        &[("ODD(1.5)", "3"), ("ODD(-2)", "-3")],
        Takes::Scalars,
        odd,
    ),
];

/// The quotient as it looks in decimal: 0.3 / 0.1 is 3, not a little less.
fn quotient(number: f64, multiple: f64) -> f64 {
    let quotient = number / multiple;
    let nearest = quotient.round();
    if (quotient - nearest).abs() <= quotient.abs() * 4.0 * f64::EPSILON { nearest } else { quotient }
}

fn ceiling(args: &Args<'_>) -> Answer {
    let (number, multiple) = (args.number(0)?, args.number(1)?);
    if number == 0.0 || multiple == 0.0 {
        return Ok(Value::number(0.0));
    }
    if number > 0.0 && multiple < 0.0 {
        return Err(ErrorCode::Num);
    }
    Ok(Value::number(quotient(number, multiple).ceil() * multiple))
}

fn floor(args: &Args<'_>) -> Answer {
    let (number, multiple) = (args.number(0)?, args.number(1)?);
    if number == 0.0 {
        return Ok(Value::number(0.0));
    }
    if multiple == 0.0 {
        return Err(ErrorCode::Div0);
    }
    if number > 0.0 && multiple < 0.0 {
        return Err(ErrorCode::Num);
    }
    Ok(Value::number(quotient(number, multiple).floor() * multiple))
}

fn math(args: &Args<'_>, round: fn(f64) -> f64) -> Answer {
    let number = args.number(0)?;
    let multiple = args.number_unless_blank(1, 1.0)?.abs();
    let mirrored = number < 0.0 && args.number_or(2, 0.0)? != 0.0;
    if multiple == 0.0 {
        return Ok(Value::number(0.0));
    }
    let quotient = quotient(number, multiple);
    Ok(Value::number(if mirrored { -round(-quotient) } else { round(quotient) } * multiple))
}

fn precise(args: &Args<'_>, round: fn(f64) -> f64) -> Answer {
    let (number, multiple) = (args.number(0)?, args.number_unless_blank(1, 1.0)?.abs());
    if multiple == 0.0 {
        return Ok(Value::number(0.0));
    }
    Ok(Value::number(round(quotient(number, multiple)) * multiple))
}

fn mround(args: &Args<'_>) -> Answer {
    let (number, multiple) = (args.number(0)?, args.number(1)?);
    if number == 0.0 || multiple == 0.0 {
        return Ok(Value::number(0.0));
    }
    if (number < 0.0) != (multiple < 0.0) {
        return Err(ErrorCode::Num);
    }
    // A half may have come out a little less than one.
    let quotient = number / multiple * (1.0 + 4.0 * f64::EPSILON);
    Ok(Value::number(quotient.round() * multiple))
}

fn even(args: &Args<'_>) -> Answer {
    let number = args.number(0)?;
    Ok(Value::number((number.abs() / 2.0).ceil() * 2.0 * number.signum()))
}

fn odd(args: &Args<'_>) -> Answer {
    let number = args.number(0)?;
    let sign = if number < 0.0 { -1.0 } else { 1.0 };
    let above = (((number.abs() - 1.0) / 2.0).ceil() * 2.0 + 1.0).max(1.0);
    Ok(Value::number(above * sign))
}
