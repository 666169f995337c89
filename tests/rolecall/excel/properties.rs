use proptest::prelude::*;
use rolecall::policy::excel::{Array, Clock, ErrorCode, MAX_CELLS, MAX_TEXT, Value, function, functions};

const CLOCK: Clock = Clock { now: 46_027.75 };

fn call(name: &str, arguments: &[Value]) -> Value {
    function(name).unwrap().call(arguments, &CLOCK)
}

fn text(value: &str) -> Value {
    Value::from(value)
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Blank),
        ".{0,12}".prop_map(Value::from),
        "[-(]?[$]?[0-9,]{0,8}[.]?[0-9]{0,4}(e[-+]?[0-9]{1,3})?[%)]?".prop_map(Value::from),
        "[0-9]{1,5}[-/: ][0-9A-Za-z]{1,4}[-/: ,][0-9]{1,4}( [AaPp][Mm])?".prop_map(Value::from),
        "[*?~a😀 ]{0,9}".prop_map(Value::from),
        r#"[0#?,.;%@\\"\[\]hHmMsSdDyYeEbBgG+/_* <>=$A-z -]{0,16}"#.prop_map(Value::from),
        "[a-z😀]{1,3}".prop_map(|piece| Value::from(piece.repeat(12_000))),
        any::<f64>().prop_map(Value::number),
        (-40_000_000i32..40_000_000).prop_map(|n| Value::number(f64::from(n) / 10.0)),
        (-20i32..60).prop_map(|n| Value::number(f64::from(n))),
        any::<bool>().prop_map(Value::Boolean),
        (0..ErrorCode::ALL.len()).prop_map(|index| Value::Error(ErrorCode::ALL[index].0)),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => scalar(),
        2 => (1usize..5, proptest::collection::vec(scalar(), 1..5)).prop_map(|(columns, cells)| {
            let columns = if cells.len() % columns == 0 { columns } else { 1 };
            Value::from(Array::new(columns, cells).unwrap())
        }),
    ]
}

fn check(answer: &Value) -> Result<(), TestCaseError> {
    match answer {
        Value::Text(text) => prop_assert!(text.encode_utf16().count() <= MAX_TEXT),
        Value::Number(number) => {
            prop_assert!(number.is_finite() && !(*number == 0.0 && number.is_sign_negative()))
        }
        Value::Array(array) => {
            prop_assert!(array.cells().len() <= MAX_CELLS);
            prop_assert!(array.cells().iter().all(|cell| !matches!(cell, Value::Array(_))));
        }
        Value::Blank | Value::Boolean(_) | Value::Error(_) => {}
    }
    Ok(())
}

