//! Rows of arrays sorted, filtered and made unique. Text is compared without regard to case.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::array::Array;
use super::compare::{compare, fold};
use super::function::{Answer, Args, Function, Takes, place, whole};
use super::numbers::{array, cells};
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "FILTER(array, include, [if_empty])",
        "The rows, or the columns, whose partners in a list are true; if_empty or #CALC! when there is none.",
        &[
            ("FILTER([1, 2, 3], [TRUE, FALSE, TRUE])", "{1,3}"),
            (r#"FILTER([1, 2], [FALSE, FALSE], "none")"#, "none"),
        ],
        Takes::Anything,
        filter,
    ),
    Function::new(
        "SORT(array, [sort_index], [sort_order], [by_col])",
        "The rows in the order of a column, or with by_col the columns in the order of a row; sort_order -1 is descending. A plain list is one row, so its values are columns.",
        &[("SORT([[3], [1], [2]])", "{1;2;3}"), ("SORT([[3, 1, 2]], 1, -1, TRUE)", "{3,2,1}")],
        Takes::Anything,
        sort,
    ),
    Function::new(
        "SORTBY(array, by_array1, [sort_order1], [by_array2, sort_order2], ...)",
        "The rows, or the columns, in the order of lists beside them.",
        &[(r#"SORTBY(["a", "b", "c"], [3, 1, 2])"#, r#"{"b","c","a"}"#)],
        Takes::Anything,
        sortby,
    ),
    Function::new(
        "UNIQUE(array, [by_col], [exactly_once])",
        "The rows, or with by_col the columns, each once; with exactly_once those that are there only once. A plain list is one row, so its values are columns.",
        &[
            ("UNIQUE([[1], [2], [2]])", "{1;2}"),
            (r#"UNIQUE(["a", "b", "A"], TRUE)"#, r#"{"a","b"}"#),
            ("UNIQUE([[1], [2], [2]], FALSE, TRUE)", "1"),
        ],
        Takes::Anything,
        unique,
    ),
];

/// Rows or columns of an array.
struct Lines {
    lines: Vec<Vec<Value>>,
    by_column: bool,
    /// The cells of the array that they are of.
    given: usize,
}

impl Lines {
    fn of(array: &Array, by_column: bool) -> Self {
        let (count, length) =
            if by_column { (array.columns(), array.rows()) } else { (array.rows(), array.columns()) };
        let cell = |line: usize, place: usize| {
            if by_column { array.get(place, line) } else { array.get(line, place) }
        };
        let lines =
            (0..count).map(|line| (0..length).map(|place| cell(line, place).clone()).collect()).collect();
        Self { lines, by_column, given: array.cells().len() }
    }

    fn into_value(self) -> Answer {
        if self.lines.is_empty() {
            return Err(ErrorCode::Calc);
        }
        if !self.by_column {
            return Array::from_rows_beside(self.given, self.lines).map(Array::into_value);
        }
        let (columns, rows) = (self.lines.len(), self.lines.first().map_or(0, Vec::len));
        let cells = (0..rows)
            .flat_map(|row| self.lines.iter().filter_map(move |line| line.get(row).cloned()))
            .collect();
        Array::beside(self.given, columns, cells).map(Array::into_value)
    }
}

fn filter(args: &Args<'_>) -> Answer {
    let (array, include) = (array(args.get(0))?, array(args.get(1))?);
    let by_column = if include.columns() == 1 && include.rows() == array.rows() {
        false
    } else if include.rows() == 1 && include.columns() == array.columns() {
        true
    } else {
        return Err(ErrorCode::Value);
    };
    let mut lines = Lines::of(&array, by_column);
    let wanted = include.cells().iter().map(Value::to_boolean).collect::<Result<Vec<_>, _>>()?;
    let mut wanted = wanted.into_iter();
    lines.lines.retain(|_| wanted.next() == Some(true));
    if lines.lines.is_empty() { args.given(2).cloned().ok_or(ErrorCode::Calc) } else { lines.into_value() }
}

/// Numbers, text, booleans, errors, and blanks last whichever way the order is.
fn order(a: &Value, b: &Value, descending: bool) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Blank => 2,
        Value::Error(_) | Value::Array(_) => 1,
        _ => 0,
    };
    let (a_rank, b_rank) = (rank(a), rank(b));
    if a_rank == 2 || b_rank == 2 {
        return a_rank.cmp(&b_rank);
    }
    let ascending = a_rank.cmp(&b_rank).then_with(|| compare(a, b).unwrap_or(Ordering::Equal));
    if descending { ascending.reverse() } else { ascending }
}

