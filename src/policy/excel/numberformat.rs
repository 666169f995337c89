//! Which section of a number format shows a number, with which sign, and rounded where. The crate writes the digits.

use ssfmt::ast::{Condition, DatePart, FormatPart, FormatType};
use ssfmt::{FormatOptions, NumberFormat, Section};

use super::calendar;
use super::math::rounded_half_up;
use super::number::significant;
use super::value::ErrorCode;

/// A number as a format shows it. `code` is what the format was read from.
///
/// # Errors
/// `#VALUE!` for formats that mix digits and dates, for days that there are not, and for numbers whose digits the crate
/// would get wrong.
pub(super) fn shown_number(format: &NumberFormat, code: &str, number: f64) -> Result<String, ErrorCode> {
    if format.sections().iter().any(mixes) || has_era_and_digits(code) {
        return Err(ErrorCode::Value);
    }
    let sections = for_numbers(format);
    let (section, signed) = match chosen(sections, number) {
        Some((index, signed)) => (sections.get(index).cloned(), signed),
        // Nothing but texts has a format.
        None => (
            NumberFormat::parse("General").ok().and_then(|general| general.sections().first().cloned()),
            true,
        ),
    };
    let Some(mut section) = section else { return Err(ErrorCode::Value) };
    let is_date = section.has_date_parts();
    if is_date && !(0.0..END).contains(&number) {
        return Err(ErrorCode::Value);
    }
    if section.parts.is_empty() && sections.len() > 1 && !code.to_ascii_lowercase().contains("general") {
        return Ok(String::new());
    }
    section.condition = None;
    // A date has no digits that are rounded, and the last day of all leaves no room for it.
    let number = if !is_date {
        let rounded = rounded(number, &section)?;
        keep_one_point(&mut section);
        rounded
    } else if number > LAST {
        within_last_day(&mut section)?;
        number - CYCLE
    } else {
        number
    };
    let is_numeric = section.parts.is_empty() || section.parts.iter().any(shows_digits);
    let one = NumberFormat::from_sections(vec![section]);
    let options = FormatOptions::default();
    let write = |number: f64| one.try_format(number, &options).map_err(|_| ErrorCode::Value);
    let shown = write(number.abs())?;
    // What rounds to zero has no sign.
    let sign = if number < 0.0 && signed && is_numeric && shown != write(0.0)? { "-" } else { "" };
    Ok(format!("{sign}{shown}"))
}

/// 9999-12-31, and the midnight behind it.
const LAST: f64 = calendar::LAST as f64;
const END: f64 = LAST + 1.0;
/// Days of 400 years, after which the days of the week are those of the same dates again.
const CYCLE: f64 = 146_097.0;

/// The crate knows no hours of 9999-12-31: they are those of 9599-12-31, but for the year.
fn within_last_day(section: &mut Section) -> Result<(), ErrorCode> {
    for part in &mut section.parts {
        match part {
            FormatPart::DatePart(DatePart::Year2) => *part = FormatPart::Literal("99".to_owned()),
            FormatPart::DatePart(DatePart::Year3 | DatePart::Year4) => {
                *part = FormatPart::Literal("9999".to_owned());
            }
            FormatPart::DatePart(
                DatePart::BuddhistYear2
                | DatePart::BuddhistYear4
                | DatePart::BuddhistYear2Alt
                | DatePart::BuddhistYear4Alt,
            )
            | FormatPart::Elapsed(_) => return Err(ErrorCode::Value),
            _ => {}
        }
    }
    Ok(())
}

/// The sections but the one for texts: the fourth one, or the last if it has an `@`.
fn for_numbers(format: &NumberFormat) -> &[Section] {
    match format.sections() {
        [sections @ .., _] if sections.len() == 3 => sections,
        [sections @ .., last] if last.has_text_placeholder() => sections,
        sections => sections,
    }
}

/// The section for a number, and whether a minus stands before a negative one: not where the section is for nothing
/// else. `None` when there is no section.
fn chosen(sections: &[Section], number: f64) -> Option<(usize, bool)> {
    let last = sections.len().checked_sub(1)?;
    if sections.iter().all(|section| section.condition.is_none()) {
        return Some(match last {
            0 => (0, true),
            _ if number < 0.0 => (1, false),
            2.. if number == 0.0 => (2, true),
            _ => (0, true),
        });
    }
    let index = sections
        .iter()
        .position(|section| section.condition.is_none_or(|condition| condition.evaluate(number)))
        .unwrap_or(last);
    let first = sections.first().and_then(|section| section.condition);
    let negative_alone = match sections.get(index).and_then(|section| section.condition) {
        Some(Condition::LessThan(than) | Condition::LessOrEqual(than)) => than <= 0.0,
        Some(Condition::Equal(to)) => to < 0.0,
        Some(_) => false,
        // The second of two is the one for negative numbers, unless the first is for great ones.
        None => {
            last == 1
                && !matches!(first, Some(Condition::GreaterThan(than) | Condition::GreaterOrEqual(than)) if than > 0.0)
        }
    };
    Some((index, !negative_alone))
}

fn shows_digits(part: &FormatPart) -> bool {
    part.is_numeric_part() || matches!(part, FormatPart::GeneralNumber)
}

fn mixes(section: &Section) -> bool {
    section.has_date_parts() && section.parts.iter().any(|part| matches!(part, FormatPart::Digit(_)))
}

