//! Calls with arguments of every kind and size, one function after the other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Bar;
use crate::policy::busy;
use crate::policy::excel::{Array, Clock, ErrorCode, Function, MAX_CELLS, MAX_TEXT, Value, functions};

const CLOCK: Clock = Clock { now: 46_027.75 };

/// Of the processor: more than this is a hang, on any machine.
const LONGEST: Duration = Duration::from_secs(10);

/// Rows of the table that is handed over now and then.
const TABLE: u32 = 100_000;

/// Characters that formats, patterns, numbers, dates and complex numbers are made of, and some that are none of it.
const LETTERS: [char; 48] = [
    '0', '1', '2', '9', '#', '?', ',', '.', ';', '%', '@', '\\', '"', '[', ']', ':', 'h', 'm', 's', 'd', 'y',
    'e', 'E', '+', '-', '/', '_', '*', ' ', '<', '>', '=', '$', 'i', 'j', '(', ')', '~', 'a', 'Z', 'é', 'ß',
    '\u{301}', '😀', '日', '\u{0}', '\n', '\u{202e}',
];

pub(super) fn run(calls: u64, seed: u64) -> Result<String, Failure> {
    let mut rng = Rng::with_seed(seed);
    let table = table()?;
    let started = Instant::now();
    let (mut slowest, mut in_function) = (Duration::ZERO, "");
    let mut errors = 0u64;
    let bar = Bar::new();
    let mut every = functions().iter().cycle();
    for call in 0..calls {
        let Some(function) = every.next() else { break };
        if call % 100_000 == 0 {
            bar.say(format!("{call} of {calls} calls"));
        }
        let arguments = arguments(&mut rng, function, &table);
        // What else the machine has to do is no hang.
        let begun = busy();
        let answer = function.call(&arguments, &CLOCK);
        let took = busy().saturating_sub(begun);
        if took > slowest {
            (slowest, in_function) = (took, function.name);
        }
        errors += u64::from(matches!(answer, Value::Error(_)));
        if took > LONGEST || !is_bounded(&answer, &arguments) {
            let message = format!("call {call} of seed {seed}, `{}`: {took:?}", function.name);
            return Err(Failure::new(Exit::Unexpected, message));
        }
    }
    drop(bar);
    Ok(format!(
        "{calls} calls of {} functions with whatever one could give them, in {:.0} s: none panicked, every answer is \
         bounded, {errors} are error values; the slowest took {:.0} ms of the processor (`{in_function}`)\n",
        functions().len(),
        started.elapsed().as_secs_f64(),
        slowest.as_secs_f64() * 1e3,
    ))
}

/// A look-up table, of a text and a number a row.
fn table() -> Result<Value, Failure> {
    let cells = (0..TABLE).flat_map(|row| [Value::from(format!("K{row}")), Value::number(f64::from(row))]);
    let table = Array::table("table".into(), 2, cells.collect());
    let table = table.map_err(|code| Failure::new(Exit::Unexpected, format!("no table: {code}")))?;
    Ok(Value::Array(Arc::new(table)))
}

fn arguments(rng: &mut Rng, function: &Function, table: &Value) -> Vec<Value> {
    // One too few and one too many now and then.
    let most = function.max.unwrap_or(function.min + 4) + 1;
    let count = rng.usize(function.min.saturating_sub(1)..=most.min(10));
    (0..count)
        .map(|_| match rng.u16(..) {
            0..=9 => table.clone(),
            10..=9_000 => array(rng),
            _ => scalar(rng),
        })
        .collect()
}

fn array(rng: &mut Rng) -> Value {
    let (columns, rows) = match rng.u8(..) {
        0 => (1, rng.usize(1..5_000)),
        1 => (rng.usize(1..5_000), 1),
        2 => (rng.usize(1..60), rng.usize(1..60)),
        _ => (rng.usize(1..4), rng.usize(1..5)),
    };
    let alike = rng.u8(..3) == 0;
    let sample = scalar(rng);
    let large = columns * rows > 100;
    let cells = (0..columns * rows).map(|index| match (&sample, alike) {
        (Value::Number(number), true) => Value::number(number + index as f64),
        (Value::Text(text), _) if large && text.len() > 50 => Value::Blank,
        (sample, true) => sample.clone(),
        // Long texts in every cell would be memory that the caller holds, not the function.
        _ => match scalar(rng) {
            Value::Text(text) if text.len() > 200 => Value::from("long"),
            cell => cell,
        },
    });
    Array::new(columns, cells.collect()).map_or_else(Value::Error, Value::from)
}

fn scalar(rng: &mut Rng) -> Value {
    match rng.u8(..16) {
        0 => Value::Blank,
        1 => Value::Boolean(rng.bool()),
        2 => Value::Error(rng.choice(&ErrorCode::ALL).map_or(ErrorCode::NA, |(code, _)| *code)),
        3 => Value::number(f64::from_bits(rng.u64(..))),
        4 => Value::number(
            rng.choice(&[0.0, 1e300, -1e300, 1e-300, 1e9, -1e9, 2_958_465.0, 60.0, 0.5, 1e15])
                .copied()
                .unwrap_or(0.0),
        ),
        5..=8 => Value::number(f64::from(rng.i32(-20..60))),
        9 => Value::number(f64::from(rng.i32(..)) / 1e3),
        10 if rng.u8(..8) == 0 => {
            let letter = rng.choice(LETTERS).unwrap_or('x');
            Value::from(letter.to_string().repeat(rng.usize(..40_000)))
        }
        10 => Value::from(rng.i32(..).to_string()),
        _ => {
            let length = rng.usize(..14);
            Value::from((0..length).filter_map(|_| rng.choice(LETTERS)).collect::<String>())
        }
    }
}

/// Whether an answer is no larger than one may be, or was handed over.
fn is_bounded(answer: &Value, given: &[Value]) -> bool {
    let cells = |value: &Value| if let Value::Array(array) = value { array.cells().len() } else { 1 };
    let most = given.iter().map(cells).max().unwrap_or(0).max(MAX_CELLS);
    let handed = |value: &Value| {
        given.iter().any(|argument| match argument {
            Value::Array(array) => argument == value || array.cells().contains(value),
            argument => argument == value,
        })
    };
    match answer {
        Value::Text(text) => {
            text.len() <= MAX_TEXT || text.encode_utf16().count() <= MAX_TEXT || handed(answer)
        }
        Value::Number(number) => number.is_finite(),
        Value::Array(array) => {
            array.cells().len() <= most
                && array.cells().iter().all(|cell| match cell {
                    Value::Array(_) => false,
                    Value::Number(number) => number.is_finite(),
                    _ => true,
                })
        }
        Value::Blank | Value::Boolean(_) | Value::Error(_) => true,
    }
}
