use std::fmt::Write as _;
use std::hint::black_box;

use fastrand::Rng;

use super::args::median;
use super::plain::{CASES, Case, Given, given};
use crate::cli::exit::{Exit, Failure};
use crate::policy::busy;
use crate::policy::excel::{Clock, Value};
use crate::policy::formula::Formula;

/// Different arguments of one function.
const GIVEN: usize = 256;

const CLOCK: Clock = Clock { now: 46_027.75 };

/// One function: its formula with what the attributes stand for, and what plain Rust says of each.
struct Measured {
    case: Case,
    formula: Formula,
    /// In the order of the formula's attributes.
    values: Vec<Vec<Value>>,
    /// Nanoseconds a call, by round.
    ours: Vec<f64>,
    plain: Vec<f64>,
    engine: Vec<f64>,
    /// What the engine makes of it, where that is something else; it is not timed then.
    differs: String,
}

pub(super) fn run(calls: u32, rounds: u32, seed: u64) -> Result<String, Failure> {
    let mut rng = Rng::with_seed(seed);
    let all: Vec<Given> = (0..GIVEN).map(|_| given(&mut rng)).collect();
    let mut cases = CASES.iter().map(|case| measured(*case, &all)).collect::<Result<Vec<_>, _>>()?;
    #[cfg(feature = "oracle")]
    let mut engines: Vec<_> =
        CASES.iter().map(|(text, plain)| super::oracle::Sheet::new(text, &all, *plain)).collect();
    for _ in 0..rounds {
        for case in &mut cases {
            case.ours.push(timed(calls, |index| case_value(&case.formula, case.values.get(index))));
            let plain = case.case.1;
            case.plain.push(timed(calls, |index| all.get(index).map(plain)));
        }
        #[cfg(feature = "oracle")]
        for (case, engine) in cases.iter_mut().zip(&mut engines) {
            match engine {
                Ok(engine) => case.engine.push(engine.timed(calls)),
                Err(why) => case.differs.clone_from(why),
            }
        }
    }
    Ok(report(&cases, calls, rounds))
}

fn measured(case: Case, all: &[Given]) -> Result<Measured, Failure> {
    let (text, plain) = case;
    let formula = Formula::parse(text)
        .map_err(|problem| Failure::new(Exit::Unexpected, format_args!("`{text}`: {problem}")))?;
    let value = |name: &str, given: &Given| match name {
        "a" => Value::from(given.a.as_str()),
        "b" => Value::from(given.b.as_str()),
        "c" => Value::number(given.c),
        _ => Value::number(given.d),
    };
    let values: Vec<Vec<Value>> = all
        .iter()
        .map(|given| formula.attributes().iter().map(|attribute| value(&attribute.path, given)).collect())
        .collect();
    for (values, given) in values.iter().zip(all) {
        let (answer, wanted) = (case_value(&formula, Some(values)), plain(given));
        if !wanted.is(&answer) {
            let message =
                format!("`{text}` comes to {answer}, and in plain Rust to {wanted:?}: not the same work");
            return Err(Failure::new(Exit::Unexpected, message));
        }
    }
    Ok(Measured {
        case,
        formula,
        values,
        ours: Vec::new(),
        plain: Vec::new(),
        engine: Vec::new(),
        differs: String::new(),
    })
}

fn case_value(formula: &Formula, values: Option<&Vec<Value>>) -> Value {
    let read = &mut |index: usize| {
        Ok::<_, std::convert::Infallible>(
            values.and_then(|values| values.get(index)).cloned().unwrap_or(Value::Blank),
        )
    };
    let Ok(value) = formula.evaluate(&CLOCK, read);
    value
}

/// Nanoseconds a call.
fn timed<T>(calls: u32, call: impl Fn(usize) -> T) -> f64 {
    let started = busy();
    for index in 0..calls as usize {
        black_box(call(black_box(index % GIVEN)));
    }
    #[expect(clippy::cast_precision_loss, reason = "less than a day")]
    let nanoseconds = busy().saturating_sub(started).as_nanos() as f64;
    nanoseconds / f64::from(calls)
}

fn report(cases: &[Measured], calls: u32, rounds: u32) -> String {
    let has_engine = cases.iter().any(|case| !case.engine.is_empty());
    let against = if has_engine { "plain Rust and IronCalc" } else { "plain Rust" };
    let mut out = format!(
        "{} functions as formulas, alike by {against}; medians of {rounds} rounds of {calls} calls in turn, ns a call\n\n",
        cases.len()
    );
    let _ = write!(out, "{:<44}{:>8}{:>12}{:>8}", "", "ns", "plain Rust", "ratio");
    out.push_str(if has_engine { "    IronCalc   ratio\n" } else { "\n" });
    let (mut to_plain, mut to_engine) = (Vec::new(), Vec::new());
    for case in cases {
        let [ours, plain, engine] =
            [&case.ours, &case.plain, &case.engine].map(|times| median(times.clone()));
        let _ = write!(out, "{:<44}{ours:>8.0}{plain:>12.0}{:>8.1}", case.case.0, ours / plain);
        to_plain.push(ours / plain);
        if !case.differs.is_empty() {
            let _ = write!(out, "    {}", case.differs);
        } else if has_engine {
            let _ = write!(out, "{engine:>12.0}{:>8.2}", ours / engine);
            to_engine.push(ours / engine);
        }
        out.push('\n');
    }
    let _ = write!(out, "\na call takes {:.1} times as long as plain Rust", median(to_plain));
    if has_engine {
        let _ = writeln!(out, ", and {:.2} times as long as a cell of IronCalc (medians)", median(to_engine));
    } else {
        out.push_str(" (median); no spreadsheet engine is in this build (`--features oracle`)\n");
    }
    out
}
