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

/// The most steps that a function which is gone through cell by cell may take: cells of the answer times what is read
/// anew for each.
const MAX_WORK: usize = 1 << 26;

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
    /// Where it knowingly answers otherwise than Excel.
    pub differs: Option<&'static str>,
    /// The name proper of a function that is also known by this one.
    pub alias_of: Option<&'static str>,
    takes: Takes,
    run: fn(&Args<'_>) -> Answer,
    /// About how many steps one call takes beside reading its arguments.
    steps: usize,
}

/// What the code of a function is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// Scalars without errors: arrays are gone through cell by cell, and the first error is the answer.
    Scalars,
    /// As `Scalars`, of which each has to be a number or a truth value: a text that is neither is `#VALUE!` whatever
    /// the others are, though they be out of their range.
    Numbers,
    /// Scalars, errors among them.
    ScalarsAndErrors,
    /// The arguments whose bits are set as `Scalars`, the others as they are.
    ScalarsAt(u32),
    /// The arguments whose bits are set as `ScalarsAndErrors`, the others as they are.
    ScalarsAndErrorsAt(u32),
    /// Everything as it is.
    Anything,
}

impl Takes {
    fn spreads(self, index: usize) -> bool {
        let bit = |bits: u32| {
            u32::try_from(index).is_ok_and(|index| bits.checked_shr(index).is_some_and(|b| b & 1 == 1))
        };
        match self {
            Self::Scalars | Self::Numbers | Self::ScalarsAndErrors => true,
            Self::ScalarsAt(bits) | Self::ScalarsAndErrorsAt(bits) => bit(bits),
            Self::Anything => false,
        }
    }

    /// What an argument makes the answer before the function's code is asked.
    fn refusal(self, index: usize, argument: &Value) -> Option<ErrorCode> {
        match (self, argument) {
            (Self::Scalars | Self::Numbers | Self::ScalarsAt(_), Value::Error(code))
                if self.spreads(index) =>
            {
                Some(*code)
            }
            (Self::Numbers, Value::Text(_)) if argument.to_boolean().is_err() => argument.to_number().err(),
            _ => None,
        }
    }
}

pub(super) type Answer = Result<Value, ErrorCode>;

