use proptest::prelude::*;
use rolecall::policy::excel::{Array, Clock, ErrorCode, MAX_CELLS, MAX_TEXT, Value, function, functions};

const CLOCK: Clock = Clock { now: 46_027.75 };

/// As many cases as `PROPTEST_CASES` says, else as many as are done while one waits.
fn config(usual: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").map_or(usual, |cases| cases.parse().unwrap());
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

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

/// What is handed on as it came may be longer than what a function makes.
fn is_handed_on(given: &[Value], answer: &Value) -> bool {
    given.iter().any(|argument| match argument {
        Value::Array(array) => argument == answer || array.cells().contains(answer),
        argument => argument == answer,
    })
}

proptest! {
    // Each case calls every function.
    #![proptest_config(config(50))]

    #[test]
    fn any_values_give_a_value(arguments in proptest::collection::vec(value(), 0..9)) {
        for function in functions() {
            let most = function.max.unwrap_or(arguments.len()).min(arguments.len());
            let given = &arguments[..most];
            let answer = function.call(given, &CLOCK);
            if !is_handed_on(given, &answer) {
                check(&answer)?;
            }
        }
    }
}

proptest! {
    #![proptest_config(config(300))]

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

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn digits_of_any_radix_come_back(number in 0u64..(1 << 53), radix in 2u32..=36, length in 0u32..60) {
        let (value, radix) = (Value::number(number as f64), Value::number(f64::from(radix)));
        let written = call("BASE", &[value.clone(), radix.clone(), Value::number(f64::from(length))]);
        prop_assert_eq!(call("DECIMAL", &[written, radix]), value);
    }

    #[test]
    fn numbers_of_ten_digits_come_back(number in -512i32..512, places in 1u32..=10) {
        let value = Value::number(f64::from(number));
        for (there, back) in [("DEC2BIN", "BIN2DEC"), ("DEC2OCT", "OCT2DEC"), ("DEC2HEX", "HEX2DEC")] {
            let written = call(there, &[value.clone(), Value::number(f64::from(places))]);
            let short = written == Value::Error(ErrorCode::Num);
            prop_assert!(short || call(back, std::slice::from_ref(&written)) == value, "{there} {written}");
        }
        let binary = call("DEC2BIN", std::slice::from_ref(&value));
        let hexadecimal = call("BIN2HEX", std::slice::from_ref(&binary));
        prop_assert_eq!(call("HEX2BIN", &[hexadecimal]), binary);
    }

    #[test]
    fn texts_substituted_there_and_back(whole in "[a-c😀 ]{0,30}", old in "[a-c😀]{1,2}") {
        // What is put in place is nowhere in the text, so only it is taken back.
        let there = call("SUBSTITUTE", &[text(&whole), text(&old), text("#x#")]);
        prop_assert_eq!(call("SUBSTITUTE", &[there, text("#x#"), text(&old)]), text(&whole));
    }

    #[test]
    fn probabilities_come_back(share in 1u32..1000, a in 1u32..60, b in 1u32..60) {
        let (share, a, b) = (f64::from(share) / 1000.0, f64::from(a), f64::from(b));
        let cumulative = Value::Boolean(true);
        let numbers = |numbers: &[f64]| numbers.iter().map(|number| Value::number(*number)).collect::<Vec<_>>();
        for (inverse, forward, shape) in [
            ("NORM.INV", "NORM.DIST", vec![a, b]),
            ("LOGNORM.INV", "LOGNORM.DIST", vec![a / 10.0, b / 10.0]),
            ("GAMMA.INV", "GAMMA.DIST", vec![a / 4.0, b]),
            ("BETA.INV", "BETA.DIST", vec![a / 4.0, b / 4.0]),
            ("CHISQ.INV", "CHISQ.DIST", vec![a]),
            ("F.INV", "F.DIST", vec![a, b]),
            ("T.INV", "T.DIST", vec![a]),
        ] {
            let mut arguments = numbers(&[share]);
            arguments.extend(numbers(&shape));
            arguments[0] = call(inverse, &arguments);
            arguments.push(cumulative.clone());
            // Where the distribution is steep, the doubles next to the answer are far from the share that was asked
            // for; between the two it has to lie.
            let Value::Number(x) = arguments[0] else { panic!("{inverse} {arguments:?}") };
            let mut beside = |x: f64| {
                arguments[0] = Value::number(x);
                let Value::Number(back) = call(forward, &arguments) else { panic!("{forward} {arguments:?}") };
                back
            };
            let above = if inverse == "BETA.INV" { x.next_up().min(1.0) } else { x.next_up() };
            let (below, above) = (beside(x.next_down()), beside(above));
            prop_assert!(
                below - 1e-12 <= share && share <= above + 1e-12,
                "{inverse} {share} {shape:?}: {below} {above}"
            );
        }
    }

    #[test]
    fn money_comes_back(rate in 1u32..500, periods in 1u32..200, payment in 1u32..10_000, early in any::<bool>()) {
        let rate = Value::number(f64::from(rate) / 10_000.0);
        let (periods, early) = (Value::number(f64::from(periods)), Value::Boolean(early));
        let payment = f64::from(payment);
        let zero = Value::number(0.0);
        let worth = call("PV", &[rate.clone(), periods.clone(), Value::number(-payment), zero.clone(), early.clone()]);
        let Value::Number(back) = call("PMT", &[rate.clone(), periods.clone(), worth.clone(), zero.clone(), early.clone()]) else {
            panic!("no payment")
        };
        prop_assert!((back + payment).abs() < payment * 1e-9, "{back}");
        let count = call("NPER", &[rate, Value::number(-payment), worth, zero, early]);
        let Value::Number(count) = count else { panic!("no count") };
        prop_assert!((count - periods.to_number().unwrap()).abs() < 1e-6, "{count}");
    }

    #[test]
    fn arrays_come_back(columns in 1usize..5, cells in proptest::collection::vec(scalar(), 1..9)) {
        let rows = cells.len().div_ceil(columns);
        // Text that is longer than a cell may be is refused where it comes out alone.
        let mut cells: Vec<Value> = cells.into_iter().filter(|cell| check(cell).is_ok()).collect();
        cells.resize(rows * columns, Value::Blank);
        let array = Value::from(Array::new(columns, cells).unwrap());
        let single = rows * columns == 1;
        let twice = call("TRANSPOSE", &[call("TRANSPOSE", std::slice::from_ref(&array))]);
        prop_assert!(single || twice == array);
        let column = call("TOCOL", std::slice::from_ref(&array));
        let wrapped = call("WRAPROWS", &[column, Value::number(columns as f64)]);
        prop_assert!(single || wrapped == array);
        let top = call("TAKE", &[array.clone(), Value::number(1.0)]);
        if rows > 1 {
            let rest = call("DROP", &[array.clone(), Value::number(1.0)]);
            prop_assert_eq!(call("VSTACK", &[top, rest]), array.clone());
        }
        let sorted = call("SORT", std::slice::from_ref(&array));
        prop_assert_eq!(call("SORT", std::slice::from_ref(&sorted)), sorted);
    }

    #[test]
    fn a_working_day_is_as_far_as_it_was_counted(start in 1i32..2_900_000, days in 1i32..20_000, weekend in prop_oneof![1i32..=7, 11i32..=17], holidays in proptest::collection::vec(0i32..2_950_000, 0..4)) {
        let number = |number: i32| Value::number(f64::from(number));
        let (start, weekend) = (number(start), number(weekend));
        let mut near: Vec<Value> = holidays.into_iter().map(number).collect();
        near.push(Value::number(start.to_number().unwrap() + 3.0));
        let holidays = Value::from(Array::row(near).unwrap());
        let end = call("WORKDAY.INTL", &[start.clone(), number(days), weekend.clone(), holidays.clone()]);
        let next = Value::number(start.to_number().unwrap() + 1.0);
        prop_assert_eq!(call("NETWORKDAYS.INTL", &[next, end.clone(), weekend.clone(), holidays.clone()]), number(days));
        let last = call("NETWORKDAYS.INTL", &[end.clone(), end, weekend, holidays]);
        prop_assert_eq!(last, number(1));
    }
}

#[test]
fn roman_numerals_come_back() {
    for number in 0..4000 {
        for form in 0..=4 {
            let written = call("ROMAN", &[Value::number(f64::from(number)), Value::number(f64::from(form))]);
            assert_eq!(
                call("ARABIC", std::slice::from_ref(&written)),
                Value::number(f64::from(number)),
                "{written}"
            );
        }
    }
}

#[test]
fn hostile_sizes_are_no_trouble() {
    let square =
        |cell: &dyn Fn(usize) -> Value| Value::from(Array::new(6, (0..36).map(cell).collect()).unwrap());
    let hostile = [
        Value::number(f64::MAX),
        Value::number(f64::MIN_POSITIVE),
        Value::number(-1e300),
        Value::number(1e9),
        Value::number(1e-9),
        Value::number(0.0),
        Value::Blank,
        Value::from("a".repeat(MAX_TEXT)),
        Value::from("*1".repeat(MAX_TEXT / 2)),
        Value::from("i".repeat(255)),
        square(&|index| Value::number(index as f64 + 0.5)),
        square(&|_| Value::number(-1e300)),
        square(&|index| Value::from(index.to_string())),
        square(&|_| Value::Blank),
    ];
    for (index, one) in hostile.iter().enumerate() {
        let other = &hostile[(index * 7 + 3) % hostile.len()];
        for function in functions().iter().filter(|function| function.alias_of.is_none()) {
            let count = function.max.unwrap_or(function.min + 2).min(6);
            let mixed: Vec<Value> =
                (0..count).map(|at| if at % 2 == 0 { one } else { other }.clone()).collect();
            for arguments in [mixed, vec![one.clone(); count]] {
                let answer = function.call(&arguments, &CLOCK);
                assert!(is_handed_on(&arguments, &answer) || check(&answer).is_ok(), "{}", function.name);
            }
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
