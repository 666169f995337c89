use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::array::Array;
use super::number;

/// The longest text that a function answers, in UTF-16 code units: the limit of a cell.
pub const MAX_TEXT: usize = 32_767;

/// What a cell can hold, or an array of such.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// An empty cell, an absent attribute, or an argument left out.
    Blank,
    Text(Arc<str>),
    /// Always finite. Dates are days since 1900-01-00, see [`serial_of`](super::serial_of).
    Number(f64),
    Boolean(bool),
    Error(ErrorCode),
    Array(Arc<Array>),
}

/// Excel's error values. They travel through functions as values until one handles them (`IFERROR`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    Null,
    Div0,
    Value,
    Ref,
    Name,
    Num,
    NA,
    Calc,
    Spill,
}

impl ErrorCode {
    /// Every code with how it is written.
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::Null, "#NULL!"),
        (Self::Div0, "#DIV/0!"),
        (Self::Value, "#VALUE!"),
        (Self::Ref, "#REF!"),
        (Self::Name, "#NAME?"),
        (Self::Num, "#NUM!"),
        (Self::NA, "#N/A"),
        (Self::Calc, "#CALC!"),
        (Self::Spill, "#SPILL!"),
    ];
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Self::ALL.iter().find(|(code, _)| code == self).map_or("", |(_, text)| text);
        f.write_str(text)
    }
}

impl Value {
    /// A finite number, `#NUM!` otherwise; never negative zero.
    #[must_use]
    pub fn number(number: f64) -> Self {
        if number.is_finite() { Self::Number(number + 0.0) } else { Self::Error(ErrorCode::Num) }
    }

    /// As a number where one is expected: blank is 0, TRUE is 1, text is read as by `VALUE`.
    ///
    /// # Errors
    /// The value's own error; `#VALUE!` for text that is no number, and for arrays.
    pub fn to_number(&self) -> Result<f64, ErrorCode> {
        match self {
            Self::Blank => Ok(0.0),
            Self::Number(number) => Ok(*number),
            Self::Boolean(boolean) => Ok(f64::from(u8::from(*boolean))),
            Self::Text(text) => number::parse(text).ok_or(ErrorCode::Value),
            Self::Error(code) => Err(*code),
            Self::Array(_) => Err(ErrorCode::Value),
        }
    }

    /// As text where text is expected: blank is empty, numbers in the General format, TRUE and FALSE.
    ///
    /// # Errors
    /// The value's own error; `#VALUE!` for arrays.
    pub fn to_text(&self) -> Result<Cow<'_, str>, ErrorCode> {
        match self {
            Self::Blank => Ok(Cow::Borrowed("")),
            Self::Text(text) => Ok(Cow::Borrowed(text)),
            Self::Number(number) => Ok(Cow::Owned(number::general(*number))),
            Self::Boolean(true) => Ok(Cow::Borrowed("TRUE")),
            Self::Boolean(false) => Ok(Cow::Borrowed("FALSE")),
            Self::Error(code) => Err(*code),
            Self::Array(_) => Err(ErrorCode::Value),
        }
    }

    /// As a boolean where one is expected: numbers are true unless 0, text only when it says TRUE or FALSE.
    ///
    /// # Errors
    /// The value's own error; `#VALUE!` for other text, and for arrays.
    pub fn to_boolean(&self) -> Result<bool, ErrorCode> {
        match self {
            Self::Blank => Ok(false),
            Self::Boolean(boolean) => Ok(*boolean),
            Self::Number(number) => Ok(*number != 0.0),
            Self::Text(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Self::Text(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            Self::Text(_) | Self::Array(_) => Err(ErrorCode::Value),
            Self::Error(code) => Err(*code),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::number(number)
    }
}

impl From<bool> for Value {
    fn from(boolean: bool) -> Self {
        Self::Boolean(boolean)
    }
}

impl From<ErrorCode> for Value {
    fn from(code: ErrorCode) -> Self {
        Self::Error(code)
    }
}

impl From<Array> for Value {
    fn from(array: Array) -> Self {
        Self::Array(Arc::new(array))
    }
}

/// As a cell shows it; arrays as Excel writes array constants: `{1,"a";2,"b"}`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(code) => code.fmt(f),
            Self::Array(array) => array.fmt(f),
            scalar => f.write_str(&scalar.to_text().unwrap_or_default()),
        }
    }
}
