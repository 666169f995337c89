use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use crate::policy::excel::Value;

/// A value as `type<TAB>value`, one line without its end: text with `\t \n \r \\` and `\uXXXX` for other control
/// characters, an array as JSON rows with errors as `{"error": "#N/A"}`. A blank is 0, as a cell shows it.
#[must_use]
pub fn line(value: &Value) -> String {
    match value {
        Value::Blank => "number\t0".to_owned(),
        Value::Text(text) => format!("text\t{}", escaped(text)),
        Value::Number(number) => format!("number\t{}", exact(*number)),
        Value::Boolean(_) => format!("boolean\t{value}"),
        Value::Error(code) => format!("error\t{code}"),
        Value::Array(array) => {
            let rows: Vec<Vec<Json>> =
                array.cells().chunks(array.columns()).map(|row| row.iter().map(cell).collect()).collect();
            format!("array\t{}", json!(rows))
        }
    }
}

fn cell(value: &Value) -> Json {
    match value {
        Value::Text(text) => json!(**text),
        // Whole numbers have no `.0`.
        Value::Number(number) => {
            exact(*number).parse::<serde_json::Number>().map_or(json!(number), Json::Number)
        }
        Value::Boolean(boolean) => json!(boolean),
        Value::Error(code) => json!({ "error": code.to_string() }),
        Value::Blank | Value::Array(_) => json!(0),
    }
}

/// As few digits as make the same number again.
fn exact(number: f64) -> String {
    let plain = number.to_string();
    if plain.len() <= 24 { plain } else { format!("{number:e}") }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\\' => out.push_str("\\\\"),
            control if control.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::excel::{Array, ErrorCode};

    #[test]
    fn values_on_one_line() {
        let array = Array::new(
            2,
            vec![
                Value::from("a\"\n"),
                Value::Number(1.5),
                Value::Boolean(true),
                Value::Error(ErrorCode::NA),
                Value::Number(1e300),
                Value::Number(3.0),
            ],
        );
        for (value, written) in [
            (Value::Blank, "number\t0"),
            (Value::from("a\tb\\c\u{7f}\r\né"), "text\ta\\tb\\\\c\\u007f\\r\\né"),
            (Value::Number(1.0 / 3.0), "number\t0.3333333333333333"),
            (Value::Number(-1e-200), "number\t-1e-200"),
            (Value::Number(45_306.0), "number\t45306"),
            (Value::Boolean(false), "boolean\tFALSE"),
            (Value::Error(ErrorCode::Div0), "error\t#DIV/0!"),
            (
                Value::from(array.unwrap()),
                "array\t[[\"a\\\"\\n\",1.5],[true,{\"error\":\"#N/A\"}],[1e+300,3]]",
            ),
        ] {
            assert_eq!(line(&value), written);
        }
    }
}