proptest! {
    // Each case calls every function.
    #![proptest_config(ProptestConfig { cases: 80, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_values_give_a_value(arguments in proptest::collection::vec(value(), 0..7)) {
        for function in functions() {
            let most = function.max.unwrap_or(arguments.len()).min(arguments.len());
            let given = &arguments[..most];
            let answer = function.call(given, &CLOCK);
            // What is handed on as it came may be longer than what a function makes.
            if !given.contains(&answer) && !matches!(function.name, "IF" | "IFS" | "IFERROR" | "IFNA" | "CHOOSE" | "SWITCH" | "INDEX") {
                check(&answer)?;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_format_gives_a_value(number in any::<f64>(), small in -3_000_000i32..3_000_000, format in r#"[0#?,.;%@\\"\[\]hHmMsSdDyYeEbBgG+/_* <>=$A-z0-9-]{0,20}"#) {
        for number in [number, f64::from(small) / 7.0, f64::from(small)] {
            check(&call("TEXT", &[Value::number(number), text(&format)]))?;
        }
    }

    #[test]
    fn dates_come_back(serial in 0i32..2_958_466) {
        let day = Value::number(f64::from(serial));
        let parts: Vec<Value> = ["YEAR", "MONTH", "DAY"].iter().map(|name| call(name, std::slice::from_ref(&day))).collect();
        prop_assert_eq!(call("DATE", &parts), day.clone());
        if serial > 0 {
            let written = call("TEXT", &[day.clone(), text("yyyy-mm-dd")]);
            prop_assert_eq!(call("DATEVALUE", &[written]), day);
        }
    }

    #[test]
    fn times_come_back(second in 0u32..86_400) {
        let time = Value::number(f64::from(second) / 86_400.0);
        let parts: Vec<Value> = ["HOUR", "MINUTE", "SECOND"].iter().map(|name| call(name, std::slice::from_ref(&time))).collect();
        prop_assert_eq!(call("TIME", &parts), time);
    }

    #[test]
    fn halves_make_the_whole(whole in "[a-zé😀 ]{0,20}", at in 0u32..24) {
        let value = text(&whole);
        let Value::Number(length) = call("LEN", std::slice::from_ref(&value)) else { panic!("no length") };
        let left = call("LEFT", &[value.clone(), Value::number(f64::from(at))]);
        let right = call("RIGHT", &[value.clone(), Value::number((length - f64::from(at)).max(0.0))]);
        let joined = call("CONCAT", &[left, right]);
        // A cut through a pair drops the character.
        let Value::Number(joined_length) = call("LEN", std::slice::from_ref(&joined)) else { panic!("no length") };
        prop_assert!(joined == value || joined_length == length - 2.0);
        let replaced = call("REPLACE", &[value.clone(), Value::number(f64::from(at + 1)), Value::number(0.0), text("")]);
        prop_assert_eq!(replaced, joined);
    }

    #[test]
    fn numbers_come_back(number in any::<f64>()) {
        let value = Value::number(number);
        let written = call("CONCAT", std::slice::from_ref(&value));
        if let (Value::Number(number), Value::Number(read)) = (&value, call("VALUE", &[written])) {
            prop_assert!((number - read).abs() <= number.abs() * 1e-14, "{number} {read}");
        }
    }

    #[test]
    fn split_and_joined(parts in proptest::collection::vec("[a-z]{0,4}", 1..6)) {
        let joined = text(&parts.join(", "));
        let split = call("TEXTSPLIT", &[joined.clone(), text(", ")]);
        prop_assert_eq!(call("TEXTJOIN", &[text(", "), Value::Boolean(false), split]), joined);
    }

    #[test]
    fn what_stands_before_and_behind(whole in "[a-z@]{1,12}", instance in 1i32..5) {
        let arguments = [text(&whole), text("@"), Value::number(f64::from(instance))];
        let (before, after) = (call("TEXTBEFORE", &arguments), call("TEXTAFTER", &arguments));
        match (before, after) {
            (Value::Error(a), Value::Error(b)) => prop_assert_eq!(a, b),
            (before, after) => prop_assert_eq!(call("CONCAT", &[before, text("@"), after]), text(&whole)),
        }
    }
}

#[test]
fn what_would_be_huge_is_refused_at_once() {
    let long = Value::from("é".repeat(32_767));
    let refused = Value::Error(ErrorCode::Value);
    let zeros = |name: &str, arguments: &[Value]| assert_eq!(call(name, arguments), refused, "{name}");
    zeros("REPT", &[text("x"), Value::number(1e9)]);
    zeros("CONCAT", &[long.clone(), text("x")]);
    zeros("SUBSTITUTE", &[long.clone(), text("é"), long.clone()]);
    zeros("TEXTJOIN", &[long.clone(), Value::Boolean(false), text("a"), text("b")]);
    zeros("UPPER", &[Value::from("ß".repeat(32_767))]);
    zeros("REPLACE", &[long.clone(), Value::number(1.0), Value::number(0.0), text("x")]);
    let column = call("TEXTSPLIT", &[Value::from("a,".repeat(5_000)), Value::Blank, text(",")]);
    let row = call("TEXTSPLIT", &[Value::from("a,".repeat(5_000)), text(",")]);
    assert_eq!(call("EXACT", &[column.clone(), row]), Value::Error(ErrorCode::Calc));
    let many = call("REPT", &[text("x"), Value::number(32_767.0)]);
    assert_eq!(call("SUBSTITUTE", &[column, text("a"), many]), Value::Error(ErrorCode::Calc));
    let slow = Value::from(format!("{}b", "a".repeat(32_766)));
    assert_eq!(call("SEARCH", &[Value::from("*a".repeat(120)), slow]), Value::number(1.0));
}
