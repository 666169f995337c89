//! How what was bought loses its worth.

use super::function::{Answer, Args, Function, Takes};
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "DB(cost, salvage, life, period, [month])",
        "The loss in a period at a fixed rate, the first year having so many months.",
        &[("ROUND(DB(1000000, 100000, 6, 1, 7), 2)", "186083.33")],
        Takes::Numbers,
        db,
    )
    .searching(),
    Function::new(
        "DDB(cost, salvage, life, period, [factor])",
        "The loss in a period at twice the rate of a straight line, or another factor.",
        &[("DDB(2400, 300, 10, 1)", "480")],
        Takes::Numbers,
        ddb,
    ),
    Function::new(
        "SLN(cost, salvage, life)",
        "The loss in each period when all are the same.",
        &[("SLN(30000, 7500, 10)", "2250")],
        Takes::Numbers,
        sln,
    ),
    Function::new(
        "SYD(cost, salvage, life, per)",
        "The loss in a period by the sum of the years' digits.",
        &[("ROUND(SYD(30000, 7500, 10, 1), 2)", "4090.91")],
        Takes::Numbers,
        syd,
    ),
    Function::new(
        "VDB(cost, salvage, life, start_period, end_period, [factor], [no_switch])",
        "The loss between two periods at twice the rate of a straight line, or another factor, \
         changing to the straight line when that loses more.",
        &[("ROUND(VDB(2400, 300, 10, 0, 1), 2)", "480")],
        Takes::Numbers,
        vdb,
    )
    .searching(),
];

fn sln(args: &Args<'_>) -> Answer {
    let (cost, salvage, life) = (args.number(0)?, args.number(1)?, args.number(2)?);
    if life == 0.0 { Err(ErrorCode::Div0) } else { Ok(Value::number((cost - salvage) / life)) }
}

fn syd(args: &Args<'_>) -> Answer {
    let (cost, salvage, life, period) = (args.number(0)?, args.number(1)?, args.number(2)?, args.number(3)?);
    if life <= 0.0 || salvage < 0.0 || period < 1.0 || period > life {
        return Err(ErrorCode::Num);
    }
    Ok(Value::number((cost - salvage) * (life - period + 1.0) * 2.0 / (life * (life + 1.0))))
}

/// The most periods that are gone through.
const MAX_PERIODS: f64 = 10_000.0;

fn db(args: &Args<'_>) -> Answer {
    let (cost, salvage, life, period) =
        (args.number(0)?, args.number(1)?, args.number(2)?, args.number(3)?.trunc());
    let month = args.number_unless_blank(4, 12.0)?.trunc();
    let last = life + f64::from(u8::from(month < 12.0));
    let valid = cost >= 0.0
        && salvage >= 0.0
        && life > 0.0
        && period >= 1.0
        && period <= last
        && (1.0..=12.0).contains(&month);
    if !valid || period > MAX_PERIODS {
        return Err(ErrorCode::Num);
    }
    if cost <= salvage {
        return Ok(Value::number(0.0));
    }
    // The rate has three decimals.
    let rate = ((1.0 - (salvage / cost).powf(life.recip())) * 1000.0).round() / 1000.0;
    let mut lost = cost * rate * month / 12.0;
    let mut total = lost;
    let mut year = 2.0;
    while year <= period {
        lost = (cost - total) * rate;
        if year > life {
            lost = lost * (12.0 - month) / 12.0;
        }
        total += lost;
        year += 1.0;
    }
    Ok(Value::number(lost))
}

fn ddb(args: &Args<'_>) -> Answer {
    let (cost, salvage, life, period) = (args.number(0)?, args.number(1)?, args.number(2)?, args.number(3)?);
    let factor = args.number_unless_blank(4, 2.0)?;
    if cost < 0.0 || salvage < 0.0 || life <= 0.0 || period < 1.0 || period > life || factor <= 0.0 {
        return Err(ErrorCode::Num);
    }
    Ok(Value::number(declining(cost, salvage, life, period, factor)))
}

fn declining(cost: f64, salvage: f64, life: f64, period: f64, factor: f64) -> f64 {
    let rate = (factor / life).min(1.0);
    let before = if rate == 1.0 {
        if period <= 1.0 { cost } else { 0.0 }
    } else {
        cost * (1.0 - rate).powf(period - 1.0)
    };
    let after = cost * (1.0 - rate).powf(period);
    (before - after.max(salvage)).max(0.0)
}

fn vdb(args: &Args<'_>) -> Answer {
    let (cost, salvage, life) = (args.number(0)?, args.number(1)?, args.number(2)?);
    let (start, end) = (args.number(3)?, args.number(4)?);
    let factor = args.number_unless_blank(5, 2.0)?;
    let switches = !args.boolean_or(6, false)?;
    let valid = cost >= 0.0
        && salvage >= 0.0
        && life > 0.0
        && start >= 0.0
        && start <= end
        && end <= life
        && factor > 0.0;
    if !valid || end > MAX_PERIODS {
        return Err(ErrorCode::Num);
    }
    // Period by period; of the first and the last only the part that is asked for.
    let (mut worth, mut sum, mut straight, mut period) = (cost, 0.0, false, 0.0);
    while period < end {
        let by_rate = (worth * (factor / life).min(1.0)).min((worth - salvage).max(0.0));
        let by_line = (worth - salvage).max(0.0) / (life - period).max(1.0);
        straight = straight || (switches && by_line > by_rate);
        let lost = if straight { by_line } else { by_rate };
        let part = (end.min(period + 1.0) - start.max(period)).max(0.0);
        sum += lost * part;
        worth -= lost;
        period += 1.0;
    }
    Ok(Value::number(sum))
}
