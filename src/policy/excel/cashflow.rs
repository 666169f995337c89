//! Series of payments, and rates of interest.

use super::date::day_number;
use super::function::{Answer, Args, Function, Takes};
use super::numbers::{cells, numbers};
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "EFFECT(nominal_rate, npery)",
        "The yearly rate of a nominal one that is paid so many times a year.",
        &[("ROUND(EFFECT(0.0525, 4), 7)", "0.0535427")],
        Takes::Numbers,
        effect,
    ),
    Function::new(
        "FVSCHEDULE(principal, schedule)",
        "What a sum grows to under rates that follow each other.",
        &[("ROUND(FVSCHEDULE(1, [0.09, 0.11, 0.1]), 5)", "1.33089")],
        Takes::ScalarsAt(1),
        fvschedule,
    ),
    Function::new(
        "IRR(values, [guess])",
        "The rate at which payments at equal intervals are worth nothing together, searched from a guess of 10 %.",
        &[("ROUND(IRR([-70000, 12000, 15000, 18000, 21000, 26000]), 4)", "0.0866")],
        Takes::ScalarsAt(0b10),
        irr,
    ),
    Function::new(
        "MIRR(values, finance_rate, reinvest_rate)",
        "The rate of return when what comes in is put out again at another rate.",
        &[("ROUND(MIRR([-120000, 39000, 30000, 21000, 37000, 46000], 0.1, 0.12), 4)", "0.1261")],
        Takes::ScalarsAt(0b110),
        mirr,
    ),
    Function::new(
        "NOMINAL(effect_rate, npery)",
        "The nominal rate, paid so many times a year, of a yearly one.",
        &[("ROUND(NOMINAL(0.053543, 4), 6)", "0.0525")],
        Takes::Numbers,
        nominal,
    ),
    Function::new(
        "NPV(rate, value1, [value2], ...)",
        "What payments at the ends of the next periods are worth now.",
        &[("ROUND(NPV(0.1, -10000, 3000, 4200, 6800), 2)", "1188.44")],
        Takes::ScalarsAt(1),
        npv,
    ),
    Function::new(
        "PDURATION(rate, pv, fv)",
        "After how many periods a sum has grown to another.",
        &[("ROUND(PDURATION(0.025, 2000, 2200), 2)", "3.86")],
        Takes::Numbers,
        pduration,
    ),
    Function::new(
        "RRI(nper, pv, fv)",
        "The rate at which a sum grows to another.",
        &[("ROUND(RRI(96, 10000, 11000), 6)", "0.000993")],
        Takes::Numbers,
        rri,
    ),
    Function::new(
        "XIRR(values, dates, [guess])",
        "The yearly rate at which payments on dates are worth nothing together, searched from a guess of 10 %.",
        &[(
            r#"ROUND(XIRR([-10000, 2750, 4250, 3250, 2750], ["2008-01-01", "2008-03-01", "2008-10-30", "2009-02-15", "2009-04-01"]), 4)"#,
            "0.3734",
        )],
        Takes::ScalarsAt(0b100),
        xirr,
    ),
    Function::new(
        "XNPV(rate, values, dates)",
        "What payments on dates are worth on the first of them.",
        &[
            (r#"XNPV(0.09, NA(), ["2008-01-01", "2008-03-01"])"#, "#N/A"),
            (
                r#"ROUND(XNPV(0.09, [-10000, 2750, 4250, 3250, 2750], ["2008-01-01", "2008-03-01", "2008-10-30", "2009-02-15", "2009-04-01"]), 2)"#,
                "2086.65",
            ),
        ],
        Takes::ScalarsAt(1),
        xnpv,
    ),
];

/// A rate above -1 at which a function of it is zero: Newton's way from a guess, else a search over all rates.
///
/// # Errors
/// `#NUM!` when there is none to be found.
pub(super) fn root(function: impl Fn(f64) -> f64, guess: f64) -> Result<f64, ErrorCode> {
    let mut rate = guess;
    for _ in 0..50 {
        let value = function(rate);
        let step = rate.abs().max(1e-3) * 1e-6;
        let slope = (function(rate + step) - function(rate - step)) / (2.0 * step);
        let next = rate - value / slope;
        if !next.is_finite() || next <= -1.0 {
            break;
        }
        if (next - rate).abs() <= 1e-13 * (1.0 + next.abs()) {
            return Ok(next);
        }
        rate = next;
    }
    bracketed(&function, guess)
}

