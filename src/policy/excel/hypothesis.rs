//! Tests of hypotheses: how probable it is that samples differ so much by chance.

use super::function::{Answer, Args, Function, Takes};
use super::incomplete::normal_share;
use super::moments::{mean, variance};
use super::numbers::{array, numbers, pairs};
use super::sampling::{chi_upper, f_split, t_upper};
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "CHISQ.TEST(actual_range, expected_range)",
        "The chi-squared test of independence.",
        &[(
            "ROUND(CHISQ.TEST([[58, 35], [11, 25], [10, 23]], [[45.35, 47.65], [17.56, 18.44], [16.09, 16.91]]), 6)",
            "0.000308",
        )],
        Takes::Anything,
        chisq,
    ),
    Function::new(
        "CHITEST(actual_range, expected_range)",
        "As CHISQ.TEST.",
        &[(
            "ROUND(CHITEST([[58, 35], [11, 25], [10, 23]], [[45.35, 47.65], [17.56, 18.44], [16.09, 16.91]]), 6)",
            "0.000308",
        )],
        Takes::Anything,
        chisq,
    ),
    Function::new(
        "F.TEST(array1, array2)",
        "Whether two variances differ, to either side.",
        &[("ROUND(F.TEST([6, 7, 9, 15, 21], [20, 28, 31, 38, 40]), 4)", "0.6483")],
        Takes::Anything,
        f_test,
    ),
    Function::new(
        "T.TEST(array1, array2, tails, type)",
        "Whether two means differ, by Student's t: type 1 for pairs, 2 for samples of one variance, 3 of two.",
        &[("ROUND(T.TEST([3, 4, 5, 8, 9, 1, 2, 4, 5], [6, 19, 3, 2, 14, 4, 5, 17, 1], 2, 1), 4)", "0.196")],
        Takes::ScalarsAt(0b1100),
        t_test,
    ),
    Function::new(
        "Z.TEST(array, x, [sigma])",
        "How probable a greater mean than the sample's is when the true one is x.",
        &[("ROUND(Z.TEST([3, 6, 7, 8, 6, 5, 4, 2, 1, 9], 4), 4)", "0.0906")],
        Takes::ScalarsAt(0b110),
        z_test,
    ),
];

fn chisq(args: &Args<'_>) -> Answer {
    let (actual, expected) = (array(args.get(0))?, array(args.get(1))?);
    let (rows, columns) = (actual.rows(), actual.columns());
    if (expected.rows(), expected.columns()) != (rows, columns) || rows * columns < 2 {
        return Err(ErrorCode::NA);
    }
    let mut sum = 0.0;
    for (actual, expected) in pairs(args.get(0), args.get(1))? {
        if expected == 0.0 {
            return Err(ErrorCode::Div0);
        }
        if expected < 0.0 {
            return Err(ErrorCode::Num);
        }
        sum += (actual - expected).powi(2) / expected;
    }
    let freedom = if rows == 1 || columns == 1 { rows * columns - 1 } else { (rows - 1) * (columns - 1) };
    chi_upper(sum, freedom as f64).map(Value::number)
}

fn sample(args: &Args<'_>, index: usize) -> Result<Vec<f64>, ErrorCode> {
    numbers(std::slice::from_ref(args.get(index)))
}

fn f_test(args: &Args<'_>) -> Answer {
    let (a, b) = (sample(args, 0)?, sample(args, 1)?);
    let (a_variance, b_variance) = (variance(&a, 1.0)?, variance(&b, 1.0)?);
    if a_variance == 0.0 || b_variance == 0.0 {
        return Err(ErrorCode::Div0);
    }
    let (below, above) = f_split(a_variance / b_variance, a.len() as f64 - 1.0, b.len() as f64 - 1.0)?;
    Ok(Value::number(2.0 * below.min(above)))
}

fn t_test(args: &Args<'_>) -> Answer {
    let (tails, kind) = (args.whole(2)?, args.whole(3)?);
    if !(1..=2).contains(&tails) {
        return Err(ErrorCode::Num);
    }
    let (t, freedom) = match kind {
        1 => {
            let differences: Vec<f64> =
                pairs(args.get(0), args.get(1))?.into_iter().map(|(a, b)| a - b).collect();
            let count = differences.len() as f64;
            (mean(&differences)? / (variance(&differences, 1.0)? / count).sqrt(), count - 1.0)
        }
        2 | 3 => {
            let (a, b) = (sample(args, 0)?, sample(args, 1)?);
            let (n, m) = (a.len() as f64, b.len() as f64);
            let (x, y) = (variance(&a, 1.0)?, variance(&b, 1.0)?);
            let difference = mean(&a)? - mean(&b)?;
            if kind == 2 {
                let pooled = ((n - 1.0) * x + (m - 1.0) * y) / (n + m - 2.0);
                (difference / (pooled * (1.0 / n + 1.0 / m)).sqrt(), n + m - 2.0)
            } else {
                let spread = x / n + y / m;
                let freedom = spread * spread / ((x / n).powi(2) / (n - 1.0) + (y / m).powi(2) / (m - 1.0));
                (difference / spread.sqrt(), freedom)
            }
        }
        _ => return Err(ErrorCode::Num),
    };
    if !t.is_finite() || !freedom.is_finite() {
        return Err(ErrorCode::Div0);
    }
    Ok(Value::number(t_upper(t.abs(), freedom)? * tails as f64))
}

fn z_test(args: &Args<'_>) -> Answer {
    let (sample, x) = (sample(args, 0)?, args.number(1)?);
    if sample.is_empty() {
        return Err(ErrorCode::NA);
    }
    let sigma = match args.given(2) {
        Some(_) => args.number(2)?,
        None => variance(&sample, 1.0)?.sqrt(),
    };
    if sigma == 0.0 {
        return Err(ErrorCode::Div0);
    }
    if sigma < 0.0 {
        return Err(ErrorCode::Num);
    }
    let z = (mean(&sample)? - x) / (sigma / (sample.len() as f64).sqrt());
    Ok(Value::number(normal_share(-z)))
}
