//! Rounding and remainders.

use super::function::{Answer, Args, Function, Takes};
use super::number::significant;
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("ABS(number)", "The number without its sign.", &[("ABS(-7)", "7")], Takes::Scalars, abs),
    Function::new("INT(number)", "The next whole number below.", &[("INT(-4.3)", "-5")], Takes::Scalars, int),
    Function::new(
        "MOD(number, divisor)",
        "The remainder of a division, with the divisor's sign.",
        &[("MOD(-1, 3)", "2"), ("MOD(1, 0.1)", "0")],
        Takes::Scalars,
        mod_,
    ),
    Function::new(
        "ROUND(number, num_digits)",
        "Rounded to so many decimals, halves away from zero; before the point when negative.",
        &[("ROUND(2.345, 2)", "2.35"), ("ROUND(626.3, -2)", "600")],
        Takes::Scalars,
        round,
    ),
    Function::new(
        "ROUNDDOWN(number, num_digits)",
        "Rounded towards zero.",
        &[("ROUNDDOWN(-3.79, 1)", "-3.7")],
        Takes::Scalars,
        rounddown,
    ),
    Function::new(
        "ROUNDUP(number, num_digits)",
        "Rounded away from zero.",
        &[("ROUNDUP(3.21, 1)", "3.3")],
        Takes::Scalars,
        roundup,
    ),
    Function::new(
        "TRUNC(number, [num_digits])",
        "Cut off behind so many decimals; none when not told.",
        &[("TRUNC(8.9)", "8")],
        Takes::Scalars,
        rounddown,
    ),
];

fn abs(args: &Args<'_>) -> Answer {
    Ok(Value::number(args.number(0)?.abs()))
}

fn int(args: &Args<'_>) -> Answer {
    Ok(Value::number(args.number(0)?.floor()))
}

fn mod_(args: &Args<'_>) -> Answer {
    let (number, divisor) = (args.number(0)?, args.number(1)?);
    if divisor == 0.0 {
        return Err(ErrorCode::Div0);
    }
    // Excel's own definition: what is rounded in the quotient shows in the remainder.
    Ok(Value::number(number - divisor * (number / divisor).floor()))
}

fn round(args: &Args<'_>) -> Answer {
    rounded_half_up(args.number(0)?, args.whole(1)?).map(Value::number)
}

/// Rounded to so many decimals, halves away from zero.
pub(super) fn rounded_half_up(number: f64, decimals: i64) -> Result<f64, ErrorCode> {
    rounded(number, decimals, |rest| rest.starts_with(['5', '6', '7', '8', '9']))
}

fn roundup(args: &Args<'_>) -> Answer {
    rounded(args.number(0)?, args.whole(1)?, |rest| rest.contains(|digit| digit != '0')).map(Value::number)
}

fn rounddown(args: &Args<'_>) -> Answer {
    rounded(args.number(0)?, args.whole_or(1, 0)?, |_| false).map(Value::number)
}

/// Rounds the decimal digits rather than the binary number, so that 2.345 is what it looks like. `up` decides by
/// the digits that fall away.
fn rounded(number: f64, decimals: i64, up: impl Fn(&str) -> bool) -> Result<f64, ErrorCode> {
    let decimals = decimals.clamp(-400, 400);
    let (negative, digits, exponent) = significant(number);
    let kept = i64::from(exponent) + 1 + decimals;
    let (kept, rest) = match usize::try_from(kept) {
        Ok(kept) => match digits.split_at_checked(kept) {
            Some((kept, rest)) if !rest.is_empty() => (kept.to_owned(), rest.to_owned()),
            _ => return Ok(number),
        },
        Err(_) => (String::new(), format!("{}{digits}", "0".repeat(usize::from(kept < 0)))),
    };
    let mut integer: u64 = if kept.is_empty() { 0 } else { kept.parse().map_err(|_| ErrorCode::Num)? };
    if up(&rest) {
        integer += 1;
    }
    let sign = if negative { "-" } else { "" };
    format!("{sign}{integer}e{}", -decimals).parse().map_err(|_| ErrorCode::Num)
}
