//! Binary, octal and hexadecimal numbers of ten digits, whose highest bit says negative, and their bits.

use super::function::{Answer, Args, Function, Takes};
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "BIN2DEC(number)",
        "A binary number of up to 10 digits as a decimal one.",
        &[(r#"BIN2DEC("1100100")"#, "100"), (r#"BIN2DEC("1111111111")"#, "-1")],
        Takes::Scalars,
        |args| to_decimal(args, 2),
    ),
    Function::new(
        "BIN2HEX(number, [places])",
        "A binary number as a hexadecimal one, with zeros before it up to so many digits.",
        &[(r#"BIN2HEX("11111011", 4)"#, "00FB")],
        Takes::Scalars,
        |args| translate(args, 2, 16),
    ),
    Function::new(
        "BIN2OCT(number, [places])",
        "A binary number as an octal one, with zeros before it up to so many digits.",
        &[(r#"BIN2OCT("1001", 3)"#, "011")],
        Takes::Scalars,
        |args| translate(args, 2, 8),
    ),
    Function::new(
        "BITAND(number1, number2)",
        "The bits set in both of two whole numbers below 2^48.",
        &[("BITAND(13, 25)", "9")],
        Takes::Numbers,
        |args| bits(args, |a, b| a & b),
    ),
    Function::new(
        "BITLSHIFT(number, shift_amount)",
        "A whole number with its bits moved to the left, to the right when negative.",
        &[("BITLSHIFT(4, 2)", "16")],
        Takes::Numbers,
        |args| shift(args, 1.0),
    ),
    Function::new(
        "BITOR(number1, number2)",
        "The bits set in one of two whole numbers below 2^48, or in both.",
        &[("BITOR(23, 10)", "31")],
        Takes::Numbers,
        |args| bits(args, |a, b| a | b),
    ),
    Function::new(
        "BITRSHIFT(number, shift_amount)",
        "A whole number with its bits moved to the right, to the left when negative.",
        &[("BITRSHIFT(13, 2)", "3")],
        Takes::Numbers,
        |args| shift(args, -1.0),
    ),
    Function::new(
        "BITXOR(number1, number2)",
        "The bits set in one of two whole numbers below 2^48, not in both.",
        &[("BITXOR(5, 3)", "6")],
        Takes::Numbers,
        |args| bits(args, |a, b| a ^ b),
    ),
    Function::new(
        "DEC2BIN(number, [places])",
        "A whole number from -512 to 511 in binary, with zeros before it up to so many digits.",
        &[("DEC2BIN(9, 4)", "1001"), ("DEC2BIN(-100)", "1110011100")],
        Takes::Numbers,
        |args| from_decimal(args, 2),
    ),
    Function::new(
        "DEC2HEX(number, [places])",
        "A whole number from -2^39 to 2^39-1 in hexadecimal, with zeros before it up to so many digits.",
        &[("DEC2HEX(100, 4)", "0064"), ("DEC2HEX(-54)", "FFFFFFFFCA")],
        Takes::Numbers,
        |args| from_decimal(args, 16),
    ),
    Function::new(
        "DEC2OCT(number, [places])",
        "A whole number from -2^29 to 2^29-1 in octal, with zeros before it up to so many digits.",
        &[("DEC2OCT(58, 3)", "072")],
        Takes::Numbers,
        |args| from_decimal(args, 8),
    ),
    Function::new(
        "HEX2BIN(number, [places])",
        "A hexadecimal number as a binary one, with zeros before it up to so many digits.",
        &[(r#"HEX2BIN("F", 8)"#, "00001111"), (r#"HEX2BIN("G", "x")"#, "#VALUE!")],
        Takes::Scalars,
        |args| translate(args, 16, 2),
    ),
    Function::new(
        "HEX2DEC(number)",
        "A hexadecimal number of up to 10 digits as a decimal one.",
        &[(r#"HEX2DEC("A5")"#, "165"), (r#"HEX2DEC("FFFFFFFF5B")"#, "-165"), (r#"HEX2DEC(" 7")"#, "#NUM!")],
        Takes::Scalars,
        |args| to_decimal(args, 16),
    ),
    Function::new(
        "HEX2OCT(number, [places])",
        "A hexadecimal number as an octal one, with zeros before it up to so many digits.",
        &[(r#"HEX2OCT("F", 3)"#, "017")],
        Takes::Scalars,
        |args| translate(args, 16, 8),
    ),
    Function::new(
        "OCT2BIN(number, [places])",
        "An octal number as a binary one, with zeros before it up to so many digits.",
        &[(r#"OCT2BIN("3", 3)"#, "011")],
        Takes::Scalars,
        |args| translate(args, 8, 2),
    ),
    Function::new(
        "OCT2DEC(number)",
        "An octal number of up to 10 digits as a decimal one.",
        &[(r#"OCT2DEC("54")"#, "44")],
        Takes::Scalars,
        |args| to_decimal(args, 8),
    ),
    Function::new(
        "OCT2HEX(number, [places])",
        "An octal number as a hexadecimal one, with zeros before it up to so many digits.",
        &[(r#"OCT2HEX("100", 4)"#, "0040")],
        Takes::Scalars,
        |args| translate(args, 8, 16),
    ),
];

/// Numbers have this many digits at most, and exactly as many when negative.
const DIGITS: u32 = 10;

fn read(args: &Args<'_>, radix: u32) -> Result<i64, ErrorCode> {
    if matches!(args.get(0), Value::Boolean(_)) {
        return Err(ErrorCode::Value);
    }
    let text = args.text(0)?;
    if text.len() > 10 || text.starts_with(['+', '-']) {
        return Err(ErrorCode::Num);
    }
    if text.is_empty() {
        return Ok(0);
    }
    let number = i64::from_str_radix(&text, radix).map_err(|_| ErrorCode::Num)?;
    let all = i64::from(radix).pow(DIGITS);
    Ok(if number >= all / 2 { number - all } else { number })
}

/// How many digits are wanted at least.
fn places(args: &Args<'_>) -> Result<Option<i64>, ErrorCode> {
    match args.given(1) {
        None | Some(Value::Blank) => Ok(None),
        Some(_) => args.whole(1).map(Some),
    }
}

fn write(number: i64, radix: u32, places: Option<i64>) -> Answer {
    let all = i64::from(radix).pow(DIGITS);
    if !(-all / 2..all / 2).contains(&number) {
        return Err(ErrorCode::Num);
    }
    let within = |places: i64| {
        usize::try_from(places).ok().filter(|places| (1..=10).contains(places)).ok_or(ErrorCode::Num)
    };
    let places = places.map(within).transpose()?;
    let shown = if number < 0 { number + all } else { number };
    let text = match radix {
        2 => format!("{shown:b}"),
        8 => format!("{shown:o}"),
        _ => format!("{shown:X}"),
    };
    match places {
        Some(places) if number >= 0 && text.len() > places => Err(ErrorCode::Num),
        Some(places) if number >= 0 => Ok(Value::from(format!("{text:0>places$}"))),
        _ => Ok(Value::from(text)),
    }
}

fn to_decimal(args: &Args<'_>, radix: u32) -> Answer {
    read(args, radix).map(|number| Value::number(number as f64))
}

fn from_decimal(args: &Args<'_>, radix: u32) -> Answer {
    if matches!(args.get(0), Value::Boolean(_)) {
        return Err(ErrorCode::Value);
    }
    write(args.whole(0)?, radix, places(args)?)
}

fn translate(args: &Args<'_>, from: u32, to: u32) -> Answer {
    let places = places(args)?;
    write(read(args, from)?, to, places)
}

/// The first number that has too many bits.
const TOO_MANY_BITS: f64 = 281_474_976_710_656.0;

fn bit_number(args: &Args<'_>, index: usize) -> Result<u64, ErrorCode> {
    let number = args.number(index)?;
    if (0.0..TOO_MANY_BITS).contains(&number) && number.fract() == 0.0 {
        Ok(number as u64)
    } else {
        Err(ErrorCode::Num)
    }
}

fn bits(args: &Args<'_>, combine: fn(u64, u64) -> u64) -> Answer {
    Ok(Value::number(combine(bit_number(args, 0)?, bit_number(args, 1)?) as f64))
}

fn shift(args: &Args<'_>, direction: f64) -> Answer {
    let number = bit_number(args, 0)?;
    let amount = args.number(1)?.trunc() * direction;
    if amount.abs() > 53.0 {
        return Err(ErrorCode::Num);
    }
    let shifted = (number as f64 * amount.exp2()).floor();
    if shifted < TOO_MANY_BITS { Ok(Value::number(shifted)) } else { Err(ErrorCode::Num) }
}
