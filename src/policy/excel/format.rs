//! Numbers as formatted text, and text as numbers.

use ssfmt::NumberFormat;
use ssfmt::ast::FormatPart;

use super::function::{Answer, Args, Function, Takes};
use super::number;
use super::numberformat::shown_number;
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "NUMBERVALUE(text, [decimal_separator], [group_separator])",
        "The number that a text says, with the separators of any country.",
        &[(r#"NUMBERVALUE("2.500,27", ",", ".")"#, "2500.27"), (r#"NUMBERVALUE("15-Jan-24")"#, "#VALUE!")],
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
            (r##"TEXT(1234567898, "#,##0,")"##, "1,234,568"),
            (r#"TEXT(0.999, "0.0E+0")"#, "1.0E+0"),
            (r#"TEXT(12.34, "0.0.0")"#, "12.3.4"),
            (r##"TEXT(-1234568, "[<=9999999]###-####;(###) ###-####")"##, "-123-4568"),
            (r#"TEXT(5, "0 kg")"#, "#VALUE!"),
            (r#"TEXT(5, "0 d")"#, "#VALUE!"),
            (r#"TEXT(DATE(9999, 12, 31), "yyyy-mm-dd")"#, "9999-12-31"),
            (r#"TEXT(2958465.75, "ddd d.m.yy h:mm")"#, "Fri 31.12.99 18:00"),
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
    match number {
        Some(number) => shown_number(&format, &code, number).map(Value::from),
        None => Ok(Value::from(shown_text(&format, &value.to_text()?))),
    }
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
    let number = number::decimal(&joined).ok_or(ErrorCode::Value)?;
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
