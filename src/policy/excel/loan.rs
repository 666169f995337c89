//! Loans and savings: equal payments at equal intervals. What is paid is negative, what is received is positive.

use super::function::{Answer, Args, Function, Takes};
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "CUMIPMT(rate, nper, pv, start_period, end_period, type)",
        "The interest paid from one period to another.",
        &[("ROUND(CUMIPMT(0.0075, 360, 125000, 13, 24, 0), 2)", "-11135.23")],
        Takes::Numbers,
        |args| cumulated(args, true),
    )
    .searching(),
    Function::new(
        "CUMPRINC(rate, nper, pv, start_period, end_period, type)",
        "What is paid back from one period to another.",
        &[("ROUND(CUMPRINC(0.0075, 360, 125000, 13, 24, 0), 2)", "-934.11")],
        Takes::Numbers,
        |args| cumulated(args, false),
    )
    .searching(),
    Function::new(
        "FV(rate, nper, pmt, [pv], [type])",
        "What there is after so many periods. Type 1 means payments at the beginning of each.",
        &[("ROUND(FV(0.005, 10, -200, -500, 1), 2)", "2581.4")],
        Takes::Numbers,
        fv,
    ),
    Function::new(
        "IPMT(rate, per, nper, pv, [fv], [type])",
        "The interest in the payment of one period.",
        &[("ROUND(IPMT(0.1, 3, 3, 8000), 2)", "-292.45")],
        Takes::Numbers,
        ipmt,
    ),
    Function::new(
        "ISPMT(rate, per, nper, pv)",
        "The interest of one period when equal parts are paid back; the first period is 0.",
        &[("ISPMT(0.1, 0, 4, 4000)", "-400")],
        Takes::Numbers,
        ispmt,
    ),
    Function::new(
        "NPER(rate, pmt, pv, [fv], [type])",
        "After how many periods it is paid.",
        &[("ROUND(NPER(0.01, -100, -1000, 10000, 1), 2)", "59.67")],
        Takes::Numbers,
        nper,
    ),
    Function::new(
        "PMT(rate, nper, pv, [fv], [type])",
        "The payment of each period.",
        &[("ROUND(PMT(0.08, 10, 10000), 2)", "-1490.29")],
        Takes::Numbers,
        pmt,
    ),
    Function::new(
        "PPMT(rate, per, nper, pv, [fv], [type])",
        "What the payment of one period pays back.",
        &[("ROUND(PPMT(0.1, 1, 2, 2000), 2)", "-952.38")],
        Takes::Numbers,
        ppmt,
    ),
    Function::new(
        "PV(rate, nper, pmt, [fv], [type])",
        "What the payments of so many periods are worth now.",
        &[("ROUND(PV(0.01, 12, 100), 2)", "-1125.51")],
        Takes::Numbers,
        pv,
    ),
    Function::new(
        "RATE(nper, pmt, pv, [fv], [type], [guess])",
        "The interest of each period, searched from a guess of 10 %.",
        &[("ROUND(RATE(48, -200, 8000), 4)", "0.0077")],
        Takes::Numbers,
        rate,
    )
    .searching(),
];

/// The terms of a loan.
#[derive(Clone, Copy)]
struct Terms {
    rate: f64,
    periods: f64,
    present: f64,
    future: f64,
    /// Payments at the beginning of the periods.
    early: bool,
}

/// (1 + rate) to the power of the periods, less 1, keeping the digits of small rates.
fn growth(rate: f64, periods: f64) -> f64 {
    if rate > -1.0 { (periods * rate.ln_1p()).exp_m1() } else { (1.0 + rate).powf(periods) - 1.0 }
}

/// What payments of 1 grow to.
fn annuity(rate: f64, periods: f64, early: bool) -> f64 {
    if rate == 0.0 { periods } else { growth(rate, periods) / rate * if early { 1.0 + rate } else { 1.0 } }
}

fn future(rate: f64, periods: f64, payment: f64, present: f64, early: bool) -> f64 {
    -(present * (growth(rate, periods) + 1.0) + payment * annuity(rate, periods, early))
}

impl Terms {
    fn payment(self) -> Result<f64, ErrorCode> {
        if self.periods == 0.0 {
            return Err(ErrorCode::Num);
        }
        let grown = self.present * (growth(self.rate, self.periods) + 1.0);
        Ok(-(grown + self.future) / annuity(self.rate, self.periods, self.early))
    }

    fn interest(self, period: f64) -> Result<f64, ErrorCode> {
        let payment = self.payment()?;
        if self.early && period == 1.0 {
            return Ok(0.0);
        }
        let left =
            future(self.rate, period - if self.early { 2.0 } else { 1.0 }, payment, self.present, self.early);
        Ok(if self.early { (left - payment) * self.rate } else { left * self.rate })
    }
}

