use crate::policy::reference::{Doc, Example::Value};

/// Points in time.
pub(crate) const TIME: &[Doc] = &[
    Doc::new(
        "now",
        &["now() -> time"],
        "The moment that the decision is about: the cycle's clock, the same for everybody in it. Tests set it by `clock`.",
    )
    .differs("Only inside a rule: while the policy loads there is no time.")
    .examples(&[Value("now()", "2026-01-15T09:00:00Z")]),
    Doc::new(
        "plus_days",
        &["time.plus_days(days) -> time"],
        "The time so many days later, or earlier for a negative number. A day is 24 hours.",
    )
    .blank("Blank stays blank.")
    .examples(&[
        Value("now().plus_days(-30)", "2025-12-16T09:00:00Z"),
        Value("user.whenCreated > now().plus_days(-30)", "true"),
    ]),
    Doc::new(
        "< <= > >=",
        &["time < time -> boolean", "time <= time -> boolean", "time > time -> boolean", "time >= time -> boolean"],
        "Which of two times is earlier.",
    )
    .blank("False: an absent time is neither before nor after anything.")
    .differs("Where plain Rhai answers false to a comparison of unlike values, a time and anything else is an error.")
    .examples(&[
        Value("user.whenCreated < now()", "true"),
        Value("user.lockoutTime < now()", "false"),
    ]),
    Doc::new(
        "== !=",
        &["time == time -> boolean", "time != time -> boolean"],
        "Whether two times are the same moment.",
    )
    .examples(&[Value("now() == now()", "true")]),
    Doc::new("to_string", &["time.to_string() -> text"], "The time as text, in UTC (RFC 3339).")
        .examples(&[Value("now().to_string()", r#""2026-01-15T09:00:00Z""#)]),
    Doc::new("to_debug", &["time.to_debug() -> text"], "As `to_string`.")
        .examples(&[Value("now().to_debug()", r#""2026-01-15T09:00:00Z""#)]),
];
