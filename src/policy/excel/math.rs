//! Rounding and remainders.

use super::function::{Answer, Args, Function, Takes, whole};
use super::number::significant;
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "ABS",
        signature: "ABS(number)",
        summary: "The number without its sign.",
        min: 1,
        max: Some(1),
        examples: &[("ABS(-7)", "7")],
        takes: Takes::Scalars,
        run: abs,
    },
    Function {
        name: "INT",
        signature: "INT(number)",
        summary: "The next whole number below.",
        min: 1,
        max: Some(1),
        examples: &[("INT(-4.3)", "-5")],
        takes: Takes::Scalars,
        run: int,
    },
    Function {
        name: "MOD",
        signature: "MOD(number, divisor)",
        summary: "The remainder of a division, with the divisor's sign.",
        min: 2,
        max: Some(2),
        examples: &[("MOD(-1, 3)", "2")],
        takes: Takes::Scalars,
        run: mod_,
    },
    Function {
        name: "ROUND",
        signature: "ROUND(number, num_digits)",
        summary: "Rounded to so many decimals, halves away from zero; before the point when negative.",
        min: 2,
        max: Some(2),
        examples: &[("ROUND(2.345, 2)", "2.35"), ("ROUND(626.3, -2)", "600")],
        takes: Takes::Scalars,
        run: round,
    },
    Function {
        name: "ROUNDDOWN",
        signature: "ROUNDDOWN(number, num_digits)",
        summary: "Rounded towards zero.",
        min: 2,
        max: Some(2),
        examples: &[("ROUNDDOWN(-3.79, 1)", "-3.7")],
        takes: Takes::Scalars,
        run: rounddown,
    },
    Function {
        name: "ROUNDUP",
        signature: "ROUNDUP(number, num_digits)",
        summary: "Rounded away from zero.",
        min: 2,
        max: Some(2),
        examples: &[("ROUNDUP(3.21, 1)", "3.3")],
        takes: Takes::Scalars,
        run: roundup,
    },
    Function {
        name: "TRUNC",
        signature: "TRUNC(number, [num_digits])",
        summary: "Cut off behind so many decimals; none when not told.",
        min: 1,
        max: Some(2),
        examples: &[("TRUNC(8.9)", "8")],
        takes: Takes::Scalars,
        run: rounddown,
    },
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
    let remainder = number % divisor;
    let same_sign = remainder == 0.0 || (remainder < 0.0) == (divisor < 0.0);
    Ok(Value::number(if same_sign { remainder } else { remainder + divisor }))
}

fn round(args: &Args<'_>) -> Answer {
    rounded(args, |rest| rest.starts_with(['5', '6', '7', '8', '9']))
}

fn roundup(args: &Args<'_>) -> Answer {
    rounded(args, |rest| rest.contains(|digit| digit != '0'))
}

fn rounddown(args: &Args<'_>) -> Answer {
    rounded(args, |_| false)
}

/// Rounds the decimal digits rather than the binary number, so that 2.345 is what it looks like. `up` decides by
/// the digits that fall away.
fn rounded(args: &Args<'_>, up: impl Fn(&str) -> bool) -> Answer {
    let number = args.number(0)?;
    let decimals = whole(args.number_or(1, 0.0)?).clamp(-400, 400);
    let (negative, digits, exponent) = significant(number);
    let kept = i64::from(exponent) + 1 + decimals;
    let (kept, rest) = match usize::try_from(kept) {
        Ok(kept) => match digits.split_at_checked(kept) {
            Some((kept, rest)) if !rest.is_empty() => (kept.to_owned(), rest.to_owned()),
            _ => return Ok(Value::number(number)),
        },
        Err(_) => (String::new(), format!("{}{digits}", "0".repeat(usize::from(kept < 0)))),
    };
    let mut integer: u64 = if kept.is_empty() { 0 } else { kept.parse().map_err(|_| ErrorCode::Num)? };
    if up(&rest) {
        integer += 1;
    }
    let sign = if negative { "-" } else { "" };
    let answer: f64 = format!("{sign}{integer}e{}", -decimals).parse().map_err(|_| ErrorCode::Num)?;
    Ok(Value::number(answer))
}
