//! Straight lines and exponential curves through points of one or more dimensions.

use super::array::Array;
use super::function::{Answer, Args, Function, Takes};
use super::matrix::eliminated;
use super::numbers::{array_of, matrix};
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "GROWTH(known_ys, [known_xs], [new_xs], [const])",
        "The ys of new xs on the exponential curve through the points.",
        &[("ROUND(GROWTH([2, 4, 8], [1, 2, 3], 4), 6)", "16")],
        Takes::Anything,
        |args| predicted(args, true),
    ),
    Function::new(
        "LINEST(known_ys, [known_xs], [const], [stats])",
        "The slopes, last dimension first, and the intercept of the straight line through the points; with stats four more rows: their standard errors; r2 and the error of y; F and the degrees of freedom; the sums of squares of regression and residuals.",
        &[("ROUND(LINEST([3, 5, 7], [1, 2, 3]), 6)", "{2,1}")],
        Takes::Anything,
        |args| coefficients(args, false),
    ),
    Function::new(
        "LOGEST(known_ys, [known_xs], [const], [stats])",
        "As LINEST for the curve y = b * m^x: the bases and b.",
        &[("ROUND(LOGEST([2, 4, 8], [1, 2, 3]), 6)", "{2,1}")],
        Takes::Anything,
        |args| coefficients(args, true),
    ),
    Function::new(
        "TREND(known_ys, [known_xs], [new_xs], [const])",
        "The ys of new xs on the straight line through the points.",
        &[("ROUND(TREND([3, 5, 7], [1, 2, 3], [4, 5]), 6)", "{9,11}")],
        Takes::Anything,
        |args| predicted(args, false),
    ),
];

/// The points and the plane through them.
struct Fit {
    /// One for each dimension, then the intercept.
    slopes: Vec<f64>,
    /// The diagonal of the inverse of the matrix of squares, in the same order.
    inverse: Vec<f64>,
    ys: Vec<f64>,
    /// The xs of each point, with a 1 behind them when the line has an intercept.
    points: Vec<Vec<f64>>,
    /// Whether the dimensions are the columns of the known xs, rather than their rows.
    by_column: bool,
    dimensions: usize,
    intercept: bool,
}

/// More dimensions than these are `#NUM!`, as in Excel.
const MAX_DIMENSIONS: usize = 64;

fn fit(args: &Args<'_>, constant: usize, exponential: bool) -> Result<Fit, ErrorCode> {
    let (width, mut ys) = matrix(args.get(0))?;
    if exponential {
        if ys.iter().any(|y| *y <= 0.0) {
            return Err(ErrorCode::Num);
        }
        ys.iter_mut().for_each(|y| *y = y.ln());
    }
    let (x_width, xs) = match args.get(1) {
        Value::Blank => (width, (1..=ys.len()).map(|x| x as f64).collect()),
        value => matrix(value)?,
    };
    let x_height = xs.len() / x_width;
    let y_height = ys.len() / width;
    // One column of ys: each column of xs is a dimension. One row: each row. Else each y has its own single x.
    let (dimensions, by_column) = if xs.len() == ys.len() {
        (1, x_width == 1)
    } else if width == 1 && x_height == y_height {
        (x_width, true)
    } else if y_height == 1 && x_width == width {
        (x_height, false)
    } else {
        return Err(ErrorCode::Ref);
    };
    if dimensions > MAX_DIMENSIONS {
        return Err(ErrorCode::Num);
    }
    let intercept = match args.get(constant) {
        Value::Blank => true,
        value => value.to_boolean()?,
    };
    let points = points(&xs, dimensions, by_column, intercept);
    let size = dimensions + usize::from(intercept);
    if points.len() < size {
        return Err(ErrorCode::Num);
    }
    let (slopes, inverse) = solved(&points, &ys, size)?;
    Ok(Fit { slopes, inverse, ys, points, by_column, dimensions, intercept })
}

fn points(xs: &[f64], dimensions: usize, by_column: bool, intercept: bool) -> Vec<Vec<f64>> {
    let count = xs.len() / dimensions;
    let at = |point: usize, dimension: usize| {
        let index = if by_column { point * dimensions + dimension } else { dimension * count + point };
        xs.get(index).copied().unwrap_or(0.0)
    };
    (0..count)
        .map(|point| {
            (0..dimensions).map(|dimension| at(point, dimension)).chain(intercept.then_some(1.0)).collect()
        })
        .collect()
}

