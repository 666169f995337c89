//! Days, weeks and parts of years between dates, as banks and calendars count them.

use super::calendar::{self, Day, day_of, days_in_month};
use super::date::{day_number, integer};
use super::function::{Answer, Args, Function, Takes};
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "DAYS360(start_date, end_date, [method])",
        "The days between two dates when each month has 30; method TRUE is the European one.",
        &[(r#"DAYS360("2024-01-01", "2024-12-31")"#, "360")],
        Takes::Numbers,
        days360,
    ),
    Function::new(
        "ISOWEEKNUM(date)",
        "The week of the year by ISO 8601: the first one has the year's first Thursday.",
        &[(r#"ISOWEEKNUM("2012-03-09")"#, "10")],
        Takes::Scalars,
        |args| isoweek(day_number(args.get(0))?),
    ),
    Function::new(
        "WEEKNUM(serial_number, [return_type])",
        "The week of the year, in which the first of January is in week 1. Weeks begin on Sunday with 1 or none, on Monday with 2, on Monday to Sunday with 11 to 17; 21 is ISOWEEKNUM.",
        &[(r#"WEEKNUM("2012-03-09", 2)"#, "11")],
        Takes::Numbers,
        weeknum,
    ),
    Function::new(
        "YEARFRAC(start_date, end_date, [basis])",
        "The years between two dates. Basis 0 or none months of 30 days, 1 days as they are, 2 days as they are in years of 360, 3 in years of 365, 4 months of 30 days the European way.",
        &[
            (r#"YEARFRAC("2012-01-01", "2012-07-30")"#, "0.580555555555556"),
            (r#"YEARFRAC("2024-02-29", "2024-03-31")"#, "0.0861111111111111"),
        ],
        Takes::Numbers,
        yearfrac,
    ),
];

fn days360(args: &Args<'_>) -> Answer {
    let (from, to) = (day_of(day_number(args.get(0))?)?, day_of(day_number(args.get(1))?)?);
    let european = args.boolean_or(2, false)?;
    Ok(integer(if european { european_days(from, to) } else { american_days(from, to, false) }))
}

fn thirties(from: Day, to: Day, from_day: i64, to_day: i64) -> i64 {
    (to.year - from.year) * 360 + (to.month - from.month) * 30 + to_day - from_day
}

fn european_days(from: Day, to: Day) -> i64 {
    thirties(from, to, from.day.min(30), to.day.min(30))
}

/// The NASD's rules. `both` makes the end of February the 30th also where it is the later date, as `YEARFRAC` does.
fn american_days(from: Day, to: Day, both: bool) -> i64 {
    let ends_february = |day: Day| day.month == 2 && day.day == days_in_month(day.year, 2);
    let to_day = if both && ends_february(from) && ends_february(to) { 30 } else { to.day };
    let from_day = if from.day == 31 || ends_february(from) { 30 } else { from.day };
    // Where both are looked at, a 31st stays behind an end of February that became a 30th.
    let from_thirtieth = if both { from.day >= 30 } else { from_day == 30 };
    let to_day = if to_day == 31 && from_thirtieth { 30 } else { to_day };
    thirties(from, to, from_day, to_day)
}

/// The Monday of the week is 0.
pub(super) fn weekday(day: i64) -> i64 {
    (day - 2).rem_euclid(7)
}

fn isoweek(day: i64) -> Answer {
    let thursday = day - weekday(day) + 3;
    let first = calendar::serial(day_of(thursday)?.year, 1, 1)?;
    Ok(integer((thursday - first) / 7 + 1))
}

fn weeknum(args: &Args<'_>) -> Answer {
    let day = day_number(args.get(0))?;
    let start = match args.whole_or(1, 1)? {
        1 => 6,
        2 => 0,
        kind @ 11..=17 => kind - 11,
        21 => return isoweek(day),
        _ => return Err(ErrorCode::Num),
    };
    let first = calendar::serial(day_of(day)?.year, 1, 1)?;
    let before = (weekday(first) - start).rem_euclid(7);
    Ok(integer((day - first + before).div_euclid(7) + 1))
}

fn yearfrac(args: &Args<'_>) -> Answer {
    let (from, to) = (day_number(args.get(0))?, day_number(args.get(1))?);
    years(from, to, args.whole_or(2, 0)?).map(Value::number)
}

/// The years between two days, whichever is first.
///
/// # Errors
/// `#NUM!` unless the basis is 0 to 4.
pub(super) fn years(a: i64, b: i64, basis: i64) -> Result<f64, ErrorCode> {
    let (first, last) = (a.min(b), a.max(b));
    let (from, to) = (day_of(first)?, day_of(last)?);
    let days = (last - first) as f64;
    Ok(match basis {
        0 => american_days(from, to, true) as f64 / 360.0,
        1 => days / mean_year(from, to)?,
        2 => days / 360.0,
        3 => days / 365.0,
        4 => european_days(from, to) as f64 / 360.0,
        _ => return Err(ErrorCode::Num),
    })
}

/// The days between two days as a basis counts them, and those of its year.
pub(super) fn days_and_year(from: i64, to: i64, basis: i64) -> Result<(f64, f64), ErrorCode> {
    let year = match basis {
        0 | 2 | 4 => 360.0,
        1 => mean_year(day_of(from)?, day_of(to)?)?,
        _ => 365.0,
    };
    Ok((years(from, to, basis)? * year, year))
}

fn is_leap(year: i64) -> bool {
    days_in_month(year, 2) == 29
}

/// How many days a year has on average in the years of two dates. Within one year, 366 when a leap day lies between.
fn mean_year(from: Day, to: Day) -> Result<f64, ErrorCode> {
    if from.year == to.year {
        return Ok(if is_leap(from.year) { 366.0 } else { 365.0 });
    }
    let within_a_year = to.year == from.year + 1 && (to.month, to.day) <= (from.month, from.day);
    if within_a_year {
        let leap = (is_leap(from.year) && (from.month, from.day) <= (2, 29))
            || (is_leap(to.year) && (to.month, to.day) >= (2, 29));
        return Ok(if leap { 366.0 } else { 365.0 });
    }
    let leaps = (from.year..=to.year).filter(|year| is_leap(*year)).count() as f64;
    Ok(365.0 + leaps / (to.year - from.year + 1) as f64)
}
