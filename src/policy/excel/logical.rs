//! Conditions and what follows from them, of arguments that are all there; who leaves some out goes by
//! [`lazy`](super::lazy).

use std::cmp::Ordering;

use super::compare::compare;
use super::function::{Answer, Args, Function, Takes, broadcast};
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "AND(logical1, [logical2], ...)",
        "Whether all are true.",
        &[("AND(TRUE, 5 > 3)", "TRUE")],
        Takes::Anything,
        and,
    ),
    Function::new("FALSE()", "FALSE.", &[("FALSE()", "FALSE")], Takes::Scalars, false_),
    Function::new(
        "IF(logical_test, value_if_true, [value_if_false])",
        "One value when the test is true, another when not; the other is not worked out.",
        &[(r#"IF(TRUE, "yes", "no")"#, "yes"), ("IF([[TRUE], [FALSE]], 1, 2)", "{1;2}")],
        Takes::Anything,
        if_,
    ),
    Function::new(
        "IFERROR(value, value_if_error)",
        "The value, or another in place of any error.",
        &[(r#"IFERROR(FIND("z", "abc"), 0)"#, "0")],
        Takes::Anything,
        iferror,
    ),
    Function::new(
        "IFNA(value, value_if_na)",
        "The value, or another in place of #N/A.",
        &[(r#"IFNA(MATCH(5, [1, 2, 3], 0), "none")"#, "none")],
        Takes::Anything,
        ifna,
    ),
    Function::new(
        "IFS(logical_test1, value1, [logical_test2, value2], ...)",
        "The value behind the first test that is true, #N/A when none is.",
        &[(r#"IFS(FALSE, "a", TRUE, "b")"#, "b")],
        Takes::Anything,
        ifs,
    ),
    Function::new(
        "NOT(logical)",
        "TRUE for false, FALSE for true.",
        &[("NOT(1)", "FALSE")],
        Takes::Scalars,
        not,
    ),
    Function::new(
        "OR(logical1, [logical2], ...)",
        "Whether any is true.",
        &[("OR(FALSE, 0, 1)", "TRUE")],
        Takes::Anything,
        or,
    ),
    Function::new(
        "SWITCH(expression, value1, result1, [value2, result2], ..., [default])",
        "The result behind the first value that equals the expression, else the default, else #N/A.",
        &[(r#"SWITCH("DE", "US", "USA", "DE", "Germany", "Other")"#, "Germany")],
        Takes::Anything,
        switch,
    ),
    Function::new("TRUE()", "TRUE.", &[("TRUE()", "TRUE")], Takes::Scalars, true_),
    Function::new(
        "XOR(logical1, [logical2], ...)",
        "Whether an odd number of them is true.",
        &[("XOR(TRUE, TRUE, TRUE)", "TRUE")],
        Takes::Anything,
        xor,
    ),
];

fn and(args: &Args<'_>) -> Answer {
    booleans(args).map(|all| Value::Boolean(all.into_iter().all(|one| one)))
}

fn or(args: &Args<'_>) -> Answer {
    booleans(args).map(|all| Value::Boolean(all.into_iter().any(|one| one)))
}

fn xor(args: &Args<'_>) -> Answer {
    booleans(args).map(|all| Value::Boolean(all.into_iter().filter(|one| *one).count() % 2 == 1))
}

/// All arguments as booleans. Blanks are passed over, and so is text within arrays; `#VALUE!` when nothing is left.
fn booleans(args: &Args<'_>) -> Result<Vec<bool>, ErrorCode> {
    let mut found = Vec::new();
    for argument in args.all() {
        match argument {
            Value::Array(array) => {
                for cell in array.cells() {
                    if !matches!(cell, Value::Text(_) | Value::Blank) {
                        found.push(cell.to_boolean()?);
                    }
                }
            }
            Value::Blank => {}
            scalar => found.push(scalar.to_boolean()?),
        }
    }
    if found.is_empty() { Err(ErrorCode::Value) } else { Ok(found) }
}

fn true_(_: &Args<'_>) -> Answer {
    Ok(Value::Boolean(true))
}

fn false_(_: &Args<'_>) -> Answer {
    Ok(Value::Boolean(false))
}

fn not(args: &Args<'_>) -> Answer {
    Ok(Value::Boolean(!args.boolean(0)?))
}

/// Chooses a value by the arguments at `selectors`: whole when those are scalars, cell by cell when one is an array.
pub(super) fn choose_by(
    args: &Args<'_>,
    selectors: impl Fn(usize) -> bool,
    choose: impl Fn(&[Value]) -> Answer,
) -> Value {
    let spread = args.all().iter().enumerate().any(|(i, a)| selectors(i) && matches!(a, Value::Array(_)));
    broadcast(args.all(), 1, |_| spread, |values| choose(values).unwrap_or_else(Value::Error))
}

fn if_(args: &Args<'_>) -> Answer {
    Ok(choose_by(
        args,
        |index| index == 0,
        |values| {
            let (test, rest) = values.split_first().ok_or(ErrorCode::Value)?;
            let passed = test.to_boolean()?;
            let absent = Value::Boolean(false);
            Ok(rest.get(usize::from(!passed)).unwrap_or(&absent).clone())
        },
    ))
}

fn iferror(args: &Args<'_>) -> Answer {
    Ok(instead_of(args, |_| true))
}

fn ifna(args: &Args<'_>) -> Answer {
    Ok(instead_of(args, |code| code == ErrorCode::NA))
}

fn instead_of(args: &Args<'_>, handled: impl Fn(ErrorCode) -> bool) -> Value {
    choose_by(
        args,
        |index| index == 0,
        |values| match values {
            [Value::Error(code), other] if handled(*code) => Ok(other.clone()),
            [value, ..] => Ok(value.clone()),
            [] => Err(ErrorCode::Value),
        },
    )
}

fn ifs(args: &Args<'_>) -> Answer {
    Ok(choose_by(
        args,
        |index| index % 2 == 0,
        |values| {
            for pair in values.chunks(2) {
                let [test, value] = pair else { return Err(ErrorCode::Value) };
                if test.to_boolean()? {
                    return Ok(value.clone());
                }
            }
            Err(ErrorCode::NA)
        },
    ))
}

fn switch(args: &Args<'_>) -> Answer {
    Ok(choose_by(
        args,
        |index| index == 0,
        |values| {
            let (expression, cases) = values.split_first().ok_or(ErrorCode::Value)?;
            let cases = cases.chunks(2);
            for case in cases {
                match case {
                    [value, result] if compare(expression, value)? == Ordering::Equal => {
                        return Ok(result.clone());
                    }
                    [default] => return Ok(default.clone()),
                    _ => {}
                }
            }
            Err(ErrorCode::NA)
        },
    ))
}
