//! What `active_from` and `active_until` are given -> the moment that it means.

use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use rhai::{Dynamic, ImmutableString};

use super::excel;
use super::host::excel::ExcelError;
use super::host::user::in_short;
use crate::facts;

/// Which end of the time that somebody may have an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    From,
    Until,
}

impl Side {
    /// The word that says it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::From => "active_from",
            Self::Until => "active_until",
        }
    }

    /// Whether `now` is on the inside of the bound.
    pub(crate) fn holds(self, now: Timestamp, bound: Timestamp) -> bool {
        match self {
            Self::From => now >= bound,
            Self::Until => now < bound,
        }
    }
}

/// The zone of this IANA name, from the database inside the binary: the machine's may be another, or missing.
pub(crate) fn zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

/// What a value says of when: a whole day, or a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
enum When {
    Day(Date),
    /// A day and a time in no zone.
    Local(DateTime),
    Moment(Timestamp),
    Never,
}

/// The first moment that counts as inside (`From`) or as outside again (`Until`): of a day its start, of the last day
/// its end. `None` is no bound.
///
/// # Errors
/// What the value is in place of a date.
pub(crate) fn bound(value: &Dynamic, side: Side, zone: &TimeZone) -> Result<Option<Timestamp>, String> {
    let no_date = || format!("{} is no date", in_short(value));
    let out_of_range = || format!("{} is a date that no clock reaches", in_short(value));
    let moment = |local: DateTime| zone.to_timestamp(local).map_err(|_| out_of_range());
    match when(value)?.ok_or_else(no_date)? {
        When::Never => Ok(None),
        When::Moment(moment) => Ok(Some(moment)),
        When::Local(local) => moment(local).map(Some),
        When::Day(day) => {
            let day = match side {
                Side::From => day,
                // The last day that there is stands for no end.
                Side::Until => match day.tomorrow() {
                    Ok(next) => next,
                    Err(_) => return Ok(None),
                },
            };
            moment(day.at(0, 0, 0, 0)).map(Some)
        }
    }
}

fn when(value: &Dynamic) -> Result<Option<When>, String> {
    if value.is_unit() {
        return Ok(Some(When::Never));
    }
    if let Some(time) = value.read_lock::<Timestamp>() {
        return Ok(Some(When::Moment(*time)));
    }
    if let Some(text) = value.read_lock::<ImmutableString>() {
        return Ok(of_text(text.trim()));
    }
    if let Ok(number) = value.as_int() {
        return Ok(of_number(number));
    }
    if let Ok(number) = value.as_float() {
        return Ok(of_serial(number));
    }
    match value.read_lock::<ExcelError>() {
        Some(error) => Err(format!("the value is {}", error.0)),
        None => Ok(None),
    }
}

/// A serial number of Excel's, or what Active Directory counts: 100 ns since 1601 (MS-ADTS 2.2.5).
fn of_number(number: i64) -> Option<When> {
    match number {
        0 | i64::MAX | excel::LAST_SERIAL => Some(When::Never),
        10_000_000..=99_999_999 => of_digits(&number.to_string()),
        FIRST_SERIAL..=LAST_SERIAL => of_serial(number as f64),
        FIRST_TICKS.. => facts::file_time(number).ok().flatten().map(When::Moment),
        _ => None,
    }
}

/// 1970 in 100 ns since 1601: what is less and no serial number is a slip.
const FIRST_TICKS: i64 = 116_444_736_000_000_000;
/// 1970 and 2173 as serial numbers: a bare year, or a month as `202603`, must not pass for a day.
const FIRST_SERIAL: i64 = excel::EPOCH_SERIAL;
const LAST_SERIAL: i64 = 99_999;

/// Days of the 1900 date system; a whole number is a day.
fn of_serial(serial: f64) -> Option<When> {
    if serial == 0.0 || serial == excel::LAST_SERIAL as f64 {
        return Some(When::Never);
    }
    if !(FIRST_SERIAL as f64..LAST_SERIAL as f64 + 1.0).contains(&serial) {
        return None;
    }
    let days = serial.floor();
    let seconds = ((serial - days) * 86_400.0).round();
    let since = SignedDuration::try_from_secs_f64((days - FIRST_SERIAL as f64) * 86_400.0).ok()?;
    let midnight = TimeZone::UTC.to_datetime(Timestamp::from_duration(since).ok()?);
    if serial == days {
        return Some(When::Day(midnight.date()));
    }
    midnight.checked_add(SignedDuration::try_from_secs_f64(seconds).ok()?).ok().map(When::Local)
}

