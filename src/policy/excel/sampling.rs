//! The distributions of samples: Student's t, chi-squared and F.

use std::f64::consts::PI;

use super::function::{Answer, Args, Function, Takes};
use super::incomplete::{beta_shares, gamma_shares, ln_beta, quantile};
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "CHIDIST(x, deg_freedom)",
        "As CHISQ.DIST.RT.",
        &[("ROUND(CHIDIST(18.307, 10), 4)", "0.05")],
        Takes::Numbers,
        |args| Ok(Value::number(chi_shares(args)?.1)),
    ),
    Function::new(
        "CHIINV(probability, deg_freedom)",
        "As CHISQ.INV.RT.",
        &[("ROUND(CHIINV(0.05, 10), 3)", "18.307")],
        Takes::Numbers,
        |args| chi_inv(args, true),
    )
    .searching(),
    Function::new(
        "CHISQ.DIST(x, deg_freedom, cumulative)",
        "The chi-squared distribution, as a probability up to x or a density.",
        &[("ROUND(CHISQ.DIST(2, 3, TRUE), 4)", "0.4276")],
        Takes::Numbers,
        chi_dist,
    ),
    Function::new(
        "CHISQ.DIST.RT(x, deg_freedom)",
        "The chi-squared probability above x.",
        &[("ROUND(CHISQ.DIST.RT(18.307, 10), 4)", "0.05")],
        Takes::Numbers,
        |args| Ok(Value::number(chi_shares(args)?.1)),
    ),
    Function::new(
        "CHISQ.INV(probability, deg_freedom)",
        "The x with this chi-squared probability below it.",
        &[("ROUND(CHISQ.INV(0.93, 1), 4)", "3.283")],
        Takes::Numbers,
        |args| chi_inv(args, false),
    )
    .searching(),
    Function::new(
        "CHISQ.INV.RT(probability, deg_freedom)",
        "The x with this chi-squared probability above it.",
        &[("ROUND(CHISQ.INV.RT(0.05, 10), 3)", "18.307")],
        Takes::Numbers,
        |args| chi_inv(args, true),
    )
    .searching(),
    Function::new(
        "CONFIDENCE.T(alpha, standard_dev, size)",
        "How far the mean of a sample may be from the true one, by Student's t.",
        &[("ROUND(CONFIDENCE.T(0.05, 1, 50), 4)", "0.2842")],
        Takes::Numbers,
        confidence,
    )
    .searching(),
    Function::new(
        "F.DIST(x, deg_freedom1, deg_freedom2, cumulative)",
        "The F distribution, as a probability up to x or a density.",
        &[("ROUND(F.DIST(15.2069, 6, 4, TRUE), 4)", "0.99")],
        Takes::Numbers,
        f_dist,
    ),
    Function::new(
        "F.DIST.RT(x, deg_freedom1, deg_freedom2)",
        "The F probability above x.",
        &[("ROUND(F.DIST.RT(15.2069, 6, 4), 4)", "0.01")],
        Takes::Numbers,
        |args| Ok(Value::number(f_shares(args)?.1)),
    ),
    Function::new(
        "F.INV(probability, deg_freedom1, deg_freedom2)",
        "The x with this F probability below it.",
        &[("ROUND(F.INV(0.01, 6, 4), 4)", "0.1093")],
        Takes::Numbers,
        |args| f_inv(args, false),
    )
    .searching(),
    Function::new(
        "F.INV.RT(probability, deg_freedom1, deg_freedom2)",
        "The x with this F probability above it.",
        &[("ROUND(F.INV.RT(0.01, 6, 4), 3)", "15.207")],
        Takes::Numbers,
        |args| f_inv(args, true),
    )
    .searching(),
    Function::new(
        "FDIST(x, deg_freedom1, deg_freedom2)",
        "As F.DIST.RT.",
        &[("ROUND(FDIST(15.2069, 6, 4), 4)", "0.01")],
        Takes::Numbers,
        |args| Ok(Value::number(f_shares(args)?.1)),
    ),
    Function::new(
        "FINV(probability, deg_freedom1, deg_freedom2)",
        "As F.INV.RT.",
        &[("ROUND(FINV(0.01, 6, 4), 3)", "15.207")],
        Takes::Numbers,
        |args| f_inv(args, true),
    )
    .searching(),
    Function::new(
        "T.DIST(x, deg_freedom, cumulative)",
        "Student's t distribution, as a probability up to x or a density.",
        &[("ROUND(T.DIST(60, 1, TRUE), 4)", "0.9947")],
        Takes::Numbers,
        t_dist,
    ),
    Function::new(
        "T.DIST.2T(x, deg_freedom)",
        "The probability beyond x to either side in Student's t distribution.",
        &[("ROUND(T.DIST.2T(1.96, 60), 4)", "0.0546")],
        Takes::Numbers,
        |args| {
            if args.number(0)? < 0.0 {
                return Err(ErrorCode::Num);
            }
            Ok(Value::number(2.0 * t_upper(args.number(0)?, freedom(args, 1)?)?))
        },
    ),
    Function::new(
        "T.DIST.RT(x, deg_freedom)",
        "The probability above x in Student's t distribution.",
        &[("ROUND(T.DIST.RT(1.96, 60), 4)", "0.0273")],
        Takes::Numbers,
        |args| t_upper(args.number(0)?, freedom(args, 1)?).map(Value::number),
    ),
    Function::new(
        "T.INV(probability, deg_freedom)",
        "The x with this probability below it in Student's t distribution.",
        &[("ROUND(T.INV(0.75, 2), 4)", "0.8165")],
        Takes::Numbers,
        |args| t_quantile(args.number(0)?, freedom(args, 1)?).map(Value::number),
    )
    .searching(),
    Function::new(
        "T.INV.2T(probability, deg_freedom)",
        "The x with this probability beyond it to either side in Student's t distribution.",
        &[("ROUND(T.INV.2T(0.05, 60), 4)", "2.0003")],
        Takes::Numbers,
        t_inv_2t,
    )
    .searching(),
    Function::new(
        "TDIST(x, deg_freedom, tails)",
        "The probability beyond x in Student's t distribution: 1 above it, 2 to either side.",
        &[("ROUND(TDIST(1.96, 60, 2), 4)", "0.0546")],
        Takes::Numbers,
        tdist,
    ),
    Function::new(
        "TINV(probability, deg_freedom)",
        "As T.INV.2T.",
        &[("ROUND(TINV(0.05, 60), 4)", "2.0003")],
        Takes::Numbers,
        t_inv_2t,
    )
    .searching(),
];

