//! Text from text: case, parts, joins.
//!
//! Lengths and positions count UTF-16 code units, as in Excel; see [`units`].

use super::function::{Answer, Args, Function, Takes, whole};
use super::numbers::cells;
use super::units;
use super::value::{ErrorCode, MAX_TEXT, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "CHAR(number)",
        "The character with a code from 1 to 255, in Windows-1252.",
        &[("CHAR(65)", "A"), ("CHAR(128)", "€")],
        Takes::Scalars,
        char_of,
    ),
    Function::new(
        "CLEAN(text)",
        "The text without control characters (codes 0 to 31).",
        &[(r#"CLEAN("Anna\tLee")"#, "AnnaLee")],
        Takes::Scalars,
        clean,
    ),
    Function::new(
        "CODE(text)",
        "The code of the first character, in Windows-1252; 63 for one that it lacks.",
        &[(r#"CODE("A")"#, "65")],
        Takes::Scalars,
        code,
    ),
    Function::new(
        "CONCAT(text1, [text2], ...)",
        "All texts joined, those in arrays row by row.",
        &[(r#"CONCAT("Anna", " ", "Lee")"#, "Anna Lee"), (r#"CONCAT(["a", "b"], 1)"#, "ab1")],
        Takes::Anything,
        concat,
    ),
    Function::new(
        "CONCATENATE(text1, [text2], ...)",
        "All texts joined; prefer CONCAT.",
        &[(r#"CONCATENATE("Anna", " ", "Lee")"#, "Anna Lee")],
        Takes::Scalars,
        concat,
    ),
    Function::new(
        "EXACT(text1, text2)",
        "Whether two texts are the same, case included.",
        &[(r#"EXACT("Anna", "anna")"#, "FALSE")],
        Takes::Scalars,
        exact,
    ),
    Function::new(
        "LEFT(text, [num_chars])",
        "The first characters; one when not told how many.",
        &[
            (r#"LEFT("Sale Price", 4)"#, "Sale"),
            (r#"LEFT("Anna")"#, "A"),
            (r#"LEFT("Anna", -0.5)"#, "#VALUE!"),
        ],
        Takes::Scalars,
        left,
    ),
    Function::new(
        "LEN(text)",
        "How long the text is, in UTF-16 code units.",
        &[(r#"LEN("Zoë")"#, "3"), (r#"LEN("😀")"#, "2")],
        Takes::Scalars,
        len,
    ),
    Function::new(
        "LOWER(text)",
        "The text in lower case.",
        &[(r#"LOWER("Müller")"#, "müller")],
        Takes::Scalars,
        lower,
    ),
    Function::new(
        "MID(text, start_num, num_chars)",
        "So many characters from a position on; the first is 1.",
        &[(r#"MID("Fluid Flow", 7, 20)"#, "Flow")],
        Takes::Scalars,
        mid,
    ),
    Function::new(
        "PROPER(text)",
        "Every letter in upper case that follows no letter, all others in lower case.",
        &[(r#"PROPER("o'brien-smith")"#, "O'Brien-Smith"), (r#"PROPER("76BudGet")"#, "76Budget")],
        Takes::Scalars,
        proper,
    ),
    Function::new(
        "REPLACE(old_text, start_num, num_chars, new_text)",
        "The text with so many characters from a position on replaced.",
        &[(r#"REPLACE("2009", 3, 2, "10")"#, "2010")],
        Takes::Scalars,
        replace,
    ),
    Function::new(
        "REPT(text, number_times)",
        "The text so many times over.",
        &[(r#"REPT("*-", 3)"#, "*-*-*-"), (r#"REPT("x", 1000000000)"#, "#VALUE!")],
        Takes::Scalars,
        rept,
    ),
    Function::new(
        "RIGHT(text, [num_chars])",
        "The last characters; one when not told how many.",
        &[(r#"RIGHT("Sale Price", 5)"#, "Price")],
        Takes::Scalars,
        right,
    ),
    Function::new(
        "T(value)",
        "The value when it is text, empty text otherwise.",
        &[(r#"T("Anna")"#, "Anna"), ("T(19)", "")],
        Takes::ScalarsAt(1),
        t,
    ),
    Function::new(
        "TEXTJOIN(delimiter, ignore_empty, text1, [text2], ...)",
        "All texts joined with a delimiter between; several delimiters take turns.",
        &[
            (r#"TEXTJOIN(", ", TRUE, "Anna", "", "Lee")"#, "Anna, Lee"),
            (r#"TEXTJOIN("-", FALSE, ["a", "", "b"])"#, "a--b"),
        ],
        Takes::Anything,
        textjoin,
    ),
    Function::new(
        "TRIM(text)",
        "The text without spaces at its ends and with single spaces within.",
        &[(r#"TRIM("  First   Last  ")"#, "First Last")],
        Takes::Scalars,
        trim,
    ),
    Function::new(
        "UNICHAR(number)",
        "The character with this Unicode number.",
        &[("UNICHAR(948)", "δ")],
        Takes::Scalars,
        unichar,
    ),
    Function::new(
        "UNICODE(text)",
        "The Unicode number of the first character.",
        &[(r#"UNICODE("€")"#, "8364")],
        Takes::Scalars,
        unicode,
    ),
    Function::new(
        "UPPER(text)",
        "The text in upper case.",
        &[(r#"UPPER("josé")"#, "JOSÉ")],
        Takes::Scalars,
        upper,
    ),
];

/// Codes 128 to 159 of Windows-1252; the five that it leaves undefined stand for themselves.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

fn char_of(args: &Args<'_>) -> Answer {
    let code = u8::try_from(args.whole(0)?).ok().filter(|code| *code > 0).ok_or(ErrorCode::Value)?;
    let special = code.checked_sub(128).and_then(|index| WINDOWS_1252.get(usize::from(index)));
    Ok(Value::from(special.copied().unwrap_or(char::from(code)).to_string()))
}

fn clean(args: &Args<'_>) -> Answer {
    Ok(Value::from(args.text(0)?.chars().filter(|c| u32::from(*c) >= 32).collect::<String>()))
}

fn code(args: &Args<'_>) -> Answer {
    let first = args.text(0)?.chars().next().ok_or(ErrorCode::Value)?;
    let special = (128u32..).zip(WINDOWS_1252).find(|(_, c)| *c == first).map(|(code, _)| code);
    let code = special.unwrap_or(match u32::from(first) {
        code @ (0..128 | 160..256) => code,
        _ => 63,
    });
    Ok(Value::number(f64::from(code)))
}

fn concat(args: &Args<'_>) -> Answer {
    join(&[String::new()], false, args.all())
}

fn exact(args: &Args<'_>) -> Answer {
    Ok(Value::Boolean(args.text(0)? == args.text(1)?))
}

fn left(args: &Args<'_>) -> Answer {
    let text = args.text(0)?;
    Ok(Value::from(units::before(&text, count(args.number_or(1, 1.0)?)?)))
}

fn len(args: &Args<'_>) -> Answer {
    let length = u32::try_from(units::length(&args.text(0)?)).map_err(|_| ErrorCode::Value)?;
    Ok(Value::number(f64::from(length)))
}

fn lower(args: &Args<'_>) -> Answer {
    Ok(Value::from(args.text(0)?.to_lowercase()))
}

fn mid(args: &Args<'_>) -> Answer {
    let text = args.text(0)?;
    let start = start(args.whole(1)?)?;
    let rest = units::behind(&text, start);
    // Where the start splits a pair, its second half counts, though it is not there.
    let split = start.saturating_sub(units::length(&text) - units::length(rest));
    let count = count(args.number(2)?)?;
    Ok(Value::from(units::before(rest, count.saturating_sub(split))))
}

fn proper(args: &Args<'_>) -> Answer {
    let text = args.text(0)?;
    let mut answer = String::with_capacity(text.len());
    let mut word = String::new();
    for c in text.chars() {
        if c.is_alphabetic() || (is_combining(c) && !word.is_empty()) {
            word.push(c);
        } else {
            push_capitalized(&mut answer, &word);
            word.clear();
            answer.push(c);
        }
    }
    push_capitalized(&mut answer, &word);
    Ok(Value::from(answer))
}

/// An accent written behind its letter does not end the word.
fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

fn push_capitalized(answer: &mut String, word: &str) {
    let mut rest = word.chars();
    if let Some(first) = rest.next() {
        let mut upper = first.to_uppercase();
        answer.extend(upper.next());
        answer.extend(upper.flat_map(char::to_lowercase));
        answer.push_str(&rest.as_str().to_lowercase());
    }
}

fn replace(args: &Args<'_>) -> Answer {
    let text = args.text(0)?;
    let start = start(args.whole(1)?)?;
    let end = start.saturating_add(count(args.number(2)?)?);
    Ok(Value::from(format!("{}{}{}", units::before(&text, start), args.text(3)?, units::behind(&text, end))))
}

fn rept(args: &Args<'_>) -> Answer {
    let text = args.text(0)?;
    let times = count(args.number(1)?)?;
    if text.is_empty() {
        return Ok(Value::from(""));
    }
    if units::length(&text).saturating_mul(times) > MAX_TEXT {
        return Err(ErrorCode::Value);
    }
    Ok(Value::from(text.repeat(times)))
}

fn right(args: &Args<'_>) -> Answer {
    let text = args.text(0)?;
    let count = count(args.number_or(1, 1.0)?)?;
    Ok(Value::from(units::behind(&text, units::length(&text).saturating_sub(count))))
}

fn t(args: &Args<'_>) -> Answer {
    Ok(match args.get(0) {
        Value::Text(text) => Value::Text(text.clone()),
        _ => Value::from(""),
    })
}

fn textjoin(args: &Args<'_>) -> Answer {
    let delimiters = match args.get(0) {
        Value::Array(array) => array.cells().iter().map(text_of).collect::<Result<Vec<_>, _>>()?,
        scalar => vec![text_of(scalar)?],
    };
    join(&delimiters, args.boolean(1)?, args.from(2))
}

fn text_of(value: &Value) -> Result<String, ErrorCode> {
    value.to_text().map(std::borrow::Cow::into_owned)
}

fn join(delimiters: &[String], ignore_empty: bool, values: &[Value]) -> Answer {
    let mut delimiters = delimiters.iter().cycle();
    let mut answer = String::new();
    let mut first = true;
    for cell in values.iter().flat_map(cells) {
        let text = cell.to_text()?;
        if ignore_empty && text.is_empty() {
            continue;
        }
        if !first {
            answer.push_str(delimiters.next().map_or("", String::as_str));
        }
        first = false;
        answer.push_str(&text);
        // Three bytes of UTF-8 at most for a UTF-16 code unit.
        if answer.len() > MAX_TEXT * 3 {
            return Err(ErrorCode::Value);
        }
    }
    Ok(Value::from(answer))
}

fn trim(args: &Args<'_>) -> Answer {
    let text = args.text(0)?;
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    Ok(Value::from(words.join(" ")))
}

fn unichar(args: &Args<'_>) -> Answer {
    let code = u32::try_from(args.whole(0)?).ok().filter(|code| *code > 0).ok_or(ErrorCode::Value)?;
    match char::from_u32(code) {
        Some(c) => Ok(Value::from(c.to_string())),
        None if code <= 0x0010_ffff => Err(ErrorCode::NA),
        None => Err(ErrorCode::Value),
    }
}

fn unicode(args: &Args<'_>) -> Answer {
    let first = args.text(0)?.chars().next().ok_or(ErrorCode::Value)?;
    Ok(Value::number(f64::from(u32::from(first))))
}

fn upper(args: &Args<'_>) -> Answer {
    Ok(Value::from(args.text(0)?.to_uppercase()))
}

/// Cut to a whole number; less than zero, be it by a fraction, is no count.
fn count(number: f64) -> Result<usize, ErrorCode> {
    if number < 0.0 {
        Err(ErrorCode::Value)
    } else {
        usize::try_from(whole(number)).map_err(|_| ErrorCode::Value)
    }
}

/// A 1-based position as the number of code units before it.
fn start(position: i64) -> Result<usize, ErrorCode> {
    position.checked_sub(1).and_then(|before| usize::try_from(before).ok()).ok_or(ErrorCode::Value)
}
