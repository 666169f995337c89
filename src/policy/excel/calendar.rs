//! Serial numbers and days of the 1900 date system, in which 1900 is a leap year: serial 60 is 1900-02-29.

use super::value::ErrorCode;

/// 9999-12-31.
pub(crate) const LAST: i64 = 2_958_465;
/// The serial number of 1970-01-01.
pub(crate) const UNIX_EPOCH: i64 = 25_569;
const SECONDS_A_DAY: f64 = 86_400.0;

/// A day as Excel sees it. Serial 0 is the day 0 of January 1900.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Day {
    pub(super) year: i64,
    /// 1 to 12.
    pub(super) month: i64,
    pub(super) day: i64,
}

/// A point in time as a serial number of the 1900 date system: days, in UTC, with the time of day as the fraction.
#[must_use]
pub fn serial_of(time: jiff::Timestamp) -> f64 {
    let days = time.as_millisecond() as f64 / 1000.0 / SECONDS_A_DAY;
    let serial = days + UNIX_EPOCH as f64;
    // 1900-02-29 never was, so the days before it have one number less.
    if serial < 61.0 { serial - 1.0 } else { serial }
}

/// The day of a serial number.
///
/// # Errors
/// `#NUM!` outside 0 to 9999-12-31.
pub(super) fn day_of(serial: i64) -> Result<Day, ErrorCode> {
    match serial {
        0 => Ok(Day { year: 1900, month: 1, day: 0 }),
        60 => Ok(Day { year: 1900, month: 2, day: 29 }),
        1..60 => Ok(gregorian(serial + 1 - UNIX_EPOCH)),
        61..=LAST => Ok(gregorian(serial - UNIX_EPOCH)),
        _ => Err(ErrorCode::Num),
    }
}

/// The serial number of a day; months and days beyond their range count on.
///
/// # Errors
/// `#NUM!` outside 0 to 9999-12-31.
pub(super) fn serial(year: i64, month: i64, day: i64) -> Result<i64, ErrorCode> {
    if [year, month, day].iter().any(|part| part.unsigned_abs() > 10_000_000) {
        return Err(ErrorCode::Num);
    }
    let months = year * 12 + month - 1;
    let first = days(months.div_euclid(12), months.rem_euclid(12) + 1) + UNIX_EPOCH;
    let first = if first < 61 { first - 1 } else { first };
    Some(first + day - 1).filter(|serial| (0..=LAST).contains(serial)).ok_or(ErrorCode::Num)
}

/// How many days a month (1 to 12) has.
pub(super) fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year == 1900 => 29,
        12 => 31,
        _ => days(year, month + 1) - days(year, month),
    }
}

/// Days since 1970-01-01 of the first of a month (1 to 12) in the Gregorian calendar.
fn days(year: i64, month: i64) -> i64 {
    // The year is taken to begin in March, so that the leap day is its last.
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}

fn gregorian(days: i64) -> Day {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    Day { year, month, day: of_year - (153 * shifted + 2) / 5 + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_number_has_its_own_day() {
        for number in (0..=1500).chain((1501..=LAST).step_by(5)) {
            let day = day_of(number).unwrap();
            assert_eq!(serial(day.year, day.month, day.day), Ok(number), "{day:?}");
            assert!(day.day <= days_in_month(day.year, day.month), "{day:?}");
        }
    }

    #[test]
    fn days_after_the_invented_one_agree_with_jiff() {
        for number in (61..=LAST).step_by(97) {
            let day = day_of(number).unwrap();
            let text = format!("{:04}-{:02}-{:02}T12:00:00Z", day.year, day.month, day.day);
            let expected = number as f64 + 0.5;
            assert_eq!(serial_of(text.parse().unwrap()).to_bits(), expected.to_bits(), "{text}");
        }
    }

    #[test]
    fn the_days_around_the_invented_one() {
        let serial = |text: &str| serial_of(text.parse().unwrap());
        assert_eq!(serial("1900-01-01T00:00:00Z").to_bits(), 1f64.to_bits());
        assert_eq!(serial("1900-02-28T00:00:00Z").to_bits(), 59f64.to_bits());
        assert_eq!(serial("1900-03-01T00:00:00Z").to_bits(), 61f64.to_bits());
    }
}
