use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::Write;

use rolecall::policy::excel::{Array, Clock, ErrorCode, Value, compare, function};
use rolecall::policy::formula::Formula;
use serde::Deserialize;
use serde_json::Value as Json;

const CASES: &str = include_str!("../../excel/cases.jsonl");
const FORMULAS: &str = include_str!("../../excel/formulas.tsv");
const DISTRIBUTIONS: &str = include_str!("../../excel/distributions.jsonl");
const AGREED: &str = include_str!("../../excel/agreed.tsv");
const MISSES: &str = include_str!("../../excel/misses.tsv");

const CLOCK: Clock = Clock { now: 46_027.75 };

#[derive(Deserialize)]
struct Case {
    id: String,
    ast: Json,
    kind: String,
    r#type: String,
    expected: String,
    tier: String,
}

#[test]
fn answers_are_those_of_other_spreadsheets() {
    let reasons: BTreeMap<&str, &str> =
        MISSES.lines().skip(1).map(|line| line.split_once('\t').unwrap()).collect();
    let mut report = String::new();
    let mut counts = BTreeMap::<String, (usize, usize)>::new();
    let mut seen = 0;
    for line in CASES.lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        let answer = evaluate(&case.ast, case.kind == "range");
        let passed = is_expected(&answer, &case);
        let listed = reasons.contains_key(case.id.as_str());
        seen += usize::from(listed);
        let count = counts.entry(case.tier.clone()).or_default();
        count.0 += usize::from(passed);
        count.1 += 1;
        if passed && listed {
            writeln!(report, "{} passes, but misses.tsv lists it", case.id).unwrap();
        } else if !passed && !listed {
            writeln!(
                report,
                "{}: {} wanted {} `{}`, got `{answer}`",
                case.id, case.ast, case.r#type, case.expected
            )
            .unwrap();
        }
    }
    assert!(report.is_empty(), "{report}{counts:?}");
    assert_eq!(seen, reasons.len(), "misses.tsv lists cases that are not there");
    let (passed, all) = counts["A"];
    assert!(passed * 1000 >= all * 995, "too few of tier A: {counts:?}");
    let (passed, all) = counts.values().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    assert!(passed * 100 >= all * 98, "too few: {counts:?}");
}

#[test]
fn formulas_as_text_answer_as_their_parsed_form() {
    let formulas: BTreeMap<&str, &str> =
        FORMULAS.lines().skip(1).map(|line| line.split_once('\t').unwrap()).collect();
    let mut report = String::new();
    let mut ranges = Vec::new();
    for line in CASES.lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        let text = formulas[case.id.as_str()];
        let answer = match Formula::parse_as_typed(text) {
            Ok((formula, _)) => formula.evaluate(&CLOCK, &mut |_| Err(())).unwrap(),
            Err(problem) => Value::Error(problem.code()),
        };
        if case.kind == "range" {
            ranges.push((is_expected(&answer, &case), case.id));
        } else if answer != evaluate(&case.ast, false) {
            let wanted = evaluate(&case.ast, false);
            writeln!(report, "{} {text}: wanted `{wanted}`, got `{answer}`", case.id).unwrap();
        }
    }
    assert!(report.is_empty(), "{report}");
    // As text, an empty text in an array is an empty cell for functions that take nothing but ranges.
    let missed: Vec<&str> = ranges.iter().filter(|(passed, _)| !passed).map(|(_, id)| id.as_str()).collect();
    insta::assert_snapshot!(format!("{} of {}\n{}", missed.len(), ranges.len(), missed.join(" ")));
}

#[test]
fn what_two_spreadsheets_agree_on() {
    let mut report = String::new();
    for line in AGREED.lines().skip(1) {
        let [id, text, r#type, expected] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let case = Case {
            id: id.to_owned(),
            ast: Json::Null,
            kind: "scalar".to_owned(),
            r#type: r#type.to_owned(),
            expected: expected.to_owned(),
            tier: String::new(),
        };
        let answer = match Formula::parse_as_typed(text) {
            Ok((formula, _)) => formula.evaluate(&CLOCK, &mut |_| Err(())).unwrap(),
            Err(problem) => Value::Error(problem.code()),
        };
        if !is_expected(&answer, &case) {
            writeln!(report, "{} {text}: wanted {} `{expected}`, got `{answer}`", case.id, case.r#type)
                .unwrap();
        }
    }
    assert!(report.is_empty(), "{report}");
}

#[test]
fn distributions_are_those_of_scipy() {
    let mut report = String::new();
    for line in DISTRIBUTIONS.lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        let answer = evaluate(&case.ast, false);
        if !is_expected(&answer, &case) {
            writeln!(report, "{}: {} wanted {}, got {answer}", case.id, case.ast, case.expected).unwrap();
        }
    }
    assert!(report.is_empty(), "{report}");
}

