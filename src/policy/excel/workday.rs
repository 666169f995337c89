//! Weekdays and working days, Monday to Friday.

use std::collections::BTreeSet;

use super::calendar;
use super::date::{day_number, integer};
use super::function::{Answer, Args, Function, Takes};
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "NETWORKDAYS",
        signature: "NETWORKDAYS(start_date, end_date, [holidays])",
        summary: "The working days from one date to another, both included; negative when the end comes first.",
        min: 2,
        max: Some(3),
        examples: &[(r#"NETWORKDAYS("2024-01-01", "2024-01-31")"#, "23")],
        takes: Takes::Anything,
        run: networkdays,
    },
    Function {
        name: "WEEKDAY",
        signature: "WEEKDAY(serial_number, [return_type])",
        summary: "The number of the day in its week: 1 or none Sunday 1 to Saturday 7, 2 Monday 1 to Sunday 7, 3 Monday 0 to Sunday 6, 11 to 17 1 for Monday to 1 for Sunday.",
        min: 1,
        max: Some(2),
        examples: &[(r#"WEEKDAY("2024-01-15", 2)"#, "1")],
        takes: Takes::Scalars,
        run: weekday,
    },
    Function {
        name: "WORKDAY",
        signature: "WORKDAY(start_date, days, [holidays])",
        summary: "The date so many working days later, or earlier when negative.",
        min: 2,
        max: Some(3),
        examples: &[(
            r#"TEXT(WORKDAY("2024-12-24", 3, ["2024-12-25", "2024-12-26"]), "yyyy-mm-dd")"#,
            "2024-12-31",
        )],
        takes: Takes::Anything,
        run: workday,
    },
];

fn weekday(args: &Args<'_>) -> Answer {
    let day = day_number(args.get(0))?;
    // Serial 1 is a Sunday to Excel.
    let since = |first: i64| (day - 1 - first).rem_euclid(7);
    Ok(integer(match args.whole_or(1, 1)? {
        1 => since(0) + 1,
        2 => since(1) + 1,
        3 => since(1),
        kind @ 11..=17 => since(kind - 10) + 1,
        _ => return Err(ErrorCode::Num),
    }))
}

fn networkdays(args: &Args<'_>) -> Answer {
    let (start, end) = (day_number(args.get(0))?, day_number(args.get(1))?);
    let holidays = holidays(args)?;
    let (first, last) = (start.min(end), start.max(end));
    let off = holidays.range(first..=last).filter(|day| !is_weekend(**day)).count();
    let days = weekdays_until(last) - weekdays_until(first - 1) - i64::try_from(off).unwrap_or(i64::MAX);
    Ok(integer(if start <= end { days } else { -days }))
}

/// How many of the days 0 to `day` are Monday to Friday.
fn weekdays_until(day: i64) -> i64 {
    // Day 0 is a Saturday: of a week that begins with it the first two days are off.
    let days = day + 1;
    days.div_euclid(7) * 5 + (days.rem_euclid(7) - 2).max(0)
}

fn is_weekend(day: i64) -> bool {
    day.rem_euclid(7) < 2
}

fn workday(args: &Args<'_>) -> Answer {
    let mut day = day_number(args.get(0))?;
    let days = args.whole(1)?;
    let holidays = holidays(args)?;
    let mut left = days.unsigned_abs();
    while left > 0 {
        day += days.signum();
        if !(0..=calendar::LAST).contains(&day) {
            return Err(ErrorCode::Num);
        }
        if !is_weekend(day) && !holidays.contains(&day) {
            left -= 1;
        }
    }
    Ok(integer(day))
}

fn holidays(args: &Args<'_>) -> Result<BTreeSet<i64>, ErrorCode> {
    let cells = match args.get(2) {
        Value::Array(array) => array.cells(),
        scalar => std::slice::from_ref(scalar),
    };
    cells.iter().filter(|cell| !matches!(cell, Value::Blank)).map(day_number).collect()
}
