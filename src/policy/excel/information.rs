//! What a value is.

use super::function::{Answer, Args, Function, Takes};
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "ERROR.TYPE(error_val)",
        "The number of an error: #NULL! 1, #DIV/0! 2, #VALUE! 3, #REF! 4, #NAME? 5, #NUM! 6, #N/A 7, #SPILL! 9, #CALC! 14; #N/A for anything else.",
        &[("ERROR.TYPE(NA())", "7")],
        Takes::ScalarsAndErrors,
        error_type,
    ),
    Function::new(
        "ISBLANK(value)",
        "Whether there is no value at all; empty text is one.",
        &[("ISBLANK(())", "TRUE"), (r#"ISBLANK("")"#, "FALSE")],
        Takes::ScalarsAndErrors,
        isblank,
    ),
    Function::new(
        "ISERR(value)",
        "Whether it is an error other than #N/A.",
        &[("ISERR(NA())", "FALSE")],
        Takes::ScalarsAndErrors,
        iserr,
    ),
    Function::new(
        "ISERROR(value)",
        "Whether it is an error.",
        &[("ISERROR(NA())", "TRUE")],
        Takes::ScalarsAndErrors,
        iserror,
    ),
    Function::new(
        "ISEVEN(number)",
        "Whether the number, its decimals cut off, is even.",
        &[("ISEVEN(2.5)", "TRUE")],
        Takes::Scalars,
        iseven,
    ),
    Function::new(
        "ISLOGICAL(value)",
        "Whether it is TRUE or FALSE.",
        &[("ISLOGICAL(FALSE)", "TRUE")],
        Takes::ScalarsAndErrors,
        islogical,
    ),
    Function::new(
        "ISNA(value)",
        "Whether it is #N/A.",
        &[("ISNA(NA())", "TRUE")],
        Takes::ScalarsAndErrors,
        isna,
    ),
    Function::new(
        "ISNONTEXT(value)",
        "Whether it is anything but text.",
        &[("ISNONTEXT(())", "TRUE")],
        Takes::ScalarsAndErrors,
        isnontext,
    ),
    Function::new(
        "ISNUMBER(value)",
        "Whether it is a number; text that says one is not.",
        &[(r#"ISNUMBER("1")"#, "FALSE")],
        Takes::ScalarsAndErrors,
        isnumber,
    ),
    Function::new(
        "ISODD(number)",
        "Whether the number, its decimals cut off, is odd.",
        &[("ISODD(-3.9)", "TRUE")],
        Takes::Scalars,
        isodd,
    ),
    Function::new(
        "ISTEXT(value)",
        "Whether it is text.",
        &[(r#"ISTEXT("")"#, "TRUE")],
        Takes::ScalarsAndErrors,
        istext,
    ),
    Function::new(
        "N(value)",
        "Numbers as they are, TRUE as 1, anything else as 0.",
        &[("N(TRUE)", "1"), (r#"N("7")"#, "0")],
        Takes::ScalarsAt(1),
        n,
    ),
    Function::new("NA()", "The error #N/A: no value is available.", &[("NA()", "#N/A")], Takes::Scalars, na),
    Function::new(
        "TYPE(value)",
        "The number of the kind of value: 1 number or blank, 2 text, 4 boolean, 16 error, 64 array.",
        &[(r#"TYPE("a")"#, "2")],
        Takes::Anything,
        type_,
    ),
];

fn error_type(args: &Args<'_>) -> Answer {
    let Value::Error(code) = args.get(0) else { return Err(ErrorCode::NA) };
    Ok(Value::number(match code {
        ErrorCode::Null => 1.0,
        ErrorCode::Div0 => 2.0,
        ErrorCode::Value => 3.0,
        ErrorCode::Ref => 4.0,
        ErrorCode::Name => 5.0,
        ErrorCode::Num => 6.0,
        ErrorCode::NA => 7.0,
        ErrorCode::Spill => 9.0,
        ErrorCode::Calc => 14.0,
    }))
}

fn isblank(args: &Args<'_>) -> Answer {
    Ok(Value::Boolean(matches!(args.get(0), Value::Blank)))
}

fn iserr(args: &Args<'_>) -> Answer {
    Ok(Value::Boolean(matches!(args.get(0), Value::Error(code) if *code != ErrorCode::NA)))
}

fn iserror(args: &Args<'_>) -> Answer {
    Ok(Value::Boolean(matches!(args.get(0), Value::Error(_))))
}

fn islogical(args: &Args<'_>) -> Answer {
    Ok(Value::Boolean(matches!(args.get(0), Value::Boolean(_))))
}

fn isna(args: &Args<'_>) -> Answer {
    Ok(Value::Boolean(matches!(args.get(0), Value::Error(ErrorCode::NA))))
}

fn isnontext(args: &Args<'_>) -> Answer {
    Ok(Value::Boolean(!matches!(args.get(0), Value::Text(_))))
}

fn isnumber(args: &Args<'_>) -> Answer {
    Ok(Value::Boolean(matches!(args.get(0), Value::Number(_))))
}

fn istext(args: &Args<'_>) -> Answer {
    Ok(Value::Boolean(matches!(args.get(0), Value::Text(_))))
}

fn iseven(args: &Args<'_>) -> Answer {
    Ok(Value::Boolean(args.number(0)?.trunc() % 2.0 == 0.0))
}

fn isodd(args: &Args<'_>) -> Answer {
    Ok(Value::Boolean(args.number(0)?.trunc() % 2.0 != 0.0))
}

fn n(args: &Args<'_>) -> Answer {
    match args.get(0) {
        value @ (Value::Number(_) | Value::Boolean(_)) => value.to_number().map(Value::number),
        _ => Ok(Value::number(0.0)),
    }
}

fn na(_: &Args<'_>) -> Answer {
    Err(ErrorCode::NA)
}

fn type_(args: &Args<'_>) -> Answer {
    Ok(Value::number(match args.get(0) {
        Value::Blank | Value::Number(_) => 1.0,
        Value::Text(_) => 2.0,
        Value::Boolean(_) => 4.0,
        Value::Error(_) => 16.0,
        Value::Array(_) => 64.0,
    }))
}
