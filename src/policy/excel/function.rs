use std::borrow::Cow;

use super::array::{Array, MAX_CELLS};
use super::value::{ErrorCode, MAX_TEXT, Value};

/// The most text that the cells of one array answer may hold together, in bytes.
const MAX_ARRAY_TEXT: usize = 1 << 24;

/// The time for `NOW` and `TODAY`.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// The cycle's time as a serial number, UTC, see [`serial_of`](super::serial_of).
    pub now: f64,
}

/// One function: how it is called, what for, and its code.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// In upper case.
    pub name: &'static str,
    /// As Excel documents it: `LEFT(text, [num_chars])`.
    pub signature: &'static str,
    pub summary: &'static str,
    /// The fewest arguments.
    pub min: usize,
    /// The most arguments; `None` when any number may follow.
    pub max: Option<usize>,
    /// A call as a policy writes it (arrays as lists of lists, `()` for blank), and the answer as a cell shows it.
    pub examples: &'static [(&'static str, &'static str)],
    pub(super) takes: Takes,
    pub(super) run: fn(&Args<'_>) -> Answer,
}

/// What the code of a function is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// Scalars without errors: arrays are gone through cell by cell, and the first error is the answer.
    Scalars,
    /// Scalars, errors among them.
    ScalarsAndErrors,
    /// The first argument as `Scalars`, the others as they are.
    FirstAsScalar,
    /// Everything as it is.
    Anything,
}

pub(super) type Answer = Result<Value, ErrorCode>;

impl Function {
    /// Calls it. Where a function wants single values and is given arrays, the answer is an array: arguments of one
    /// row, one column or one cell are stretched to the others' size, and what is then missing is `#N/A`.
    ///
    /// Wrong numbers of arguments are `#VALUE!`; who can should refuse them before.
    #[must_use]
    pub fn call(&self, arguments: &[Value], clock: &Clock) -> Value {
        if arguments.len() < self.min || self.max.is_some_and(|max| arguments.len() > max) {
            return Value::Error(ErrorCode::Value);
        }
        let spread = match self.takes {
            Takes::Scalars | Takes::ScalarsAndErrors => usize::MAX,
            Takes::FirstAsScalar => 1,
            Takes::Anything => 0,
        };
        broadcast(arguments, spread, |scalars| self.run(scalars, clock))
    }

    fn run(&self, arguments: &[Value], clock: &Clock) -> Value {
        let strict = match self.takes {
            Takes::Scalars => usize::MAX,
            Takes::FirstAsScalar => 1,
            Takes::ScalarsAndErrors | Takes::Anything => 0,
        };
        let error = arguments.iter().take(strict).find_map(|argument| match argument {
            Value::Error(code) => Some(*code),
            _ => None,
        });
        if let Some(code) = error {
            return Value::Error(code);
        }
        match (self.run)(&Args { values: arguments, clock }) {
            Ok(Value::Text(text)) if !fits(&text) => Value::Error(ErrorCode::Value),
            Ok(value) => value,
            Err(code) => Value::Error(code),
        }
    }
}

/// Whether a text is within [`MAX_TEXT`].
pub(super) fn fits(text: &str) -> bool {
    // UTF-8 never has fewer bytes than UTF-16 has code units.
    text.len() <= MAX_TEXT || text.encode_utf16().count() <= MAX_TEXT
}

/// Calls `each` for every cell of the arrays among the first `spread` arguments, the other arguments unchanged.
pub(super) fn broadcast(arguments: &[Value], spread: usize, each: impl Fn(&[Value]) -> Value) -> Value {
    let mut arrays = arguments.iter().take(spread).filter_map(|argument| match argument {
        Value::Array(array) => Some(array),
        _ => None,
    });
    let Some(first) = arrays.next() else { return each(arguments) };
    let (rows, columns) = arrays.fold((first.rows(), first.columns()), |(rows, columns), array| {
        (rows.max(array.rows()), columns.max(array.columns()))
    });
    if rows.saturating_mul(columns) > MAX_CELLS {
        return Value::Error(ErrorCode::Calc);
    }
    let mut cells = Vec::with_capacity(rows * columns);
    let mut text = 0;
    let mut scalars = arguments.to_vec();
    for row in 0..rows {
        for column in 0..columns {
            for (scalar, argument) in scalars.iter_mut().zip(arguments).take(spread) {
                if let Value::Array(array) = argument {
                    *scalar = stretched(array, row, column);
                }
            }
            let cell = each(&scalars);
            if let Value::Text(cell) = &cell {
                text += cell.len();
            }
            if text > MAX_ARRAY_TEXT {
                return Value::Error(ErrorCode::Calc);
            }
            cells.push(cell);
        }
    }
    Array::new(columns, cells).map_or_else(Value::Error, Value::from)
}

fn stretched(array: &Array, row: usize, column: usize) -> Value {
    let row = if array.rows() == 1 { 0 } else { row };
    let column = if array.columns() == 1 { 0 } else { column };
    if row < array.rows() && column < array.columns() {
        array.get(row, column).clone()
    } else {
        Value::Error(ErrorCode::NA)
    }
}

/// The arguments of one call. Those that are not given read as blank.
pub(super) struct Args<'a> {
    values: &'a [Value],
    clock: &'a Clock,
}

impl<'a> Args<'a> {
    pub(super) fn all(&self) -> &'a [Value] {
        self.values
    }

    pub(super) fn from(&self, index: usize) -> &'a [Value] {
        self.values.get(index..).unwrap_or_default()
    }

    pub(super) fn get(&self, index: usize) -> &'a Value {
        self.values.get(index).unwrap_or(&Value::Blank)
    }

    pub(super) fn given(&self, index: usize) -> Option<&'a Value> {
        self.values.get(index)
    }

    pub(super) fn text(&self, index: usize) -> Result<Cow<'a, str>, ErrorCode> {
        self.get(index).to_text()
    }

    pub(super) fn number(&self, index: usize) -> Result<f64, ErrorCode> {
        self.get(index).to_number()
    }

    pub(super) fn number_or(&self, index: usize, absent: f64) -> Result<f64, ErrorCode> {
        self.given(index).map_or(Ok(absent), Value::to_number)
    }

    /// Cut to a whole number towards zero.
    pub(super) fn whole(&self, index: usize) -> Result<i64, ErrorCode> {
        self.number(index).map(whole)
    }

    pub(super) fn whole_or(&self, index: usize, absent: i64) -> Result<i64, ErrorCode> {
        if self.given(index).is_some() { self.whole(index) } else { Ok(absent) }
    }

    pub(super) fn boolean(&self, index: usize) -> Result<bool, ErrorCode> {
        self.get(index).to_boolean()
    }

    pub(super) fn boolean_or(&self, index: usize, absent: bool) -> Result<bool, ErrorCode> {
        self.given(index).map_or(Ok(absent), Value::to_boolean)
    }

    pub(super) fn now(&self) -> f64 {
        self.clock.now
    }
}

/// Cut to a whole number towards zero, and to what an `i64` holds.
pub(super) fn whole(number: f64) -> i64 {
    number as i64
}
