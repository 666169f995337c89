//! Weekdays and working days.

use std::collections::BTreeSet;

use super::calendar;
use super::date::{day_number, integer};
use super::daycount;
use super::function::{Answer, Args, Function, Takes};
use super::numbers::cells;
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "NETWORKDAYS(start_date, end_date, [holidays])",
        "The working days from one date to another, both included, Monday to Friday; negative when the end comes first.",
        &[(r#"NETWORKDAYS("2024-01-01", "2024-01-31")"#, "23")],
        Takes::Anything,
        |args| networkdays(args, Weekend::usual(), 2),
    ),
    Function::new(
        "NETWORKDAYS.INTL(start_date, end_date, [weekend], [holidays])",
        "As NETWORKDAYS, with a weekend of one's own: 1 or none Saturday and Sunday, 2 Sunday and Monday, … 7 Friday and Saturday, 11 Sunday alone, … 17 Saturday alone, or seven digits from Monday on, 1 for a day off.",
        &[
            (r#"NETWORKDAYS.INTL("2024-01-01", "2024-01-31", 11)"#, "27"),
            (r#"NETWORKDAYS.INTL("2024-01-01", "2024-01-07", "0000011")"#, "5"),
        ],
        Takes::Anything,
        |args| networkdays(args, Weekend::read(args.get(2))?, 3),
    ),
    Function::new(
        "WEEKDAY(serial_number, [return_type])",
        "The number of the day in its week: 1 or none Sunday 1 to Saturday 7, 2 Monday 1 to Sunday 7, 3 Monday 0 to Sunday 6, 11 to 17 1 for Monday to 1 for Sunday.",
        &[(r#"WEEKDAY("2024-01-15", 2)"#, "1")],
        Takes::Numbers,
        weekday,
    ),
    Function::new(
        "WORKDAY(start_date, days, [holidays])",
        "The date so many working days later, or earlier when negative.",
        &[(r#"TEXT(WORKDAY("2024-12-24", 3, ["2024-12-25", "2024-12-26"]), "yyyy-mm-dd")"#, "2024-12-31")],
        Takes::Anything,
        |args| workday(args, Weekend::usual(), 2),
    ),
    Function::new(
        "WORKDAY.INTL(start_date, days, [weekend], [holidays])",
        "As WORKDAY, with a weekend of one's own as for NETWORKDAYS.INTL.",
        &[(r#"TEXT(WORKDAY.INTL("2024-01-05", 1, 11), "yyyy-mm-dd")"#, "2024-01-06")],
        Takes::Anything,
        |args| {
            let weekend = Weekend::read(args.get(2))?;
            if weekend.off == [true; 7] { Err(ErrorCode::Value) } else { workday(args, weekend, 3) }
        },
    ),
];

/// Which days of the week are off, from Monday on.
#[derive(Clone, Copy)]
struct Weekend {
    off: [bool; 7],
}

impl Weekend {
    fn usual() -> Self {
        Self { off: [false, false, false, false, false, true, true] }
    }

    /// # Errors
    /// `#NUM!` for a number that stands for no weekend, `#VALUE!` for text that is not seven digits 0 or 1.
    fn read(value: &Value) -> Result<Self, ErrorCode> {
        let mut off = [false; 7];
        match value {
            Value::Blank => return Ok(Self::usual()),
            Value::Text(text) => {
                if text.chars().count() != off.len() || text.contains(|digit| !matches!(digit, '0' | '1')) {
                    return Err(ErrorCode::Value);
                }
                off.iter_mut().zip(text.chars()).for_each(|(off, digit)| *off = digit == '1');
            }
            value => {
                // Saturday is the sixth day, counted from 1.
                let (first, length) = match super::function::whole(value.to_number()?) {
                    kind @ 1..=7 => (kind + 4, 2),
                    kind @ 11..=17 => (kind - 5, 1),
                    _ => return Err(ErrorCode::Num),
                };
                for day in first..first + length {
                    off.iter_mut()
                        .zip(0..)
                        .filter(|(_, index)| *index == day.rem_euclid(7))
                        .for_each(|(off, _)| *off = true);
                }
            }
        }
        Ok(Self { off })
    }

    fn has(self, day: i64) -> bool {
        self.off.iter().zip(0..).any(|(off, index)| *off && index == daycount::weekday(day))
    }
}

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

fn networkdays(args: &Args<'_>, weekend: Weekend, holidays_at: usize) -> Answer {
    let (start, end) = (day_number(args.get(0))?, day_number(args.get(1))?);
    let holidays = holidays(args.get(holidays_at))?;
    let (first, last) = (start.min(end), start.max(end));
    let works = |day: &i64| !weekend.has(*day);
    let off = holidays.range(first..=last).filter(|day| works(day)).count();
    let weeks = (last - first + 1) / 7;
    let full = (0..7).filter(works).count();
    let rest = (first + weeks * 7..=last).filter(works).count();
    let days = weeks * i64::try_from(full).unwrap_or(0) + i64::try_from(rest).unwrap_or(0)
        - i64::try_from(off).unwrap_or(0);
    Ok(integer(if start <= end { days } else { -days }))
}

fn workday(args: &Args<'_>, weekend: Weekend, holidays_at: usize) -> Answer {
    let mut day = day_number(args.get(0))?;
    let days = args.whole(1)?;
    let holidays = holidays(args.get(holidays_at))?;
    let works_a_week = weekend.off.iter().filter(|off| !**off).count() as u64;
    let mut left = days.unsigned_abs();
    while left > 0 {
        // Whole weeks at once, but one working day short, so that the last step ends on one.
        let weeks = i64::try_from((left - 1) / works_a_week).map_err(|_| ErrorCode::Num)?;
        if weeks > 0 {
            let next = weeks.saturating_mul(7 * days.signum()).saturating_add(day);
            let passed = if next > day { day + 1..=next } else { next..=day - 1 };
            if !(0..=calendar::LAST).contains(&next) {
                return Err(ErrorCode::Num);
            }
            let off = holidays.range(passed).filter(|day| !weekend.has(**day)).count() as u64;
            left = left - weeks.unsigned_abs() * works_a_week + off;
            day = next;
            continue;
        }
        day += days.signum();
        if !(0..=calendar::LAST).contains(&day) {
            return Err(ErrorCode::Num);
        }
        if !weekend.has(day) && !holidays.contains(&day) {
            left -= 1;
        }
    }
    Ok(integer(day))
}

fn holidays(value: &Value) -> Result<BTreeSet<i64>, ErrorCode> {
    cells(value).iter().filter(|cell| !matches!(cell, Value::Blank)).map(day_number).collect()
}
