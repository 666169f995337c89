//! Text taken apart at delimiters.

use super::array::Array;
use super::compare::fold;
use super::function::{Answer, Args, Function, Takes};
use super::numbers::cells;
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "TEXTAFTER(text, delimiter, [instance_num], [match_mode], [match_end], [if_not_found])",
        "What stands behind a delimiter: the first, the one of that number, or counted from the end when negative. match_mode 1 disregards case, match_end 1 takes the end of the text for a delimiter. #N/A or if_not_found when there is none.",
        &[(r#"TEXTAFTER("user@example.com", "@")"#, "example.com"), (r#"TEXTAFTER("a.b.c", ".", -1)"#, "c")],
        Takes::ScalarsAt(1),
        textafter,
    ),
    Function::new(
        "TEXTBEFORE(text, delimiter, [instance_num], [match_mode], [match_end], [if_not_found])",
        "What stands before a delimiter; see TEXTAFTER.",
        &[
            (r#"TEXTBEFORE("jane.doe@example.com", "@")"#, "jane.doe"),
            (r#"TEXTBEFORE("abc", "-", 1, 0, 0, "none")"#, "none"),
        ],
        Takes::ScalarsAt(1),
        textbefore,
    ),
    Function::new(
        "TEXTSPLIT(text, col_delimiter, [row_delimiter], [ignore_empty], [match_mode], [pad_with])",
        "The parts between delimiters as an array, rows filled up with pad_with or #N/A. match_mode 1 disregards case.",
        &[
            (r#"TEXTSPLIT("Smith, John", ", ")"#, r#"{"Smith","John"}"#),
            (r#"TEXTSPLIT("a=1;b=2", "=", ";")"#, r#"{"a","1";"b","2"}"#),
        ],
        Takes::ScalarsAt(1),
        textsplit,
    ),
];

fn textafter(args: &Args<'_>) -> Answer {
    Ok(match cut(args)? {
        Some((text, (_, end))) => Value::from(text.get(end..).unwrap_or_default()),
        None => not_found(args),
    })
}

fn textbefore(args: &Args<'_>) -> Answer {
    Ok(match cut(args)? {
        Some((text, (start, _))) => Value::from(text.get(..start).unwrap_or_default()),
        None => not_found(args),
    })
}

fn not_found(args: &Args<'_>) -> Value {
    args.given(5).cloned().unwrap_or(Value::Error(ErrorCode::NA))
}

/// Where a delimiter starts and ends, in bytes.
type Place = (usize, usize);

/// The text, and where in it the wanted delimiter starts and ends.
fn cut(args: &Args<'_>) -> Result<Option<(String, Place)>, ErrorCode> {
    let text = args.text(0)?.into_owned();
    let delimiters = delimiters(args.get(1))?;
    let instance = super::function::whole(args.number_unless_blank(2, 1.0)?);
    let (ignore_case, match_end) = (args.boolean_or(3, false)?, args.boolean_or(4, false)?);
    let wanted = usize::try_from(instance.unsigned_abs()).map_err(|_| ErrorCode::Value)?;
    if instance == 0 {
        return Err(ErrorCode::Value);
    }
    let backwards = instance < 0;
    if delimiters.iter().any(String::is_empty) {
        let end = if backwards { text.len() } else { 0 };
        return Ok(Some((text, (end, end))));
    }
    let mut found = find_all(&text, &delimiters, ignore_case);
    if match_end && backwards {
        found.insert(0, (0, 0));
    } else if match_end {
        found.push((text.len(), text.len()));
    }
    let index = if backwards { found.len().checked_sub(wanted) } else { Some(wanted - 1) };
    Ok(index.and_then(|index| found.get(index).copied()).map(|place| (text, place)))
}

/// More delimiters than these are too much work.
const MAX_DELIMITERS: usize = 255;

fn delimiters(value: &Value) -> Result<Vec<String>, ErrorCode> {
    let cells = cells(value);
    if cells.len() > MAX_DELIMITERS {
        return Err(ErrorCode::Calc);
    }
    cells.iter().map(|cell| cell.to_text().map(std::borrow::Cow::into_owned)).collect()
}

/// The delimiters' places from left to right, none within another; where several begin, the longest.
fn find_all(text: &str, delimiters: &[String], ignore_case: bool) -> Vec<Place> {
    let mut found = Vec::new();
    let mut from = 0;
    for (start, _) in text.char_indices() {
        if start < from {
            continue;
        }
        let rest = text.get(start..).unwrap_or_default();
        let longest = delimiters.iter().filter_map(|delimiter| prefix(rest, delimiter, ignore_case)).max();
        if let Some(length) = longest {
            from = start + length;
            found.push((start, from));
        }
    }
    found
}

/// How many bytes of the text the delimiter takes when the text begins with it.
fn prefix(text: &str, delimiter: &str, ignore_case: bool) -> Option<usize> {
    if !ignore_case {
        return text.starts_with(delimiter).then_some(delimiter.len());
    }
    let mut rest = text.chars();
    delimiter
        .chars()
        .all(|wanted| rest.next().is_some_and(|c| fold(c) == fold(wanted)))
        .then(|| text.len() - rest.as_str().len())
}

fn textsplit(args: &Args<'_>) -> Answer {
    let text = args.text(0)?;
    let ignore_empty = args.boolean_or(3, false)?;
    let ignore_case = args.boolean_or(4, false)?;
    let by_column = split_delimiters(args.get(1))?;
    let by_row = split_delimiters(args.get(2))?;
    if by_column.is_empty() && by_row.is_empty() {
        return Err(ErrorCode::Value);
    }
    let mut rows = Vec::new();
    for line in parts(&text, &by_row, ignore_case) {
        let cells: Vec<Value> = parts(line, &by_column, ignore_case)
            .into_iter()
            .filter(|part| !(ignore_empty && part.is_empty()))
            .map(Value::from)
            .collect();
        if !cells.is_empty() {
            rows.push(cells);
        }
    }
    if let Some(pad) = args.given(5) {
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        if columns.saturating_mul(rows.len()) > super::array::MAX_CELLS {
            return Err(ErrorCode::Calc);
        }
        rows.iter_mut().for_each(|row| row.resize(columns, pad.clone()));
    }
    Array::from_rows(rows).map(Array::into_value)
}

/// None for a blank, which stands for a delimiter left out.
fn split_delimiters(value: &Value) -> Result<Vec<String>, ErrorCode> {
    if matches!(value, Value::Blank) {
        return Ok(Vec::new());
    }
    let delimiters = delimiters(value)?;
    if delimiters.iter().any(String::is_empty) { Err(ErrorCode::Value) } else { Ok(delimiters) }
}

fn parts<'t>(text: &'t str, delimiters: &[String], ignore_case: bool) -> Vec<&'t str> {
    let mut parts = Vec::new();
    let mut from = 0;
    for (start, end) in find_all(text, delimiters, ignore_case) {
        parts.push(text.get(from..start).unwrap_or_default());
        from = end;
    }
    parts.push(text.get(from..).unwrap_or_default());
    parts
}
