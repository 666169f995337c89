//! The Excel-style functions as scripts call them: `PROPER(user.givenName)`. A dot in a name is an underscore:
//! `ERROR_TYPE(x)`.
//!
//! Arguments are worked out before the call, but for those of `IF` and its like, see [`lazy`](super::lazy).

use std::any::TypeId;
use std::fmt;
use std::sync::{Arc, LazyLock};

use rhai::{
    Array, Dynamic, Engine, EvalAltResult, FLOAT, FuncRegistration, INT, ImmutableString, Module,
    NativeCallContext, RhaiFunc, Shared,
};

use super::table::Table;
use super::time::now;
use crate::policy::excel::{self, Clock, ErrorCode, Function, Value};
use crate::policy::reference::{Documented, VALUES, comments};

/// More arguments than these are given as a list.
pub(crate) const MOST_ARGUMENTS: usize = 12;

/// A function that looks every element of one list up in another may look at so many pairs; no deadline can interrupt
/// it.
const MOST_PAIRS: usize = 1_000_000;

/// Cells of an array that becomes a list of a script; half of what such a list may hold.
const LONGEST_LIST: usize = 30_000;

/// Marks a text that an error was made part of: SUBSTITUTE, the control character for what could not be shown.
pub(crate) const ERROR_IN_TEXT: char = '\u{1a}';

/// Excel's error as a value of a script: it passes through functions until `IFERROR` or the account meets it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct ExcelError(pub(crate) ErrorCode);

impl fmt::Debug for ExcelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The functions are the same for every engine, so they are registered once.
static FUNCTIONS: LazyLock<Shared<Module>> = LazyLock::new(|| {
    let mut module = Module::new();
    for function in excel::functions() {
        let most = function.max.unwrap_or(MOST_ARGUMENTS).min(MOST_ARGUMENTS);
        for count in function.min..=most {
            let types = vec![TypeId::of::<Dynamic>(); count];
            FuncRegistration::new(script_name(function))
                .in_global_namespace()
                .with_params_info(parameters(function, count))
                .with_comments(comments(function.summary, ""))
                .set_into_module_raw(&mut module, types, function_of(function));
        }
    }
    module.into()
});

fn function_of(function: &'static Function) -> RhaiFunc {
    let run = move |context: Option<NativeCallContext<'_>>, arguments: &mut [&mut Dynamic]| {
        let context = context.ok_or("an Excel-style function is called by a script alone")?;
        call(function, &context, arguments)
    };
    // Volatile: TODAY and NOW give something else in every cycle.
    RhaiFunc::Method { func: Shared::new(run), has_context: true, is_pure: true, is_volatile: true }
}

/// The names of the first `count` arguments, as the signature has them, and of the answer.
fn parameters(function: &Function, count: usize) -> Vec<String> {
    let listed = function.signature.split_once('(').map_or("", |(_, rest)| rest.trim_end_matches(')'));
    let mut names: Vec<String> = listed
        .split(", ")
        .map(|name| name.trim_matches(['[', ']', ' ']).to_owned())
        .filter(|name| !name.is_empty() && name != "...")
        .take(count)
        .map(|name| format!("{name}: ?"))
        .collect();
    names.resize(count, "_: ?".to_owned());
    names.push("?".to_owned());
    names
}

pub(crate) fn register(engine: &mut Engine) {
    engine.register_global_module(Shared::clone(&FUNCTIONS));
    engine.register_type_with_name::<ExcelError>("error value");
    let engine = &mut Documented::new(engine, &[VALUES]);
    engine.register_fn("to_debug", |error: &mut ExcelError| error.0.to_string());
    // As text it would be the name of somebody's account: "Mia #N/A". A text with `${..}` in it takes whatever this
    // gives and drops its errors, so the text is marked, and refused where it comes to the account.
    engine.register_fn("to_string", |error: &mut ExcelError| format!("{ERROR_IN_TEXT}{}", error.0));
    engine.register_fn("+", |_: &str, b: ExcelError| no_text(b));
    engine.register_fn("+=", |_: &mut ImmutableString, b: ExcelError| no_text(b).map(drop));
    engine.register_fn("+", |a: ExcelError, _: &str| no_text(a));
    for operator in ["+", "-", "*", "/", "%", "**"] {
        engine.register_fn(operator, |a: ExcelError, _: INT| a);
        engine.register_fn(operator, |_: INT, b: ExcelError| b);
        engine.register_fn(operator, |a: ExcelError, _: FLOAT| a);
        engine.register_fn(operator, |_: FLOAT, b: ExcelError| b);
        engine.register_fn(operator, |a: ExcelError, _: ExcelError| a);
    }
    // Rhai's own answer to a comparison of unlike types is `false`, which would quietly take a role away.
    for operator in ["==", "!=", "<", "<=", ">", ">="] {
        engine.register_fn(operator, |a: ExcelError, _: Dynamic| refuse(a));
        engine.register_fn(operator, |_: Dynamic, b: ExcelError| refuse(b));
        engine.register_fn(operator, |a: ExcelError, _: ExcelError| refuse(a));
    }
}

fn no_text(error: ExcelError) -> Result<ImmutableString, Box<EvalAltResult>> {
    Err(format!("{} is no text: catch it with `IFERROR`", error.0).into())
}

fn refuse(error: ExcelError) -> Result<bool, Box<EvalAltResult>> {
    Err(format!("{} cannot be compared: catch it with `IFERROR` or ask with `ISERROR`", error.0).into())
}