/// The normal equations, with xs and ys taken from their means first where there is an intercept: that keeps digits.
fn solved(points: &[Vec<f64>], ys: &[f64], size: usize) -> Result<(Vec<f64>, Vec<f64>), ErrorCode> {
    let count = points.len() as f64;
    let intercept = points.first().is_some_and(|point| point.len() == size)
        && size > 0
        && points.iter().all(|p| p.last() == Some(&1.0));
    let means: Vec<f64> = (0..size)
        .map(|column| {
            if intercept && column + 1 < size {
                points.iter().filter_map(|p| p.get(column)).sum::<f64>() / count
            } else {
                0.0
            }
        })
        .collect();
    let centred: Vec<Vec<f64>> =
        points.iter().map(|point| point.iter().zip(&means).map(|(x, mean)| x - mean).collect()).collect();
    let mut rows = vec![vec![0.0; 2 * size + 1]; size];
    for (point, y) in centred.iter().zip(ys) {
        for (row, x) in rows.iter_mut().zip(point) {
            row.iter_mut().zip(point.iter().chain([y])).for_each(|(sum, other)| *sum += x * other);
        }
    }
    for (index, row) in rows.iter_mut().enumerate() {
        row.iter_mut()
            .skip(size + 1)
            .enumerate()
            .for_each(|(column, cell)| *cell = f64::from(u8::from(column == index)));
    }
    eliminated(&mut rows).ok_or(ErrorCode::Num)?;
    let mut slopes: Vec<f64> = rows.iter().filter_map(|row| row.get(size)).copied().collect();
    let entry = |row: usize, column: usize| {
        rows.get(row).and_then(|row| row.get(size + 1 + column)).copied().unwrap_or(0.0)
    };
    let mut inverse: Vec<f64> = (0..size).map(|index| entry(index, index)).collect();
    if intercept && size > 1 {
        let last = size - 1;
        let shift: f64 = slopes.iter().take(last).zip(&means).map(|(slope, mean)| slope * mean).sum();
        let spread: f64 = (0..last)
            .flat_map(|a| (0..last).map(move |b| (a, b)))
            .map(|(a, b)| {
                means.get(a).copied().unwrap_or(0.0) * entry(a, b) * means.get(b).copied().unwrap_or(0.0)
            })
            .sum();
        if let (Some(slope), Some(inverse)) = (slopes.get_mut(last), inverse.get_mut(last)) {
            *slope -= shift;
            *inverse += spread;
        }
    }
    Ok((slopes, inverse))
}

impl Fit {
    fn y(&self, point: &[f64]) -> f64 {
        self.slopes.iter().zip(point).map(|(slope, x)| slope * x).sum()
    }

    /// The dimensions from last to first, then the intercept.
    fn reversed(&self, values: &[f64]) -> Vec<f64> {
        values
            .iter()
            .take(self.dimensions)
            .rev()
            .chain(values.get(self.dimensions..).unwrap_or_default())
            .copied()
            .collect()
    }
}

fn coefficients(args: &Args<'_>, exponential: bool) -> Answer {
    let fit = fit(args, 2, exponential)?;
    let shown = |value: f64| if exponential { value.exp() } else { value };
    let absent = if exponential { 1.0 } else { 0.0 };
    let mut first: Vec<f64> = fit.reversed(&fit.slopes).into_iter().map(shown).collect();
    first.resize(fit.dimensions + 1, absent);
    let columns = first.len();
    if !args.boolean_or(3, false)? {
        return array_of(columns, first);
    }
    let mean = if fit.intercept { fit.ys.iter().sum::<f64>() / fit.ys.len() as f64 } else { 0.0 };
    let total: f64 = fit.ys.iter().map(|y| (y - mean) * (y - mean)).sum();
    let residual: f64 = fit.points.iter().zip(&fit.ys).map(|(point, y)| (y - fit.y(point)).powi(2)).sum();
    let freedom = (fit.ys.len() - fit.slopes.len()) as f64;
    let error = if freedom > 0.0 { (residual / freedom).sqrt() } else { 0.0 };
    let regression = total - residual;
    let missing = Value::Error(ErrorCode::NA);
    let mut errors: Vec<Value> =
        fit.reversed(&fit.inverse).into_iter().map(|x| Value::number(x.max(0.0).sqrt() * error)).collect();
    errors.resize(columns, missing.clone());
    let f = if residual == 0.0 {
        Value::Error(ErrorCode::Num)
    } else {
        Value::number(regression / fit.dimensions as f64 / (residual / freedom))
    };
    let mut rows = vec![first.into_iter().map(Value::number).collect(), errors];
    rows.push(vec![Value::number(regression / total), Value::number(error)]);
    rows.push(vec![f, Value::number(freedom)]);
    rows.push(vec![Value::number(regression), Value::number(residual)]);
    Array::from_rows(rows).map(Value::from)
}

