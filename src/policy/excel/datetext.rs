//! Dates and times written as text, as Excel reads them in en-US. Forms that leave out the year are not read: what
//! they mean would depend on the day.

use super::calendar;

/// A date, a time of day, or both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct DateText {
    /// The serial number of the day.
    pub(super) date: Option<i64>,
    /// A fraction of a day; 1 and more for `25:00`.
    pub(super) time: Option<f64>,
}

impl DateText {
    pub(super) fn serial(self) -> f64 {
        self.date.unwrap_or(0) as f64 + self.time.unwrap_or(0.0)
    }
}

/// Reads `2024-01-15`, `1/15/2024`, `15-Jan-24`, `January 15, 2024`, `Jan 2024`, `12:30`, `6:45:10 PM`, and a date
/// followed by a time.
pub(super) fn parse(text: &str) -> Option<DateText> {
    if text.len() > 64 {
        return None;
    }
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let is_half = |word: &&str| half(word).is_some();
    let start = words.iter().position(|word| word.contains(':')).or_else(|| {
        let last = words.iter().position(is_half)?;
        last.checked_sub(1)
    });
    let Some(start) = start else {
        return Some(DateText { date: Some(date(&words)?), time: None });
    };
    let (before, after) = words.split_at_checked(start)?;
    let time = Some(time(after)?);
    let date = if before.is_empty() { None } else { Some(date(before)?) };
    Some(DateText { date, time })
}

/// The serial number of a day whose text holds nothing else.
pub(crate) fn day_in_words(text: &str) -> Option<i64> {
    parse(text).filter(|read| read.time.is_none())?.date
}

fn date(words: &[&str]) -> Option<i64> {
    let text = words.join(" ");
    if !text.chars().any(|c| c.is_ascii_alphabetic()) {
        return ["-", "/"].iter().find_map(|separator| numeric(&text, separator));
    }
    if text.starts_with(SEPARATORS) || text.ends_with(SEPARATORS) {
        return None;
    }
    let parts: Vec<&str> = text.split([' ', '-', '/', ',']).filter(|part| !part.is_empty()).collect();
    let (year, month, day) = match parts.as_slice() {
        [first, second, third] => match (month(first), month(second)) {
            (Some(month), _) => (year(third)?, month, number(second, 2)?),
            (None, Some(month)) => (year(third)?, month, number(first, 2)?),
            (None, None) => return None,
        },
        [name, full] if full.len() == 4 => (year(full)?, month(name)?, 1),
        _ => return None,
    };
    serial(year, month, day)
}

/// What stands between the parts of a date with a name, beside spaces.
const SEPARATORS: [char; 3] = ['-', '/', ','];

fn numeric(text: &str, separator: &str) -> Option<i64> {
    let parts: Vec<&str> = text.split(separator).collect();
    let [first, second, third] = parts.as_slice() else { return None };
    if first.len() == 4 {
        serial(year(first)?, number(second, 2)?, number(third, 2)?)
    } else {
        serial(year(third)?, number(first, 2)?, number(second, 2)?)
    }
}

fn serial(year: i64, month: i64, day: i64) -> Option<i64> {
    let valid = (1..=12).contains(&month) && (1..=calendar::days_in_month(year, month)).contains(&day);
    if valid { calendar::serial(year, month, day).ok() } else { None }
}

fn number(text: &str, most_digits: usize) -> Option<i64> {
    let fine = (1..=most_digits).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if fine { text.parse().ok() } else { None }
}

/// Two digits stand for 1930 to 2029.
fn year(text: &str) -> Option<i64> {
    let year = number(text, 4)?;
    match (text.len(), year) {
        (2, 0..30) => Some(2000 + year),
        (2, _) => Some(1900 + year),
        (4, 1900..) => Some(year),
        _ => None,
    }
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

fn month(name: &str) -> Option<i64> {
    let name = name.to_ascii_lowercase();
    let position = MONTHS.iter().position(|month| *month == name || month.get(..3) == Some(name.as_str()))?;
    i64::try_from(position + 1).ok()
}

/// Whether a word is AM (0) or PM (12).
fn half(word: &str) -> Option<f64> {
    match word.to_ascii_lowercase().as_str() {
        "am" | "a" => Some(0.0),
        "pm" | "p" => Some(12.0),
        _ => None,
    }
}

fn time(words: &[&str]) -> Option<f64> {
    let (clock, half) = match words {
        [clock] => (*clock, None),
        [clock, word] => (*clock, Some(half(word)?)),
        _ => return None,
    };
    let mut parts = clock.split(':');
    let hours = number(parts.next()?, 4)?;
    let minutes = parts.next().map_or(Some(0), |minutes| number(minutes, 2))?;
    let seconds = parts.next().map_or(Some(0.0), seconds)?;
    let in_range = minutes < 60 && seconds < 60.0 && parts.next().is_none();
    let hours = match half {
        Some(_) if hours > 12 => return None,
        Some(offset) => f64::from(u8::try_from(hours % 12).ok()?) + offset,
        None if clock.contains(':') => f64::from(u16::try_from(hours).ok()?),
        None => return None,
    };
    let minutes = f64::from(u8::try_from(minutes).ok()?);
    in_range.then_some((hours * 3600.0 + minutes * 60.0 + seconds) / 86_400.0)
}

fn seconds(text: &str) -> Option<f64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    number(whole, 2)?;
    if decimals.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read() {
        let read: Vec<_> = [
            "2024-01-15",
            "2024/1/15",
            "1/15/2024",
            "1-15-24",
            "15-Jan-24",
            "22-MAY-2011",
            "MARCH 5, 2020",
            "5 March 2020",
            "Jan 2024",
            "2/29/1900",
            "12:30",
            "6:45 PM",
            "12 am",
            "9 PM",
            "25:00",
            "1:30:15.5",
            "2024-01-15 12:00",
            "22-Aug-2011 6:35 AM",
        ]
        .iter()
        .map(|text| (*text, parse(text).unwrap().serial()))
        .collect();
        insta::assert_compact_debug_snapshot!(read, @r#"[("2024-01-15", 45306.0), ("2024/1/15", 45306.0), ("1/15/2024", 45306.0), ("1-15-24", 45306.0), ("15-Jan-24", 45306.0), ("22-MAY-2011", 40685.0), ("MARCH 5, 2020", 43895.0), ("5 March 2020", 43895.0), ("Jan 2024", 45292.0), ("2/29/1900", 60.0), ("12:30", 0.5208333333333334), ("6:45 PM", 0.78125), ("12 am", 0.0), ("9 PM", 0.875), ("25:00", 1.0416666666666667), ("1:30:15.5", 0.06267939814814814), ("2024-01-15 12:00", 45306.5), ("22-Aug-2011 6:35 AM", 40777.274305555555)]"#);
    }

    #[test]
    fn what_is_not_read() {
        for text in [
            "",
            "abc",
            "15.01.2024",
            "2024-13-01",
            "2024-02-30",
            "13:00 PM",
            "6:45PM",
            "12:60",
            "1/2",
            "5-Jul",
            "1899-12-31",
            "10000-01-01",
            "2024-01-15T12:00",
            "1::2",
            ":",
            "AM",
            "Jan",
            "2024-01/15",
            "-March 5, 2020",
            "March 5, 2020-",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
