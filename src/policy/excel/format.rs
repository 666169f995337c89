//! Numbers as formatted text, and text as numbers.

use ssfmt::ast::FormatPart;
use ssfmt::{FormatOptions, NumberFormat};

use super::calendar;
use super::function::{Answer, Args, Function, Takes};
use super::number;
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "NUMBERVALUE(text, [decimal_separator], [group_separator])",
        "The number that a text says, with the separators of any country.",
        &[(r#"NUMBERVALUE("2.500,27", ",", ".")"#, "2500.27")],
        Takes::Scalars,
        numbervalue,
    ),
    Function::new(
        "TEXT(value, format_text)",
        "A number or a date in a number format; other text as it is.",
        &[
            (r##"TEXT(1234.567, "#,##0.00")"##, "1,234.57"),
            (r#"TEXT(45306, "yyyy-mm-dd")"#, "2024-01-15"),
            (r#"TEXT("007", "@")"#, "007"),
            (r#"TEXT("abc", "@@")"#, "abcabc"),
            (r#"TEXT(DATE(9999, 12, 31), "yyyy-mm-dd")"#, "9999-12-31"),
        ],
        Takes::Scalars,
        text,
    ),
    Function::new(
        "VALUE(text)",
        "The number, date or time that a text says, as written in the United States.",
        &[(r#"VALUE("$1,234.50")"#, "1234.5"), (r#"VALUE("12:00")"#, "0.5")],
        Takes::Scalars,
        value,
    ),
];

/// The longest format that Excel takes.
const LONGEST_FORMAT: usize = 255;

fn text(args: &Args<'_>) -> Answer {
    let code = args.text(1)?;
    if code.chars().count() > LONGEST_FORMAT {
        return Err(ErrorCode::Value);
    }
    let value = args.get(0);
    if code.is_empty() {
        return Ok(Value::from(""));
    }
    let format = NumberFormat::parse(&code).map_err(|_| ErrorCode::Value)?;
    let number = match value {
        Value::Boolean(_) => None,
        Value::Text(_) if format.is_text_format() => None,
        value => value.to_number().ok(),
    };
    let options = FormatOptions::default();
    let Some(number) = number else {
        return Ok(Value::from(shown_text(&format, &value.to_text()?)));
    };
    let is_date = format.sections().iter().any(ssfmt::Section::has_date_parts);
    if is_date && !(0.0..=MAX_DATE).contains(&number) {
        return Err(ErrorCode::Value);
    }
    // A date has no digits that are rounded, and the last day of all leaves no room for it.
    let number = if is_date { number } else { to_format(number, &code)? };
    if shows_nothing(&format, &code, number) {
        return Ok(Value::from(""));
    }
    let write = |number: f64| format.try_format(number, &options).map_err(|_| ErrorCode::Value);
    if number < 0.0 && format.sections().len() == 1 {
        // The crate leaves the sign on what rounds to zero, Excel does not.
        let zero = write(0.0)?;
        if write(-number)? == zero {
            return Ok(Value::from(zero));
        }
    }
    write(number).map(Value::from)
}

/// A text as the section for texts shows it: the fourth one, or the last if it has an `@`. (The crate knows only the
/// fourth.)
fn shown_text(format: &NumberFormat, text: &str) -> String {
    let sections = format.sections();
    let section = sections.get(3).or_else(|| sections.last().filter(|last| last.has_text_placeholder()));
    let Some(section) = section else { return text.to_owned() };
    let mut out = String::new();
    for part in &section.parts {
        match part {
            FormatPart::TextPlaceholder => out.push_str(text),
            FormatPart::Literal(literal) | FormatPart::EscapedLiteral(literal) => out.push_str(literal),
            FormatPart::Skip(_) => out.push(' '),
            _ => {}
        }
    }
    out
}

/// The number that the crate has to be given so that it shows what Excel shows of this one.
///
/// # Errors
/// `#VALUE!` for numbers whose digits the crate would get wrong.
fn to_format(number: f64, code: &str) -> Result<f64, ErrorCode> {
    let (_, digits, _) = number::significant(number);
    let written_out = !code.contains(['e', 'E']);
    if number.abs() >= MAX_WRITTEN_OUT && written_out {
        return Err(ErrorCode::Value);
    }
    // Excel rounds decimal digits: 1.005 is a half there, though the binary number is less than that.
    Ok(if digits.trim_end_matches('0').ends_with('5') { number * (1.0 + f64::EPSILON) } else { number })
}

/// The crate writes digits through a `u64`, percentages with two more of them.
const MAX_WRITTEN_OUT: f64 = 1e17;

/// Whether the number falls into a section that was left empty, as zero does in `0;-0;`. The crate would take it for
/// General.
fn shows_nothing(format: &NumberFormat, code: &str, number: f64) -> bool {
    let sections = format.sections();
    let index = match sections.len() {
        2.. if number < 0.0 => 1,
        3.. if number == 0.0 => 2,
        _ => 0,
    };
    sections.len() > 1
        && !format.has_condition()
        && !code.to_ascii_lowercase().contains("general")
        && sections.get(index).is_some_and(|section| section.parts.is_empty())
}

const MAX_DATE: f64 = calendar::LAST as f64 + 1.0;

fn value(args: &Args<'_>) -> Answer {
    match args.get(0) {
        Value::Boolean(_) => Err(ErrorCode::Value),
        value => value.to_number().map(Value::number),
    }
}

fn numbervalue(args: &Args<'_>) -> Answer {
    let separator = |index: usize, absent: char| match args.given(index) {
        Some(value) => value.to_text()?.chars().next().ok_or(ErrorCode::Value),
        None => Ok(absent),
    };
    let (decimal, group) = (separator(1, '.')?, separator(2, ',')?);
    let text: String = args.text(0)?.chars().filter(|c| !c.is_whitespace()).collect();
    let body = text.trim_end_matches('%');
    if body.is_empty() {
        return if text.is_empty() { Ok(Value::number(0.0)) } else { Err(ErrorCode::Value) };
    }
    let (integer, decimals) = body.split_once(decimal).unwrap_or((body, ""));
    if decimals.contains([decimal, group]) {
        return Err(ErrorCode::Value);
    }
    let plain: String = integer.chars().filter(|c| *c != group).collect();
    if plain.contains([',', '.', ':', '/', '%']) {
        return Err(ErrorCode::Value);
    }
    let joined = if body.contains(decimal) { format!("{plain}.{decimals}") } else { plain };
    let percents = i32::try_from(text.len() - body.len()).map_err(|_| ErrorCode::Value)?;
    let number = number::parse(&joined).ok_or(ErrorCode::Value)?;
    Ok(Value::number(number / 100f64.powi(percents)))
}

#[cfg(test)]
mod tests {
    use super::super::function::Clock;
    use super::super::table::function;
    use super::*;

    #[test]
    fn halves_and_huge_numbers() {
        let shown: Vec<String> = [
            (1.005, "0.00"),
            (0.285, "0.00"),
            (-2.675, "0.00"),
            (0.285, "0%"),
            (0.5, "0.0000000000"),
            (1.5, "General"),
            (1e15, "#,##0"),
            (1e20, "0"),
            (1e20, "General"),
            (1e20, "0.0E+00"),
            (-0.004, "0.00;(0.00)"),
            (0.0, "0;-0;"),
        ]
        .into_iter()
        .map(|(number, code)| {
            let answer = function("TEXT")
                .unwrap()
                .call(&[Value::number(number), Value::from(code)], &Clock { now: 0.0 });
            format!("{number:?} {code}: {answer}")
        })
        .collect();
        insta::assert_snapshot!(shown.join("\n"), @"
        1.005 0.00: 1.01
        0.285 0.00: 0.29
        -2.675 0.00: -2.68
        0.285 0%: 29%
        0.5 0.0000000000: 0.5000000000
        1.5 General: 1.5
        1000000000000000.0 #,##0: 1,000,000,000,000,000
        1e20 0: #VALUE!
        1e20 General: 1E+20
        1e20 0.0E+00: 1.0E+20
        -0.004 0.00;(0.00): (0.00)
        0.0 0;-0;:
        ");
    }
}
