//! Arrays cut, joined and laid out anew.

use super::array::{Array, MAX_CELLS};
use super::function::{Answer, Args, Function, Takes};
use super::numbers::array;
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "CHOOSECOLS(array, col_num1, [col_num2], ...)",
        "The columns of these numbers, counted from the end when negative.",
        &[("CHOOSECOLS([[1, 2, 3], [4, 5, 6]], 3, 1)", "{3,1;6,4}")],
        Takes::Anything,
        |args| chosen(args, true),
    ),
    Function::new(
        "CHOOSEROWS(array, row_num1, [row_num2], ...)",
        "The rows of these numbers, counted from the end when negative.",
        &[("CHOOSEROWS([[1, 2], [3, 4], [5, 6]], 1, -1)", "{1,2;5,6}")],
        Takes::Anything,
        |args| chosen(args, false),
    ),
    Function::new(
        "COLUMNS(array)",
        "How many columns there are.",
        &[("COLUMNS([[1, 2, 3], [4, 5, 6]])", "3")],
        Takes::Anything,
        |args| Ok(Value::number(array(args.get(0))?.columns() as f64)),
    ),
    Function::new(
        "DROP(array, [rows], [columns])",
        "The array without so many rows and columns at the start, or at the end when negative.",
        &[("DROP([[1, 2], [3, 4], [5, 6]], 1)", "{3,4;5,6}")],
        Takes::ScalarsAt(0b110),
        |args| cut(args, dropped),
    ),
    Function::new(
        "EXPAND(array, rows, [columns], [pad_with])",
        "The array in a greater size, filled up with pad_with or #N/A.",
        &[("EXPAND([[1, 2]], 2, 2, 0)", "{1,2;0,0}")],
        Takes::Anything,
        expand,
    ),
    Function::new(
        "HSTACK(array1, [array2], ...)",
        "Arrays side by side; lower ones are filled up with #N/A.",
        &[("HSTACK([[1], [2]], [[3], [4]])", "{1,3;2,4}")],
        Takes::Anything,
        hstack,
    ),
    Function::new(
        "ROWS(array)",
        "How many rows there are.",
        &[("ROWS([[1, 2, 3], [4, 5, 6]])", "2")],
        Takes::Anything,
        |args| Ok(Value::number(array(args.get(0))?.rows() as f64)),
    ),
    Function::new(
        "SEQUENCE(rows, [columns], [start], [step])",
        "Numbers in order, from 1 by 1 when not told otherwise.",
        &[("SEQUENCE(2, 2)", "{1,2;3,4}"), ("SEQUENCE(3, 1, 10, -5)", "{10;5;0}")],
        Takes::Anything,
        sequence,
    ),
    Function::new(
        "TAKE(array, [rows], [columns])",
        "So many rows and columns from the start, or from the end when negative.",
        &[("TAKE([[1, 2], [3, 4], [5, 6]], -2)", "{3,4;5,6}")],
        Takes::ScalarsAt(0b110),
        |args| cut(args, taken),
    ),
    Function::new(
        "TOCOL(array, [ignore], [scan_by_column])",
        "All cells as one column. ignore 1 leaves out blanks, 2 errors, 3 both.",
        &[("TOCOL([[1, 2], [3, 4]])", "{1;2;3;4}")],
        Takes::ScalarsAt(0b110),
        |args| Array::new(1, listed(args)?).map(Array::into_value),
    ),
    Function::new(
        "TOROW(array, [ignore], [scan_by_column])",
        "All cells as one row. ignore 1 leaves out blanks, 2 errors, 3 both.",
        &[("TOROW([[1, 2], [3, 4]], 0, TRUE)", "{1,3,2,4}")],
        Takes::ScalarsAt(0b110),
        |args| Array::row(listed(args)?).map(Array::into_value),
    ),
    Function::new(
        "VSTACK(array1, [array2], ...)",
        "Arrays one below the other; narrower ones are filled up with #N/A.",
        &[("VSTACK([[1, 2]], [[3, 4]])", "{1,2;3,4}")],
        Takes::Anything,
        vstack,
    ),
    Function::new(
        "WRAPCOLS(vector, wrap_count, [pad_with])",
        "A list as columns of so many cells, the last filled up with pad_with or #N/A.",
        &[("WRAPCOLS([1, 2, 3], 2, 0)", "{1,3;2,0}")],
        Takes::ScalarsAt(0b10),
        |args| wrapped(args, true),
    ),
    Function::new(
        "WRAPROWS(vector, wrap_count, [pad_with])",
        "A list as rows of so many cells, the last filled up with pad_with or #N/A.",
        &[("WRAPROWS([1, 2, 3], 2, 0)", "{1,2;3,0}")],
        Takes::ScalarsAt(0b10),
        |args| wrapped(args, false),
    ),
];

