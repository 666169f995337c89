//! Whole numbers in other ways of writing: any radix, and Roman.

use super::function::{Answer, Args, Function, Takes};
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "ARABIC(text)",
        "The number that a Roman numeral says.",
        &[(r#"ARABIC("LVII")"#, "57"), (r#"ARABIC("-mcmxii")"#, "-1912")],
        Takes::Scalars,
        arabic,
    ),
    Function::new(
        "BASE(number, radix, [min_length])",
        "A whole number in a radix of 2 to 36, with zeros before it up to a length.",
        &[(r#"BASE(7, 2)"#, "111"), ("BASE(255, 16, 4)", "00FF")],
        Takes::Numbers,
        base,
    ),
    Function::new(
        "DECIMAL(text, radix)",
        "The number that digits of a radix of 2 to 36 say.",
        &[(r#"DECIMAL("FF", 16)"#, "255")],
        Takes::Scalars,
        decimal,
    ),
    Function::new(
        "ROMAN(number, [form])",
        "A number from 0 to 3999 as a Roman numeral, from the classic form 0 to the shortest 4.",
        &[("ROMAN(499)", "CDXCIX"), ("ROMAN(499, 4)", "ID")],
        Takes::Scalars,
        roman,
    ),
];

const ROMAN: [(char, i64); 7] =
    [('M', 1000), ('D', 500), ('C', 100), ('L', 50), ('X', 10), ('V', 5), ('I', 1)];

/// Excel reads no longer ones.
const LONGEST: usize = 255;

fn arabic(args: &Args<'_>) -> Answer {
    let text = args.text(0)?;
    let text = text.trim_matches(' ');
    if text.len() > LONGEST {
        return Err(ErrorCode::Value);
    }
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (mut sum, mut greatest) = (0, 0);
    for letter in text.chars().rev() {
        let letter = letter.to_ascii_uppercase();
        let (_, value) = ROMAN.iter().find(|(roman, _)| *roman == letter).ok_or(ErrorCode::Value)?;
        if *value < greatest {
            sum -= value;
        } else {
            sum += value;
            greatest = *value;
        }
    }
    Ok(Value::number((sign * sum) as f64))
}

fn roman(args: &Args<'_>) -> Answer {
    let number = args.number(0)?;
    let form = match args.get(1) {
        Value::Boolean(true) => 0,
        Value::Boolean(false) => 4,
        _ => args.whole_or(1, 0)?,
    };
    if !(0.0..4000.0).contains(&number) || !(0..=4).contains(&form) {
        return Err(ErrorCode::Value);
    }
    let mut rest = number as i64;
    let mut text = String::new();
    for (letter, value) in ROMAN {
        while rest >= value {
            text.push(letter);
            rest -= value;
        }
        if let Some((short, worth)) = subtraction(value, rest, form) {
            text.push(short);
            text.push(letter);
            rest -= worth;
        }
    }
    Ok(Value::from(text))
}

/// The letter before one of this value, and what both are worth, where a form writes the rest that way.
fn subtraction(value: i64, rest: i64, form: i64) -> Option<(char, i64)> {
    // A power of ten stands before the next two letters; each form lets smaller ones stand there by one letter.
    let index = ROMAN.iter().position(|(_, v)| *v == value)?;
    let first = if index % 2 == 0 { index + 2 } else { index + 1 };
    ROMAN
        .iter()
        .skip(first)
        .take(usize::try_from(form).ok()? + 1)
        .rfind(|(_, less)| rest >= value - less)
        .map(|(letter, less)| (*letter, value - less))
}

/// What `BASE` takes and `DECIMAL` gives at most.
const MAX_WHOLE: f64 = 9_007_199_254_740_992.0;

fn radix(args: &Args<'_>) -> Result<u32, ErrorCode> {
    u32::try_from(args.whole(1)?).ok().filter(|radix| (2..=36).contains(radix)).ok_or(ErrorCode::Num)
}

fn base(args: &Args<'_>) -> Answer {
    let number = args.number(0)?.trunc();
    let radix = radix(args)?;
    let length = args.whole_or(2, 0)?;
    if !(0.0..MAX_WHOLE).contains(&number) || !(0..=255).contains(&length) {
        return Err(ErrorCode::Num);
    }
    let mut rest = number as u64;
    let mut digits = Vec::new();
    while rest > 0 || digits.is_empty() {
        digits.extend(
            u32::try_from(rest % u64::from(radix)).ok().and_then(|digit| char::from_digit(digit, radix)),
        );
        rest /= u64::from(radix);
    }
    let missing = usize::try_from(length).unwrap_or(0).saturating_sub(digits.len());
    digits.extend(std::iter::repeat_n('0', missing));
    Ok(Value::from(digits.iter().rev().map(char::to_ascii_uppercase).collect::<String>()))
}

fn decimal(args: &Args<'_>) -> Answer {
    let text = args.text(0)?;
    let radix = radix(args)?;
    let text = text.trim_start_matches(' ');
    if text.len() > LONGEST {
        return Err(ErrorCode::Value);
    }
    let text = match radix {
        16 => text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text),
        _ => text,
    };
    let mut number = 0.0;
    for digit in text.chars() {
        number = number * f64::from(radix) + f64::from(digit.to_digit(radix).ok_or(ErrorCode::Num)?);
    }
    Ok(Value::number(number))
}
