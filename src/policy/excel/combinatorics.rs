//! Factorials, and how many ways there are to choose.

use super::function::{Answer, Args, Function, Takes};
use super::numbers::numbers;
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "COMBIN(number, number_chosen)",
        "How many ways there are to choose so many of them, in any order.",
        &[("COMBIN(8, 2)", "28")],
        Takes::Numbers,
        combin,
    ),
    Function::new(
        "COMBINA(number, number_chosen)",
        "How many ways there are to choose so many of them, in any order, each as often as one likes.",
        &[("COMBINA(4, 3)", "20")],
        Takes::Numbers,
        combina,
    ),
    Function::new(
        "FACT(number)",
        "The product of the whole numbers from 1 on; #NUM! beyond 170.",
        &[("FACT(5)", "120"), ("FACT(0)", "1")],
        Takes::Scalars,
        fact,
    ),
    Function::new(
        "FACTDOUBLE(number)",
        "The product of every other whole number down from this one.",
        &[("FACTDOUBLE(6)", "48"), ("FACTDOUBLE(7)", "105")],
        Takes::Scalars,
        factdouble,
    ),
    Function::new(
        "MULTINOMIAL(number1, [number2], ...)",
        "The factorial of the sum, divided by the factorials of each.",
        &[("MULTINOMIAL(2, 3, 4)", "1260")],
        Takes::Anything,
        multinomial,
    ),
    Function::new(
        "PERMUT(number, number_chosen)",
        "How many ways there are to choose so many of them in order.",
        &[("PERMUT(100, 3)", "970200")],
        Takes::Numbers,
        permut,
    ),
    Function::new(
        "PERMUTATIONA(number, number_chosen)",
        "How many ways there are to choose so many of them in order, each as often as one likes.",
        &[("PERMUTATIONA(3, 2)", "9")],
        Takes::Numbers,
        permutationa,
    ),
];

/// The factorial of a number from 0 to 170; greater ones are beyond what a double holds.
pub(super) fn factorial(number: f64) -> f64 {
    if number > 170.0 {
        return f64::INFINITY;
    }
    (1..=number as u64).map(|factor| factor as f64).product()
}

/// How many ways there are to choose `chosen` of `number`, whole numbers with `0 <= chosen <= number`.
pub(super) fn binomial(number: f64, chosen: f64) -> f64 {
    let chosen = chosen.min(number - chosen);
    // No binomial coefficient of more than this many is finite unless few are chosen, and then the loop is short.
    if chosen > 1100.0 {
        return f64::INFINITY;
    }
    let mut ways = 1.0;
    for index in 1..=chosen as u64 {
        let index = index as f64;
        ways = ways * (number - chosen + index) / index;
    }
    if ways < 9e15 { ways.round() } else { ways }
}

/// Two whole numbers, not negative, cut at the decimals.
fn two(args: &Args<'_>) -> Result<(f64, f64), ErrorCode> {
    let (number, chosen) = (args.number(0)?.trunc(), args.number(1)?.trunc());
    if number < 0.0 || chosen < 0.0 { Err(ErrorCode::Num) } else { Ok((number, chosen)) }
}

fn combin(args: &Args<'_>) -> Answer {
    let (number, chosen) = two(args)?;
    if chosen > number { Err(ErrorCode::Num) } else { Ok(Value::number(binomial(number, chosen))) }
}

fn combina(args: &Args<'_>) -> Answer {
    let (number, chosen) = two(args)?;
    if chosen == 0.0 {
        return Ok(Value::number(1.0));
    }
    if number == 0.0 {
        return Err(ErrorCode::Num);
    }
    Ok(Value::number(binomial(number + chosen - 1.0, chosen)))
}

fn permut(args: &Args<'_>) -> Answer {
    let (number, chosen) = two(args)?;
    if chosen > number {
        return Err(ErrorCode::Num);
    }
    let mut ways = 1.0;
    // Beyond 170 factors, each at least its own position, the product is beyond a double.
    if chosen > 170.0 {
        return Err(ErrorCode::Num);
    }
    for index in 0..chosen as u64 {
        ways *= number - index as f64;
    }
    Ok(Value::number(ways))
}

fn permutationa(args: &Args<'_>) -> Answer {
    let (number, chosen) = two(args)?;
    Ok(Value::number(number.powf(chosen)))
}

fn fact(args: &Args<'_>) -> Answer {
    let number = args.number(0)?;
    if number < 0.0 { Err(ErrorCode::Num) } else { Ok(Value::number(factorial(number.trunc()))) }
}

fn factdouble(args: &Args<'_>) -> Answer {
    let number = args.number(0)?.trunc();
    if !(-1.0..=300.0).contains(&number) {
        return Err(ErrorCode::Num);
    }
    let mut factor = number;
    let mut product = 1.0;
    while factor > 1.0 {
        product *= factor;
        factor -= 2.0;
    }
    Ok(Value::number(product))
}

fn multinomial(args: &Args<'_>) -> Answer {
    let (mut sum, mut ways) = (0.0, 1.0);
    for number in numbers(args.all())? {
        let number = number.trunc();
        if number < 0.0 {
            return Err(ErrorCode::Num);
        }
        sum += number;
        ways *= binomial(sum, number);
    }
    Ok(Value::number(ways))
}