/// As scripts write it: `ERROR.TYPE` would be a method of `ERROR`.
pub(crate) fn script_name(function: &Function) -> String {
    function.name.replace('.', "_")
}

/// The function that scripts call by this name.
pub(crate) fn named(name: &str) -> Option<&'static Function> {
    excel::function(name).or_else(|| excel::function(&name.replace('_', ".")))
}

fn call(
    function: &Function,
    context: &NativeCallContext<'_>,
    arguments: &mut [&mut Dynamic],
) -> Result<Dynamic, Box<EvalAltResult>> {
    let values = arguments.iter().map(|argument| value(argument)).collect::<Result<Vec<_>, _>>()?;
    if is_too_much(&values) {
        return Err(format!("`{}` of these lists is too much work for one call", function.name).into());
    }
    // Only TODAY and NOW look at it, and while the policy loads there is none.
    let clock = Clock { now: now(context).map_or(f64::NAN, excel::serial_of) };
    Ok(dynamic(&function.call(&values, &clock)))
}

/// Whether one call may look at so many pairs of elements that it takes too long.
pub(crate) fn is_too_much(arguments: &[Value]) -> bool {
    // A table is looked up in, and every function bounds for itself what it does with one.
    let cells = |value: &Value| match value {
        Value::Array(array) if !is_kept(array) => array.cells().len(),
        _ => 1,
    };
    let (first, others) = arguments
        .split_first()
        .map_or((1, 1), |(first, others)| (cells(first), others.iter().map(cells).max().unwrap_or(1)));
    first.saturating_mul(others) > MOST_PAIRS
}

pub(super) fn value(argument: &Dynamic) -> Result<Value, Box<EvalAltResult>> {
    if argument.is_unit() {
        return Ok(Value::Blank);
    }
    if let Some(text) = argument.read_lock::<ImmutableString>() {
        return Ok(Value::Text(Arc::from(text.as_str())));
    }
    if let Ok(character) = argument.as_char() {
        return Ok(Value::Text(Arc::from(character.to_string())));
    }
    if let Ok(boolean) = argument.as_bool() {
        return Ok(Value::Boolean(boolean));
    }
    if let Ok(number) = argument.as_int() {
        #[expect(clippy::cast_precision_loss, reason = "Excel's numbers are doubles")]
        return Ok(Value::Number(number as f64));
    }
    if let Ok(number) = argument.as_float() {
        return Ok(Value::number(number));
    }
    if let Some(error) = argument.read_lock::<ExcelError>() {
        return Ok(Value::Error(error.0));
    }
    if let Some(time) = argument.read_lock::<jiff::Timestamp>() {
        return Ok(Value::Number(excel::serial_of(*time)));
    }
    if let Some(table) = argument.read_lock::<Table>() {
        return Ok(Value::Array(Arc::clone(&table.0)));
    }
    if let Some(list) = argument.read_lock::<Array>() {
        return rows(&list);
    }
    Err(format!("a value of type `{}` is nothing that an Excel-style function takes", argument.type_name())
        .into())
}

/// A list is one row; a list of lists is rows.
fn rows(list: &Array) -> Result<Value, Box<EvalAltResult>> {
    let nested: Option<Vec<Array>> =
        list.iter().map(|element| element.read_lock::<Array>().map(|row| row.clone())).collect();
    let rows = match nested {
        Some(rows) if !rows.is_empty() => rows,
        _ => vec![list.clone()],
    };
    let rows = rows.iter().map(|row| row.iter().map(value).collect());
    Ok(cells(rows.collect::<Result<Vec<Vec<Value>>, _>>()?))
}

/// Rows as an array, padded with `#N/A` as Excel pads them; blank when there is no cell at all.
pub(crate) fn cells(rows: Vec<Vec<Value>>) -> Value {
    if rows.iter().all(Vec::is_empty) {
        return Value::Blank;
    }
    excel::Array::from_rows(rows).map_or_else(Value::Error, |array| Value::Array(Arc::new(array)))
}

pub(super) fn dynamic(value: &Value) -> Dynamic {
    match value {
        Value::Blank => Dynamic::UNIT,
        Value::Text(text) => ImmutableString::from(&**text).into(),
        Value::Boolean(boolean) => (*boolean).into(),
        Value::Number(number) => dynamic_number(*number),
        Value::Error(code) => Dynamic::from(ExcelError(*code)),
        Value::Array(array) if is_kept(array) => Dynamic::from(Table(Arc::clone(array))),
        // One row or one column is a plain list: scripts have no other use for the difference.
        Value::Array(array) if array.rows() == 1 || array.columns() == 1 => {
            array.cells().iter().map(dynamic).collect::<Array>().into()
        }
        Value::Array(array) => array
            .cells()
            .chunks(array.columns().max(1))
            .map(|row| Dynamic::from(row.iter().map(dynamic).collect::<Array>()))
            .collect::<Array>()
            .into(),
    }
}

/// Whether an array stays as it is where scripts have it: a table, and what would be too large for a list of theirs.
pub(crate) fn is_kept(array: &excel::Array) -> bool {
    array.table_name().is_some() || array.cells().len() > LONGEST_LIST
}

/// Whole numbers become integers, so that `"n" + LEN(x)` reads `n3` and not `n3.0`.
pub(crate) fn dynamic_number(number: f64) -> Dynamic {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
        return (number as i64).into();
    }
    number.into()
}
