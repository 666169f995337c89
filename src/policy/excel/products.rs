//! Sums over the cells of arrays of one size.

use super::function::{Answer, Args, Function, Takes};
use super::numbers::{array, pairs};
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "SUMPRODUCT(array1, [array2], ...)",
        "The cells of arrays of one size multiplied with their partners, and the products summed; what is no number is 0.",
        &[("SUMPRODUCT([2, 3], [4, 5])", "23")],
        Takes::Anything,
        sumproduct,
    ),
    Function::new(
        "SUMX2MY2(array_x, array_y)",
        "The sum of the differences of squares.",
        &[("SUMX2MY2([2, 3], [1, 1])", "11")],
        Takes::Anything,
        |args| summed(args, |x, y| x * x - y * y),
    ),
    Function::new(
        "SUMX2PY2(array_x, array_y)",
        "The sum of the sums of squares.",
        &[("SUMX2PY2([2, 3], [1, 1])", "15")],
        Takes::Anything,
        |args| summed(args, |x, y| x * x + y * y),
    ),
    Function::new(
        "SUMXMY2(array_x, array_y)",
        "The sum of the squares of differences.",
        &[("SUMXMY2([2, 3], [1, 1])", "5")],
        Takes::Anything,
        |args| summed(args, |x, y| (x - y) * (x - y)),
    ),
];

fn sumproduct(args: &Args<'_>) -> Answer {
    let arrays = args.all().iter().map(array).collect::<Result<Vec<_>, _>>()?;
    let first = arrays.first().ok_or(ErrorCode::Value)?;
    let mut products = vec![1.0; first.cells().len()];
    for array in &arrays {
        if (array.rows(), array.columns()) != (first.rows(), first.columns()) {
            return Err(ErrorCode::Value);
        }
        for (product, cell) in products.iter_mut().zip(array.cells()) {
            *product *= match cell {
                Value::Number(number) => *number,
                Value::Error(code) => return Err(*code),
                _ => 0.0,
            };
        }
    }
    Ok(Value::number(products.iter().sum()))
}

fn summed(args: &Args<'_>, term: fn(f64, f64) -> f64) -> Answer {
    let pairs = pairs(args.get(0), args.get(1))?;
    Ok(Value::number(pairs.into_iter().map(|(x, y)| term(x, y)).sum()))
}