fn predicted(args: &Args<'_>, exponential: bool) -> Answer {
    let fit = fit(args, 3, exponential)?;
    let y = |point: &[f64]| if exponential { fit.y(point).exp() } else { fit.y(point) };
    if matches!(args.get(2), Value::Blank) {
        let columns = if fit.by_column { 1 } else { fit.ys.len() };
        return array_of(columns, fit.points.iter().map(|point| y(point)));
    }
    let (width, xs) = matrix(args.get(2))?;
    let height = xs.len() / width;
    if fit.dimensions > 1 && (if fit.by_column { width } else { height }) != fit.dimensions {
        return Err(ErrorCode::Ref);
    }
    let columns = match (fit.dimensions, fit.by_column) {
        (1, _) | (_, false) => width,
        (_, true) => 1,
    };
    array_of(columns, points(&xs, fit.dimensions, fit.by_column, fit.intercept).iter().map(|point| y(point)))
}

#[cfg(test)]
mod tests {
    use super::super::function::Clock;
    use super::super::table::function;
    use super::*;

    /// The example of Excel's page on LINEST: the worth of office buildings.
    #[test]
    fn several_dimensions_with_statistics() {
        let xs = [
            [2310.0, 2.0, 2.0, 20.0],
            [2333.0, 2.0, 2.0, 12.0],
            [2356.0, 3.0, 1.5, 33.0],
            [2379.0, 3.0, 2.0, 43.0],
            [2402.0, 2.0, 3.0, 53.0],
            [2425.0, 4.0, 2.0, 23.0],
            [2448.0, 2.0, 1.5, 99.0],
            [2471.0, 2.0, 2.0, 34.0],
            [2494.0, 3.0, 3.0, 23.0],
            [2517.0, 4.0, 4.0, 55.0],
            [2540.0, 2.0, 3.0, 22.0],
        ];
        let ys = [142e3, 144e3, 151e3, 150e3, 139e3, 169e3, 126e3, 142.9e3, 163e3, 169e3, 149e3];
        let xs = array_of(4, xs.into_iter().flatten()).unwrap();
        let ys = array_of(1, ys).unwrap();
        let call =
            |name: &str, arguments: &[Value]| function(name).unwrap().call(arguments, &Clock { now: 0.0 });
        let yes = Value::Boolean(true);
        let answer = call("LINEST", &[ys.clone(), xs.clone(), yes.clone(), yes]);
        let rounded = call("ROUND", &[answer, Value::number(4.0)]);
        let Value::Array(rounded) = rounded else { panic!("no array") };
        let rows: Vec<String> =
            rounded.cells().chunks(5).map(|row| Array::row(row.to_vec()).unwrap().to_string()).collect();
        insta::assert_snapshot!(rows.join("\n"), @"
        {-234.2372,2553.2107,12529.7682,27.6414,52317.8305}
        {13.268,530.6692,400.0668,5.4294,12237.3616}
        {0.9967,970.5785,#N/A,#N/A,#N/A}
        {459.7537,6,#N/A,#N/A,#N/A}
        {1732393319.2293,5652135.3162,#N/A,#N/A,#N/A}
        ");
        let new = array_of(4, [2500.0, 3.0, 2.0, 25.0]).unwrap();
        let worth = call("ROUND", &[call("TREND", &[ys, xs, new]), Value::number(2.0)]);
        insta::assert_snapshot!(worth.to_string(), @"158261.1");
    }
}
