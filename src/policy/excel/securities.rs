//! Bonds, bills and prices in fractions.

use super::calendar::{day_of, days_in_month, serial};
use super::date::{day_number, integer};
use super::daycount::{days_and_year, years};
use super::function::{Answer, Args, Function, Takes};
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "ACCRINT(issue, first_interest, settlement, rate, par, frequency, [basis], [calc_method])",
        "The interest that a security has earned since it was issued; with calc_method FALSE \
         since the first interest was paid.",
        &[(r#"ROUND(ACCRINT("2008-03-01", "2008-08-31", "2008-05-01", 0.1, 1000, 2, 0), 4)"#, "16.6667")],
        Takes::Numbers,
        accrint,
    )
    .differing("the time is that of YEARFRAC, where Excel adds up parts of coupon periods"),
    Function::new(
        "COUPDAYS(settlement, maturity, frequency, [basis])",
        "The days of the coupon period that a day is in, of 1, 2 or 4 a year.",
        &[(r#"COUPDAYS("2011-01-25", "2011-11-15", 2, 1)"#, "181")],
        Takes::Numbers,
        coupdays,
    ),
    Function::new(
        "DISC(settlement, maturity, pr, redemption, [basis])",
        "The discount rate of a security.",
        &[(r#"ROUND(DISC("2018-07-01", "2048-01-01", 97.975, 100, 1), 6)"#, "0.000686")],
        Takes::Numbers,
        |args| {
            let (years, price, redemption) = discounted(args)?;
            Ok(Value::number((1.0 - price / redemption) / years))
        },
    ),
    Function::new(
        "DOLLARDE(fractional_dollar, fraction)",
        "A price whose decimals say so many parts of a fraction, as a decimal number.",
        &[("DOLLARDE(1.02, 16)", "1.125")],
        Takes::Numbers,
        |args| fraction(args, |decimals, scale, fraction| decimals * scale / fraction),
    ),
    Function::new(
        "DOLLARFR(decimal_dollar, fraction)",
        "A decimal price, its decimals as so many parts of a fraction.",
        &[("DOLLARFR(1.125, 16)", "1.02")],
        Takes::Numbers,
        |args| fraction(args, |decimals, scale, fraction| decimals * fraction / scale),
    ),
    Function::new(
        "INTRATE(settlement, maturity, investment, redemption, [basis])",
        "The interest rate of a security that is held to its end.",
        &[(r#"ROUND(INTRATE("2008-02-15", "2008-05-15", 1000000, 1014420, 2), 5)"#, "0.05768")],
        Takes::Numbers,
        |args| {
            let (years, investment, redemption) = discounted(args)?;
            Ok(Value::number((redemption / investment - 1.0) / years))
        },
    ),
    Function::new(
        "PRICEDISC(settlement, maturity, discount, redemption, [basis])",
        "The price of a security that is sold below its worth.",
        &[(r#"ROUND(PRICEDISC("2008-02-16", "2008-03-01", 0.0525, 100, 2), 2)"#, "99.8")],
        Takes::Numbers,
        |args| {
            let (years, discount, redemption) = discounted(args)?;
            Ok(Value::number(redemption * (1.0 - discount * years)))
        },
    ),
    Function::new(
        "RECEIVED(settlement, maturity, investment, discount, [basis])",
        "What is received at the end of a security that was sold below its worth.",
        &[(r#"ROUND(RECEIVED("2008-02-15", "2008-05-15", 1000000, 0.0575, 2), 2)"#, "1014584.65")],
        Takes::Numbers,
        |args| {
            let (years, investment, discount) = discounted(args)?;
            Ok(Value::number(investment / (1.0 - discount * years)))
        },
    ),
    Function::new(
        "TBILLEQ(settlement, maturity, discount)",
        "The yield of a Treasury bill as that of a bond.",
        &[(r#"ROUND(TBILLEQ("2008-03-31", "2008-06-01", 0.0914), 4)"#, "0.0942")],
        Takes::Numbers,
        tbilleq,
    ),
    Function::new(
        "TBILLPRICE(settlement, maturity, discount)",
        "The price of a Treasury bill of 100.",
        &[(r#"ROUND(TBILLPRICE("2008-03-31", "2008-06-01", 0.09), 2)"#, "98.45")],
        Takes::Numbers,
        tbillprice,
    ),
    Function::new(
        "TBILLYIELD(settlement, maturity, pr)",
        "The yield of a Treasury bill.",
        &[(r#"ROUND(TBILLYIELD("2008-03-31", "2008-06-01", 98.45), 4)"#, "0.0914")],
        Takes::Numbers,
        tbillyield,
    ),
    Function::new(
        "YIELDDISC(settlement, maturity, pr, redemption, [basis])",
        "The yearly yield of a security that is sold below its worth.",
        &[(r#"ROUND(YIELDDISC("2008-02-16", "2008-03-01", 99.795, 100, 2), 6)"#, "0.052823")],
        Takes::Numbers,
        |args| {
            let (years, price, redemption) = discounted(args)?;
            Ok(Value::number((redemption / price - 1.0) / years))
        },
    ),
];

/// Settlement before maturity.
fn days(args: &Args<'_>) -> Result<(i64, i64), ErrorCode> {
    let (settlement, maturity) = (day_number(args.get(0))?, day_number(args.get(1))?);
    if settlement < maturity { Ok((settlement, maturity)) } else { Err(ErrorCode::Num) }
}

/// The years to maturity, and two amounts, which have to be positive.
fn discounted(args: &Args<'_>) -> Result<(f64, f64, f64), ErrorCode> {
    let (settlement, maturity) = days(args)?;
    let (a, b) = (args.number(2)?, args.number(3)?);
    let years = years(settlement, maturity, args.whole_or(4, 0)?)?;
    if a <= 0.0 || b <= 0.0 || years <= 0.0 { Err(ErrorCode::Num) } else { Ok((years, a, b)) }
}

fn accrint(args: &Args<'_>) -> Answer {
    let (issue, first, settlement) =
        (day_number(args.get(0))?, day_number(args.get(1))?, day_number(args.get(2))?);
    let (rate, par, frequency) = (args.number(3)?, args.number(4)?, args.whole(5)?);
    let from_issue = args.boolean_or(7, true)?;
    if rate <= 0.0 || par <= 0.0 || !matches!(frequency, 1 | 2 | 4) || issue >= settlement {
        return Err(ErrorCode::Num);
    }
    let start = if from_issue || settlement <= first { issue } else { first };
    Ok(Value::number(par * rate * years(start, settlement, args.whole_or(6, 0)?)?))
}

fn coupdays(args: &Args<'_>) -> Answer {
    let (settlement, maturity) = days(args)?;
    let (frequency, basis) = (args.whole(2)?, args.whole_or(3, 0)?);
    if !matches!(frequency, 1 | 2 | 4) || !(0..=4).contains(&basis) {
        return Err(ErrorCode::Num);
    }
    if basis != 1 {
        return Ok(Value::number(if basis == 3 { 365.0 } else { 360.0 } / frequency as f64));
    }
    let end = day_of(maturity)?;
    let months = 12 / frequency;
    // At the end of a month all coupons are.
    let at_end = end.day == days_in_month(end.year, end.month);
    let coupon = |back: i64| {
        let total = end.year * 12 + end.month - 1 - back * months;
        let (year, month) = (total.div_euclid(12), total.rem_euclid(12) + 1);
        let last = days_in_month(year, month);
        serial(year, month, if at_end { last } else { end.day.min(last) })
    };
    let day = day_of(settlement)?;
    let mut back = ((end.year * 12 + end.month) - (day.year * 12 + day.month)) / months;
    if coupon(back)? > settlement {
        back += 1;
    }
    Ok(integer(coupon(back - 1)? - coupon(back)?))
}

fn fraction(args: &Args<'_>, converted: fn(f64, f64, f64) -> f64) -> Answer {
    let (price, fraction) = (args.number(0)?, args.number(1)?.trunc());
    if fraction < 0.0 {
        return Err(ErrorCode::Num);
    }
    if fraction == 0.0 {
        return Err(ErrorCode::Div0);
    }
    let scale = 10f64.powf(fraction.log10().ceil());
    Ok(Value::number(price.trunc() + converted(price.fract(), scale, fraction)))
}

/// The days to the maturity of a bill, a year at most, and its rate or price.
fn bill(args: &Args<'_>) -> Result<(f64, f64), ErrorCode> {
    let (settlement, maturity) = days(args)?;
    let amount = args.number(2)?;
    let (days, year) = days_and_year(settlement, maturity, 3)?;
    if amount <= 0.0 || days > year + 1.0 { Err(ErrorCode::Num) } else { Ok((days, amount)) }
}

fn tbilleq(args: &Args<'_>) -> Answer {
    let (days, discount) = bill(args)?;
    if days <= 182.0 {
        return Ok(Value::number(365.0 * discount / (360.0 - discount * days)));
    }
    // Beyond half a year the interest of the first half earns interest.
    let price = (100.0 - discount * 100.0 * days / 360.0) / 100.0;
    let years = days / if days == 366.0 { 366.0 } else { 365.0 };
    let root = (years * years - (2.0 * years - 1.0) * (1.0 - 1.0 / price)).sqrt();
    Ok(Value::number((-2.0 * years + 2.0 * root) / (2.0 * years - 1.0)))
}

fn tbillprice(args: &Args<'_>) -> Answer {
    let (days, discount) = bill(args)?;
    let price = 100.0 * (1.0 - discount * days / 360.0);
    if price < 0.0 { Err(ErrorCode::Num) } else { Ok(Value::number(price)) }
}

fn tbillyield(args: &Args<'_>) -> Answer {
    let (days, price) = bill(args)?;
    Ok(Value::number((100.0 - price) / price * 360.0 / days))
}
