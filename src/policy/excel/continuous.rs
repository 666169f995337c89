//! The gamma function, and the gamma, beta, exponential and Weibull distributions.

use super::function::{Answer, Args, Function, Takes};
use super::incomplete::{beta_shares, gamma_shares, ln_beta, quantile};
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "BETA.DIST(x, alpha, beta, cumulative, [A], [B])",
        "The beta distribution between A and B, 0 and 1 when not told, as a probability up to x or a density.",
        &[("ROUND(BETA.DIST(2, 8, 10, TRUE, 1, 3), 4)", "0.6855")],
        Takes::Numbers,
        |args| beta_dist(args, args.boolean(3)?, 4),
    ),
    Function::new(
        "BETA.INV(probability, alpha, beta, [A], [B])",
        "The x with this probability below it in the beta distribution.",
        &[("ROUND(BETA.INV(0.685470581, 8, 10, 1, 3), 4)", "2")],
        Takes::Numbers,
        beta_inv,
    )
    .searching(),
    Function::new(
        "BETADIST(x, alpha, beta, [A], [B])",
        "The beta probability up to x.",
        &[("ROUND(BETADIST(2, 8, 10, 1, 3), 4)", "0.6855")],
        Takes::Numbers,
        |args| beta_dist(args, true, 3),
    ),
    Function::new(
        "EXPON.DIST(x, lambda, cumulative)",
        "The exponential distribution, as a probability up to x or a density.",
        &[("ROUND(EXPON.DIST(0.2, 10, TRUE), 4)", "0.8647")],
        Takes::Numbers,
        expon_dist,
    ),
    Function::new("GAMMA(number)", "The gamma function.", &[("GAMMA(5)", "24")], Takes::Scalars, gamma),
    Function::new(
        "GAMMA.DIST(x, alpha, beta, cumulative)",
        "The gamma distribution, as a probability up to x or a density.",
        &[("ROUND(GAMMA.DIST(10, 9, 2, TRUE), 4)", "0.0681")],
        Takes::Numbers,
        gamma_dist,
    ),
    Function::new(
        "GAMMA.INV(probability, alpha, beta)",
        "The x with this probability below it in the gamma distribution.",
        &[("ROUND(GAMMA.INV(0.068094, 9, 2), 4)", "10")],
        Takes::Numbers,
        gamma_inv,
    )
    .searching(),
    Function::new(
        "GAMMALN(x)",
        "The logarithm of the gamma function of a positive number.",
        &[("ROUND(GAMMALN(4), 4)", "1.7918")],
        Takes::Scalars,
        gammaln,
    ),
    Function::new(
        "GAMMALN.PRECISE(x)",
        "As GAMMALN.",
        &[("ROUND(GAMMALN.PRECISE(4), 4)", "1.7918")],
        Takes::Scalars,
        gammaln,
    ),
    Function::new(
        "WEIBULL(x, alpha, beta, cumulative)",
        "As WEIBULL.DIST.",
        &[("ROUND(WEIBULL(105, 20, 100, TRUE), 4)", "0.9296")],
        Takes::Numbers,
        weibull,
    ),
    Function::new(
        "WEIBULL.DIST(x, alpha, beta, cumulative)",
        "The Weibull distribution, as a probability up to x or a density.",
        &[("ROUND(WEIBULL.DIST(105, 20, 100, TRUE), 4)", "0.9296")],
        Takes::Numbers,
        weibull,
    ),
];

fn gamma(args: &Args<'_>) -> Answer {
    let number = args.number(0)?;
    if number <= 0.0 && number.fract() == 0.0 {
        return Err(ErrorCode::Num);
    }
    Ok(Value::number(libm::tgamma(number)))
}

fn gammaln(args: &Args<'_>) -> Answer {
    let number = args.number(0)?;
    if number > 0.0 { Ok(Value::number(libm::lgamma(number))) } else { Err(ErrorCode::Num) }
}

