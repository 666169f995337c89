//! Numbers as text, read and written as Excel does in en-US.

use super::datetext;

/// Longer text is no number: a double has 309 digits before the point at most.
const LONGEST: usize = 1024;

/// Reads what `VALUE` reads: `1,234.5`, `-7`, `(5)`, `$5`, `50%`, `1e3`, `1 1/2`, and dates and times.
pub(super) fn parse(text: &str) -> Option<f64> {
    let text = text.trim_matches(' ');
    if text.len() > LONGEST {
        return None;
    }
    plain(text).or_else(|| fraction(text)).or_else(|| datetext::parse(text).map(|found| found.serial()))
}

fn plain(text: &str) -> Option<f64> {
    let (negative, body) = match text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => (true, inner.trim_matches(' ')),
        None => signed(text),
    };
    let (negative, body) = match body.strip_prefix('$') {
        Some(rest) if negative => (true, rest.trim_matches(' ')),
        Some(rest) => signed(rest.trim_matches(' ')),
        None => (negative, body),
    };
    let (percent, body) = match body.strip_suffix('%') {
        Some(rest) => (true, rest.trim_matches(' ')),
        None => (false, body),
    };
    let number = unsigned(body)?;
    let number = if percent { number / 100.0 } else { number };
    Some(if negative { -number } else { number }).filter(|number| number.is_finite())
}

/// A sign, digits with a point, and an exponent, and nothing else.
pub(super) fn decimal(text: &str) -> Option<f64> {
    let (negative, body) = signed(text);
    let number = unsigned(body)?;
    Some(if negative { -number } else { number }).filter(|number| number.is_finite())
}

fn signed(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest.trim_start_matches(' ')),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn unsigned(text: &str) -> Option<f64> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (integer, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_digits = exponent.map(|e| e.strip_prefix(['+', '-']).unwrap_or(e));
    let well_formed = integer.len() + decimals.len() > 0
        && grouped(integer)
        && digits(decimals)
        && exponent_digits.is_none_or(|e| !e.is_empty() && digits(e));
    if !well_formed {
        return None;
    }
    text.replace(',', "").parse().ok()
}

fn digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// Digits, with commas only before groups of three.
fn grouped(text: &str) -> bool {
    let mut groups = text.split(',');
    let first = groups.next().unwrap_or_default();
    let mut rest = groups.peekable();
    digits(first)
        && (rest.peek().is_none() || !first.is_empty())
        && rest.all(|group| group.len() == 3 && digits(group))
}

fn fraction(text: &str) -> Option<f64> {
    let (negative, text) = signed(text);
    let (integer, fraction) = text.split_once(' ')?;
    let (numerator, denominator) = fraction.trim_start_matches(' ').split_once('/')?;
    let part = |text: &str| -> Option<f64> {
        if text.is_empty() || text.len() > 15 || !digits(text) { None } else { text.parse().ok() }
    };
    let number = part(integer)? + part(numerator)? / part(denominator).filter(|d| *d != 0.0)?;
    Some(if negative { -number } else { number })
}

/// A number as text in the General format: up to 15 significant digits, written out while that fits in 20 places.
pub(super) fn general(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let (sign, digits, exponent) = significant(number);
    let digits = digits.trim_end_matches('0');
    let sign = if sign { "-" } else { "" };
    if (0..=20).contains(&exponent) {
        let integer = usize::try_from(exponent).unwrap_or(0) + 1;
        return match digits.split_at_checked(integer) {
            Some((whole, "")) => format!("{sign}{whole}"),
            Some((whole, decimals)) => format!("{sign}{whole}.{decimals}"),
            None => format!("{sign}{digits:0<integer$}"),
        };
    }
    let zeros = usize::try_from(-1 - exponent).unwrap_or(usize::MAX);
    if exponent < 0 && zeros.saturating_add(digits.len()) <= 18 {
        return format!("{sign}0.{}{digits}", "0".repeat(zeros));
    }
    let (first, rest) = digits.split_at_checked(1).unwrap_or((digits, ""));
    let point = if rest.is_empty() { "" } else { "." };
    let exponent_sign = if exponent < 0 { '-' } else { '+' };
    format!("{sign}{first}{point}{rest}E{exponent_sign}{:02}", exponent.unsigned_abs())
}

/// Sign (true: negative), the 15 significant digits, and the power of ten of the first of them.
pub(super) fn significant(number: f64) -> (bool, String, i32) {
    let text = format!("{:.14e}", number.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (number < 0.0, mantissa.replace('.', ""), exponent.parse().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_a_number() {
        let read: Vec<_> = [
            "1e3",
            "50%",
            "1,234.5",
            "$1,234",
            "-$5",
            "$-5",
            "(5)",
            "( $5 )",
            " 7 ",
            ".5",
            "5.",
            "+3",
            "1 1/2",
            "2024-01-15 12:00",
            "1E+2",
        ]
        .iter()
        .map(|text| (*text, parse(text).unwrap()))
        .collect();
        insta::assert_compact_debug_snapshot!(read, @r#"[("1e3", 1000.0), ("50%", 0.5), ("1,234.5", 1234.5), ("$1,234", 1234.0), ("-$5", -5.0), ("$-5", -5.0), ("(5)", -5.0), ("( $5 )", -5.0), (" 7 ", 7.0), (".5", 0.5), ("5.", 5.0), ("+3", 3.0), ("1 1/2", 1.5), ("2024-01-15 12:00", 45306.5), ("1E+2", 100.0)]"#);
    }

    #[test]
    fn text_that_is_no_number() {
        for text in [
            "", " ", ".", "-", "1,23", ",123", "1.2.3", "0x10", "--5", "1e", "inf", "NaN", "TRUE", "1 2",
            "5 1/0", "1e999",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn general_format() {
        let written: Vec<_> = [
            0.0,
            1.0 / 3.0,
            -2.5,
            1e15,
            1e20,
            1e21,
            123_456.789,
            0.1 + 0.2,
            1e-10,
            1.0 / 30_000.0,
            1.5e300,
            100.0,
            -1e-7,
        ]
        .iter()
        .map(|number| general(*number))
        .collect();
        insta::assert_compact_debug_snapshot!(written, @r#"["0", "0.333333333333333", "-2.5", "1000000000000000", "100000000000000000000", "1E+21", "123456.789", "0.3", "0.0000000001", "3.33333333333333E-05", "1.5E+300", "100", "-0.0000001"]"#);
    }
}
