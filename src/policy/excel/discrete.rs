//! Distributions of counts.

use super::function::{Answer, Args, Function, Takes};
use super::incomplete::{beta_shares, gamma_shares};
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "BINOM.DIST(number_s, trials, probability_s, cumulative)",
        "The probability of so many successes, or of at most so many.",
        &[("ROUND(BINOM.DIST(6, 10, 0.5, FALSE), 4)", "0.2051")],
        Takes::Numbers,
        binom_dist,
    ),
    Function::new(
        "BINOM.DIST.RANGE(trials, probability_s, number_s, [number_s2])",
        "The probability of so many successes, or of a count between two.",
        &[("ROUND(BINOM.DIST.RANGE(60, 0.75, 45, 50), 4)", "0.5236")],
        Takes::Numbers,
        binom_range,
    ),
    Function::new(
        "BINOM.INV(trials, probability_s, alpha)",
        "The smallest count of successes of which the probability of at most as many reaches a \
         limit.",
        &[("BINOM.INV(6, 0.5, 0.75)", "4")],
        Takes::Numbers,
        binom_inv,
    )
    .searching(),
    Function::new(
        "CRITBINOM(trials, probability_s, alpha)",
        "As BINOM.INV.",
        &[("CRITBINOM(6, 0.5, 0.75)", "4")],
        Takes::Numbers,
        binom_inv,
    )
    .searching(),
    Function::new(
        "HYPGEOM.DIST(sample_s, number_sample, population_s, number_pop, cumulative)",
        "The probability of so many successes in a sample that is drawn without putting back, or \
         of at most so many.",
        &[("ROUND(HYPGEOM.DIST(1, 4, 8, 20, TRUE), 4)", "0.4654")],
        Takes::Numbers,
        |args| hypgeom(args, args.boolean(4)?),
    )
    .searching(),
    Function::new(
        "HYPGEOMDIST(sample_s, number_sample, population_s, number_pop)",
        "The probability of so many successes in a sample that is drawn without putting back.",
        &[("ROUND(HYPGEOMDIST(1, 4, 8, 20), 4)", "0.3633")],
        Takes::Numbers,
        |args| hypgeom(args, false),
    ),
    Function::new(
        "NEGBINOM.DIST(number_f, number_s, probability_s, cumulative)",
        "The probability of so many failures before a count of successes, or of at most so many.",
        &[("ROUND(NEGBINOM.DIST(10, 5, 0.25, FALSE), 4)", "0.055")],
        Takes::Numbers,
        |args| negbinom(args, args.boolean(3)?),
    ),
    Function::new(
        "NEGBINOMDIST(number_f, number_s, probability_s)",
        "The probability of so many failures before a count of successes.",
        &[("ROUND(NEGBINOMDIST(10, 5, 0.25), 4)", "0.055")],
        Takes::Numbers,
        |args| negbinom(args, false),
    ),
    Function::new(
        "POISSON(x, mean, cumulative)",
        "As POISSON.DIST.",
        &[("ROUND(POISSON(2, 5, TRUE), 4)", "0.1247")],
        Takes::Numbers,
        poisson,
    ),
    Function::new(
        "POISSON.DIST(x, mean, cumulative)",
        "The Poisson probability of a count, or of at most that count.",
        &[("ROUND(POISSON.DIST(2, 5, TRUE), 4)", "0.1247")],
        Takes::Numbers,
        poisson,
    ),
];

/// A whole number from 0 on, cut at the decimals.
fn count(args: &Args<'_>, index: usize) -> Result<f64, ErrorCode> {
    let number = args.number(index)?.trunc();
    if (0.0..=1e15).contains(&number) { Ok(number) } else { Err(ErrorCode::Num) }
}

fn share(args: &Args<'_>, index: usize) -> Result<f64, ErrorCode> {
    let share = args.number(index)?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err(ErrorCode::Num) }
}

/// The logarithm of how many ways there are to choose.
fn ln_binomial(number: f64, chosen: f64) -> f64 {
    libm::lgamma(number + 1.0) - libm::lgamma(chosen + 1.0) - libm::lgamma(number - chosen + 1.0)
}