/// Arguments 1 and 2, which have to be positive.
fn shapes(args: &Args<'_>) -> Result<(f64, f64), ErrorCode> {
    let (alpha, beta) = (args.number(1)?, args.number(2)?);
    if alpha > 0.0 && beta > 0.0 { Ok((alpha, beta)) } else { Err(ErrorCode::Num) }
}

/// A value from 0 on, and the two shapes.
fn positive(args: &Args<'_>) -> Result<(f64, f64, f64), ErrorCode> {
    let x = args.number(0)?;
    let (alpha, beta) = shapes(args)?;
    if x < 0.0 { Err(ErrorCode::Num) } else { Ok((x, alpha, beta)) }
}

fn gamma_dist(args: &Args<'_>) -> Answer {
    let (x, alpha, beta) = positive(args)?;
    if args.boolean(3)? {
        return gamma_shares(alpha, x / beta).map(|(below, _)| Value::number(below));
    }
    if x == 0.0 {
        return match alpha {
            1.0 => Ok(Value::number(beta.recip())),
            alpha if alpha > 1.0 => Ok(Value::number(0.0)),
            _ => Err(ErrorCode::Num),
        };
    }
    let z = x / beta;
    Ok(Value::number(((alpha - 1.0) * z.ln() - z - libm::lgamma(alpha)).exp() / beta))
}

fn gamma_inv(args: &Args<'_>) -> Answer {
    let (share, (alpha, beta)) = (args.number(0)?, shapes(args)?);
    if !(0.0..1.0).contains(&share) {
        return Err(ErrorCode::Num);
    }
    Ok(Value::number(quantile(0.0, None, |x| Ok(gamma_shares(alpha, x)?.0 - share))? * beta))
}

fn ends(args: &Args<'_>, first: usize) -> Result<(f64, f64), ErrorCode> {
    let (low, high) = (args.number_unless_blank(first, 0.0)?, args.number_unless_blank(first + 1, 1.0)?);
    if low < high { Ok((low, high)) } else { Err(ErrorCode::Num) }
}

fn beta_dist(args: &Args<'_>, cumulative: bool, first: usize) -> Answer {
    let (x, (alpha, beta)) = (args.number(0)?, shapes(args)?);
    let (low, high) = ends(args, first)?;
    if !(low..=high).contains(&x) {
        return Err(ErrorCode::Num);
    }
    let z = (x - low) / (high - low);
    if cumulative {
        return beta_shares(alpha, beta, z).map(|(below, _)| Value::number(below));
    }
    // Logarithms keep great shapes within a double; at the ends they are infinite, powers are not.
    let density = if z > 0.0 && z < 1.0 {
        ((alpha - 1.0) * z.ln() + (beta - 1.0) * (-z).ln_1p() - ln_beta(alpha, beta)).exp()
    } else {
        z.powf(alpha - 1.0) * (1.0 - z).powf(beta - 1.0) / ln_beta(alpha, beta).exp()
    };
    Ok(Value::number(density / (high - low)))
}

fn beta_inv(args: &Args<'_>) -> Answer {
    let (share, (alpha, beta)) = (args.number(0)?, shapes(args)?);
    let (low, high) = ends(args, 3)?;
    if share <= 0.0 || share > 1.0 {
        return Err(ErrorCode::Num);
    }
    let z = quantile(0.0, Some(1.0), |z| Ok(beta_shares(alpha, beta, z)?.0 - share))?;
    Ok(Value::number(low + z * (high - low)))
}

fn expon_dist(args: &Args<'_>) -> Answer {
    let (x, lambda) = (args.number(0)?, args.number(1)?);
    if x < 0.0 || lambda <= 0.0 {
        return Err(ErrorCode::Num);
    }
    Ok(Value::number(if args.boolean(2)? { -(-lambda * x).exp_m1() } else { lambda * (-lambda * x).exp() }))
}

fn weibull(args: &Args<'_>) -> Answer {
    let (x, alpha, beta) = positive(args)?;
    let z = (x / beta).powf(alpha);
    Ok(Value::number(if args.boolean(3)? {
        -(-z).exp_m1()
    } else {
        alpha / beta * (x / beta).powf(alpha - 1.0) * (-z).exp()
    }))
}
