//! What a value is.

use super::function::{Answer, Args, Function, Takes};
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "ERROR.TYPE",
        signature: "ERROR.TYPE(error_val)",
        summary: "The number of an error: #NULL! 1, #DIV/0! 2, #VALUE! 3, #REF! 4, #NAME? 5, #NUM! 6, #N/A 7, #SPILL! 9, #CALC! 14; #N/A for anything else.",
        min: 1,
        max: Some(1),
        examples: &[("ERROR.TYPE(NA())", "7")],
        takes: Takes::ScalarsAndErrors,
        run: error_type,
    },
    Function {
        name: "ISBLANK",
        signature: "ISBLANK(value)",
        summary: "Whether there is no value at all; empty text is one.",
        min: 1,
        max: Some(1),
        examples: &[("ISBLANK(())", "TRUE"), (r#"ISBLANK("")"#, "FALSE")],
        takes: Takes::ScalarsAndErrors,
        run: isblank,
    },
    Function {
        name: "ISERR",
        signature: "ISERR(value)",
        summary: "Whether it is an error other than #N/A.",
        min: 1,
        max: Some(1),
        examples: &[("ISERR(NA())", "FALSE")],
        takes: Takes::ScalarsAndErrors,
        run: iserr,
    },
    Function {
        name: "ISERROR",
        signature: "ISERROR(value)",
        summary: "Whether it is an error.",
        min: 1,
        max: Some(1),
        examples: &[("ISERROR(NA())", "TRUE")],
        takes: Takes::ScalarsAndErrors,
        run: iserror,
    },
    Function {
        name: "ISEVEN",
        signature: "ISEVEN(number)",
        summary: "Whether the number, its decimals cut off, is even.",
        min: 1,
        max: Some(1),
        examples: &[("ISEVEN(2.5)", "TRUE")],
        takes: Takes::Scalars,
        run: iseven,
    },
    Function {
        name: "ISLOGICAL",
        signature: "ISLOGICAL(value)",
        summary: "Whether it is TRUE or FALSE.",
        min: 1,
        max: Some(1),
        examples: &[("ISLOGICAL(FALSE)", "TRUE")],
        takes: Takes::ScalarsAndErrors,
        run: islogical,
    },
    Function {
        name: "ISNA",
        signature: "ISNA(value)",
        summary: "Whether it is #N/A.",
        min: 1,
        max: Some(1),
        examples: &[("ISNA(NA())", "TRUE")],
        takes: Takes::ScalarsAndErrors,
        run: isna,
    },
    Function {
        name: "ISNONTEXT",
        signature: "ISNONTEXT(value)",
        summary: "Whether it is anything but text.",
        min: 1,
        max: Some(1),
        examples: &[("ISNONTEXT(())", "TRUE")],
        takes: Takes::ScalarsAndErrors,
        run: isnontext,
    },
    Function {
        name: "ISNUMBER",
        signature: "ISNUMBER(value)",
        summary: "Whether it is a number; text that says one is not.",
        min: 1,
        max: Some(1),
        examples: &[(r#"ISNUMBER("1")"#, "FALSE")],
        takes: Takes::ScalarsAndErrors,
        run: isnumber,
    },
    Function {
        name: "ISODD",
        signature: "ISODD(number)",
        summary: "Whether the number, its decimals cut off, is odd.",
        min: 1,
        max: Some(1),
        examples: &[("ISODD(-3.9)", "TRUE")],
        takes: Takes::Scalars,
        run: isodd,
    },
    Function {
        name: "ISTEXT",
        signature: "ISTEXT(value)",
        summary: "Whether it is text.",
        min: 1,
        max: Some(1),
        examples: &[(r#"ISTEXT("")"#, "TRUE")],
        takes: Takes::ScalarsAndErrors,
        run: istext,
    },
    Function {
        name: "N",
        signature: "N(value)",
        summary: "Numbers as they are, TRUE as 1, anything else as 0.",
        min: 1,
        max: Some(1),
        examples: &[("N(TRUE)", "1"), (r#"N("7")"#, "0")],
        takes: Takes::FirstAsScalar,
        run: n,
    },
    Function {
        name: "NA",
        signature: "NA()",
        summary: "The error #N/A: no value is available.",
        min: 0,
        max: Some(0),
        examples: &[("NA()", "#N/A")],
        takes: Takes::Scalars,
        run: na,
    },
    Function {
        name: "TYPE",
        signature: "TYPE(value)",
        summary: "The number of the kind of value: 1 number or blank, 2 text, 4 boolean, 16 error, 64 array.",
        min: 1,
        max: Some(1),
        examples: &[(r#"TYPE("a")"#, "2")],
        takes: Takes::Anything,
        run: type_,
    },
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
