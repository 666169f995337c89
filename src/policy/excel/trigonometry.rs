//! Angles, in radians, and hyperbolic functions.

use std::f64::consts::{FRAC_PI_2, PI};

use super::function::{Answer, Args, Function, Takes};
use super::numbers::real;
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "ACOS(number)",
        "The angle of this cosine, 0 to pi.",
        &[("ACOS(1)", "0")],
        Takes::Scalars,
        |args| real(args, f64::acos),
    ),
    Function::new(
        "ACOSH(number)",
        "The number of this hyperbolic cosine.",
        &[("ACOSH(1)", "0")],
        Takes::Scalars,
        |args| real(args, f64::acosh),
    ),
    Function::new(
        "ACOT(number)",
        "The angle of this cotangent, 0 to pi.",
        &[("ROUND(ACOT(1), 4)", "0.7854")],
        Takes::Scalars,
        |args| real(args, |x| FRAC_PI_2 - x.atan()),
    ),
    Function::new(
        "ACOTH(number)",
        "The number of this hyperbolic cotangent, which is beyond -1 or 1.",
        &[("ROUND(ACOTH(2), 4)", "0.5493")],
        Takes::Scalars,
        |args| real(args, |x| x.recip().atanh()),
    ),
    Function::new(
        "ASIN(number)",
        "The angle of this sine, -pi/2 to pi/2.",
        &[("ASIN(0)", "0")],
        Takes::Scalars,
        |args| real(args, f64::asin),
    ),
    Function::new(
        "ASINH(number)",
        "The number of this hyperbolic sine.",
        &[("ASINH(0)", "0")],
        Takes::Scalars,
        |args| real(args, f64::asinh),
    ),
    Function::new(
        "ATAN(number)",
        "The angle of this tangent, -pi/2 to pi/2.",
        &[("ROUND(ATAN(1), 4)", "0.7854")],
        Takes::Scalars,
        |args| real(args, f64::atan),
    ),
    Function::new(
        "ATAN2(x_num, y_num)",
        "The angle from the x-axis to a point, -pi to pi; #DIV/0! for the origin.",
        &[("ROUND(ATAN2(1, 1), 4)", "0.7854")],
        Takes::Scalars,
        atan2,
    ),
    Function::new(
        "ATANH(number)",
        "The number of this hyperbolic tangent, which is between -1 and 1.",
        &[("ATANH(0)", "0")],
        Takes::Scalars,
        |args| real(args, f64::atanh),
    ),
    Function::new("COS(number)", "The cosine of an angle.", &[("COS(0)", "1")], Takes::Scalars, |args| {
        angle(args, f64::cos)
    }),
    Function::new("COSH(number)", "The hyperbolic cosine.", &[("COSH(0)", "1")], Takes::Scalars, |args| {
        real(args, f64::cosh)
    }),
    Function::new(
        "COT(number)",
        "The cotangent of an angle, #DIV/0! for 0.",
        &[("ROUND(COT(1), 4)", "0.6421")],
        Takes::Scalars,
        |args| reciprocal(args, f64::tan),
    ),
    Function::new(
        "COTH(number)",
        "The hyperbolic cotangent, #DIV/0! for 0.",
        &[("ROUND(COTH(2), 4)", "1.0373")],
        Takes::Scalars,
        |args| reciprocal(args, f64::tanh),
    ),
    Function::new(
        "CSC(number)",
        "The cosecant of an angle, #DIV/0! for 0.",
        &[("ROUND(CSC(1), 4)", "1.1884")],
        Takes::Scalars,
        |args| reciprocal(args, f64::sin),
    ),
    Function::new(
        "CSCH(number)",
        "The hyperbolic cosecant, #DIV/0! for 0.",
        &[("ROUND(CSCH(1), 4)", "0.8509")],
        Takes::Scalars,
        |args| reciprocal(args, f64::sinh),
    ),
    Function::new(
        "DEGREES(angle)",
        "Radians as degrees.",
        &[("DEGREES(PI())", "180")],
        Takes::Scalars,
        |args| real(args, f64::to_degrees),
    ),
    Function::new("PI()", "The number pi.", &[("ROUND(PI(), 5)", "3.14159")], Takes::Scalars, |_| {
        Ok(Value::number(PI))
    }),
    Function::new(
        "RADIANS(angle)",
        "Degrees as radians.",
        &[("ROUND(RADIANS(180), 5)", "3.14159")],
        Takes::Scalars,
        |args| real(args, f64::to_radians),
    ),
    Function::new("SEC(number)", "The secant of an angle.", &[("SEC(0)", "1")], Takes::Scalars, |args| {
        angle(args, |x| x.cos().recip())
    }),
    Function::new("SECH(number)", "The hyperbolic secant.", &[("SECH(0)", "1")], Takes::Scalars, |args| {
        real(args, |x| x.cosh().recip())
    }),
    Function::new("SIN(number)", "The sine of an angle.", &[("SIN(0)", "0")], Takes::Scalars, |args| {
        angle(args, f64::sin)
    }),
    Function::new("SINH(number)", "The hyperbolic sine.", &[("SINH(0)", "0")], Takes::Scalars, |args| {
        real(args, f64::sinh)
    }),
    Function::new("TAN(number)", "The tangent of an angle.", &[("TAN(0)", "0")], Takes::Scalars, |args| {
        angle(args, f64::tan)
    }),
    Function::new("TANH(number)", "The hyperbolic tangent.", &[("TANH(0)", "0")], Takes::Scalars, |args| {
        real(args, f64::tanh)
    }),
];

/// Greater angles are `#NUM!` to Excel: they have no digits left behind a full turn.
const GREATEST_ANGLE: f64 = 134_217_728.0;

fn angle(args: &Args<'_>, function: fn(f64) -> f64) -> Answer {
    let angle = args.number(0)?;
    if angle.abs() >= GREATEST_ANGLE { Err(ErrorCode::Num) } else { Ok(Value::number(function(angle))) }
}

fn reciprocal(args: &Args<'_>, function: fn(f64) -> f64) -> Answer {
    let number = args.number(0)?;
    if number == 0.0 {
        return Err(ErrorCode::Div0);
    }
    if number.abs() >= GREATEST_ANGLE {
        Err(ErrorCode::Num)
    } else {
        Ok(Value::number(function(number).recip()))
    }
}

fn atan2(args: &Args<'_>) -> Answer {
    let (x, y) = (args.number(0)?, args.number(1)?);
    if x == 0.0 && y == 0.0 { Err(ErrorCode::Div0) } else { Ok(Value::number(y.atan2(x))) }
}
