//! Comparisons as numbers, and Bessel functions.

use super::function::{Answer, Args, Function, Takes};
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "BESSELI(x, n)",
        "The modified Bessel function In of a whole order.",
        &[("ROUND(BESSELI(1.5, 1), 6)", "0.981666")],
        Takes::Numbers,
        besseli,
    )
    .searching(),
    Function::new(
        "BESSELJ(x, n)",
        "The Bessel function Jn of a whole order.",
        &[("ROUND(BESSELJ(1.9, 2), 6)", "0.329926")],
        Takes::Numbers,
        besselj,
    )
    .searching(),
    Function::new(
        "BESSELK(x, n)",
        "The modified Bessel function Kn of a whole order.",
        &[("ROUND(BESSELK(1.5, 1), 6)", "0.277388")],
        Takes::Numbers,
        besselk,
    )
    .searching(),
    Function::new(
        "BESSELY(x, n)",
        "The Bessel function Yn of a whole order.",
        &[("ROUND(BESSELY(2.5, 1), 6)", "0.145918")],
        Takes::Numbers,
        bessely,
    )
    .searching(),
    Function::new(
        "DELTA(number1, [number2])",
        "1 when two numbers are the same, else 0; the second is 0 when not told.",
        &[("DELTA(5, 5)", "1"), ("DELTA(5)", "0")],
        Takes::Scalars,
        |args| Ok(Value::number(f64::from(u8::from(args.number(0)? == args.number_or(1, 0.0)?)))),
    ),
    Function::new(
        "GESTEP(number, [step])",
        "1 when a number is not below a limit, else 0; the limit is 0 when not told.",
        &[("GESTEP(5, 4)", "1"), ("GESTEP(-1)", "0")],
        Takes::Scalars,
        |args| Ok(Value::number(f64::from(u8::from(args.number(0)? >= args.number_or(1, 0.0)?)))),
    ),
];

/// Orders above this one are `#NUM!`.
const MAX_ORDER: f64 = 1000.0;

/// Farther out the functions have no digits left, or are beyond a double.
const MAX_DISTANCE: f64 = 134_217_728.0;

fn order(args: &Args<'_>) -> Result<(f64, i32), ErrorCode> {
    let (x, order) = (args.number(0)?, args.number(1)?.trunc());
    if (0.0..=MAX_ORDER).contains(&order) && x.abs() < MAX_DISTANCE {
        Ok((x, order as i32))
    } else {
        Err(ErrorCode::Num)
    }
}

fn besselj(args: &Args<'_>) -> Answer {
    let (x, order) = order(args)?;
    Ok(Value::number(libm::jn(order, x)))
}

fn bessely(args: &Args<'_>) -> Answer {
    let (x, order) = order(args)?;
    if x <= 0.0 { Err(ErrorCode::Num) } else { Ok(Value::number(libm::yn(order, x))) }
}

/// The power series: all its terms have one sign.
fn besseli(args: &Args<'_>) -> Answer {
    let (x, order) = order(args)?;
    if x.abs() > 750.0 {
        return Err(ErrorCode::Num);
    }
    let half = x.abs() / 2.0;
    if half == 0.0 {
        return Ok(Value::number(f64::from(u8::from(order == 0))));
    }
    let order = f64::from(order);
    let first = order * half.ln() - libm::lgamma(order + 1.0);
    // The terms relative to the first, which may be too small for a double.
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..2000 {
        let k = f64::from(k);
        term *= half * half / (k * (k + order));
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    let sign = if x < 0.0 && order % 2.0 != 0.0 { -1.0 } else { 1.0 };
    Ok(Value::number(sign * (first + f64::ln(sum)).exp()))
}

/// The integral of exp(-x cosh t) cosh(n t) over all t > 0: the trapezoidal rule is exact to all digits here.
fn besselk(args: &Args<'_>) -> Answer {
    let (x, order) = order(args)?;
    if x <= 0.0 {
        return Err(ErrorCode::Num);
    }
    if x > 750.0 {
        return Ok(Value::number(0.0));
    }
    let order = f64::from(order);
    let exponent = |t: f64| order * t - x * t.cosh();
    let peak = (order / x).asinh();
    let top = exponent(peak);
    // The narrower the peak, the finer the steps.
    let step = if x.max(order) > 50.0 { 1.0 / 64.0 } else { 1.0 / 16.0 };
    let mut sum = 0.0;
    for n in 0..64_000 {
        let t = f64::from(n) * step;
        let weight = if n == 0 { 0.5 } else { 1.0 };
        // cosh(n t) as two exponentials, both relative to the greatest of all.
        let term = f64::midpoint((exponent(t) - top).exp(), (-order * t - x * t.cosh() - top).exp());
        sum += weight * term;
        if t > peak && term < 1e-20 * sum {
            break;
        }
    }
    Ok(Value::number((top + f64::ln(sum * step)).exp()))
}
