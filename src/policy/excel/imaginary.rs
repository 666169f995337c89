//! Functions of complex numbers written as text.

use super::complex::{Complex, read, write};
use super::function::{Answer, Args, Function, Takes};
use super::numbers::cells;
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "COMPLEX(real_num, i_num, [suffix])",
        "A complex number as text, with i or j.",
        &[("COMPLEX(3, 4)", "3+4i"), (r#"COMPLEX(0, -1, "j")"#, "-j")],
        Takes::Scalars,
        complex,
    ),
    Function::new(
        "IMABS(inumber)",
        "The distance from zero.",
        &[(r#"IMABS("3+4i")"#, "5")],
        Takes::Scalars,
        |args| part(args, Complex::length),
    ),
    Function::new(
        "IMAGINARY(inumber)",
        "The imaginary part.",
        &[(r#"IMAGINARY("3+4i")"#, "4")],
        Takes::Scalars,
        |args| part(args, |z| z.im),
    ),
    Function::new(
        "IMARGUMENT(inumber)",
        "The angle to the real axis, in radians; #DIV/0! for 0.",
        &[(r#"ROUND(IMARGUMENT("3+4i"), 4)"#, "0.9273")],
        Takes::Scalars,
        imargument,
    ),
    Function::new(
        "IMCONJUGATE(inumber)",
        "The number with the other sign of the imaginary part.",
        &[(r#"IMCONJUGATE("3+4i")"#, "3-4i")],
        Takes::Scalars,
        |args| of(args, |z| Ok(Complex { re: z.re, im: -z.im })),
    ),
    Function::new("IMCOS(inumber)", "The cosine.", &[(r#"IMCOS("0")"#, "1")], Takes::Scalars, |args| {
        of(args, |z| Ok(z.cos()))
    }),
    Function::new(
        "IMCOSH(inumber)",
        "The hyperbolic cosine.",
        &[(r#"IMCOSH("0")"#, "1")],
        Takes::Scalars,
        |args| of(args, |z| Ok(z.cosh())),
    ),
    Function::new(
        "IMCOT(inumber)",
        "The cotangent.",
        &[(r#"ROUND(IMREAL(IMCOT("4+3i")), 4)"#, "0.0049")],
        Takes::Scalars,
        |args| of(args, |z| z.cos().over(z.sin())),
    ),
    Function::new(
        "IMCSC(inumber)",
        "The cosecant.",
        &[(r#"ROUND(IMREAL(IMCSC("4+3i")), 4)"#, "-0.0755")],
        Takes::Scalars,
        |args| of(args, |z| Complex::ONE.over(z.sin())),
    ),
    Function::new(
        "IMCSCH(inumber)",
        "The hyperbolic cosecant.",
        &[(r#"ROUND(IMREAL(IMCSCH("4+3i")), 4)"#, "-0.0363")],
        Takes::Scalars,
        |args| of(args, |z| Complex::ONE.over(z.sinh())),
    ),
    Function::new(
        "IMDIV(inumber1, inumber2)",
        "One number divided by another.",
        &[(r#"IMDIV("-238+240i", "10+24i")"#, "5+12i")],
        Takes::Scalars,
        |args| both(args, Complex::over),
    ),
    Function::new(
        "IMEXP(inumber)",
        "The number e to a power.",
        &[(r#"IMEXP("0")"#, "1")],
        Takes::Scalars,
        |args| of(args, |z| Ok(z.exp())),
    ),
    Function::new(
        "IMLN(inumber)",
        "The natural logarithm.",
        &[(r#"IMLN("1")"#, "0")],
        Takes::Scalars,
        |args| of(args, Complex::ln),
    ),
    Function::new(
        "IMLOG10(inumber)",
        "The logarithm to base 10.",
        &[(r#"IMLOG10("100")"#, "2")],
        Takes::Scalars,
        |args| of(args, |z| logarithm(z, 10f64.ln())),
    ),
    Function::new(
        "IMLOG2(inumber)",
        "The logarithm to base 2.",
        &[(r#"IMLOG2("8")"#, "3")],
        Takes::Scalars,
        |args| of(args, |z| logarithm(z, 2f64.ln())),
    ),
    Function::new(
        "IMPOWER(inumber, number)",
        "A number to a power.",
        &[(r#"ROUND(IMREAL(IMPOWER("2+3i", 3)), 6)"#, "-46")],
        Takes::Scalars,
        impower,
    ),
    Function::new(
        "IMPRODUCT(inumber1, [inumber2], ...)",
        "All numbers multiplied.",
        &[(r#"IMPRODUCT("3+4i", "5-3i")"#, "27+11i")],
        Takes::Anything,
        |args| all(args, Complex::ONE, Complex::times),
    ),
    Function::new(
        "IMREAL(inumber)",
        "The real part.",
        &[(r#"IMREAL("6-9i")"#, "6")],
        Takes::Scalars,
        |args| part(args, |z| z.re),
    ),
    Function::new("IMSEC(inumber)", "The secant.", &[(r#"IMSEC("0")"#, "1")], Takes::Scalars, |args| {
        of(args, |z| Complex::ONE.over(z.cos()))
    }),
    Function::new(
        "IMSECH(inumber)",
        "The hyperbolic secant.",
        &[(r#"IMSECH("0")"#, "1")],
        Takes::Scalars,
        |args| of(args, |z| Complex::ONE.over(z.cosh())),
    ),
    Function::new("IMSIN(inumber)", "The sine.", &[(r#"IMSIN("0")"#, "0")], Takes::Scalars, |args| {
        of(args, |z| Ok(z.sin()))
    }),
    Function::new(
        "IMSINH(inumber)",
        "The hyperbolic sine.",
        &[(r#"IMSINH("0")"#, "0")],
        Takes::Scalars,
        |args| of(args, |z| Ok(z.sinh())),
    ),
    Function::new(
        "IMSQRT(inumber)",
        "The square root.",
        &[(r#"ROUND(IMREAL(IMSQRT("3+4i")), 6)"#, "2")],
        Takes::Scalars,
        |args| of(args, |z| if z.length() == 0.0 { Ok(z) } else { z.power(0.5) }),
    ),
    Function::new(
        "IMSUB(inumber1, inumber2)",
        "One number less another.",
        &[(r#"IMSUB("13+4i", "5+3i")"#, "8+i")],
        Takes::Scalars,
        |args| both(args, |a, b| Ok(a.minus(b))),
    ),
    Function::new(
        "IMSUM(inumber1, [inumber2], ...)",
        "The sum.",
        &[(r#"IMSUM("3+4i", "5-3i")"#, "8+i")],
        Takes::Anything,
        |args| all(args, Complex { re: 0.0, im: 0.0 }, Complex::plus),
    ),
    Function::new("IMTAN(inumber)", "The tangent.", &[(r#"IMTAN("0")"#, "0")], Takes::Scalars, |args| {
        of(args, |z| z.sin().over(z.cos()))
    }),
];

fn complex(args: &Args<'_>) -> Answer {
    let (re, im) = (args.number(0)?, args.number(1)?);
    let unit = match args.get(2) {
        Value::Blank => 'i',
        suffix => match &*suffix.to_text()? {
            "i" | "" => 'i',
            "j" => 'j',
            _ => return Err(ErrorCode::Value),
        },
    };
    Ok(write(Complex { re, im }, unit))
}

fn part(args: &Args<'_>, part: fn(Complex) -> f64) -> Answer {
    read(args.get(0)).map(|(number, _)| Value::number(part(number)))
}

fn imargument(args: &Args<'_>) -> Answer {
    let (number, _) = read(args.get(0))?;
    if number.length() == 0.0 { Err(ErrorCode::Div0) } else { Ok(Value::number(number.angle())) }
}

fn of(args: &Args<'_>, function: fn(Complex) -> Result<Complex, ErrorCode>) -> Answer {
    let (number, unit) = read(args.get(0))?;
    Ok(write(function(number)?, unit.unwrap_or('i')))
}

fn both(args: &Args<'_>, function: fn(Complex, Complex) -> Result<Complex, ErrorCode>) -> Answer {
    let ((a, a_unit), (b, b_unit)) = (read(args.get(0))?, read(args.get(1))?);
    Ok(write(function(a, b)?, shared(a_unit, b_unit)?.unwrap_or('i')))
}

/// The unit that both have, as far as they have one.
fn shared(a: Option<char>, b: Option<char>) -> Result<Option<char>, ErrorCode> {
    match (a, b) {
        (Some(a), Some(b)) if a != b => Err(ErrorCode::Value),
        (a, b) => Ok(a.or(b)),
    }
}

fn all(args: &Args<'_>, start: Complex, combine: fn(Complex, Complex) -> Complex) -> Answer {
    let (mut result, mut unit) = (start, None);
    for value in args.all().iter().flat_map(cells).filter(|value| !matches!(value, Value::Blank)) {
        let (number, own) = read(value)?;
        unit = shared(unit, own)?;
        result = combine(result, number);
    }
    Ok(write(result, unit.unwrap_or('i')))
}

fn logarithm(number: Complex, base: f64) -> Result<Complex, ErrorCode> {
    let Complex { re, im } = number.ln()?;
    Ok(Complex { re: re / base, im: im / base })
}

fn impower(args: &Args<'_>) -> Answer {
    let power = args.number(1)?;
    let (number, unit) = read(args.get(0))?;
    Ok(write(number.power(power)?, unit.unwrap_or('i')))
}
