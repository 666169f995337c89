use rolecall::policy::excel::{Array, Clock, Value, function, functions, serial_of};

#[test]
fn every_example_gives_its_answer() {
    for function in functions() {
        assert!(!function.examples.is_empty(), "{} has no example", function.name);
        for (formula, shown) in function.examples {
            assert!(formula.contains(&format!("{}(", function.name)), "{formula}");
            assert_eq!(Reader::read(formula).to_string(), *shown, "{formula}");
        }
    }
}

#[test]
fn the_table_is_whole() {
    assert!(functions().is_sorted_by(|a, b| a.name < b.name), "sorted, no name twice");
    for entry in functions() {
        assert!(std::ptr::eq(function(entry.name).unwrap(), entry));
        assert!(entry.signature.starts_with(&format!("{}(", entry.name)), "{}", entry.signature);
        assert!(entry.max.is_none_or(|max| max >= entry.min), "{}", entry.name);
    }
    assert!(function("left").is_none());
    let names: Vec<&str> = functions().iter().map(|function| function.name).collect();
    insta::assert_snapshot!(names.join(" "), @r#"ABS AND AVERAGE CHAR CHOOSE CLEAN CODE CONCAT CONCATENATE COUNT COUNTA DATE DATEDIF DATEVALUE DAY DAYS EDATE EOMONTH ERROR.TYPE EXACT FALSE FIND HLOOKUP HOUR IF IFERROR IFNA IFS INDEX INT ISBLANK ISERR ISERROR ISEVEN ISLOGICAL ISNA ISNONTEXT ISNUMBER ISODD ISTEXT LEFT LEN LOOKUP LOWER MATCH MAX MID MIN MINUTE MOD MONTH N NA NETWORKDAYS NOT NOW NUMBERVALUE OR PROPER REPLACE REPT RIGHT ROUND ROUNDDOWN ROUNDUP SEARCH SECOND SUBSTITUTE SUM SWITCH T TEXT TEXTAFTER TEXTBEFORE TEXTJOIN TEXTSPLIT TIME TIMEVALUE TODAY TRIM TRUE TRUNC TYPE UNICHAR UNICODE UPPER VALUE VLOOKUP WEEKDAY WORKDAY XLOOKUP XOR YEAR"#);
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