fn early(args: &Args<'_>, index: usize) -> Result<bool, ErrorCode> {
    Ok(args.number_or(index, 0.0)? != 0.0)
}

fn pmt(args: &Args<'_>) -> Answer {
    let terms = Terms {
        rate: args.number(0)?,
        periods: args.number(1)?,
        present: args.number(2)?,
        future: args.number_or(3, 0.0)?,
        early: early(args, 4)?,
    };
    terms.payment().map(Value::number)
}

fn fv(args: &Args<'_>) -> Answer {
    Ok(Value::number(future(
        args.number(0)?,
        args.number(1)?,
        args.number(2)?,
        args.number_or(3, 0.0)?,
        early(args, 4)?,
    )))
}

fn pv(args: &Args<'_>) -> Answer {
    let (rate, periods, payment, future) =
        (args.number(0)?, args.number(1)?, args.number(2)?, args.number_or(3, 0.0)?);
    // Discounted, rather than divided by what one grows to, which overflows.
    let discount = growth(rate, -periods) + 1.0;
    Ok(Value::number(payment * annuity(rate, -periods, early(args, 4)?) - future * discount))
}

fn nper(args: &Args<'_>) -> Answer {
    let (rate, payment, present, future) =
        (args.number(0)?, args.number(1)?, args.number(2)?, args.number_or(3, 0.0)?);
    if rate == 0.0 {
        return if payment == 0.0 {
            Err(ErrorCode::Num)
        } else {
            Ok(Value::number(-(present + future) / payment))
        };
    }
    if rate <= -1.0 {
        return Err(ErrorCode::Num);
    }
    let due = payment * if early(args, 4)? { 1.0 + rate } else { 1.0 } / rate;
    Ok(Value::number(((due - future) / (due + present)).ln() / rate.ln_1p()))
}

/// The terms, and the period asked for.
fn terms(args: &Args<'_>) -> Result<(Terms, f64), ErrorCode> {
    let (rate, period, periods) = (args.number(0)?, args.number(1)?, args.number(2)?);
    let terms = Terms {
        rate,
        periods,
        present: args.number(3)?,
        future: args.number_or(4, 0.0)?,
        early: early(args, 5)?,
    };
    if period < 1.0 || period >= periods + 1.0 { Err(ErrorCode::Num) } else { Ok((terms, period)) }
}

fn ipmt(args: &Args<'_>) -> Answer {
    let (terms, period) = terms(args)?;
    terms.interest(period).map(Value::number)
}

fn ppmt(args: &Args<'_>) -> Answer {
    let (terms, period) = terms(args)?;
    Ok(Value::number(terms.payment()? - terms.interest(period)?))
}

fn ispmt(args: &Args<'_>) -> Answer {
    let (rate, period, periods, present) =
        (args.number(0)?, args.number(1)?, args.number(2)?, args.number(3)?);
    if periods == 0.0 {
        Err(ErrorCode::Div0)
    } else {
        Ok(Value::number(present * rate * (period / periods - 1.0)))
    }
}

/// The most periods that are summed up.
const MAX_PERIODS: f64 = 100_000.0;

fn cumulated(args: &Args<'_>, interest: bool) -> Answer {
    let (rate, periods, present) = (args.number(0)?, args.number(1)?, args.number(2)?);
    let (first, last, kind) = (args.number(3)?.trunc(), args.number(4)?.trunc(), args.number(5)?);
    let valid =
        rate > 0.0 && periods > 0.0 && present > 0.0 && first >= 1.0 && first <= last && last <= periods;
    if !valid || last - first > MAX_PERIODS || !(kind == 0.0 || kind == 1.0) {
        return Err(ErrorCode::Num);
    }
    let terms = Terms { rate, periods, present, future: 0.0, early: kind == 1.0 };
    let (payment, mut sum, mut period) = (terms.payment()?, 0.0, first);
    while period <= last {
        let part = terms.interest(period)?;
        sum += if interest { part } else { payment - part };
        period += 1.0;
    }
    Ok(Value::number(sum))
}

fn rate(args: &Args<'_>) -> Answer {
    let (periods, payment, present) = (args.number(0)?, args.number(1)?, args.number(2)?);
    let (worth, early) = (args.number_or(3, 0.0)?, early(args, 4)?);
    if periods <= 0.0 {
        return Err(ErrorCode::Num);
    }
    let left = |rate: f64| worth - future(rate, periods, payment, present, early);
    super::cashflow::root(left, args.number_unless_blank(5, 0.1)?).map(Value::number)
}