/// x * ln(y), where 0 times anything is 0.
fn times_ln(x: f64, y: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x * y.ln() }
}

fn binom_one(successes: f64, trials: f64, share: f64) -> f64 {
    (ln_binomial(trials, successes) + times_ln(successes, share) + times_ln(trials - successes, 1.0 - share))
        .exp()
}

/// The probability of at most so many successes.
fn binom_upto(successes: f64, trials: f64, share: f64) -> Result<f64, ErrorCode> {
    if successes >= trials {
        return Ok(1.0);
    }
    if successes < 0.0 {
        return Ok(0.0);
    }
    beta_shares(successes + 1.0, trials - successes, share).map(|(_, above)| above)
}

fn binom_dist(args: &Args<'_>) -> Answer {
    let (successes, trials, share) = (count(args, 0)?, count(args, 1)?, share(args, 2)?);
    if successes > trials {
        return Err(ErrorCode::Num);
    }
    Ok(Value::number(if args.boolean(3)? {
        binom_upto(successes, trials, share)?
    } else {
        binom_one(successes, trials, share)
    }))
}

fn binom_range(args: &Args<'_>) -> Answer {
    let (trials, share, low) = (count(args, 0)?, share(args, 1)?, count(args, 2)?);
    let high = if args.given(3).is_some() { count(args, 3)? } else { low };
    if low > trials || high > trials || high < low {
        return Err(ErrorCode::Num);
    }
    if low == high {
        return Ok(Value::number(binom_one(low, trials, share)));
    }
    Ok(Value::number(binom_upto(high, trials, share)? - binom_upto(low - 1.0, trials, share)?))
}

fn binom_inv(args: &Args<'_>) -> Answer {
    let (trials, share, limit) = (count(args, 0)?, share(args, 1)?, args.number(2)?);
    if limit <= 0.0 || limit >= 1.0 || share == 0.0 || share == 1.0 {
        return Err(ErrorCode::Num);
    }
    let (mut low, mut high) = (0.0, trials);
    while low < high {
        let middle = f64::midpoint(low, high).floor();
        if binom_upto(middle, trials, share)? >= limit {
            high = middle;
        } else {
            low = middle + 1.0;
        }
    }
    Ok(Value::number(low))
}

/// The most terms that are summed up.
const MAX_TERMS: f64 = 100_000.0;

fn hypgeom(args: &Args<'_>, cumulative: bool) -> Answer {
    let (found, sample, marked, all) = (count(args, 0)?, count(args, 1)?, count(args, 2)?, count(args, 3)?);
    let least = (sample + marked - all).max(0.0);
    if sample > all || marked > all || found > sample.min(marked) || (found < least && !cumulative) {
        return Err(ErrorCode::Num);
    }
    let one = |found: f64| {
        (ln_binomial(marked, found) + ln_binomial(all - marked, sample - found) - ln_binomial(all, sample))
            .exp()
    };
    if !cumulative {
        return Ok(Value::number(one(found)));
    }
    if found - least > MAX_TERMS {
        return Err(ErrorCode::Num);
    }
    let mut sum = 0.0;
    let mut count = least;
    while count <= found {
        sum += one(count);
        count += 1.0;
    }
    Ok(Value::number(sum.min(1.0)))
}

fn negbinom(args: &Args<'_>, cumulative: bool) -> Answer {
    let (failures, successes, share) = (count(args, 0)?, count(args, 1)?, share(args, 2)?);
    if successes < 1.0 {
        return Err(ErrorCode::Num);
    }
    Ok(Value::number(if cumulative {
        beta_shares(successes, failures + 1.0, share)?.0
    } else {
        let ways = ln_binomial(failures + successes - 1.0, successes - 1.0);
        (ways + times_ln(successes, share) + times_ln(failures, 1.0 - share)).exp()
    }))
}

fn poisson(args: &Args<'_>) -> Answer {
    let (events, mean) = (count(args, 0)?, args.number(1)?);
    if mean < 0.0 {
        return Err(ErrorCode::Num);
    }
    Ok(Value::number(if args.boolean(2)? {
        gamma_shares(events + 1.0, mean)?.1
    } else {
        (times_ln(events, mean) - mean - libm::lgamma(events + 1.0)).exp()
    }))
}