fn is_expected(answer: &Value, case: &Case) -> bool {
    // A formula that answers a blank shows 0.
    let answer = if matches!(answer, Value::Blank) { &Value::Number(0.0) } else { answer };
    match (case.r#type.as_str(), answer) {
        ("text", Value::Text(text)) => **text == *unescaped(&case.expected),
        ("number", Value::Number(number)) => close(*number, case.expected.parse().unwrap()),
        ("boolean", Value::Boolean(boolean)) => *boolean == (case.expected == "TRUE"),
        ("error", Value::Error(code)) => code.to_string() == case.expected,
        ("array", Value::Array(array)) => {
            let rows: Vec<Vec<Json>> = serde_json::from_str(&case.expected).unwrap();
            let cells: Vec<&Json> = rows.iter().flatten().collect();
            array.rows() == rows.len()
                && array.cells().len() == cells.len()
                && cells.iter().zip(array.cells()).all(|(json, cell)| same_cell(json, cell))
        }
        _ => false,
    }
}

fn same_cell(json: &Json, cell: &Value) -> bool {
    match (json, cell) {
        (Json::String(expected), Value::Text(text)) => **expected == **text,
        (Json::Number(expected), Value::Number(number)) => close(*number, expected.as_f64().unwrap()),
        (Json::Bool(expected), Value::Boolean(boolean)) => expected == boolean,
        (Json::Object(expected), Value::Error(code)) => expected["error"] == code.to_string(),
        _ => false,
    }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= f64::max(2e-9 * a.abs().max(b.abs()), 2e-10)
}

fn unescaped(text: &str) -> String {
    let mut answer = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            answer.push(c);
            continue;
        }
        answer.push(match chars.next().unwrap() {
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'u' => {
                let digits: String = chars.by_ref().take(4).collect();
                char::from_u32(u32::from_str_radix(&digits, 16).unwrap()).unwrap()
            }
            other => other,
        });
    }
    answer
}

/// The value of a parsed formula. In a range, empty text stands for a blank cell.
fn evaluate(node: &Json, range: bool) -> Value {
    let part = |index: usize| evaluate(&node[index], range);
    match node[0].as_str().unwrap() {
        "num" => Value::number(node[1].as_f64().unwrap()),
        "str" => Value::from(node[1].as_str().unwrap()),
        "bool" => Value::Boolean(node[1].as_bool().unwrap()),
        "err" => error(node[1].as_str().unwrap()),
        "miss" => Value::Blank,
        "arr" => {
            let rows = node[1].as_array().unwrap().iter().map(|row| {
                row.as_array().unwrap().iter().map(|cell| match evaluate(cell, range) {
                    Value::Text(text) if range && text.is_empty() => Value::Blank,
                    value => value,
                })
            });
            Value::from(Array::from_rows(rows.map(Iterator::collect).collect()).unwrap())
        }
        "call" => {
            let arguments: Vec<Value> =
                node[2].as_array().unwrap().iter().map(|argument| evaluate(argument, range)).collect();
            function(node[1].as_str().unwrap())
                .map_or(Value::Error(ErrorCode::Name), |function| function.call(&arguments, &CLOCK))
        }
        "bin" => cell_by_cell(&part(2), &part(3), |a, b| binary(node[1].as_str().unwrap(), a, b)),
        "neg" => cell_by_cell(&part(1), &Value::Blank, |a, _| Ok(Value::number(-a.to_number()?))),
        "pct" => cell_by_cell(&part(1), &Value::Blank, |a, _| Ok(Value::number(a.to_number()? / 100.0))),
        "pos" => part(1),
        other => panic!("unknown node {other}"),
    }
}

fn error(text: &str) -> Value {
    let code = ErrorCode::ALL.iter().find(|(_, written)| *written == text).unwrap().0;
    Value::Error(code)
}

fn cell_by_cell(a: &Value, b: &Value, apply: impl Fn(&Value, &Value) -> Result<Value, ErrorCode>) -> Value {
    let apply = |a: &Value, b: &Value| apply(a, b).unwrap_or_else(Value::Error);
    let (array, cells) = match (a, b) {
        (Value::Array(array), scalar) => {
            (array, array.cells().iter().map(|cell| apply(cell, scalar)).collect())
        }
        (scalar, Value::Array(array)) => {
            (array, array.cells().iter().map(|cell| apply(scalar, cell)).collect())
        }
        _ => return apply(a, b),
    };
    Value::from(Array::new(array.columns(), cells).unwrap())
}

fn binary(operator: &str, a: &Value, b: &Value) -> Result<Value, ErrorCode> {
    Ok(match operator {
        "&" => Value::from(format!("{}{}", a.to_text()?, b.to_text()?)),
        "=" => Value::Boolean(compare(a, b)? == Ordering::Equal),
        "<>" => Value::Boolean(compare(a, b)? != Ordering::Equal),
        "<" => Value::Boolean(compare(a, b)? == Ordering::Less),
        ">" => Value::Boolean(compare(a, b)? == Ordering::Greater),
        "<=" => Value::Boolean(compare(a, b)? != Ordering::Greater),
        ">=" => Value::Boolean(compare(a, b)? != Ordering::Less),
        _ => {
            let (a, b) = (a.to_number()?, b.to_number()?);
            match operator {
                "+" => Value::number(a + b),
                "-" => Value::number(a - b),
                "*" => Value::number(a * b),
                "/" if b == 0.0 => Value::Error(ErrorCode::Div0),
                "/" => Value::number(a / b),
                "^" => function("POWER")
                    .unwrap()
                    .call(&[Value::Number(a), Value::Number(b)], &Clock { now: 0.0 }),
                other => panic!("unknown operator {other}"),
            }
        }
    })
}
