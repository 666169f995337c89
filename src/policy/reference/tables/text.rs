use crate::policy::reference::{Doc, Example::Value};

const FALSE: &str = "False where either side is blank.";
const STAYS: &str = "Blank stays blank.";

/// Tests of text as Active Directory compares it.
pub(crate) const TEXT: &[Doc] = &[
    Doc::new(
        "equals",
        &["text.equals(other) -> boolean"],
        "Whether the texts are the same, letter case apart. Of a list: whether any of its texts is.",
    )
    .blank(FALSE)
    .differs("`==` looks at letter case and this does not.")
    .examples(&[
        Value(r#"user.department.equals("marketing")"#, "true"),
        Value(r#"user.department == "marketing""#, "false"),
        Value(r#"user.mobile.equals("")"#, "false"),
    ]),
    Doc::new(
        "contains",
        &["text.contains(part) -> boolean"],
        "Whether the text has the part in it, letter case apart. Of a list: whether one of its elements equals the value; \
         Rhai's `in` asks the same.",
    )
    .blank(FALSE)
    .differs("Rhai's own looks at letter case; this does not.")
    .examples(&[
        Value(r#"user.title.contains("MANAGER")"#, "true"),
        Value(r#"user.proxyAddresses.contains("example.com")"#, "false"),
        Value(r#""sales" in ["Sales", "Support"]"#, "true"),
    ]),
    Doc::new(
        "starts_with",
        &["text.starts_with(start) -> boolean"],
        "Whether the text starts so, letter case apart. Of a list: whether any of its texts does.",
    )
    .blank(FALSE)
    .differs("Rhai's own looks at letter case; this does not.")
    .examples(&[Value(r#"user.proxyAddresses.starts_with("smtp:m")"#, "true")]),
    Doc::new(
        "ends_with",
        &["text.ends_with(end) -> boolean"],
        "Whether the text ends so, letter case apart. Of a list: whether any of its texts does.",
    )
    .blank(FALSE)
    .differs("Rhai's own looks at letter case; this does not.")
    .examples(&[Value(r#"user.mail.ends_with("@EXAMPLE.com")"#, "true")]),
    Doc::new(
        "any_of",
        &["text.any_of(list) -> boolean"],
        "Whether the text is one of the list's, letter case apart. Of a list: whether any of its texts is.",
    )
    .blank("False where either is blank.")
    .examples(&[
        Value(r#"user.department.any_of(["marketing", "brand"])"#, "true"),
        Value(r#"user.division.any_of(["marketing", "brand"])"#, "false"),
    ]),
    Doc::new(
        "matches",
        &["text.matches(pattern) -> boolean"],
        "Whether the regular expression is found anywhere in the text, letter case apart; `^` and `$` hold it to the \
         whole. Of a list: whether it is found in any of its texts. The syntax is that of RE2, without look-around and \
         back-references.",
    )
    .blank(FALSE)
    .differs("A pattern that is no regular expression is an error.")
    .examples(&[
        Value(r#"user.title.matches("manager|director")"#, "true"),
        Value(r#"user.title.matches("^manager")"#, "false"),
    ]),
];

/// Rhai's own methods, as they answer for what is blank.
pub(crate) const BLANK: &[Doc] = &[
    Doc::new(
        "len",
        &["text.len -> integer", "text.len() -> integer"],
        "How many characters a text has, or elements a list or a map.",
    )
    .blank("0.")
    .examples(&[Value("user.givenName.len", "3"), Value("user.mobile.len", "0")]),
    Doc::new(
        "is_empty",
        &["text.is_empty() -> boolean"],
        "Whether a text, a list or a map has nothing in it.",
    )
    .blank("True.")
    .examples(&[Value("user.mobile.is_empty()", "true")]),
    Doc::new(
        "trim",
        &["text.trim()"],
        "Takes white space away at both ends, in place: it gives nothing.",
    )
    .blank(STAYS)
    .differs(
        "Excel's `TRIM` gives the trimmed text, and leaves single spaces inside; that is what mappings want.",
    )
    .examples(&[
        Value(r#"let name = " Mia "; name.trim(); name"#, r#""Mia""#),
        Value(r#"TRIM(" Mia ")"#, r#""Mia""#),
    ]),
    Doc::new("to_upper", &["text.to_upper() -> text"], "The text in upper case.")
        .blank(STAYS)
        .examples(&[Value("user.sn.to_upper()", r#""FISCHER""#), Value("user.mobile.to_upper()", "blank")]),
    Doc::new("to_lower", &["text.to_lower() -> text"], "The text in lower case.")
        .blank(STAYS)
        .examples(&[Value("user.sn.to_lower()", r#""fischer""#)]),
    Doc::new("make_upper", &["text.make_upper()"], "Turns a variable's text to upper case.")
        .blank(STAYS)
        .examples(&[Value("let name = user.sn; name.make_upper(); name", r#""FISCHER""#)]),
    Doc::new("make_lower", &["text.make_lower()"], "Turns a variable's text to lower case.")
        .blank(STAYS)
        .examples(&[Value("let name = user.sn; name.make_lower(); name", r#""fischer""#)]),
    Doc::new("to_chars", &["text.to_chars() -> list"], "The text's characters.")
        .blank(STAYS)
        .examples(&[Value("user.givenName.to_chars().len", "3")]),
    Doc::new(
        "sub_string",
        &["text.sub_string(start) -> text", "text.sub_string(start, length) -> text"],
        "The part that starts at a place, counted from 0; a negative one counts from the end.",
    )
    .blank(STAYS)
    .differs("Excel's `MID` counts from 1.")
    .examples(&[Value("user.sn.sub_string(0, 3)", r#""Fis""#), Value("user.sn.sub_string(-3)", r#""her""#)]),
    Doc::new(
        "replace",
        &["text.replace(what, by)"],
        "Replaces every occurrence in a variable's text, in place: it gives nothing.",
    )
    .blank(STAYS)
    .differs("Excel's `SUBSTITUTE` gives the new text.")
    .examples(&[Value(r#"let phone = "+49-30"; phone.replace("-", " "); phone"#, r#""+49 30""#)]),
    Doc::new(
        "split",
        &["text.split() -> list", "text.split(at) -> list"],
        "The pieces between white space, or between the text given.",
    )
    .blank("An empty list.")
    .examples(&[
        Value(r#"user.mail.split("@")"#, r#"["Mia.Fischer", "example.com"]"#),
        Value("user.mobile.split()", "[]"),
    ]),
    Doc::new(
        "index_of",
        &["text.index_of(what) -> integer"],
        "Where a text has the part, or a list the element, counted from 0; -1 where it has not.",
    )
    .blank("-1.")
    .examples(&[Value(r#"user.mail.index_of("@")"#, "11"), Value(r#"user.mobile.index_of("+")"#, "-1")]),
    Doc::new("some", &["list.some(test) -> boolean"], "Whether any element passes.")
        .blank("False.")
        .examples(&[Value(r#"user.groups.some(|g| g.starts_with("Marketing"))"#, "true")]),
    Doc::new("all", &["list.all(test) -> boolean"], "Whether every element passes.").blank("True.").examples(
        &[
            Value(r#"user.proxyAddresses.all(|a| a.contains(":"))"#, "true"),
            Value("user.otherMobile.all(|n| false)", "true"),
        ],
    ),
    Doc::new("filter", &["list.filter(test) -> list"], "The elements that pass.")
        .blank("An empty list.")
        .examples(&[Value(r#"user.groups.filter(|g| g.contains("All"))"#, r#"["Marketing All"]"#)]),
    Doc::new("map", &["list.map(change) -> list"], "What comes of each element.")
        .blank("An empty list.")
        .examples(&[Value("user.groups.map(|g| g.len)", "[8, 13]")]),
    Doc::new(
        "find",
        &["list.find(test) -> element"],
        "The first element that passes; blank where none does.",
    )
    .blank("Blank.")
    .examples(&[Value(
        r#"user.proxyAddresses.find(|a| a.starts_with("smtp:mf"))"#,
        r#""smtp:mf@example.com""#,
    )]),
];
