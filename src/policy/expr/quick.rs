//! The functions that mappings call most, for the texts that people mostly have: ASCII, within a cell's size. Their
//! answers are those of the functions themselves, without the way there and back through cells.

use std::borrow::Cow;

use super::value::Val;
use crate::policy::excel::MAX_TEXT;

/// The answer, for which the arguments are taken away; `None` when it takes the function itself.
pub(super) fn call<'a>(name: &str, arguments: &mut [Val<'a>]) -> Option<Val<'a>> {
    if !answers(name, arguments) {
        return None;
    }
    let mut given = arguments.iter_mut().map(|argument| std::mem::replace(argument, Val::Unit));
    let (first, second, third) = (given.next(), given.next(), given.next());
    Some(match (name, first, second, third) {
        ("LOWER", Some(Val::Text(text)), ..) if text.bytes().any(|byte| byte.is_ascii_uppercase()) => {
            let mut text = text.into_owned();
            text.make_ascii_lowercase();
            Val::Text(Cow::Owned(text))
        }
        ("UPPER", Some(Val::Text(text)), ..) if text.bytes().any(|byte| byte.is_ascii_lowercase()) => {
            let mut text = text.into_owned();
            text.make_ascii_uppercase();
            Val::Text(Cow::Owned(text))
        }
        ("LEFT", Some(Val::Text(text)), count, _) => {
            let count = match count {
                Some(Val::Int(count)) => usize::try_from(count).unwrap_or(0),
                _ => 1,
            };
            Val::Text(match text {
                Cow::Borrowed(text) => Cow::Borrowed(text.get(..count).unwrap_or(text)),
                Cow::Owned(mut text) => {
                    text.truncate(count);
                    Cow::Owned(text)
                }
            })
        }
        ("ISBLANK", Some(value), ..) => Val::Bool(matches!(value, Val::Unit)),
        (_, Some(value), ..) => value,
        (_, None, ..) => Val::Unit,
    })
}

fn answers(name: &str, arguments: &[Val<'_>]) -> bool {
    match (name, arguments) {
        ("LOWER" | "UPPER", [Val::Text(text)]) => is_plain(text),
        ("LEFT", [Val::Text(text)]) => is_plain(text),
        ("LEFT", [Val::Text(text), Val::Int(count)]) => is_plain(text) && *count >= 0,
        ("TRIM", [Val::Text(text)]) => {
            is_plain(text) && !text.starts_with(' ') && !text.ends_with(' ') && !text.contains("  ")
        }
        ("ISBLANK", [Val::Unit | Val::Text(_)]) => true,
        _ => false,
    }
}

pub(super) fn is_plain(text: &str) -> bool {
    text.len() <= MAX_TEXT && text.is_ascii()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::policy::excel::{Clock, Value, function};

    fn excel(value: &Val<'_>) -> Value {
        match value {
            Val::Text(text) => Value::Text(Arc::from(&**text)),
            Val::Int(number) => Value::from(f64::from(i32::try_from(*number).unwrap())),
            Val::Bool(boolean) => Value::Boolean(*boolean),
            _ => Value::Blank,
        }
    }

    fn any_value() -> impl Strategy<Value = Val<'static>> {
        prop_oneof![
            "[ a-cA-Cé]{0,6}".prop_map(|text| Val::Text(Cow::Owned(text))),
            (-2..9i64).prop_map(Val::Int),
            any::<bool>().prop_map(Val::Bool),
            Just(Val::Unit),
        ]
    }

    proptest! {
        #[test]
        fn an_answer_is_the_function_s_own(
            name in prop::sample::select(vec!["LOWER", "UPPER", "LEFT", "TRIM", "ISBLANK", "IF"]),
            arguments in prop::collection::vec(any_value(), 1..4),
        ) {
            let function = function(name).unwrap();
            let own = function.call(&arguments.iter().map(excel).collect::<Vec<_>>(), &Clock { now: 0.0 });
            if let Some(quick) = call(name, &mut arguments.clone()) {
                prop_assert_eq!(excel(&quick), own);
            }
        }
    }
}