/// Whether an order is descending.
fn descending(value: &Value) -> Result<bool, ErrorCode> {
    match value {
        Value::Blank => Ok(false),
        value => match whole(value.to_number()?) {
            1 => Ok(false),
            -1 => Ok(true),
            _ => Err(ErrorCode::Value),
        },
    }
}

fn sort(args: &Args<'_>) -> Answer {
    let array = array(args.get(0))?;
    let by_column = args.boolean_or(3, false)?;
    let length = if by_column { array.rows() } else { array.columns() };
    let orders = cells(args.get(2));
    let mut keys = Vec::new();
    for (at, index) in cells(args.get(1)).iter().enumerate() {
        let place = match index {
            Value::Blank => Some(0),
            index => place(index.to_number()?),
        };
        let index = place.filter(|index| *index < length).ok_or(ErrorCode::Value)?;
        let order = orders.get(at).or(orders.last()).unwrap_or(&Value::Blank);
        keys.push((index, descending(order)?));
    }
    let mut lines = Lines::of(&array, by_column);
    lines.lines.sort_by(|a, b| {
        let of = |line: &[Value], index: usize| line.get(index).cloned().unwrap_or(Value::Blank);
        keys.iter()
            .map(|(index, descending)| order(&of(a, *index), &of(b, *index), *descending))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    });
    lines.into_value()
}

fn sortby(args: &Args<'_>) -> Answer {
    let array = array(args.get(0))?;
    let mut keys = Vec::new();
    let mut by_column = false;
    for pair in args.from(1).chunks(2) {
        let [by, rest @ ..] = pair else { continue };
        let by = super::numbers::array(by)?;
        by_column = if by.columns() == 1 && by.rows() == array.rows() {
            false
        } else if by.rows() == 1 && by.columns() == array.columns() {
            true
        } else {
            return Err(ErrorCode::Value);
        };
        keys.push((by, descending(rest.first().unwrap_or(&Value::Blank))?));
    }
    let Lines { lines, given, .. } = Lines::of(&array, by_column);
    let mut numbered: Vec<(usize, Vec<Value>)> = lines.into_iter().enumerate().collect();
    numbered.sort_by(|(a, _), (b, _)| {
        let at = |by: &Array, index: usize| by.cells().get(index).cloned().unwrap_or(Value::Blank);
        keys.iter()
            .map(|(by, descending)| order(&at(by, *a), &at(by, *b), *descending))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    });
    Lines { lines: numbered.into_iter().map(|(_, line)| line).collect(), by_column, given }.into_value()
}

/// A text that is the same for cells that are.
fn key(cell: &Value) -> String {
    match cell {
        Value::Blank => "b".to_owned(),
        Value::Text(text) => format!("t{}:{}", text.len(), text.chars().map(fold).collect::<String>()),
        Value::Number(number) => format!("n{number:?};"),
        other => format!("o{other};"),
    }
}

fn unique(args: &Args<'_>) -> Answer {
    let array = match args.get(0) {
        Value::Error(code) => return Err(*code),
        value => array(value)?,
    };
    let (by_column, once) = (args.boolean_or(1, false)?, args.boolean_or(2, false)?);
    let mut lines = Lines::of(&array, by_column);
    let keys: Vec<String> = lines.lines.iter().map(|line| line.iter().map(key).collect()).collect();
    let mut counts = BTreeMap::<&str, usize>::new();
    for key in &keys {
        *counts.entry(key).or_default() += 1;
    }
    let mut seen = BTreeSet::<&str>::new();
    let mut kept = keys.iter().map(|key| {
        let first = seen.insert(key);
        if once { counts.get(key.as_str()) == Some(&1) } else { first }
    });
    lines.lines.retain(|_| kept.next() == Some(true));
    lines.into_value()
}