/// Degrees of freedom: whole, 1 to 10^10.
fn freedom(args: &Args<'_>, index: usize) -> Result<f64, ErrorCode> {
    let freedom = args.number(index)?.trunc();
    if (1.0..=1e10).contains(&freedom) { Ok(freedom) } else { Err(ErrorCode::Num) }
}

fn not_negative(args: &Args<'_>, index: usize) -> Result<f64, ErrorCode> {
    let x = args.number(index)?;
    if x < 0.0 { Err(ErrorCode::Num) } else { Ok(x) }
}

fn probability(args: &Args<'_>, index: usize) -> Result<f64, ErrorCode> {
    let share = args.number(index)?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err(ErrorCode::Num) }
}

/// The probabilities below and above x.
fn chi_shares(args: &Args<'_>) -> Result<(f64, f64), ErrorCode> {
    gamma_shares(freedom(args, 1)? / 2.0, not_negative(args, 0)? / 2.0)
}

/// The chi-squared probability above x.
pub(super) fn chi_upper(x: f64, freedom: f64) -> Result<f64, ErrorCode> {
    gamma_shares(freedom / 2.0, x / 2.0).map(|(_, upper)| upper)
}

fn chi_dist(args: &Args<'_>) -> Answer {
    let (lower, _) = chi_shares(args)?;
    if args.boolean(2)? {
        return Ok(Value::number(lower));
    }
    let (x, half) = (args.number(0)?, freedom(args, 1)? / 2.0);
    if x == 0.0 {
        return match half {
            1.0 => Ok(Value::number(0.5)),
            half if half > 1.0 => Ok(Value::number(0.0)),
            _ => Err(ErrorCode::Num),
        };
    }
    Ok(Value::number(((half - 1.0) * x.ln() - x / 2.0 - half * 2f64.ln() - libm::lgamma(half)).exp()))
}

fn chi_inv(args: &Args<'_>, upper: bool) -> Answer {
    let (share, half) = (probability(args, 0)?, freedom(args, 1)? / 2.0);
    if share == if upper { 0.0 } else { 1.0 } {
        return Err(ErrorCode::Num);
    }
    let x = quantile(0.0, None, |x| {
        let (below, above) = gamma_shares(half, x / 2.0)?;
        Ok(missed((below, above), share, upper))
    })?;
    Ok(Value::number(x))
}

/// How far the probability below, or above, is from the wanted one. Beyond the middle the other one keeps its digits.
fn missed((below, above): (f64, f64), share: f64, upper: bool) -> f64 {
    match (upper, share > 0.5) {
        (false, false) => below - share,
        (false, true) => 1.0 - share - above,
        (true, false) => share - above,
        (true, true) => below - (1.0 - share),
    }
}

fn f_shares(args: &Args<'_>) -> Result<(f64, f64), ErrorCode> {
    f_split(not_negative(args, 0)?, freedom(args, 1)?, freedom(args, 2)?)
}