fn of_text(text: &str) -> Option<When> {
    if text.is_empty() {
        return Some(When::Never);
    }
    if text.len() > 64 {
        return None;
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return of_digits(text);
    }
    if let Some(time) = facts::generalized_time(text) {
        return Some(When::Moment(time));
    }
    // With an offset, and a colon in the time: ISO 8601's short form of a day would be read as one, too.
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(When::Moment(time));
    }
    if text.contains(':') {
        // An offset or a zone that was not understood must not be passed over.
        let is_local = |c: char| c.is_ascii_digit() || matches!(c, '-' | ':' | 'T' | 't' | ' ' | '.');
        return text.parse::<DateTime>().ok().filter(|_| text.chars().all(is_local)).map(When::Local);
    }
    let is_iso = text.len() == 10 && text.get(4..5) == Some("-");
    if is_iso {
        return text.parse::<Date>().ok().map(When::Day);
    }
    // `3/4/2026` is another day in every country, and `Mar 2026` is many.
    let has_month = text.chars().any(|c| c.is_ascii_alphabetic());
    let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|number| !number.is_empty()).count();
    if !has_month || numbers != 2 {
        return None;
    }
    excel::day_in_words(text).and_then(|serial| of_serial(serial as f64))
}

fn of_digits(text: &str) -> Option<When> {
    match text.len() {
        8 => {
            let number = |part: &str| part.parse::<i16>().ok();
            let (year, rest) = text.split_at_checked(4)?;
            let (month, day) = rest.split_at_checked(2)?;
            let month = i8::try_from(number(month)?).ok()?;
            Date::new(number(year)?, month, i8::try_from(number(day)?).ok()?).ok().map(When::Day)
        }
        _ => of_number(text.parse().ok()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(value: impl Into<Dynamic>, side: Side, zone: &str) -> Result<Option<String>, String> {
        let zone = super::zone(zone).unwrap();
        bound(&value.into(), side, &zone).map(|bound| bound.map(|time| time.to_string()))
    }

    fn until(text: &str) -> String {
        at(text.to_owned(), Side::Until, "UTC").map_or_else(|why| why, |at| at.unwrap_or("none".into()))
    }

    #[test]
    fn dates_are_read_as_they_are_written() {
        let read: Vec<String> = [
            "2026-03-31",
            " 2026-03-31 ",
            "20260331",
            "46112",
            "31-Mar-2026",
            "March 31, 2026",
            "31 mar 2026",
            "2026-03-31T12:30:00Z",
            "2026-03-31T12:30:00+02:00",
            "2026-03-31 12:30",
            "2026-03-31T12:30:15",
            "20260331123000.0Z",
            "134195814000000000",
            "9223372036854775807",
            "2958465",
            "9999-12-31",
            "0",
            "",
            "  ",
        ]
        .into_iter()
        .map(|text| format!("{text:?} {}", until(text)))
        .collect();
        insta::assert_debug_snapshot!(read);
    }

    #[test]
    fn what_is_no_date_is_said() {
        let read: Vec<String> = [
            "n/a",
            "never",
            "2026-02-30",
            "20260230",
            "31/03/2026",
            "03/31/2026",
            "31.03.2026",
            "2026",
            "202603",
            "310326",
            "-1",
            "1234567890",
            "2026-03-31 25:00",
            "2026-03-31 12:30 CET",
            "Mar",
            "９９",
        ]
        .into_iter()
        .map(|text| format!("{text:?} {}", until(text)))
        .collect();
        insta::assert_debug_snapshot!(read);
        assert_eq!(at(true, Side::From, "UTC"), Err("true is no date".into()));
        assert_eq!(at(f64::NAN, Side::From, "UTC"), Err("NaN is no date".into()));
        let list = Dynamic::from_array(vec!["2026-03-31".into(), "2026-04-30".into()]);
        assert_eq!(at(list, Side::From, "UTC"), Err(r#"["2026-03-31", "2026-04-30"] is no date"#.into()));
    }

    #[test]
    fn a_day_starts_and_ends_in_the_zone() {
        let day = |side, zone| at("2026-03-29".to_owned(), side, zone).unwrap().unwrap();
        assert_eq!(day(Side::From, "UTC"), "2026-03-29T00:00:00Z");
        assert_eq!(day(Side::Until, "UTC"), "2026-03-30T00:00:00Z");
        // The day on which summer time begins has 23 hours.
        assert_eq!(day(Side::From, "Europe/Berlin"), "2026-03-28T23:00:00Z");
        assert_eq!(day(Side::Until, "Europe/Berlin"), "2026-03-29T22:00:00Z");
        assert!(super::zone("Mars/Olympus").is_none());
        assert_eq!(at(46_112, Side::From, "UTC").unwrap().unwrap(), "2026-03-31T00:00:00Z");
        assert_eq!(at(20_260_331, Side::From, "UTC").unwrap().unwrap(), "2026-03-31T00:00:00Z");
        assert_eq!(at(46_112.5, Side::Until, "UTC").unwrap().unwrap(), "2026-03-31T12:00:00Z");
    }
}