impl Function {
    /// The name and the number of arguments are read from the signature.
    pub(super) const fn new(
        signature: &'static str,
        summary: &'static str,
        examples: &'static [(&'static str, &'static str)],
        takes: Takes,
        run: fn(&Args<'_>) -> Answer,
    ) -> Self {
        let (name, min, max) = arity(signature);
        Self {
            name,
            signature,
            summary,
            min,
            max,
            examples,
            differs: None,
            alias_of: None,
            takes,
            run,
            steps: 1,
        }
    }

    pub(super) const fn differing(self, differs: &'static str) -> Self {
        Self { differs: Some(differs), ..self }
    }

    /// For functions that search: arrays of more than some hundred cells are too much work.
    pub(super) const fn searching(self) -> Self {
        Self { steps: MAX_WORK >> 9, ..self }
    }

    pub(super) fn alias(self, name: &'static str) -> Self {
        Self { name, alias_of: Some(self.name), ..self }
    }

    /// Calls it. Where a function wants single values and is given arrays, the answer is an array: arguments of one
    /// row, one column or one cell are stretched to the others' size, and what is then missing is `#N/A`.
    ///
    /// Wrong numbers of arguments are `#VALUE!`; who can should refuse them before.
    #[must_use]
    pub fn call(&self, arguments: &[Value], clock: &Clock) -> Value {
        if arguments.len() < self.min || self.max.is_some_and(|max| arguments.len() > max) {
            return Value::Error(ErrorCode::Value);
        }
        broadcast(
            arguments,
            self.steps,
            |index| self.takes.spreads(index),
            |scalars| self.run(scalars, clock),
        )
    }

    fn run(&self, arguments: &[Value], clock: &Clock) -> Value {
        let mut numbered = arguments.iter().enumerate();
        if let Some(code) = numbered.find_map(|(index, argument)| self.takes.refusal(index, argument)) {
            return Value::Error(code);
        }
        match (self.run)(&Args { values: arguments, clock }) {
            Ok(Value::Text(text)) if !fits(&text) => Value::Error(ErrorCode::Value),
            Ok(value) => value,
            Err(code) => Value::Error(code),
        }
    }
}

/// The name and the fewest and the most arguments of `NAME(required, [optional], ...)`.
const fn arity(signature: &'static str) -> (&'static str, usize, Option<usize>) {
    let mut bytes = signature.as_bytes();
    let mut name = 0;
    while let Some((byte, rest)) = bytes.split_first() {
        bytes = rest;
        if *byte == b'(' {
            break;
        }
        name += 1;
    }
    let (mut required, mut optional) = (0, 0);
    let (mut in_word, mut in_brackets, mut endless) = (false, false, false);
    while let Some((byte, rest)) = bytes.split_first() {
        bytes = rest;
        let is_word = byte.is_ascii_alphanumeric() || *byte == b'_';
        if is_word && !in_word {
            if in_brackets {
                optional += 1;
            } else {
                required += 1;
            }
        }
        in_word = is_word;
        match *byte {
            b'[' => in_brackets = true,
            b']' => in_brackets = false,
            b'.' => endless = true,
            _ => {}
        }
    }
    let name = match signature.split_at_checked(name) {
        Some((name, _)) => name,
        None => signature,
    };
    (name, required, if endless { None } else { Some(required + optional) })
}

/// Whether a text is within [`MAX_TEXT`].
pub(super) fn fits(text: &str) -> bool {
    // UTF-8 never has fewer bytes than UTF-16 has code units.
    text.len() <= MAX_TEXT || text.encode_utf16().count() <= MAX_TEXT
}

/// Calls `each` for every cell of the arrays among the arguments that are spread, the other arguments unchanged.
pub(super) fn broadcast(
    arguments: &[Value],
    mut steps: usize,
    spread: impl Fn(usize) -> bool,
    each: impl Fn(&[Value]) -> Value,
) -> Value {
    let mut size: Option<(usize, usize)> = None;
    let mut largest = 0;
    for (index, argument) in arguments.iter().enumerate() {
        match argument {
            Value::Array(array) if spread(index) => {
                let (rows, columns) = size.unwrap_or((1, 1));
                size = Some((rows.max(array.rows()), columns.max(array.columns())));
                largest = largest.max(array.cells().len());
            }
            Value::Array(array) => steps = steps.saturating_add(array.cells().len()),
            Value::Text(text) => steps = steps.saturating_add(text.len()),
            _ => {}
        }
    }
    let Some((rows, columns)) = size else { return each(arguments) };
    let count = rows.saturating_mul(columns);
    if count > largest.max(MAX_CELLS) || count.saturating_mul(steps) > MAX_WORK {
        return Value::Error(ErrorCode::Calc);
    }
    let mut cells = Vec::with_capacity(rows * columns);
    let mut text = 0;
    let mut scalars = arguments.to_vec();
    for row in 0..rows {
        for column in 0..columns {
            for (index, (scalar, argument)) in scalars.iter_mut().zip(arguments).enumerate() {
                if let Value::Array(array) = argument
                    && spread(index)
                {
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
    Array::beside(largest, columns, cells).map_or_else(Value::Error, Value::from)
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

    /// As [`Args::number_or`], but an argument that was left out between commas counts as absent, too.
    pub(super) fn number_unless_blank(&self, index: usize, absent: f64) -> Result<f64, ErrorCode> {
        match self.get(index) {
            Value::Blank => Ok(absent),
            value => value.to_number(),
        }
    }

    pub(super) fn now(&self) -> f64 {
        self.clock.now
    }
}

/// A position that is counted from 1 as one that is counted from 0; decimals are cut off.
pub(super) fn place(position: f64) -> Option<usize> {
    usize::try_from(whole(position).checked_sub(1)?).ok()
}

/// Cut to a whole number towards zero, and to what an `i64` holds.
pub(super) fn whole(number: f64) -> i64 {
    number as i64
}
