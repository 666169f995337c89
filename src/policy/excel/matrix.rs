//! Matrices.

use super::array::{Array, MAX_CELLS};
use super::function::{Answer, Args, Function, Takes};
use super::numbers::{array, array_of, matrix};
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "MDETERM(array)",
        "The determinant of a square matrix.",
        &[("MDETERM([[1, 2], [3, 4]])", "-2")],
        Takes::Anything,
        mdeterm,
    ),
    Function::new(
        "MINVERSE(array)",
        "The inverse of a square matrix, #NUM! when there is none.",
        &[("MINVERSE([[2, 0], [0, 4]])", "{0.5,0;0,0.25}")],
        Takes::Anything,
        minverse,
    ),
    Function::new(
        "MMULT(array1, array2)",
        "The product of two matrices; the first has as many columns as the second has rows.",
        &[("MMULT([[1, 2], [3, 4]], [[5], [6]])", "{17;39}")],
        Takes::Anything,
        mmult,
    ),
    Function::new(
        "MUNIT(dimension)",
        "The unit matrix of a size.",
        &[("MUNIT(2)", "{1,0;0,1}")],
        Takes::Anything,
        munit,
    ),
    Function::new(
        "TRANSPOSE(array)",
        "Rows as columns.",
        &[("TRANSPOSE([[1, 2, 3]])", "{1;2;3}")],
        Takes::Anything,
        transpose,
    ),
];

fn mmult(args: &Args<'_>) -> Answer {
    let ((shared, a), (columns, b)) = (matrix(args.get(0))?, matrix(args.get(1))?);
    if b.len() != shared * columns {
        return Err(ErrorCode::Value);
    }
    if (a.len() / shared).saturating_mul(columns) > MAX_CELLS {
        return Err(ErrorCode::Calc);
    }
    array_of(
        columns,
        a.chunks(shared).flat_map(|row| {
            let b = &b;
            (0..columns).map(move |column| {
                row.iter().zip(b.iter().skip(column).step_by(columns)).map(|(x, y)| x * y).sum()
            })
        }),
    )
}

/// The rows of a square matrix.
fn square(value: &Value) -> Result<Vec<Vec<f64>>, ErrorCode> {
    let (columns, cells) = matrix(value)?;
    if cells.len() == columns * columns {
        Ok(cells.chunks(columns).map(<[f64]>::to_vec).collect())
    } else {
        Err(ErrorCode::Value)
    }
}

fn mdeterm(args: &Args<'_>) -> Answer {
    let mut rows = square(args.get(0))?;
    Ok(Value::number(eliminated(&mut rows).unwrap_or(0.0)))
}

fn minverse(args: &Args<'_>) -> Answer {
    let mut rows = square(args.get(0))?;
    let size = rows.len();
    for (index, row) in rows.iter_mut().enumerate() {
        row.extend((0..size).map(|column| f64::from(u8::from(column == index))));
    }
    eliminated(&mut rows).ok_or(ErrorCode::Num)?;
    array_of(size, rows.into_iter().flat_map(|row| row.into_iter().skip(size)))
}

/// Gauss and Jordan: makes the left square of the rows the unit matrix by operations on whole rows. Gives its
/// determinant; `None` when it has no inverse.
pub(super) fn eliminated(rows: &mut [Vec<f64>]) -> Option<f64> {
    let mut determinant = 1.0;
    let scale = rows.iter().flatten().fold(0.0, |greatest: f64, x| greatest.max(x.abs()));
    for column in 0..rows.len() {
        let (pivot, _) = rows
            .iter()
            .enumerate()
            .skip(column)
            .max_by(|(_, a), (_, b)| magnitude(a, column).total_cmp(&magnitude(b, column)))?;
        if pivot != column {
            rows.swap(pivot, column);
            determinant = -determinant;
        }
        let mut row = std::mem::take(rows.get_mut(column)?);
        let factor = row.get(column).copied()?;
        if factor.abs() <= scale * 1e-15 {
            return None;
        }
        determinant *= factor;
        row.iter_mut().for_each(|x| *x /= factor);
        for other in rows.iter_mut() {
            let factor = other.get(column).copied().unwrap_or(0.0);
            if factor != 0.0 {
                other.iter_mut().zip(&row).for_each(|(x, y)| *x -= factor * y);
            }
        }
        *rows.get_mut(column)? = row;
    }
    Some(determinant)
}

fn magnitude(row: &[f64], column: usize) -> f64 {
    row.get(column).map_or(0.0, |x| x.abs())
}

fn munit(args: &Args<'_>) -> Answer {
    let size = usize::try_from(args.whole(0)?).ok().filter(|size| *size > 0).ok_or(ErrorCode::Value)?;
    if size.saturating_mul(size) > MAX_CELLS {
        return Err(ErrorCode::Calc);
    }
    array_of(size, (0..size * size).map(|index| f64::from(u8::from(index / size == index % size))))
}

fn transpose(args: &Args<'_>) -> Answer {
    let array = array(args.get(0))?;
    let cells = (0..array.columns()).flat_map(|column| (0..array.rows()).map(move |row| (row, column)));
    let cells = cells.map(|(row, column)| array.get(row, column).clone()).collect();
    Array::new(array.rows(), cells).map(Array::into_value)
}