/// Whether one section has digits and `g`, which stands for the era of a year. The crate takes it for a letter.
fn has_era_and_digits(code: &str) -> bool {
    let (mut era, mut digits, mut general) = (false, false, String::new());
    let mut chars = code.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => drop(chars.by_ref().find(|c| *c == '"')),
            '[' => drop(chars.by_ref().find(|c| *c == ']')),
            '\\' | '_' | '*' => drop(chars.next()),
            ';' => (era, digits) = (false, false),
            'g' | 'G' => era = true,
            '0' | '#' | '?' => digits = true,
            _ => {}
        }
        if c.is_ascii_alphabetic() {
            general.push(c.to_ascii_lowercase());
            if general.ends_with("general") {
                era = false;
            }
        }
        if era && digits {
            return true;
        }
    }
    false
}

/// A point behind the first one is written as it is, and so is every one where there are no digits.
fn keep_one_point(section: &mut Section) {
    let has_digits = section.parts.iter().any(|part| matches!(part, FormatPart::Digit(_)));
    let points = section.parts.iter_mut().filter(|part| matches!(part, FormatPart::DecimalPoint));
    for point in points.skip(usize::from(has_digits)) {
        *point = FormatPart::Literal(".".to_owned());
    }
    if !has_digits && section.metadata.format_type == FormatType::Number {
        section.metadata.format_type = FormatType::General;
    }
}

/// The number with no more decimals than its section shows, rounded as Excel rounds: 1.005 is a half there, though the
/// binary number is less than that. The crate would also carry nothing over to the next power of ten, and cut what a
/// comma scales by a thousand.
///
/// # Errors
/// `#VALUE!` for numbers that the crate cannot write out.
fn rounded(number: f64, section: &Section) -> Result<f64, ErrorCode> {
    let parts = &section.parts;
    let is_digit = |part: &FormatPart| matches!(part, FormatPart::Digit(_));
    let is_power = |part: &FormatPart| matches!(part, FormatPart::Scientific { .. });
    let power = parts.iter().position(is_power);
    if power.is_none() && number.abs() >= MAX_WRITTEN_OUT && parts.iter().any(shows_digits) {
        return Err(ErrorCode::Value);
    }
    let is_fraction = parts.iter().any(|part| matches!(part, FormatPart::Fraction { .. }));
    if is_fraction || !parts.iter().any(is_digit) {
        return Ok(number);
    }
    let mantissa = parts.get(..power.unwrap_or(parts.len())).unwrap_or(parts);
    let point = mantissa.iter().position(|part| matches!(part, FormatPart::DecimalPoint));
    let (mut before, mut behind) = (0, 0);
    for (index, part) in mantissa.iter().enumerate() {
        if is_digit(part) {
            *(if point.is_some_and(|point| index > point) { &mut behind } else { &mut before }) += 1;
        }
    }
    if power.is_some() {
        let (_, _, exponent) = significant(number);
        let exponent = i64::from(exponent);
        return rounded_half_up(number, behind - (exponent - exponent.rem_euclid(i64::max(before, 1))));
    }
    let trailing =
        parts.iter().rev().take_while(|part| !is_digit(part) && !matches!(part, FormatPart::DecimalPoint));
    let scaling: i64 =
        trailing.filter(|part| matches!(part, FormatPart::ThousandsSeparator)).map(|_| 3).sum();
    let percents: i64 = parts.iter().filter(|part| matches!(part, FormatPart::Percent)).map(|_| 2).sum();
    rounded_half_up(number, behind + percents - scaling)
}

/// The crate writes digits through a `u64`, percentages with two more of them.
const MAX_WRITTEN_OUT: f64 = 1e17;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_and_rounding() {
        let shown: Vec<String> = [
            (-5.0, "[<100]0;0.0"),
            (-5.0, "[<>5]0;0.0"),
            (-5.0, "[>1000]0.0,\"K\";0"),
            (-5.0, "[<0]\"minus \"0;0"),
            (-5.0, "[>=0]0;(0)"),
            (-5.0, "[<-10]0;0.0"),
            (-5.0, "[>=1000]0,\"K\";[>=100]0.0;0"),
            (-0.4, "[<100]0"),
            (-5.0, "0.0;@"),
            (0.0, "0.0;-0.0;@"),
            (12.0, "\"<\"@\">\""),
            (999_999.5, "0.0E+0"),
            (999_950.0, "##0.0E+0"),
            (-0.000_999_9, "0.00E-00"),
            (1_499_999.0, "0.0,,"),
            (1500.0, "0,%"),
            (0.285, "0%"),
            (45_306.5, "h:mm:ss.00"),
            (1.5, "[ss].00"),
            (1.5, "88.5"),
        ]
        .into_iter()
        .map(|(number, code)| {
            let shown = shown_number(&NumberFormat::parse(code).unwrap(), code, number);
            format!("{number:?} {code}: {}", shown.unwrap_or_else(|code| code.to_string()))
        })
        .collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        -5.0 [<100]0;0.0: -5
        -5.0 [<>5]0;0.0: -5
        -5.0 [>1000]0.0,"K";0: -5
        -5.0 [<0]"minus "0;0: minus 5
        -5.0 [>=0]0;(0): (5)
        -5.0 [<-10]0;0.0: 5.0
        -5.0 [>=1000]0,"K";[>=100]0.0;0: -5
        -0.4 [<100]0: 0
        -5.0 0.0;@: -5.0
        0.0 0.0;-0.0;@: 0.0
        12.0 "<"@">": 12
        999999.5 0.0E+0: 1.0E+6
        999950.0 ##0.0E+0: 1.0E+6
        -0.0009999 0.00E-00: -1.00E-03
        1499999.0 0.0,,: 1.5
        1500.0 0,%: 150%
        0.285 0%: 29%
        45306.5 h:mm:ss.00: 12:00:00.00
        1.5 [ss].00: 129600.00
        1.5 88.5: 88.5
        "#);
    }
}
