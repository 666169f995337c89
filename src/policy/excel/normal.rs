//! The normal distribution and its kin.

use super::function::{Answer, Args, Function, Takes};
use super::incomplete::{normal_density, normal_quantile, normal_share};
use super::numbers::real;
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "CONFIDENCE(alpha, standard_dev, size)",
        "As CONFIDENCE.NORM.",
        &[("ROUND(CONFIDENCE(0.05, 2.5, 50), 4)", "0.693")],
        Takes::Numbers,
        confidence,
    )
    .searching(),
    Function::new(
        "CONFIDENCE.NORM(alpha, standard_dev, size)",
        "How far the mean of a sample may be from the true one, by the normal distribution.",
        &[("ROUND(CONFIDENCE.NORM(0.05, 2.5, 50), 4)", "0.693")],
        Takes::Numbers,
        confidence,
    )
    .searching(),
    Function::new(
        "ERF(lower_limit, [upper_limit])",
        "The error function, from 0 to a limit or between two.",
        &[("ROUND(ERF(1), 4)", "0.8427")],
        Takes::Numbers,
        erf,
    ),
    Function::new(
        "ERF.PRECISE(x)",
        "The error function from 0 to x.",
        &[("ROUND(ERF.PRECISE(1), 4)", "0.8427")],
        Takes::Scalars,
        |args| real(args, libm::erf),
    ),
    Function::new(
        "ERFC(x)",
        "What the error function lacks to 1.",
        &[("ROUND(ERFC(1), 4)", "0.1573")],
        Takes::Scalars,
        |args| real(args, libm::erfc),
    ),
    Function::new(
        "ERFC.PRECISE(x)",
        "As ERFC.",
        &[("ROUND(ERFC.PRECISE(1), 4)", "0.1573")],
        Takes::Scalars,
        |args| real(args, libm::erfc),
    ),
    Function::new(
        "FISHER(x)",
        "The Fisher transformation of a number between -1 and 1.",
        &[("ROUND(FISHER(0.75), 4)", "0.973")],
        Takes::Scalars,
        |args| real(args, f64::atanh),
    ),
    Function::new(
        "FISHERINV(y)",
        "The number of this Fisher transformation.",
        &[("ROUND(FISHERINV(0.972955), 4)", "0.75")],
        Takes::Scalars,
        |args| real(args, f64::tanh),
    ),
    Function::new(
        "GAUSS(z)",
        "The probability of lying between the mean and z standard deviations.",
        &[("ROUND(GAUSS(2), 4)", "0.4772")],
        Takes::Scalars,
        |args| real(args, |z| 0.5 * libm::erf(z * std::f64::consts::FRAC_1_SQRT_2)),
    ),
    Function::new(
        "LOGINV(probability, mean, standard_dev)",
        "As LOGNORM.INV.",
        &[("ROUND(LOGINV(0.039084, 3.5, 1.2), 2)", "4")],
        Takes::Numbers,
        lognorm_inv,
    )
    .searching(),
    Function::new(
        "LOGNORM.DIST(x, mean, standard_dev, cumulative)",
        "The log-normal distribution, as a probability up to x or a density.",
        &[("ROUND(LOGNORM.DIST(4, 3.5, 1.2, TRUE), 6)", "0.039084")],
        Takes::Numbers,
        |args| lognorm_dist(args, args.boolean(3)?),
    ),
    Function::new(
        "LOGNORM.INV(probability, mean, standard_dev)",
        "The x with this probability below it in the log-normal distribution.",
        &[("ROUND(LOGNORM.INV(0.039084, 3.5, 1.2), 2)", "4")],
        Takes::Numbers,
        lognorm_inv,
    )
    .searching(),
    Function::new(
        "LOGNORMDIST(x, mean, standard_dev)",
        "The log-normal probability up to x.",
        &[("ROUND(LOGNORMDIST(4, 3.5, 1.2), 6)", "0.039084")],
        Takes::Numbers,
        |args| lognorm_dist(args, true),
    ),
    Function::new(
        "NORM.DIST(x, mean, standard_dev, cumulative)",
        "The normal distribution, as a probability up to x or a density.",
        &[("ROUND(NORM.DIST(42, 40, 1.5, TRUE), 4)", "0.9088"), (r#"NORM.DIST(1, 0, 0, "x")"#, "#VALUE!")],
        Takes::Numbers,
        norm_dist,
    ),
    Function::new(
        "NORM.INV(probability, mean, standard_dev)",
        "The x with this probability below it in the normal distribution.",
        &[("ROUND(NORM.INV(0.908789, 40, 1.5), 2)", "42")],
        Takes::Numbers,
        norm_inv,
    )
    .searching(),
    Function::new(
        "NORM.S.DIST(z, cumulative)",
        "The standard normal distribution, as a probability up to z or a density.",
        &[("ROUND(NORM.S.DIST(1.333333, TRUE), 4)", "0.9088")],
        Takes::Scalars,
        |args| {
            let z = args.number(0)?;
            Ok(Value::number(if args.boolean(1)? { normal_share(z) } else { normal_density(z) }))
        },
    ),
    Function::new(
        "NORM.S.INV(probability)",
        "The z with this probability below it in the standard normal distribution.",
        &[("ROUND(NORM.S.INV(0.908789), 2)", "1.33")],
        Takes::Scalars,
        |args| normal_quantile(args.number(0)?).map(Value::number),
    )
    .searching(),
    Function::new(
        "NORMSDIST(z)",
        "The standard normal probability up to z.",
        &[("ROUND(NORMSDIST(1.333333), 4)", "0.9088")],
        Takes::Scalars,
        |args| real(args, normal_share),
    ),
    Function::new(
        "PHI(x)",
        "The density of the standard normal distribution.",
        &[("ROUND(PHI(0.75), 4)", "0.3011")],
        Takes::Scalars,
        |args| real(args, normal_density),
    ),
    Function::new(
        "STANDARDIZE(x, mean, standard_dev)",
        "How many standard deviations a number is from the mean.",
        &[("STANDARDIZE(42, 40, 4)", "0.5")],
        Takes::Numbers,
        |args| {
            let (x, mean, deviation) = (args.number(0)?, args.number(1)?, deviation(args, 2)?);
            Ok(Value::number((x - mean) / deviation))
        },
    ),
];

/// A standard deviation.
///
/// # Errors
/// `#NUM!` unless it is positive.
fn deviation(args: &Args<'_>, index: usize) -> Result<f64, ErrorCode> {
    let deviation = args.number(index)?;
    if deviation > 0.0 { Ok(deviation) } else { Err(ErrorCode::Num) }
}

fn norm_dist(args: &Args<'_>) -> Answer {
    let (x, mean, deviation) = (args.number(0)?, args.number(1)?, deviation(args, 2)?);
    let z = (x - mean) / deviation;
    Ok(Value::number(if args.boolean(3)? { normal_share(z) } else { normal_density(z) / deviation }))
}

fn norm_inv(args: &Args<'_>) -> Answer {
    let (share, mean, deviation) = (args.number(0)?, args.number(1)?, deviation(args, 2)?);
    Ok(Value::number(mean + normal_quantile(share)? * deviation))
}

fn lognorm_dist(args: &Args<'_>, cumulative: bool) -> Answer {
    let (x, mean, deviation) = (args.number(0)?, args.number(1)?, deviation(args, 2)?);
    if x <= 0.0 {
        return Err(ErrorCode::Num);
    }
    let z = (x.ln() - mean) / deviation;
    Ok(Value::number(if cumulative { normal_share(z) } else { normal_density(z) / (deviation * x) }))
}

fn lognorm_inv(args: &Args<'_>) -> Answer {
    let (share, mean, deviation) = (args.number(0)?, args.number(1)?, deviation(args, 2)?);
    Ok(Value::number((mean + normal_quantile(share)? * deviation).exp()))
}

fn confidence(args: &Args<'_>) -> Answer {
    let (alpha, deviation, size) = (args.number(0)?, deviation(args, 1)?, args.number(2)?.trunc());
    if alpha <= 0.0 || alpha >= 1.0 || size < 1.0 {
        return Err(ErrorCode::Num);
    }
    Ok(Value::number(-normal_quantile(alpha / 2.0)? * deviation / size.sqrt()))
}

fn erf(args: &Args<'_>) -> Answer {
    let lower = libm::erf(args.number(0)?);
    Ok(Value::number(match args.given(1) {
        Some(_) => libm::erf(args.number(1)?) - lower,
        None => lower,
    }))
}
