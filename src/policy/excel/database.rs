//! Summaries of the rows of a table that pass criteria.
//!
//! The table's first row has the names of its columns. So has the first row of the criteria; each row below is one way
//! to pass: all its cells that are not blank have to hold.

use super::array::Array;
use super::criteria::Criterion;
use super::function::{Answer, Args, Function, Takes, place};
use super::numbers::array;
use super::subtotal::summarized;
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "DAVERAGE(database, field, criteria)",
        "The mean of a column's numbers.",
        &[(r#"DAVERAGE([["age", "pay"], [20, 1], [40, 3], [50, 5]], "pay", [["age"], [">30"]])"#, "4")],
        Takes::Anything,
        |args| summary(args, 1),
    ),
    Function::new(
        "DCOUNT(database, field, criteria)",
        "How many numbers a column has; without a field, how many rows pass.",
        &[(r#"DCOUNT([["age", "pay"], [20, 1], [40, 3], [50, 5]], "pay", [["age"], [">30"]])"#, "2")],
        Takes::Anything,
        |args| counted(args, |cell| matches!(cell, Value::Number(_))),
    ),
    Function::new(
        "DCOUNTA(database, field, criteria)",
        "How many values a column has that are not blank; without a field, how many rows pass.",
        &[(r#"DCOUNTA([["age", "name"], [20, "a"], [40, ()], [50, "c"]], "name", [["age"], [">30"]])"#, "1")],
        Takes::Anything,
        |args| counted(args, |cell| !matches!(cell, Value::Blank)),
    ),
    Function::new(
        "DGET(database, field, criteria)",
        "The only value; #VALUE! when no row passes, #NUM! when several do.",
        &[(r#"DGET([["name", "pay"], ["Ann", 1], ["Bob", 3]], "pay", [["name"], ["Bob"]])"#, "3")],
        Takes::Anything,
        dget,
    ),
    Function::new(
        "DMAX(database, field, criteria)",
        "The greatest of a column's numbers.",
        &[(r#"DMAX([["age", "pay"], [20, 9], [40, 3], [50, 5]], "pay", [["age"], [">30"]])"#, "5")],
        Takes::Anything,
        |args| summary(args, 4),
    ),
    Function::new(
        "DMIN(database, field, criteria)",
        "The smallest of a column's numbers.",
        &[(r#"DMIN([["age", "pay"], [20, 1], [40, 3], [50, 5]], "pay", [["age"], [">30"]])"#, "3")],
        Takes::Anything,
        |args| summary(args, 5),
    ),
    Function::new(
        "DPRODUCT(database, field, criteria)",
        "A column's numbers multiplied.",
        &[(r#"DPRODUCT([["age", "pay"], [20, 9], [40, 3], [50, 5]], "pay", [["age"], [">30"]])"#, "15")],
        Takes::Anything,
        |args| summary(args, 6),
    ),
    Function::new(
        "DSTDEV(database, field, criteria)",
        "The standard deviation of a column's numbers as a sample.",
        &[(r#"DSTDEV([["n"], [1], [3], [5]], 1, [["n"], [">0"]])"#, "2")],
        Takes::Anything,
        |args| summary(args, 7),
    ),
    Function::new(
        "DSTDEVP(database, field, criteria)",
        "The standard deviation of a column's numbers as a whole population.",
        &[(r#"DSTDEVP([["n"], [1], [5]], 1, [["n"], [">0"]])"#, "2")],
        Takes::Anything,
        |args| summary(args, 8),
    ),
    Function::new(
        "DSUM(database, field, criteria)",
        "The sum of a column's numbers.",
        &[(r#"DSUM([["age", "pay"], [20, 1], [40, 3], [50, 5]], "pay", [["age"], [">30"]])"#, "8")],
        Takes::Anything,
        |args| summary(args, 9),
    ),
    Function::new(
        "DVAR(database, field, criteria)",
        "The variance of a column's numbers as a sample.",
        &[(r#"DVAR([["n"], [1], [3], [5]], 1, [["n"], [">0"]])"#, "4")],
        Takes::Anything,
        |args| summary(args, 10),
    ),
    Function::new(
        "DVARP(database, field, criteria)",
        "The variance of a column's numbers as a whole population.",
        &[(r#"DVARP([["n"], [1], [5]], 1, [["n"], [">0"]])"#, "4")],
        Takes::Anything,
        |args| summary(args, 11),
    ),
];

/// The most comparisons of a row with a row of criteria, cell by cell.
const MAX_COMPARISONS: usize = 1 << 24;

/// The column of a field, by its name or its number counted from 1.
fn column(table: &Array, field: &Value) -> Result<usize, ErrorCode> {
    match field {
        Value::Error(code) => Err(*code),
        Value::Text(name) => named(table, name).ok_or(ErrorCode::Value),
        field => {
            let index = place(field.to_number()?).ok_or(ErrorCode::Value)?;
            if index < table.columns() { Ok(index) } else { Err(ErrorCode::Value) }
        }
    }
}

fn named(table: &Array, name: &str) -> Option<usize> {
    let wanted = name.to_lowercase();
    (0..table.columns())
        .find(|column| matches!(table.get(0, *column), Value::Text(text) if text.to_lowercase() == wanted))
}

/// The rows that pass, counted from 1 below the names.
fn passing(table: &Array, criteria: &Value) -> Result<Vec<usize>, ErrorCode> {
    let criteria = array(criteria)?;
    if table.rows().saturating_mul(criteria.cells().len()) > MAX_COMPARISONS {
        return Err(ErrorCode::Calc);
    }
    let columns: Vec<Option<usize>> = (0..criteria.columns())
        .map(|column| match criteria.get(0, column) {
            Value::Text(name) => named(table, name),
            _ => None,
        })
        .collect();
    let ways: Vec<Vec<(usize, Criterion)>> = (1..criteria.rows())
        .map(|row| {
            columns
                .iter()
                .enumerate()
                .filter_map(|(index, column)| match (column, criteria.get(row, index)) {
                    (_, Value::Blank) | (None, _) => None,
                    (Some(column), wanted) => Some((*column, Criterion::new(wanted, true))),
                })
                .collect()
        })
        .collect();
    Ok((1..table.rows())
        .filter(|row| {
            ways.iter().any(|way| way.iter().all(|(column, wanted)| wanted.passes(table.get(*row, *column))))
        })
        .collect())
}

fn found(args: &Args<'_>) -> Result<Vec<Value>, ErrorCode> {
    let table = array(args.get(0))?;
    let column = column(&table, args.get(1))?;
    Ok(passing(&table, args.get(2))?.into_iter().map(|row| table.get(row, column).clone()).collect())
}

fn summary(args: &Args<'_>, function: i64) -> Answer {
    let numbers = found(args)?.into_iter().filter_map(|cell| match cell {
        Value::Number(number) => Some(Ok(number)),
        Value::Error(code) => Some(Err(code)),
        _ => None,
    });
    summarized(function, &numbers.collect::<Result<Vec<_>, _>>()?).map(Value::number)
}

fn counted(args: &Args<'_>, counts: fn(&Value) -> bool) -> Answer {
    let count = if matches!(args.get(1), Value::Blank) {
        passing(&*array(args.get(0))?, args.get(2))?.len()
    } else {
        found(args)?.iter().filter(|cell| counts(cell)).count()
    };
    Ok(Value::number(count as f64))
}

fn dget(args: &Args<'_>) -> Answer {
    match found(args)?.as_slice() {
        [] => Err(ErrorCode::Value),
        [only] => Ok(only.clone()),
        _ => Err(ErrorCode::Num),
    }
}
