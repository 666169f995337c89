//! How two lists of numbers go together.

use super::function::{Answer, Args, Function, Takes};
use super::moments::mean;
use super::numbers::pairs;
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "CORREL(array1, array2)",
        "The correlation, -1 to 1.",
        &[("CORREL([1, 2, 3], [2, 4, 6])", "1")],
        Takes::Anything,
        |args| of(args, 0, 1, correlation),
    ),
    Function::new(
        "COVAR(array1, array2)",
        "As COVARIANCE.P.",
        &[("COVAR([1, 2, 3], [2, 4, 6])", "1.33333333333333")],
        Takes::Anything,
        |args| of(args, 0, 1, |s| Ok(s.xy / s.count)),
    ),
    Function::new(
        "COVARIANCE.P(array1, array2)",
        "The covariance of a whole population.",
        &[("COVARIANCE.P([1, 2, 3], [2, 4, 6])", "1.33333333333333")],
        Takes::Anything,
        |args| of(args, 0, 1, |s| Ok(s.xy / s.count)),
    ),
    Function::new(
        "COVARIANCE.S(array1, array2)",
        "The covariance, estimated from a sample.",
        &[("COVARIANCE.S([1, 2, 3], [2, 4, 6])", "2")],
        Takes::Anything,
        |args| of(args, 0, 1, |s| divided(s.xy, s.count - 1.0)),
    ),
    Function::new(
        "FORECAST(x, known_ys, known_xs)",
        "As FORECAST.LINEAR.",
        &[("FORECAST(4, [2, 4, 6], [1, 2, 3])", "8")],
        Takes::ScalarsAt(1),
        forecast,
    ),
    Function::new(
        "FORECAST.LINEAR(x, known_ys, known_xs)",
        "The y of an x on the straight line through the points.",
        &[("FORECAST.LINEAR(4, [2, 4, 6], [1, 2, 3])", "8")],
        Takes::ScalarsAt(1),
        forecast,
    ),
    Function::new(
        "INTERCEPT(known_ys, known_xs)",
        "Where the straight line through the points meets the y-axis.",
        &[("INTERCEPT([3, 5, 7], [1, 2, 3])", "1")],
        Takes::Anything,
        |args| of(args, 1, 0, |s| Ok(s.mean_y - slope(s)? * s.mean_x)),
    ),
    Function::new(
        "PEARSON(array1, array2)",
        "As CORREL.",
        &[("PEARSON([1, 2, 3], [2, 4, 6])", "1")],
        Takes::Anything,
        |args| of(args, 0, 1, correlation),
    ),
    Function::new(
        "RSQ(known_ys, known_xs)",
        "The square of the correlation.",
        &[("RSQ([1, 2, 3], [2, 4, 6])", "1")],
        Takes::Anything,
        |args| of(args, 1, 0, |s| correlation(s).map(|r| r * r)),
    ),
    Function::new(
        "SLOPE(known_ys, known_xs)",
        "How steep the straight line through the points is.",
        &[("SLOPE([3, 5, 7], [1, 2, 3])", "2")],
        Takes::Anything,
        |args| of(args, 1, 0, slope),
    ),
    Function::new(
        "STEYX(known_ys, known_xs)",
        "How far the points are from the straight line through them, as a standard error.",
        &[("STEYX([3, 5, 7], [1, 2, 3])", "0")],
        Takes::Anything,
        |args| of(args, 1, 0, steyx),
    ),
];

/// Sums over the pairs, as differences from the means.
struct Sums {
    count: f64,
    mean_x: f64,
    mean_y: f64,
    xx: f64,
    yy: f64,
    xy: f64,
}

fn sums(x: &Value, y: &Value) -> Result<Sums, ErrorCode> {
    let pairs = pairs(x, y)?;
    let (xs, ys): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let (mean_x, mean_y) = (mean(&xs)?, mean(&ys)?);
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs {
        let (x, y) = (x - mean_x, y - mean_y);
        xx += x * x;
        yy += y * y;
        xy += x * y;
    }
    Ok(Sums { count: xs.len() as f64, mean_x, mean_y, xx, yy, xy })
}

fn of(args: &Args<'_>, x: usize, y: usize, function: fn(&Sums) -> Result<f64, ErrorCode>) -> Answer {
    function(&sums(args.get(x), args.get(y))?).map(Value::number)
}

fn divided(a: f64, b: f64) -> Result<f64, ErrorCode> {
    if b == 0.0 { Err(ErrorCode::Div0) } else { Ok(a / b) }
}

fn correlation(sums: &Sums) -> Result<f64, ErrorCode> {
    divided(sums.xy, (sums.xx * sums.yy).sqrt())
}

fn slope(sums: &Sums) -> Result<f64, ErrorCode> {
    divided(sums.xy, sums.xx)
}

fn steyx(sums: &Sums) -> Result<f64, ErrorCode> {
    if sums.count < 3.0 {
        return Err(ErrorCode::Div0);
    }
    Ok(((sums.yy - divided(sums.xy * sums.xy, sums.xx)?) / (sums.count - 2.0)).max(0.0).sqrt())
}

fn forecast(args: &Args<'_>) -> Answer {
    let x = args.number(0)?;
    let sums = sums(args.get(2), args.get(1))?;
    Ok(Value::number(sums.mean_y + slope(&sums)? * (x - sums.mean_x)))
}
