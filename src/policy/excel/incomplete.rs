//! The special functions that distributions are made of, and the search for what a distribution maps to a value.
//!
//! All loops are bounded; what does not converge is `#NUM!`.

use super::value::ErrorCode;

/// Enough for shapes of several hundred thousand; a few times the square root is needed.
const MAX_TERMS: u32 = 5_000;

const TINY: f64 = 1e-300;

/// The share of the gamma function's integral below `x` (lower) and above it (upper).
pub(super) fn gamma_shares(shape: f64, x: f64) -> Result<(f64, f64), ErrorCode> {
    if x <= 0.0 {
        return Ok((0.0, 1.0));
    }
    let scale = (shape * x.ln() - x - libm::lgamma(shape)).exp();
    if x < shape + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / shape, 1.0 / shape, shape);
        for _ in 0..MAX_TERMS {
            n += 1.0;
            term *= x / n;
            sum += term;
            if term <= sum * 1e-17 {
                let lower = (sum * scale).clamp(0.0, 1.0);
                return Ok((lower, 1.0 - lower));
            }
        }
        return Err(ErrorCode::Num);
    }
    // Lentz's way to a continued fraction.
    let mut b = x + 1.0 - shape;
    let (mut c, mut d) = (1.0 / TINY, 1.0 / b);
    let mut h = d;
    for n in 1..MAX_TERMS {
        let n = f64::from(n);
        let a = -n * (n - shape);
        b += 2.0;
        d = nonzero(a * d + b).recip();
        c = nonzero(b + a / c);
        h *= d * c;
        if (d * c - 1.0).abs() < 1e-16 {
            let upper = (scale * h).clamp(0.0, 1.0);
            return Ok((1.0 - upper, upper));
        }
    }
    Err(ErrorCode::Num)
}

fn nonzero(x: f64) -> f64 {
    if x.abs() < TINY { TINY } else { x }
}

/// The logarithm of the beta function.
pub(super) fn ln_beta(a: f64, b: f64) -> f64 {
    libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b)
}

/// The share of the beta function's integral below `x`, and above it.
pub(super) fn beta_shares(a: f64, b: f64, x: f64) -> Result<(f64, f64), ErrorCode> {
    if x <= 0.0 {
        return Ok((0.0, 1.0));
    }
    if x >= 1.0 {
        return Ok((1.0, 0.0));
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        let share = beta_fraction(b, a, 1.0 - x)?;
        return Ok((1.0 - share, share));
    }
    let share = beta_fraction(a, b, x)?;
    Ok((share, 1.0 - share))
}

fn beta_fraction(a: f64, b: f64, x: f64) -> Result<f64, ErrorCode> {
    let scale = (a * x.ln() + b * (-x).ln_1p() - ln_beta(a, b)).exp() / a;
    let mut c = 1.0;
    let mut d = nonzero(1.0 - (a + b) * x / (a + 1.0)).recip();
    let mut h = d;
    for n in 1..MAX_TERMS {
        let n = f64::from(n);
        let even = n * (b - n) * x / ((a + 2.0 * n - 1.0) * (a + 2.0 * n));
        d = nonzero(1.0 + even * d).recip();
        c = nonzero(1.0 + even / c);
        h *= d * c;
        let odd = -(a + n) * (a + b + n) * x / ((a + 2.0 * n) * (a + 2.0 * n + 1.0));
        d = nonzero(1.0 + odd * d).recip();
        c = nonzero(1.0 + odd / c);
        h *= d * c;
        if (d * c - 1.0).abs() < 1e-15 {
            return Ok((scale * h).clamp(0.0, 1.0));
        }
    }
    Err(ErrorCode::Num)
}

/// The share of the standard normal distribution below `z`.
pub(super) fn normal_share(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// The density of the standard normal distribution.
pub(super) fn normal_density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// The `z` with this share of the standard normal distribution below it.
pub(super) fn normal_quantile(share: f64) -> Result<f64, ErrorCode> {
    if share <= 0.0 || share >= 1.0 {
        return Err(ErrorCode::Num);
    }
    // The smaller tail keeps its digits.
    let tail = share.min(1.0 - share);
    let z = quantile(-39.0, Some(0.0), |z| Ok(normal_share(z) - tail))?;
    Ok(if share < 0.5 { z } else { -z })
}

/// Where an ascending function is zero: between two ends, or from the low one outwards.
pub(super) fn quantile(
    mut low: f64,
    high: Option<f64>,
    function: impl Fn(f64) -> Result<f64, ErrorCode>,
) -> Result<f64, ErrorCode> {
    let mut end = high.unwrap_or(1.0);
    let (mut below, mut above) = (function(low)?, function(end)?);
    if below >= 0.0 {
        return Ok(low);
    }
    while above < 0.0 {
        if high.is_some() {
            return Ok(end);
        }
        (low, below) = (end, above);
        end *= 4.0;
        if end > 1e300 {
            return Err(ErrorCode::Num);
        }
        above = function(end)?;
    }
    let mut high = end;
    // Secants that keep both ends (Illinois), with a bisection in every other step.
    for step in 0..200 {
        let middle = f64::midpoint(low, high);
        if high - low <= f64::EPSILON * low.abs().max(high.abs()) {
            break;
        }
        let secant = (low * above - high * below) / (above - below);
        let guess = if step % 2 == 0 && secant > low && secant < high { secant } else { middle };
        let value = function(guess)?;
        if value == 0.0 {
            return Ok(guess);
        }
        if value < 0.0 {
            (low, below) = (guess, value);
            above *= 0.5;
        } else {
            (high, above) = (guess, value);
            below *= 0.5;
        }
    }
    Ok(f64::midpoint(low, high))
}
