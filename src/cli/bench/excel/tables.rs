use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use fastrand::Rng;

use super::args::median;
use crate::cli::exit::{Exit, Failure};
use crate::config::Sources;
use crate::policy::excel::{Clock, Value};
use crate::policy::formula::Formula;
use crate::policy::{Policy, busy};

const SMALL: u32 = 1_000;
/// Lookups of one round.
const LOOKUPS: u32 = 20_000;

/// `F` is the file, `[k]` a code, `[n]` a number between two rows; what all of them find is the row's city.
const FORMULAS: [&str; 5] = [
    r#"=XLOOKUP([k],table("F","Code"),table("F","City"))"#,
    r#"=VLOOKUP([k],table("F"),2,FALSE)"#,
    r#"=INDEX(table("F","City"),MATCH([k],table("F","Code"),0))"#,
    r#"=LOOKUP([n],table("F","From"),table("F","City"))"#,
    r#"=INDEX(table("F"),XMATCH([n],table("F","From"),-1),2)"#,
];

fn code(row: u32) -> String {
    format!("Office-{row:06x}")
}

fn city(row: u32) -> String {
    format!("City {}", row % 977)
}

fn csv(rows: u32) -> String {
    let mut text = String::from("Code,City,From\n");
    for row in 0..rows {
        let _ = writeln!(text, "{},{},{}", code(row), city(row), u64::from(row) * 10);
    }
    text
}

pub(super) fn run(rows: u32, rounds: u32, seed: u64) -> Result<String, Failure> {
    let main = "provision_everyone();\nmap(\"userName\", |user| user.mail);\n";
    let sources = Sources {
        entry: "main.rhai".to_owned(),
        files: BTreeMap::from([
            ("main.rhai".to_owned(), Arc::from(main)),
            ("small.csv".to_owned(), Arc::from(csv(SMALL))),
            ("large.csv".to_owned(), Arc::from(csv(rows))),
        ]),
        extra_attributes: Vec::new(),
    };
    let started = Instant::now();
    let compiled = Policy::compile(&sources);
    let Some(policy) = compiled.policy else {
        return Err(Failure::new(Exit::Unexpected, crate::diagnostic::short(&compiled.findings)));
    };
    let formula = |text: &str, file: &str| {
        let text = text.replace("\"F\"", &format!("{file:?}"));
        let parsed = Formula::parse(&text).and_then(|formula| formula.with_tables(policy.tables()));
        parsed.map_err(|problem| Failure::new(Exit::Unexpected, format!("`{text}`: {problem}")))
    };
    let mut cases = Vec::new();
    for text in FORMULAS {
        let [small, large] = [formula(text, "small.csv")?, formula(text, "large.csv")?];
        cases.push((text, small, large, Vec::new(), Vec::new()));
    }
    let loaded = started.elapsed();
    let map: HashMap<String, String> = (0..rows).map(|row| (code(row).to_lowercase(), city(row))).collect();
    let mut plain = Vec::new();
    for round in 0..rounds {
        let seed = seed.wrapping_add(u64::from(round));
        for (_, small, large, of_small, of_large) in &mut cases {
            of_small.push(timed(seed, SMALL, |asked| found(small, asked))?);
            of_large.push(timed(seed, rows, |asked| found(large, asked))?);
        }
        plain.push(timed(seed, rows, |asked| {
            Value::from(map.get(&asked.code.to_lowercase()).map_or("", String::as_str))
        })?);
    }
    let mut out = format!(
        "\nlookups of what is there, ns each; medians of {rounds} rounds of {LOOKUPS} in turn; both tables were read and \
         indexed in {:.0} ms\n\n{:<58}{SMALL:>8} rows{rows:>12} rows   ratio\n",
        loaded.as_secs_f64() * 1e3,
        ""
    );
    for (text, _, _, small, large) in cases {
        let (small, large) = (median(small), median(large));
        let _ = writeln!(out, "{text:<58}{small:>13.0}{large:>17.0}{:>8.1}", large / small);
    }
    let _ = writeln!(out, "{:<58}{:>13}{:>17.0}", "plain Rust's hash map", "", median(plain));
    Ok(out)
}

struct Asked {
    code: String,
    number: f64,
}

fn found(formula: &Formula, asked: &Asked) -> Value {
    let path = |index: usize| formula.attributes().get(index).map_or("", |attribute| attribute.path.as_str());
    let Ok(value) = formula.evaluate(&Clock { now: 0.0 }, &mut |index| {
        Ok::<_, std::convert::Infallible>(match path(index) {
            "k" => Value::from(asked.code.as_str()),
            _ => Value::number(asked.number),
        })
    });
    value
}

/// Nanoseconds a lookup. Letter case is no matter, so what is asked for is in capitals.
fn timed(seed: u64, rows: u32, look_up: impl Fn(&Asked) -> Value) -> Result<f64, Failure> {
    let mut rng = Rng::with_seed(seed);
    let asked: Vec<(u32, Asked)> = (0..LOOKUPS)
        .map(|_| {
            let row = rng.u32(..rows);
            (row, Asked { code: code(row).to_uppercase(), number: f64::from(row) * 10.0 + 5.0 })
        })
        .collect();
    let started = busy();
    for (_, asked) in &asked {
        black_box(look_up(asked));
    }
    #[expect(clippy::cast_precision_loss, reason = "less than a day")]
    let nanoseconds = busy().saturating_sub(started).as_nanos() as f64;
    match asked.iter().take(100).find(|(row, asked)| look_up(asked) != Value::from(city(*row))) {
        Some((_, Asked { code, .. })) => {
            Err(Failure::new(Exit::Unexpected, format!("a lookup of `{code}` finds something else")))
        }
        None => Ok(nanoseconds / f64::from(LOOKUPS)),
    }
}