/// The cells at these rows and columns.
fn picked(array: &Array, rows: &[usize], columns: &[usize]) -> Answer {
    if rows.len().saturating_mul(columns.len()) > MAX_CELLS {
        return Err(ErrorCode::Calc);
    }
    let cells =
        rows.iter().flat_map(|row| columns.iter().map(|column| array.get(*row, *column).clone())).collect();
    Array::new(columns.len().max(1), cells).map(Array::into_value)
}

fn chosen(args: &Args<'_>, columns: bool) -> Answer {
    let array = array(args.get(0))?;
    let count = if columns { array.columns() } else { array.rows() };
    let mut places = Vec::new();
    for number in args.from(1).iter().flat_map(super::numbers::cells) {
        let number = super::function::whole(number.to_number()?);
        let distance = usize::try_from(number.unsigned_abs()).map_err(|_| ErrorCode::Value)?;
        if distance == 0 || distance > count {
            return Err(ErrorCode::Value);
        }
        places.push(if number > 0 { distance - 1 } else { count - distance });
        if places.len() > MAX_CELLS {
            return Err(ErrorCode::Calc);
        }
    }
    let all: Vec<usize> = (0..if columns { array.rows() } else { array.columns() }).collect();
    if columns { picked(&array, &all, &places) } else { picked(&array, &places, &all) }
}

fn cut(args: &Args<'_>, places: fn(i64, usize) -> Result<Vec<usize>, ErrorCode>) -> Answer {
    let array = array(args.get(0))?;
    let side = |index: usize, length: usize| match args.get(index) {
        Value::Blank => Ok((0..length).collect()),
        _ => places(args.whole(index)?, length),
    };
    picked(&array, &side(1, array.rows())?, &side(2, array.columns())?)
}

fn taken(count: i64, length: usize) -> Result<Vec<usize>, ErrorCode> {
    let size = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX).min(length);
    if size == 0 {
        return Err(ErrorCode::Calc);
    }
    Ok(if count > 0 { (0..size).collect() } else { (length - size..length).collect() })
}

fn dropped(count: i64, length: usize) -> Result<Vec<usize>, ErrorCode> {
    let size = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    if size >= length {
        return Err(ErrorCode::Calc);
    }
    Ok(if count > 0 { (size..length).collect() } else { (0..length - size).collect() })
}

fn expand(args: &Args<'_>) -> Answer {
    let array = array(args.get(0))?;
    let size = |index: usize, least: usize| match args.get(index) {
        Value::Blank => Ok(least),
        _ => usize::try_from(args.whole(index)?).ok().filter(|size| *size >= least).ok_or(ErrorCode::Value),
    };
    let (rows, columns) = (size(1, array.rows())?, size(2, array.columns())?);
    if rows.saturating_mul(columns) > MAX_CELLS {
        return Err(ErrorCode::Calc);
    }
    let pad = args.given(3).cloned().unwrap_or(Value::Error(ErrorCode::NA));
    let cells = (0..rows * columns).map(|index| {
        let (row, column) = (index / columns, index % columns);
        if row < array.rows() && column < array.columns() {
            array.get(row, column).clone()
        } else {
            pad.clone()
        }
    });
    Array::new(columns, cells.collect()).map(Array::into_value)
}

