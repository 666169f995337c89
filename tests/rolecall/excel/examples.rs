use std::fmt::Write;

use rolecall::policy::excel::{Array, Clock, Function, Value, function, functions, serial_of};

#[test]
fn every_example_gives_its_answer() {
    let mut wrong = String::new();
    for function in functions().iter().filter(|function| function.alias_of.is_none()) {
        assert!(!function.examples.is_empty(), "{} has no example", function.name);
        for (formula, shown) in function.examples {
            assert!(formula.contains(&format!("{}(", function.name)), "{formula}");
            let answer = Reader::read(formula).to_string();
            if answer != *shown {
                writeln!(wrong, "{formula} is {answer}, not {shown}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_table_is_whole() {
    assert!(functions().is_sorted_by(|a, b| a.name < b.name), "sorted, no name twice");
    for entry in functions() {
        assert!(std::ptr::eq(function(entry.name).unwrap(), entry));
        let proper = entry.alias_of.unwrap_or(entry.name);
        assert!(function(proper).unwrap().alias_of.is_none(), "{}", entry.name);
        assert!(entry.signature.starts_with(&format!("{proper}(")), "{}", entry.signature);
        assert!(entry.max.is_none_or(|max| max >= entry.min), "{}", entry.name);
    }
    assert!(function("left").is_none());
    let (aliases, names): (Vec<_>, Vec<_>) =
        functions().iter().partition(|function| function.alias_of.is_some());
    let listed = |functions: &[&Function]| {
        functions.iter().map(|function| function.name).collect::<Vec<_>>().join(" ")
    };
    insta::assert_snapshot!(format!("{}\n\n{}", listed(&names), listed(&aliases)));
}

#[test]
fn the_signature_says_how_many_arguments_there_are() {
    let counts = |name: &str| function(name).map(|function| (function.min, function.max)).unwrap();
    assert_eq!(counts("PI"), (0, Some(0)));
    assert_eq!(counts("MID"), (3, Some(3)));
    assert_eq!(counts("TEXTSPLIT"), (2, Some(6)));
    assert_eq!(counts("SWITCH"), (3, None));
    assert_eq!(counts("SUMIFS"), (3, None));
}

fn clock() -> Clock {
    Clock { now: serial_of("2026-01-05T18:00:00Z".parse().unwrap()) }
}

/// Reads calls of literals, lists and further calls, as a policy writes them.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn read(formula: &'a str) -> Value {
        let mut reader = Reader { rest: formula };
        let value = reader.comparison();
        assert_eq!(reader.rest, "", "{formula}");
        value
    }

    fn comparison(&mut self) -> Value {
        let left = self.value();
        if self.eat(" > ") {
            let right = self.value();
            return Value::Boolean(left.to_number().unwrap() > right.to_number().unwrap());
        }
        left
    }

    fn value(&mut self) -> Value {
        if self.eat("()") {
            return Value::Blank;
        }
        if self.eat("[") {
            let cells = self.list("]");
            let rows: Vec<Vec<Value>> = match cells.first() {
                Some(Value::Array(_)) => cells
                    .iter()
                    .map(|row| match row {
                        Value::Array(row) => row.cells().to_vec(),
                        cell => vec![cell.clone()],
                    })
                    .collect(),
                _ => vec![cells],
            };
            return Value::from(Array::from_rows(rows).unwrap());
        }
        if self.eat("\"") {
            let (text, rest) = self.rest.split_once('"').unwrap();
            self.rest = rest;
            return Value::from(text.replace("\\t", "\t"));
        }
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '-');
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        if self.eat("(") {
            let arguments = self.list(")");
            return function(word).unwrap().call(&arguments, &clock());
        }
        match word {
            "TRUE" => Value::Boolean(true),
            "FALSE" => Value::Boolean(false),
            number => Value::number(number.parse().unwrap()),
        }
    }

    fn list(&mut self, end: &str) -> Vec<Value> {
        let mut values = Vec::new();
        while !self.eat(end) {
            values.push(self.comparison());
            self.eat(", ");
        }
        values
    }

    fn eat(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }
}
