use crate::policy::excel::Value;

/// More digits than these would not come back from a number.
const DIGITS: usize = 15;

/// The cells of a column, typed as a spreadsheet types what it opens: a number as it is plainly written (`-12.5`), TRUE
/// and FALSE, everything else text, nothing blank. A column in which some number is written with a leading zero is one
/// of codes: all of it stays text, so that `007` and `100` are found alike.
pub(super) fn typed(column: &[String]) -> Vec<Value> {
    let codes = column.iter().any(|text| has_leading_zero(text));
    column
        .iter()
        .map(|text| match text.as_str() {
            "" => Value::Blank,
            text if text.eq_ignore_ascii_case("true") => Value::Boolean(true),
            text if text.eq_ignore_ascii_case("false") => Value::Boolean(false),
            text => match number(text).filter(|_| !codes) {
                Some(number) => Value::number(number),
                None => Value::from(text),
            },
        })
        .collect()
}

fn has_leading_zero(text: &str) -> bool {
    text.len() > 1 && text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Digits with a sign before them and a point among them; an exponent, a `+` or a space make a text of it.
fn number(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, decimals) = unsigned.split_once('.').map_or((unsigned, None), |(a, b)| (a, Some(b)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let plain = digits(whole) && decimals.is_none_or(digits);
    let exact = whole.len() + decimals.map_or(0, str::len) <= DIGITS;
    let code = whole.len() > 1 && whole.starts_with('0');
    if plain && exact && !code { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(texts: &[&str]) -> Vec<String> {
        let column: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        typed(&column).iter().map(|value| format!("{value:?}")).collect()
    }

    #[test]
    fn a_cell_is_what_a_spreadsheet_makes_of_it() {
        assert_eq!(
            kinds(&["12", "-0.50", "true", "", "a", " 1"]),
            ["Number(12.0)", "Number(-0.5)", "Boolean(true)", "Blank", "Text(\"a\")", "Text(\" 1\")"]
        );
        for text in
            ["1e5", "12E4", "+49", "1,000", ".5", "5.", "--1", "1234567890123456", "-", "00.5", "2024-01-31"]
        {
            assert_eq!(kinds(&[text]), [format!("Text({text:?})")]);
        }
    }

    #[test]
    fn a_column_of_codes_is_text() {
        assert_eq!(kinds(&["007", "100", "x"]), ["Text(\"007\")", "Text(\"100\")", "Text(\"x\")"]);
        assert_eq!(kinds(&["0", "100"]), ["Number(0.0)", "Number(100.0)"]);
    }
}
