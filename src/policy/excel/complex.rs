//! Complex numbers as Excel writes them in text: `3+4i`, `-j`, `5`.

use super::value::{ErrorCode, Value};

/// A complex number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Complex {
    pub(super) re: f64,
    pub(super) im: f64,
}

impl Complex {
    pub(super) const ONE: Self = Self { re: 1.0, im: 0.0 };

    pub(super) fn polar(length: f64, angle: f64) -> Self {
        Self { re: length * angle.cos(), im: length * angle.sin() }
    }

    pub(super) fn length(self) -> f64 {
        self.re.hypot(self.im)
    }

    pub(super) fn angle(self) -> f64 {
        self.im.atan2(self.re)
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self { re: self.re + other.re, im: self.im + other.im }
    }

    pub(super) fn minus(self, other: Self) -> Self {
        Self { re: self.re - other.re, im: self.im - other.im }
    }

    pub(super) fn times(self, other: Self) -> Self {
        Self { re: self.re * other.re - self.im * other.im, im: self.re * other.im + self.im * other.re }
    }

    /// # Errors
    /// `#NUM!` for a division by zero.
    pub(super) fn over(self, other: Self) -> Result<Self, ErrorCode> {
        let square = other.re * other.re + other.im * other.im;
        if square == 0.0 {
            return Err(ErrorCode::Num);
        }
        let product = self.times(Self { re: other.re, im: -other.im });
        Ok(Self { re: product.re / square, im: product.im / square })
    }

    pub(super) fn exp(self) -> Self {
        Self::polar(self.re.exp(), self.im)
    }

    /// # Errors
    /// `#NUM!` for zero.
    pub(super) fn ln(self) -> Result<Self, ErrorCode> {
        if self.length() == 0.0 {
            Err(ErrorCode::Num)
        } else {
            Ok(Self { re: self.length().ln(), im: self.angle() })
        }
    }

    pub(super) fn power(self, power: f64) -> Result<Self, ErrorCode> {
        if self.length() == 0.0 {
            return if power > 0.0 { Ok(self) } else { Err(ErrorCode::Num) };
        }
        Ok(Self::polar(self.length().powf(power), self.angle() * power))
    }

    pub(super) fn sin(self) -> Self {
        Self { re: self.re.sin() * self.im.cosh(), im: self.re.cos() * self.im.sinh() }
    }

    pub(super) fn cos(self) -> Self {
        Self { re: self.re.cos() * self.im.cosh(), im: -self.re.sin() * self.im.sinh() }
    }

    pub(super) fn sinh(self) -> Self {
        Self { re: self.re.sinh() * self.im.cos(), im: self.re.cosh() * self.im.sin() }
    }

    pub(super) fn cosh(self) -> Self {
        Self { re: self.re.cosh() * self.im.cos(), im: self.re.sinh() * self.im.sin() }
    }
}

/// Reads a complex number and the letter that it has for the imaginary unit, if any.
///
/// # Errors
/// `#NUM!` for text that is no complex number, `#VALUE!` for booleans.
pub(super) fn read(value: &Value) -> Result<(Complex, Option<char>), ErrorCode> {
    match value {
        Value::Blank => Ok((Complex { re: 0.0, im: 0.0 }, None)),
        Value::Number(re) => Ok((Complex { re: *re, im: 0.0 }, None)),
        Value::Text(text) => parse(text).ok_or(ErrorCode::Num),
        Value::Error(code) => Err(*code),
        Value::Boolean(_) | Value::Array(_) => Err(ErrorCode::Value),
    }
}

fn parse(text: &str) -> Option<(Complex, Option<char>)> {
    let Some(unit) = text.chars().next_back().filter(|c| matches!(c, 'i' | 'j')) else {
        return Some((Complex { re: real(text)?, im: 0.0 }, None));
    };
    let body = text.strip_suffix(unit)?;
    // The last sign that is none of an exponent parts the two.
    let bytes = body.as_bytes();
    let at = (1..bytes.len()).rev().find(|at| {
        matches!(bytes.get(*at), Some(b'+' | b'-')) && !matches!(bytes.get(at - 1), Some(b'e' | b'E'))
    });
    let (re, im) = match at {
        Some(at) => (real(body.get(..at)?)?, body.get(at..)?),
        None => (0.0, body),
    };
    let im = match im {
        "" | "+" => 1.0,
        "-" => -1.0,
        digits => real(digits)?,
    };
    Some((Complex { re, im }, Some(unit)))
}

fn real(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'));
    let number: f64 = if plain { text.parse().ok()? } else { return None };
    number.is_finite().then_some(number)
}

/// Writes a complex number with a letter for the imaginary unit.
pub(super) fn write(number: Complex, unit: char) -> Value {
    if !number.re.is_finite() || !number.im.is_finite() {
        return Value::Error(ErrorCode::Num);
    }
    let shown = |number: f64| super::number::general(number);
    let imaginary = match number.im {
        1.0 => unit.to_string(),
        -1.0 => format!("-{unit}"),
        im => format!("{}{unit}", shown(im)),
    };
    Value::from(if number.im == 0.0 {
        shown(number.re)
    } else if number.re == 0.0 {
        imaginary
    } else {
        format!("{}{}{imaginary}", shown(number.re), if number.im > 0.0 { "+" } else { "" })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_and_written() {
        let shown: Vec<String> = ["3+4i", "-j", "i", "5", "1e3-2.5E-2i", "-1-i", "2.5j"]
            .iter()
            .map(|text| {
                let (number, unit) = parse(text).unwrap();
                write(number, unit.unwrap_or('i')).to_string()
            })
            .collect();
        insta::assert_snapshot!(shown.join(" "), @"3+4i -j i 5 1000-0.025i -1-i 2.5j");
        for text in ["", "x", "3+4", "3i+4", "3 + 4i", "i4", "--i", "1e999i", "infi"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