fn bracketed(function: &impl Fn(f64) -> f64, guess: f64) -> Result<f64, ErrorCode> {
    // Ever wider steps away from -1; of the changes of sign, the nearest to the guess.
    let places: Vec<f64> = (0..140).map(|n| 1e-6 * 1.2f64.powi(n) - 1.0).collect();
    let values: Vec<f64> = places.iter().map(|rate| function(*rate)).collect();
    let mut found: Option<(f64, f64)> = None;
    for (ends, signs) in places.windows(2).zip(values.windows(2)) {
        let ([low, high], [below, above]) = (ends, signs) else { continue };
        let changes = below.is_finite() && above.is_finite() && (*below < 0.0) != (*above < 0.0);
        if changes && found.is_none_or(|(best, _)| (low - guess).abs() < (best - guess).abs()) {
            found = Some((*low, *high));
        }
    }
    let (mut low, mut high) = found.ok_or(ErrorCode::Num)?;
    let negative = function(low) < 0.0;
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if (function(middle) < 0.0) == negative {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(f64::midpoint(low, high))
}

fn effect(args: &Args<'_>) -> Answer {
    let (rate, times) = (args.number(0)?, args.number(1)?.trunc());
    if rate <= 0.0 || times < 1.0 {
        Err(ErrorCode::Num)
    } else {
        Ok(Value::number((times * (rate / times).ln_1p()).exp_m1()))
    }
}

fn nominal(args: &Args<'_>) -> Answer {
    let (rate, times) = (args.number(0)?, args.number(1)?.trunc());
    if rate <= 0.0 || times < 1.0 {
        Err(ErrorCode::Num)
    } else {
        Ok(Value::number((rate.ln_1p() / times).exp_m1() * times))
    }
}

fn fvschedule(args: &Args<'_>) -> Answer {
    let mut sum = args.number(0)?;
    for cell in cells(args.get(1)) {
        sum *= 1.0
            + match cell {
                Value::Blank => 0.0,
                Value::Number(rate) => *rate,
                Value::Error(code) => return Err(*code),
                _ => return Err(ErrorCode::Value),
            };
    }
    Ok(Value::number(sum))
}

/// What payments are worth one period before the first.
fn present(rate: f64, values: &[f64]) -> f64 {
    values.iter().rev().fold(0.0, |sum, value| (sum + value) / (1.0 + rate))
}

fn npv(args: &Args<'_>) -> Answer {
    let rate = args.number(0)?;
    if rate == -1.0 {
        return Err(ErrorCode::Div0);
    }
    Ok(Value::number(present(rate, &numbers(args.from(1))?)))
}

/// Payments in both directions.
fn flows(value: &Value) -> Result<Vec<f64>, ErrorCode> {
    let values = numbers(std::slice::from_ref(value))?;
    let both = values.iter().any(|x| *x > 0.0) && values.iter().any(|x| *x < 0.0);
    if both { Ok(values) } else { Err(ErrorCode::Num) }
}

fn irr(args: &Args<'_>) -> Answer {
    let values = flows(args.get(0))?;
    root(|rate| present(rate, &values) * (1.0 + rate), args.number_unless_blank(1, 0.1)?).map(Value::number)
}

fn mirr(args: &Args<'_>) -> Answer {
    let (values, finance, reinvest) =
        (numbers(std::slice::from_ref(args.get(0)))?, args.number(1)?, args.number(2)?);
    let (received, paid): (Vec<f64>, Vec<f64>) = values.iter().map(|x| (x.max(0.0), x.min(0.0))).unzip();
    if paid.iter().all(|x| *x == 0.0)
        || received.iter().all(|x| *x == 0.0)
        || finance <= -1.0
        || reinvest <= -1.0
    {
        return Err(ErrorCode::Div0);
    }
    let count = values.len() as f64;
    let grown = -present(reinvest, &received) * (1.0 + reinvest).powf(count);
    let cost = present(finance, &paid) * (1.0 + finance);
    Ok(Value::number((grown / cost).powf((count - 1.0).recip()) - 1.0))
}

fn pduration(args: &Args<'_>) -> Answer {
    let (rate, present, future) = (args.number(0)?, args.number(1)?, args.number(2)?);
    if rate <= 0.0 || present <= 0.0 || future <= 0.0 {
        return Err(ErrorCode::Num);
    }
    Ok(Value::number((future.ln() - present.ln()) / rate.ln_1p()))
}

fn rri(args: &Args<'_>) -> Answer {
    let (periods, present, future) = (args.number(0)?, args.number(1)?, args.number(2)?);
    if periods <= 0.0 || present == 0.0 {
        return Err(ErrorCode::Num);
    }
    Ok(Value::number((future / present).powf(periods.recip()) - 1.0))
}

/// Payments with their years after the first date.
fn dated(values: &Value, dates: &Value) -> Result<Vec<(f64, f64)>, ErrorCode> {
    let (values, dates) = (cells(values), cells(dates));
    if let Some(Value::Error(code)) = values.iter().chain(dates).find(|cell| matches!(cell, Value::Error(_)))
    {
        return Err(*code);
    }
    if values.len() != dates.len() {
        return Err(ErrorCode::Num);
    }
    let first = day_number(dates.first().ok_or(ErrorCode::Num)?)?;
    values
        .iter()
        .zip(dates)
        .map(|(value, date)| {
            let day = day_number(date)?;
            if day < first {
                Err(ErrorCode::Num)
            } else {
                Ok((value.to_number()?, (day - first) as f64 / 365.0))
            }
        })
        .collect()
}

fn worth(rate: f64, payments: &[(f64, f64)]) -> f64 {
    payments.iter().map(|(value, years)| value / (1.0 + rate).powf(*years)).sum()
}

fn xnpv(args: &Args<'_>) -> Answer {
    let rate = args.number(0)?;
    if rate <= -1.0 {
        return Err(ErrorCode::Num);
    }
    Ok(Value::number(worth(rate, &dated(args.get(1), args.get(2))?)))
}

fn xirr(args: &Args<'_>) -> Answer {
    let payments = dated(args.get(0), args.get(1))?;
    let both = payments.iter().any(|(x, _)| *x > 0.0) && payments.iter().any(|(x, _)| *x < 0.0);
    let guess = args.number_unless_blank(2, 0.1)?;
    if !both || guess <= -1.0 {
        return Err(ErrorCode::Num);
    }
    root(|rate| worth(rate, &payments), guess).map(Value::number)
}
