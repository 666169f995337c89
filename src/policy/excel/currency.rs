//! Numbers as text with a fixed number of decimals.

use super::function::{Answer, Args, Function, Takes};
use super::math::rounded_half_up;
use super::number::significant;
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "DOLLAR(number, [decimals])",
        "A number as dollars, with two or so many decimals; negative ones in parentheses.",
        &[("DOLLAR(1234.567)", "$1,234.57"), ("DOLLAR(-5, 0)", "($5)")],
        Takes::Scalars,
        dollar,
    ),
    Function::new(
        "FIXED(number, [decimals], [no_commas])",
        "A number as text, with two or so many decimals, and with commas unless told not to.",
        &[("FIXED(1234.567, 1)", "1,234.6"), ("FIXED(-1234.567, -1, TRUE)", "-1230")],
        Takes::Scalars,
        fixed,
    ),
];

/// The most decimals.
const MAX_DECIMALS: i64 = 127;

fn fixed(args: &Args<'_>) -> Answer {
    let (negative, text) = written(args, !args.boolean_or(2, false)?)?;
    Ok(Value::from(format!("{}{text}", if negative { "-" } else { "" })))
}

fn dollar(args: &Args<'_>) -> Answer {
    let (negative, text) = written(args, true)?;
    Ok(Value::from(if negative { format!("(${text})") } else { format!("${text}") }))
}

/// Whether the number is negative as written, and its digits.
fn written(args: &Args<'_>, commas: bool) -> Result<(bool, String), ErrorCode> {
    let decimals = args.whole_or(1, 2)?;
    if decimals > MAX_DECIMALS {
        return Err(ErrorCode::Value);
    }
    let number = rounded_half_up(args.number(0)?, decimals)?;
    let (negative, digits, exponent) = significant(number);
    let digit = |power: i64| {
        let index = usize::try_from(i64::from(exponent) - power).ok();
        index.and_then(|index| digits.as_bytes().get(index)).map_or('0', |byte| char::from(*byte))
    };
    let mut text = String::new();
    for power in (0..=i64::from(exponent.max(0))).rev() {
        text.push(digit(power));
        if commas && power > 0 && power % 3 == 0 {
            text.push(',');
        }
    }
    if decimals > 0 {
        text.push('.');
        text.extend((1..=decimals).map(|place| digit(-place)));
    }
    Ok((negative && number != 0.0, text))
}
