//! Values found in arrays. Text is found without regard to case, numbers never by text.

use std::cmp::Ordering;
use std::sync::Arc;

use super::array::Array;
use super::compare::{compare, same_kind};
use super::function::{Answer, Args, Function, Takes};
use super::logical::choose_by;
use super::numbers::array;
use super::value::{ErrorCode, Value};
use super::wildcard::{LONGEST, Pattern};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "CHOOSE(index_num, value1, [value2], ...)",
        "The value of that number, counted from 1.",
        &[(r#"CHOOSE(2, "a", "b", "c")"#, "b")],
        Takes::Anything,
        choose,
    ),
    Function::new(
        "HLOOKUP(lookup_value, table_array, row_index_num, [range_lookup])",
        "Finds a value in the first row and answers the one below it in the given row; see VLOOKUP.",
        &[(r#"HLOOKUP("Bolts", [["Axles", "Bolts"], [4, 9]], 2, FALSE)"#, "9")],
        Takes::ScalarsAt(1),
        hlookup,
    ),
    Function::new(
        "INDEX(array, row_num, [column_num])",
        "The value in a row and a column, counted from 1; 0 stands for all of them.",
        &[("INDEX([[1, 2], [3, 4]], 2, 1)", "3"), (r#"INDEX(["a", "b", "c"], 3)"#, "c")],
        Takes::Anything,
        index,
    ),
    Function::new(
        "LOOKUP(lookup_value, lookup_vector, [result_vector])",
        "Finds the last value that is not greater in an ascending list and answers its partner.",
        &[(r#"LOOKUP(85, [0, 60, 70, 80, 90], ["F", "D", "C", "B", "A"])"#, "B")],
        Takes::ScalarsAt(1),
        lookup,
    ),
    Function::new(
        "MATCH(lookup_value, lookup_array, [match_type])",
        "The position of a value: 0 of the same (with ? and * in text), 1 or none of the last that is not greater in an ascending list, -1 of the last that is not smaller in a descending one.",
        &[(r#"MATCH("b*", ["apple", "banana"], 0)"#, "2"), ("MATCH(25, [10, 20, 30])", "2")],
        Takes::ScalarsAt(1),
        match_,
    ),
    Function::new(
        "VLOOKUP(lookup_value, table_array, col_index_num, [range_lookup])",
        "Finds a value in the first column and answers the one beside it in the given column. With FALSE the same (with ? and * in text), else the last that is not greater in an ascending column.",
        &[(r#"VLOOKUP("us-ny", [["US-CA", "West"], ["US-NY", "East"]], 2, FALSE)"#, "East")],
        Takes::ScalarsAt(1),
        vlookup,
    ),
    Function::new(
        "XLOOKUP(lookup_value, lookup_array, return_array, [if_not_found], [match_mode], [search_mode])",
        "Finds a value and answers its partner. match_mode 0 the same, -1 or the next smaller, 1 or the next greater, 2 with ? and * in text; search_mode -1 from the end.",
        &[
            (r#"XLOOKUP("DE", ["US", "DE"], ["USA", "Germany"])"#, "Germany"),
            (r#"XLOOKUP("FR", ["US", "DE"], ["USA", "Germany"], "Other")"#, "Other"),
        ],
        Takes::ScalarsAt(1),
        xlookup,
    ),
    Function::new(
        "XMATCH(lookup_value, lookup_array, [match_mode], [search_mode])",
        "The position of a value, with the modes of XLOOKUP.",
        &[("XMATCH(5, [1, 4, 7], -1)", "2"), (r#"XMATCH("b*", ["abc", "bcd"], 2)"#, "2")],
        Takes::ScalarsAt(1),
        xmatch,
    ),
];

fn choose(args: &Args<'_>) -> Answer {
    Ok(choose_by(
        args,
        |index| index == 0,
        |values| {
            let (index, values) = values.split_first().ok_or(ErrorCode::Value)?;
            let index = position(index)?.checked_sub(1).ok_or(ErrorCode::Value)?;
            values.get(index).cloned().ok_or(ErrorCode::Value)
        },
    ))
}

/// A position or 0; `#VALUE!` when negative.
fn position(value: &Value) -> Result<usize, ErrorCode> {
    usize::try_from(super::function::whole(value.to_number()?)).map_err(|_| ErrorCode::Value)
}

fn index(args: &Args<'_>) -> Answer {
    let array = array(args.get(0))?;
    let (mut row, mut column) = (position(args.get(1))?, position(args.get(2))?);
    if args.given(2).is_none() && array.rows() == 1 {
        (row, column) = (1, row);
    }
    if row > array.rows() || column > array.columns() {
        return Err(ErrorCode::Ref);
    }
    match (row.checked_sub(1), column.checked_sub(1)) {
        (None, None) => Ok(args.get(0).clone()),
        (Some(row), None) => array.row_at(row),
        (None, Some(column)) => array.column_at(column),
        (Some(row), Some(column)) => Ok(array.get(row, column).clone()),
    }
}

fn hlookup(args: &Args<'_>) -> Answer {
    let table = table(args)?;
    let row = line(args, table.rows())?;
    let at = find_in_row(args.get(0), &table, table_mode(args)?)?;
    Ok(table.get(row, at).clone())
}

fn vlookup(args: &Args<'_>) -> Answer {
    let table = table(args)?;
    let column = line(args, table.columns())?;
    let at = find_in_column(args.get(0), &table, table_mode(args)?, false)?;
    Ok(table.get(at, column).clone())
}

fn table(args: &Args<'_>) -> Result<Arc<Array>, ErrorCode> {
    array(args.get(1))
}

/// The third argument as an index counted from 0.
fn line(args: &Args<'_>, lines: usize) -> Result<usize, ErrorCode> {
    let line = position(args.get(2))?.checked_sub(1).ok_or(ErrorCode::Value)?;
    if line < lines { Ok(line) } else { Err(ErrorCode::Ref) }
}

fn table_mode(args: &Args<'_>) -> Result<Mode, ErrorCode> {
    Ok(if args.boolean_or(3, true)? { Mode::NotGreater } else { Mode::Wildcard })
}

fn lookup(args: &Args<'_>) -> Answer {
    let keys = table(args)?;
    let by_row = keys.columns() > keys.rows();
    let (width, height) = (keys.columns(), keys.rows());
    let at = if by_row {
        find_in_row(args.get(0), &keys, Mode::NotGreater)?
    } else {
        find_in_column(args.get(0), &keys, Mode::NotGreater, false)?
    };
    match args.given(2) {
        None if by_row => Ok(keys.get(height - 1, at).clone()),
        None => Ok(keys.get(at, width - 1).clone()),
        Some(results) => array(results)?.cells().get(at).cloned().ok_or(ErrorCode::NA),
    }
}

fn match_(args: &Args<'_>) -> Answer {
    let cells = table(args)?;
    if cells.rows() > 1 && cells.columns() > 1 {
        return Err(ErrorCode::NA);
    }
    let mode = match args.whole_or(2, 1)? {
        0 => Mode::Wildcard,
        1.. => Mode::NotGreater,
        _ => Mode::NotSmallerDescending,
    };
    let at = find_in_line(args.get(0), &cells, mode, false)?;
    u32::try_from(at + 1).map(|at| Value::number(f64::from(at))).map_err(|_| ErrorCode::NA)
}

fn xlookup(args: &Args<'_>) -> Answer {
    let (keys, results) = (table(args)?, array(args.get(2))?);
    let vertical = keys.columns() == 1;
    let fitting = if vertical { results.rows() } else { results.columns() };
    if fitting != keys.cells().len() {
        return Err(ErrorCode::Value);
    }
    match (searched(args, &keys, 4)?, args.get(3)) {
        (Some(at), _) if vertical => results.row_at(at),
        (Some(at), _) => results.column_at(at),
        (None, Value::Blank) => Err(ErrorCode::NA),
        (None, absent) => Ok(absent.clone()),
    }
}

fn xmatch(args: &Args<'_>) -> Answer {
    let keys = table(args)?;
    if keys.rows() > 1 && keys.columns() > 1 {
        return Err(ErrorCode::Value);
    }
    let at = searched(args, &keys, 2)?.ok_or(ErrorCode::NA)?;
    Ok(Value::number(at as f64 + 1.0))
}

/// Where the first argument is in a row or a column. The argument at `mode_at` is the match mode, the next the search mode.
fn searched(args: &Args<'_>, line: &Array, mode_at: usize) -> Result<Option<usize>, ErrorCode> {
    let mode = match args.whole_or(mode_at, 0)? {
        0 => Mode::Same,
        -1 => Mode::NextSmaller,
        1 => Mode::NextGreater,
        2 => Mode::Wildcard,
        _ => return Err(ErrorCode::Value),
    };
    // The binary searches, 2 and -2, differ from these only in speed where the array is sorted as they want it.
    let found = match args.number_unless_blank(mode_at + 1, 1.0).map(super::function::whole)? {
        1 | 2 => find_in_line(args.get(0), line, mode, false),
        -1 | -2 => find_in_line(args.get(0), line, mode, true),
        _ => return Err(ErrorCode::Value),
    };
    match found {
        Ok(at) => Ok(Some(at)),
        Err(ErrorCode::NA) => Ok(None),
        Err(code) => Err(code),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// The first that is the same.
    Same,
    /// The first that is the same or matches as a pattern.
    Wildcard,
    /// The last that is not greater, by [`bisect`]: the one that Excel finds, in what is not sorted, too.
    NotGreater,
    /// The first that is the same, else the last before one that is smaller.
    NotSmallerDescending,
    /// The first that is the same, else the greatest of the smaller ones.
    NextSmaller,
    /// The first that is the same, else the smallest of the greater ones.
    NextGreater,
}

/// The index of the wanted cell in the first row; `#N/A` when there is none.
fn find_in_row(wanted: &Value, array: &Array, mode: Mode) -> Result<usize, ErrorCode> {
    find(wanted, array.cells().iter().take(array.columns()), mode)
}

/// The index of the wanted cell in the first column, `from_end` of several the last; `#N/A` when there is none.
fn find_in_column(wanted: &Value, array: &Array, mode: Mode, from_end: bool) -> Result<usize, ErrorCode> {
    if let Some(index) = array.index()
        && !is_pattern(wanted, mode)
    {
        check(wanted, mode)?;
        return index.find(wanted, mode, from_end).ok_or(ErrorCode::NA);
    }
    let cells = array.cells().iter().step_by(array.columns());
    if from_end {
        find(wanted, cells.rev(), mode).map(|at| array.rows() - 1 - at)
    } else {
        find(wanted, cells, mode)
    }
}

/// The index of the wanted cell in an array that is one row or one column.
fn find_in_line(wanted: &Value, line: &Array, mode: Mode, from_end: bool) -> Result<usize, ErrorCode> {
    if line.columns() == 1 {
        return find_in_column(wanted, line, mode, from_end);
    }
    let cells = line.cells();
    if from_end {
        find(wanted, cells.iter().rev(), mode).map(|at| cells.len() - 1 - at)
    } else {
        find(wanted, cells.iter(), mode)
    }
}

fn is_pattern(wanted: &Value, mode: Mode) -> bool {
    matches!(wanted, Value::Text(text) if mode == Mode::Wildcard && text.contains(['*', '?', '~']))
}

/// # Errors
/// Where nothing can be found.
fn check(wanted: &Value, mode: Mode) -> Result<(), ErrorCode> {
    match wanted {
        Value::Text(text) if text.chars().count() > LONGEST => Err(ErrorCode::Value),
        Value::Blank if !matches!(mode, Mode::Same | Mode::NextSmaller | Mode::NextGreater) => {
            Err(ErrorCode::NA)
        }
        _ => Ok(()),
    }
}

/// Halves what is left until one of so many is the same: `Ok` with where it stands, as `slice::binary_search`; else
/// `Err` with how many stand before the first that turned out greater. `order`: how one stands to what is wanted.
///
/// # Errors
/// Those of `order`.
pub(super) fn bisect<E>(
    count: usize,
    order: impl Fn(usize) -> Result<Ordering, E>,
) -> Result<Result<usize, usize>, E> {
    let (mut from, mut to) = (0, count);
    while from < to {
        // Of two in the middle the first, which decides where nothing is sorted.
        let middle = (from + to - 1) / 2;
        match order(middle)? {
            Ordering::Less => from = middle + 1,
            Ordering::Greater => to = middle,
            Ordering::Equal => return Ok(Ok(middle)),
        }
    }
    Ok(Err(to))
}

/// The index of the wanted cell; `#N/A` when there is none.
fn find<'c>(wanted: &Value, cells: impl Iterator<Item = &'c Value>, mode: Mode) -> Result<usize, ErrorCode> {
    check(wanted, mode)?;
    let pattern = match wanted {
        Value::Text(text) if is_pattern(wanted, mode) => Some(Pattern::new(text)),
        _ => None,
    };
    let cells = cells.enumerate().filter(|(_, cell)| same_kind(wanted, cell));
    if mode == Mode::NotGreater {
        return not_greater(wanted, &cells.collect::<Vec<_>>());
    }
    let mut best: Option<(usize, &Value)> = None;
    for (index, cell) in cells {
        if let (Some(pattern), Value::Text(text)) = (&pattern, cell) {
            if pattern.matches(text) {
                return Ok(index);
            }
            continue;
        }
        let order = compare(cell, wanted)?;
        if order == Ordering::Equal {
            return Ok(index);
        }
        let better = |side: Ordering| {
            order == side && best.is_none_or(|(_, best)| compare(cell, best) == Ok(side.reverse()))
        };
        let take = match mode {
            Mode::Same | Mode::Wildcard | Mode::NotGreater => false,
            Mode::NotSmallerDescending if order == Ordering::Less => break,
            Mode::NotSmallerDescending => true,
            Mode::NextSmaller => better(Ordering::Less),
            Mode::NextGreater => better(Ordering::Greater),
        };
        if take {
            best = Some((index, cell));
        }
    }
    best.map(|(index, _)| index).ok_or(ErrorCode::NA)
}

/// The index that goes with the cell which [`bisect`] ends at, or with the last beside it that is the same.
fn not_greater(wanted: &Value, cells: &[(usize, &Value)]) -> Result<usize, ErrorCode> {
    let order = |at: usize| match cells.get(at) {
        Some((_, cell)) => compare(cell, wanted),
        None => Ok(Ordering::Greater),
    };
    let at = match bisect(cells.len(), order)? {
        Ok(mut at) => {
            while order(at + 1)?.is_eq() {
                at += 1;
            }
            Some(at)
        }
        Err(before) => before.checked_sub(1),
    };
    at.and_then(|at| cells.get(at)).map(|(index, _)| *index).ok_or(ErrorCode::NA)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cell() -> impl Strategy<Value = Value> {
        prop_oneof![
            4 => (-3i8..4).prop_map(|number| Value::Number(f64::from(number) / 2.0)),
            4 => "[aAbBéÉß*]{0,2}".prop_map(Value::from),
            1 => any::<bool>().prop_map(Value::Boolean),
            1 => Just(Value::Blank),
            1 => Just(Value::Error(ErrorCode::NA)),
        ]
    }

    #[test]
    fn what_is_not_sorted_is_halved_all_the_same() {
        let found = |wanted: i32, cells: &[i32]| {
            let cells: Vec<Value> = cells.iter().map(|cell| Value::number(f64::from(*cell))).collect();
            find(&Value::number(f64::from(wanted)), cells.iter(), Mode::NotGreater).ok().map(|at| at + 1)
        };
        // As LibreOffice and Gnumeric answer for MATCH.
        assert_eq!(found(39, &[25, 38, 40, 5]), Some(2));
        assert_eq!(found(5, &[1, 5, 2]), Some(2));
        assert_eq!(found(100, &[0, 60, 70, 1000, 90]), Some(3));
        assert_eq!(found(3, &[10, 20, 30, 0]), None);
        assert_eq!(found(4, &[60, 4, 5, 6, 7]), None);
        assert_eq!(found(3, &[1, 100, 3]), Some(1));
        assert_eq!(found(2, &[1, 2, 2, 2, 3]), Some(4));
        assert_eq!(found(9, &[]), None);
    }

    proptest! {
        #[test]
        fn a_table_is_found_in_as_any_array(cells in prop::collection::vec(cell(), 1..12), wanted in cell(), wide in any::<bool>()) {
            let columns = if wide && cells.len().is_multiple_of(2) { 2 } else { 1 };
            let array = Array::new(columns, cells.clone()).unwrap();
            let table = Array::table("t".into(), columns, cells).unwrap();
            for mode in [
                Mode::Same,
                Mode::Wildcard,
                Mode::NotGreater,
                Mode::NotSmallerDescending,
                Mode::NextSmaller,
                Mode::NextGreater,
            ] {
                for from_end in [false, true] {
                    // From the end only these are looked for.
                    if from_end && matches!(mode, Mode::NotGreater | Mode::NotSmallerDescending) {
                        continue;
                    }
                    prop_assert_eq!(
                        find_in_column(&wanted, &table, mode, from_end),
                        find_in_column(&wanted, &array, mode, from_end),
                        "{:?} {}", mode, from_end
                    );
                }
            }
        }
    }
}
