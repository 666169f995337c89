use crate::policy::reference::{Doc, Example::Value};

const STOPS: &str = "An error of Excel's compared with anything stops the script: `IFERROR` catches it, `ISERROR` asks for it.";

/// How people, and Excel's errors, take part in Rhai's operators.
pub(crate) const VALUES: &[Doc] = &[
    Doc::new(
        "== !=",
        &["a == b -> boolean", "a != b -> boolean"],
        "Whether two values are the same. Of people: whether they are one person. Text is compared letter by letter.",
    )
    .blank("A blank equals only a blank, `()`.")
    .differs(STOPS)
    .examples(&[
        Value("user.mobile == ()", "true"),
        Value(r#"user.department == "MARKETING""#, "false"),
        Value(r#"user.manager == user"#, "false"),
    ]),
    Doc::new(
        "< <= > >=",
        &["a < b -> boolean", "a <= b -> boolean", "a > b -> boolean", "a >= b -> boolean"],
        "Which of two numbers, texts or times comes first.",
    )
    .blank("False.")
    .differs(STOPS)
    .examples(&[Value("user.countryCode >= 276", "true"), Value("user.adminCount > 0", "false")]),
    Doc::new(
        "+ - * / % **",
        &["a + b", "a - b", "a * b", "a / b", "a % b", "a ** b"],
        "Arithmetic; `+` also joins texts and lists.",
    )
    .blank("Joined to a text, a blank is no text at all: `user.sn + user.mobile` is `user.sn`.")
    .differs("An error of Excel's in a sum is the sum; joined to a text it stops the script. A quotient of whole numbers is whole, where Excel's is not.")
    .examples(&[
        Value(r#"user.givenName + " " + user.sn"#, r#""Mia Fischer""#),
        Value("user.sn + user.mobile", r#""Fischer""#),
        Value("FIND(\"z\", \"abc\") + 1", "#VALUE!"),
        Value("7 / 2", "3"),
    ]),
    Doc::new("+=", &["text += more"], "Adds to a variable.")
        .differs("An error of Excel's stops the script.")
        .examples(&[Value(r#"let name = "Mia"; name += "!"; name"#, r#""Mia!""#)]),
    Doc::new("to_string", &["value.to_string() -> text"], "The value as text. Of a person: the name.")
        .examples(&[Value("user.to_string()", r#""Mia Fischer""#), Value("7.to_string()", r#""7""#)]),
    Doc::new("to_debug", &["value.to_debug() -> text"], "The value as it is written in a script. Of a person: the DN.")
        .examples(&[Value(r#""a".to_debug()"#, r#""\"a\"""#)]),
];

/// Rhai's operators that register nothing of ours, and are worth naming.
pub(in crate::policy::reference) const OPERATORS: &[Doc] = &[
    Doc::new(
        "&& || !",
        &["a && b -> boolean", "a || b -> boolean", "!a -> boolean"],
        "And, or, not. What cannot change the answer is not asked.",
    )
    .blank("An error: a blank is neither true nor false. Ask `user.attribute == ()`.")
    .examples(&[Value(r#"user.enabled && !user.in_group("Contractors")"#, "true")]),
    Doc::new(
        "in !in",
        &["value in list -> boolean", "value !in list -> boolean"],
        "Whether a list has the element, a text the part, a map the key.",
    )
    .differs("Letter case does not matter.")
    .examples(&[Value(r#""marketing all" in user.groups"#, "true")]),
    Doc::new("??", &["a ?? b"], "The first unless it is blank, else the second.")
        .examples(&[Value(r#"user.mobile ?? user.telephoneNumber ?? "none""#, r#""+49 30 1234""#)]),
    Doc::new(
        "if",
        &["if condition { a } else { b }"],
        "One value or another. Only the one that is wanted is worked out.",
    )
    .blank("A blank as the condition is an error.")
    .differs("Excel's `IF` works out both.")
    .examples(&[Value(r#"if user.mobile == () { "desk" } else { "mobile" }"#, r#""desk""#)]),
    Doc::new(
        "switch",
        &["switch value { a => x, b | c => y, _ => z }"],
        "The value behind the case that equals, letter by letter.",
    )
    .examples(&[Value(
        r#"switch user.department { "Marketing" | "Brand" => "creative", _ => "other" }"#,
        r#""creative""#,
    )]),
    Doc::new("for", &["for element in list { .. }"], "Once for each element.")
        .blank("Not once.")
        .examples(&[Value(r#"let n = 0; for g in user.groups { n += 1; } n"#, "2")]),
];

/// What Rhai brings without a library, and what its comments do not tell.
pub(in crate::policy::reference) const KEYWORDS: &[Doc] = &[
    Doc::new(
        "print",
        &["print(value)"],
        "Writes a value to the log, which `ROLECALL_LOG=script=debug` shows. For finding out; a rule cannot say anything by it.",
    ),
    Doc::new("debug", &["debug(value)"], "As `print`, with the value as a script writes it."),
    Doc::new("type_of", &["type_of(value) -> text"], "The name of a value's type.")
        .blank("`\"()\"`.")
        .examples(&[
            Value("type_of(user.title)", r#""string""#),
            Value("type_of(user.groups)", r#""array""#),
        ]),
    Doc::new(
        "to_float",
        &["number.to_float() -> number"],
        "The number as a decimal one, so that a quotient is not cut.",
    )
    .examples(&[Value("7.to_float() / 2", "3.5")]),
    Doc::new("call", &["function.call(a, ..)"], "Calls a closure or a function pointer.")
        .examples(&[Value("let twice = |n| n * 2; twice.call(21)", "42")]),
];
