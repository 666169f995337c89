//! Text within text: finding and substituting.

use super::function::{Answer, Args, Function, Takes};
use super::units;
use super::value::{ErrorCode, MAX_TEXT, Value};
use super::wildcard::{LONGEST, Pattern};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "FIND(find_text, within_text, [start_num])",
        "Where a text stands within another, case included, from a position on; the first is 1. #VALUE! when nowhere.",
        &[(r#"FIND("@", "user@example.com")"#, "5"), (r#"FIND("X", "abc")"#, "#VALUE!")],
        Takes::Scalars,
        find,
    ),
    Function::new(
        "SEARCH(find_text, within_text, [start_num])",
        "Where a text stands within another, without regard to case; ? stands for any character, * for any number, ~ before one that is meant literally.",
        &[(r#"SEARCH("h?llo", "Say Hello")"#, "5")],
        Takes::Scalars,
        search,
    ),
    Function::new(
        "SUBSTITUTE(text, old_text, new_text, [instance_num])",
        "The text with another put in place of one within it, everywhere or only where it stands for the given time.",
        &[(r#"SUBSTITUTE("O'Neil", "'", "")"#, "ONeil"), (r#"SUBSTITUTE("a-b-c", "-", "+", 2)"#, "a-b+c")],
        Takes::Scalars,
        substitute,
    ),
];

fn find(args: &Args<'_>) -> Answer {
    let (needle, text) = (args.text(0)?, args.text(1)?);
    let start = start(args, &text)?;
    let rest = units::behind(&text, start);
    let at = rest.find(&*needle).ok_or(ErrorCode::Value)?;
    Ok(position(units::length(&text) - units::length(rest) + units::position(rest, at)))
}

fn search(args: &Args<'_>) -> Answer {
    let (needle, text) = (args.text(0)?, args.text(1)?);
    if needle.chars().count() > LONGEST {
        return Err(ErrorCode::Value);
    }
    let rest = units::behind(&text, start(args, &text)?);
    let chars: Vec<char> = rest.chars().collect();
    let at = Pattern::new(&needle).find(&chars).ok_or(ErrorCode::Value)?;
    let skipped: usize = chars.iter().take(at).map(|c| c.len_utf16()).sum();
    Ok(position(units::length(&text) - units::length(rest) + skipped))
}

/// The optional third argument as the number of code units to leave out; it may not lie behind the text.
fn start(args: &Args<'_>, text: &str) -> Result<usize, ErrorCode> {
    let start = usize::try_from(args.whole_or(2, 1)?).map_err(|_| ErrorCode::Value)?;
    let skip = start.checked_sub(1).ok_or(ErrorCode::Value)?;
    if skip < units::length(text) { Ok(skip) } else { Err(ErrorCode::Value) }
}

fn position(before: usize) -> Value {
    u32::try_from(before + 1)
        .map_or(Value::Error(ErrorCode::Value), |position| Value::number(f64::from(position)))
}

fn substitute(args: &Args<'_>) -> Answer {
    let (text, old, new) = (args.text(0)?, args.text(1)?, args.text(2)?);
    let instance = match args.given(3) {
        Some(_) => Some(usize::try_from(args.whole(3)?).ok().filter(|n| *n > 0).ok_or(ErrorCode::Value)?),
        None => None,
    };
    if old.is_empty() {
        return Ok(Value::from(&*text));
    }
    let mut answer = String::new();
    let mut done = 0;
    for (found, (at, _)) in (1..).zip(text.match_indices(&*old)) {
        if instance.is_some_and(|wanted| wanted != found) {
            continue;
        }
        answer.push_str(text.get(done..at).unwrap_or_default());
        answer.push_str(&new);
        done = at + old.len();
        // Three bytes of UTF-8 at most for a UTF-16 code unit.
        if answer.len() > MAX_TEXT * 3 {
            return Err(ErrorCode::Value);
        }
    }
    answer.push_str(text.get(done..).unwrap_or_default());
    Ok(Value::from(answer))
}