/// The F probabilities below and above x.
pub(super) fn f_split(x: f64, a: f64, b: f64) -> Result<(f64, f64), ErrorCode> {
    beta_shares(a / 2.0, b / 2.0, a * x / (a * x + b))
}

fn f_dist(args: &Args<'_>) -> Answer {
    let (lower, _) = f_shares(args)?;
    if args.boolean(3)? {
        return Ok(Value::number(lower));
    }
    let (x, a, b) = (args.number(0)?, freedom(args, 1)?, freedom(args, 2)?);
    if x == 0.0 {
        return match a {
            2.0 => Ok(Value::number(1.0)),
            a if a > 2.0 => Ok(Value::number(0.0)),
            _ => Err(ErrorCode::Num),
        };
    }
    let logarithm = a / 2.0 * (a / b).ln() + (a / 2.0 - 1.0) * x.ln()
        - (a + b) / 2.0 * (a * x / b).ln_1p()
        - ln_beta(a / 2.0, b / 2.0);
    Ok(Value::number(logarithm.exp()))
}

fn f_inv(args: &Args<'_>, upper: bool) -> Answer {
    let (share, a, b) = (probability(args, 0)?, freedom(args, 1)?, freedom(args, 2)?);
    if share == if upper { 0.0 } else { 1.0 } {
        return Err(ErrorCode::Num);
    }
    let x = quantile(0.0, None, |x| {
        let (below, above) = f_split(x, a, b)?;
        Ok(missed((below, above), share, upper))
    })?;
    Ok(Value::number(x))
}

/// The probabilities of lying nearer to zero than x and farther from it, in Student's t distribution.
fn t_split(x: f64, freedom: f64) -> Result<(f64, f64), ErrorCode> {
    let square = x * x;
    if square < freedom {
        return beta_shares(0.5, freedom / 2.0, square / (freedom + square));
    }
    beta_shares(freedom / 2.0, 0.5, freedom / (freedom + square)).map(|(farther, nearer)| (nearer, farther))
}

/// The probability above x in Student's t distribution.
pub(super) fn t_upper(x: f64, freedom: f64) -> Result<f64, ErrorCode> {
    let (_, farther) = t_split(x, freedom)?;
    Ok(if x < 0.0 { 1.0 - farther / 2.0 } else { farther / 2.0 })
}

fn t_dist(args: &Args<'_>) -> Answer {
    let (x, freedom) = (args.number(0)?, freedom(args, 1)?);
    if args.boolean(2)? {
        return t_upper(-x, freedom).map(Value::number);
    }
    let scale =
        libm::lgamma(f64::midpoint(freedom, 1.0)) - libm::lgamma(freedom / 2.0) - 0.5 * (freedom * PI).ln();
    Ok(Value::number((scale - f64::midpoint(freedom, 1.0) * (x * x / freedom).ln_1p()).exp()))
}

fn t_quantile(share: f64, freedom: f64) -> Result<f64, ErrorCode> {
    if share <= 0.0 || share >= 1.0 {
        return Err(ErrorCode::Num);
    }
    let tail = share.min(1.0 - share);
    let x = quantile(0.0, None, |x| {
        let (nearer, farther) = t_split(x, freedom)?;
        // The smaller of the two keeps its digits.
        Ok(if tail > 0.25 { nearer - (1.0 - 2.0 * tail) } else { 2.0 * tail - farther })
    })?;
    Ok(if share < 0.5 { -x } else { x })
}

fn t_inv_2t(args: &Args<'_>) -> Answer {
    let (share, freedom) = (args.number(0)?, freedom(args, 1)?);
    if share <= 0.0 || share > 1.0 {
        return Err(ErrorCode::Num);
    }
    t_quantile(1.0 - share / 2.0, freedom).map(Value::number)
}

fn tdist(args: &Args<'_>) -> Answer {
    let (x, freedom, tails) = (not_negative(args, 0)?, freedom(args, 1)?, args.whole(2)?);
    match tails {
        1 | 2 => Ok(Value::number(t_upper(x, freedom)? * tails as f64)),
        _ => Err(ErrorCode::Num),
    }
}

fn confidence(args: &Args<'_>) -> Answer {
    let (alpha, deviation, size) = (args.number(0)?, args.number(1)?, args.number(2)?.trunc());
    if alpha <= 0.0 || alpha >= 1.0 || deviation <= 0.0 || size < 1.0 {
        return Err(ErrorCode::Num);
    }
    if size == 1.0 {
        return Err(ErrorCode::Div0);
    }
    Ok(Value::number(-t_quantile(alpha / 2.0, size - 1.0)? * deviation / size.sqrt()))
}