fn hstack(args: &Args<'_>) -> Answer {
    let arrays = args.all().iter().map(stacked).collect::<Result<Vec<_>, _>>()?;
    let height = arrays.iter().map(Array::rows).max().unwrap_or(0);
    let width: usize = arrays.iter().map(Array::columns).sum();
    if height.saturating_mul(width) > MAX_CELLS {
        return Err(ErrorCode::Calc);
    }
    let mut cells = Vec::with_capacity(height * width);
    for row in 0..height {
        for array in &arrays {
            cells.extend((0..array.columns()).map(|column| {
                if row < array.rows() { array.get(row, column).clone() } else { Value::Error(ErrorCode::NA) }
            }));
        }
    }
    Array::new(width.max(1), cells).map(Array::into_value)
}

fn vstack(args: &Args<'_>) -> Answer {
    let arrays = args.all().iter().map(stacked).collect::<Result<Vec<_>, _>>()?;
    let rows = arrays.iter().flat_map(|array| array.cells().chunks(array.columns()).map(<[Value]>::to_vec));
    Array::from_rows(rows.collect()).map(Array::into_value)
}

/// An error on its own is a cell of a stack.
fn stacked(value: &Value) -> Result<Array, ErrorCode> {
    match value {
        Value::Array(array) => Ok((**array).clone()),
        scalar => Array::row(vec![scalar.clone()]),
    }
}

fn sequence(args: &Args<'_>) -> Answer {
    let size = |index: usize| match args.get(index) {
        Value::Blank => Ok(1),
        _ => usize::try_from(args.whole(index)?).ok().filter(|size| *size > 0).ok_or(ErrorCode::Value),
    };
    let (rows, columns) = (size(0)?, size(1)?);
    let (start, step) = (args.number_unless_blank(2, 1.0)?, args.number_unless_blank(3, 1.0)?);
    if rows.saturating_mul(columns) > MAX_CELLS {
        return Err(ErrorCode::Calc);
    }
    super::numbers::array_of(columns, (0..rows * columns).map(|index| start + step * index as f64))
}

fn listed(args: &Args<'_>) -> Result<Vec<Value>, ErrorCode> {
    let array = match args.get(0) {
        Value::Array(array) => (**array).clone(),
        scalar => Array::row(vec![scalar.clone()])?,
    };
    let ignore = args.whole_or(1, 0)?;
    if !(0..=3).contains(&ignore) {
        return Err(ErrorCode::Value);
    }
    let by_column = args.boolean_or(2, false)?;
    let kept = |cell: &&Value| match cell {
        Value::Blank => ignore & 1 == 0,
        Value::Error(_) => ignore & 2 == 0,
        _ => true,
    };
    if by_column {
        let order = (0..array.columns()).flat_map(|column| (0..array.rows()).map(move |row| (row, column)));
        return Ok(order.map(|(row, column)| array.get(row, column)).filter(kept).cloned().collect());
    }
    Ok(array.cells().iter().filter(kept).cloned().collect())
}

fn wrapped(args: &Args<'_>, by_column: bool) -> Answer {
    let list = array(args.get(0))?;
    if list.rows() > 1 && list.columns() > 1 {
        return Err(ErrorCode::Value);
    }
    let count = usize::try_from(args.whole(1)?).ok().filter(|count| *count > 0).ok_or(ErrorCode::Num)?;
    let count = count.min(list.cells().len());
    let pad = args.given(2).cloned().unwrap_or(Value::Error(ErrorCode::NA));
    let lines = list.cells().len().div_ceil(count);
    let at = |line: usize, place: usize| list.cells().get(line * count + place).unwrap_or(&pad).clone();
    let (columns, cells) = if by_column {
        (
            lines,
            (0..count)
                .flat_map(|place| (0..lines).map(move |line| (line, place)))
                .map(|(line, place)| at(line, place))
                .collect(),
        )
    } else {
        (
            count,
            (0..lines)
                .flat_map(|line| (0..count).map(move |place| (line, place)))
                .map(|(line, place)| at(line, place))
                .collect(),
        )
    };
    Array::new(columns, cells).map(Array::into_value)
}
