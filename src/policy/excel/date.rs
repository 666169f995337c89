//! Dates and times as serial numbers: days since 1900-01-00, the time of day as the fraction.

use super::calendar::{self, Day, day_of};
use super::datetext;
use super::function::{Answer, Args, Function, Takes, whole};
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "DATE(year, month, day)",
        "The serial number of a date; months and days beyond their range count on.",
        &[("DATE(2024, 1, 15)", "45306"), ("DATE(2023, 2, 29)", "44986")],
        Takes::Scalars,
        date,
    ),
    Function::new(
        "DATEDIF(start_date, end_date, unit)",
        r#"The whole years "Y", months "M" or days "D" between two dates; "YM" months beyond the years, "MD" days beyond the months, "YD" days beyond the years."#,
        &[(r#"DATEDIF("2001-06-01", "2002-08-15", "YM")"#, "2")],
        Takes::Scalars,
        datedif,
    ),
    Function::new(
        "DATEVALUE(date_text)",
        "The serial number of a date written as text.",
        &[(r#"DATEVALUE("2024-01-15")"#, "45306"), (r#"DATEVALUE("22-MAY-2011")"#, "40685")],
        Takes::Scalars,
        datevalue,
    ),
    Function::new(
        "DAY(serial_number)",
        "The day of the month.",
        &[(r#"DAY("2024-03-15")"#, "15")],
        Takes::Scalars,
        day,
    ),
    Function::new(
        "DAYS(end_date, start_date)",
        "The days between two dates.",
        &[(r#"DAYS("2024-03-01", "2024-02-01")"#, "29")],
        Takes::Numbers,
        days,
    ),
    Function::new(
        "EDATE(start_date, months)",
        "The date so many months later, or earlier when negative.",
        &[(r#"EDATE("2024-01-31", 1)"#, "45351")],
        Takes::Numbers,
        edate,
    ),
    Function::new(
        "EOMONTH(start_date, months)",
        "The last day of the month so many months later.",
        &[(r#"TEXT(EOMONTH("2024-01-15", 0), "yyyy-mm-dd")"#, "2024-01-31")],
        Takes::Numbers,
        eomonth,
    ),
    Function::new(
        "HOUR(serial_number)",
        "The hour, 0 to 23.",
        &[(r#"HOUR("6:45 PM")"#, "18")],
        Takes::Scalars,
        hour,
    ),
    Function::new(
        "MINUTE(serial_number)",
        "The minute, 0 to 59.",
        &[(r#"MINUTE("12:45")"#, "45")],
        Takes::Scalars,
        minute,
    ),
    Function::new(
        "MONTH(serial_number)",
        "The month, 1 to 12.",
        &[(r#"MONTH("March 15, 2024")"#, "3")],
        Takes::Scalars,
        month,
    ),
    Function::new(
        "NOW()",
        "The time of the cycle, in UTC.",
        &[(r#"TEXT(NOW(), "yyyy-mm-dd hh:mm")"#, "2026-01-05 18:00")],
        Takes::Scalars,
        now,
    ),
    Function::new(
        "SECOND(serial_number)",
        "The second, 0 to 59.",
        &[(r#"SECOND("18:45:30")"#, "30")],
        Takes::Scalars,
        second,
    ),
    Function::new(
        "TIME(hour, minute, second)",
        "The time of day as a fraction of a day; whole days are left out.",
        &[("TIME(12, 0, 0)", "0.5")],
        Takes::Scalars,
        time,
    ),
    Function::new(
        "TIMEVALUE(time_text)",
        "The time of day written as text.",
        &[(r#"TIMEVALUE("6:45 PM")"#, "0.78125")],
        Takes::Scalars,
        timevalue,
    ),
    Function::new(
        "TODAY()",
        "The day of the cycle, in UTC.",
        &[(r#"TEXT(TODAY(), "yyyy-mm-dd")"#, "2026-01-05")],
        Takes::Scalars,
        today,
    ),
    Function::new(
        "YEAR(serial_number)",
        "The year.",
        &[(r#"YEAR("2024-03-15")"#, "2024")],
        Takes::Scalars,
        year,
    ),
];

/// The day number of an argument, without its time of day.
///
/// # Errors
/// `#NUM!` outside 0 to 9999-12-31.
pub(super) fn day_number(value: &Value) -> Result<i64, ErrorCode> {
    let serial = value.to_number()?.floor();
    Some(whole(serial)).filter(|day| (0..=calendar::LAST).contains(day)).ok_or(ErrorCode::Num)
}

fn date_of(args: &Args<'_>, index: usize) -> Result<Day, ErrorCode> {
    day_of(day_number(args.get(index))?)
}

/// A count as a value.
pub(super) fn integer(number: i64) -> Value {
    Value::number(number as f64)
}

fn date(args: &Args<'_>) -> Answer {
    let (year, month, day) = (args.whole(0)?, args.whole(1)?, args.whole(2)?);
    let year = match year {
        0..1900 => year + 1900,
        1900..10_000 => year,
        _ => return Err(ErrorCode::Num),
    };
    calendar::serial(year, month, day).map(integer)
}

fn datedif(args: &Args<'_>) -> Answer {
    // A text that is no date is told before a date that is out of range.
    args.number(1)?;
    let (from, to) = (day_number(args.get(0))?, day_number(args.get(1))?);
    if from > to {
        return Err(ErrorCode::Num);
    }
    let (start, end) = (day_of(from)?, day_of(to)?);
    let months = (end.year - start.year) * 12 + end.month - start.month - i64::from(end.day < start.day);
    Ok(integer(match args.text(2)?.to_ascii_uppercase().as_str() {
        "Y" => months / 12,
        "M" => months,
        "D" => to - from,
        "YM" => months % 12,
        "MD" if end.day >= start.day => end.day - start.day,
        "MD" => {
            let before = if end.month == 1 { (end.year - 1, 12) } else { (end.year, end.month - 1) };
            calendar::days_in_month(before.0, before.1) - start.day + end.day
        }
        "YD" => {
            let years = months / 12;
            to - calendar::serial(start.year + years, start.month, start.day)?
        }
        _ => return Err(ErrorCode::Num),
    }))
}

fn datevalue(args: &Args<'_>) -> Answer {
    read(args)?.date.map(integer).ok_or(ErrorCode::Value)
}

fn timevalue(args: &Args<'_>) -> Answer {
    Ok(Value::number(read(args)?.time.unwrap_or(0.0).fract()))
}

fn read(args: &Args<'_>) -> Result<datetext::DateText, ErrorCode> {
    match args.get(0) {
        Value::Text(text) => datetext::parse(text).ok_or(ErrorCode::Value),
        _ => Err(ErrorCode::Value),
    }
}

fn year(args: &Args<'_>) -> Answer {
    date_of(args, 0).map(|date| integer(date.year))
}

fn month(args: &Args<'_>) -> Answer {
    date_of(args, 0).map(|date| integer(date.month))
}

fn day(args: &Args<'_>) -> Answer {
    date_of(args, 0).map(|date| integer(date.day))
}

fn days(args: &Args<'_>) -> Answer {
    Ok(integer(day_number(args.get(0))? - day_number(args.get(1))?))
}

fn edate(args: &Args<'_>) -> Answer {
    let start = date_of(args, 0)?;
    let (year, month) = months_later(start, args.whole(1)?)?;
    calendar::serial(year, month, start.day.min(calendar::days_in_month(year, month))).map(integer)
}

fn eomonth(args: &Args<'_>) -> Answer {
    let (year, month) = months_later(date_of(args, 0)?, args.whole(1)?)?;
    calendar::serial(year, month, calendar::days_in_month(year, month)).map(integer)
}

fn months_later(start: Day, months: i64) -> Result<(i64, i64), ErrorCode> {
    let months = (start.year * 12 + start.month - 1).checked_add(months).ok_or(ErrorCode::Num)?;
    let year = months.div_euclid(12);
    if (1900..10_000).contains(&year) { Ok((year, months.rem_euclid(12) + 1)) } else { Err(ErrorCode::Num) }
}

fn hour(args: &Args<'_>) -> Answer {
    second_of_day(args).map(|second| integer(second / 3600))
}

fn minute(args: &Args<'_>) -> Answer {
    second_of_day(args).map(|second| integer(second / 60 % 60))
}

fn second(args: &Args<'_>) -> Answer {
    second_of_day(args).map(|second| integer(second % 60))
}

/// To the nearest second, 0 to 86,399.
fn second_of_day(args: &Args<'_>) -> Result<i64, ErrorCode> {
    let serial = args.number(0)?;
    if !(0.0..2_958_466.0).contains(&serial) {
        return Err(ErrorCode::Num);
    }
    Ok(whole((serial.fract() * 86_400.0).round()) % 86_400)
}

fn time(args: &Args<'_>) -> Answer {
    let seconds = [(0, 3600.0), (1, 60.0), (2, 1.0)]
        .into_iter()
        .try_fold(0.0, |sum, (index, unit)| args.number(index).map(|number| sum + number.trunc() * unit))?;
    if (0.0..1e12).contains(&seconds) {
        Ok(Value::number(seconds % 86_400.0 / 86_400.0))
    } else {
        Err(ErrorCode::Num)
    }
}

fn now(args: &Args<'_>) -> Answer {
    Ok(Value::number(args.now()))
}

fn today(args: &Args<'_>) -> Answer {
    Ok(Value::number(args.now().floor()))
}
