use crate::policy::reference::{Doc, Example::Policy};

/// What a policy says of when an account begins and ends, and what is asked before an operation.
pub(crate) const LIFECYCLE: &[Doc] = &[
    Doc::new(
        "deprovision_after",
        &["deprovision_after(wait)"],
        "How long a deactivation waits, from the first cycle that wanted it: `\"7d\"`, `\"36h\"`, `\"90m\"`, `\"2w\"`. It is \
         called off when the person comes back. A text is for those who no longer pass any rule; who is disabled, expired \
         or gone from the directory is deprovisioned at once. A map says it for each: `no_role`, `disabled` (which is \
         expired, and outside `active_from` and `active_until`, too) and `gone` (deleted, or moved out of scope); what is \
         left out is at once. Of several, the wait that ends first counts. Until then the account stays as it is.",
    )
    .examples(&[
        Policy(
            r#"deprovision_after("7d");
role("engineer", |user| user.title.contains("Engineer"));"#,
            "Mia gets no account, and one that is there is deactivated after 7d",
        ),
        Policy(
            r#"deprovision_after(#{ no_role: "36h", gone: "1d" });
role("engineer", |user| user.title.contains("Engineer"));"#,
            "Mia gets no account, and one that is there is deactivated after 36h",
        ),
    ]),
    Doc::new(
        "active_from",
        &["active_from(date)", "active_from(date, zone)"],
        "The day from which the person may have an account: a closure that takes a person and gives a date. Before it they \
         are treated as disabled. A date without a time begins with that day, in UTC or in the zone that is named, as \
         `Europe/Berlin`. Dates are texts as `2026-03-31`, `2026-03-31 08:00`, `20260331` or `31-Mar-2026`, Active \
         Directory's times in all their forms, and Excel's serial numbers.",
    )
    .blank("No bound. Anything that is no date is a fault: the person is left alone and reported, and never deprovisioned for it.")
    .differs("`3/4/2026` is no date, since it is another day in every country.")
    .examples(&[
        Policy(
            r#"provision_everyone();
active_from(|user| user.extensionAttribute5);"#,
            "Mia gets an account without a role",
        ),
        Policy(
            r#"provision_everyone();
active_from(|user| "2026-01-16", "Europe/Berlin");"#,
            "Mia gets no account: has no account before 2026-01-16 00:00 +01:00",
        ),
        Policy(
            r#"provision_everyone();
active_from(|user| user.title);"#,
            "Mia is left alone: `active_from` failed: \"Marketing Manager\" is no date",
        ),
    ]),
    Doc::new(
        "active_until",
        &["active_until(date)", "active_until(date, zone)"],
        "The last day on which the person may have an account, as `active_from`. From its end on they are treated as \
         disabled; a date without a time ends with that day, one with a time at that moment.",
    )
    .blank("No bound, and so is a day at the end of time, as `9999-12-31` or Active Directory's `never`. Anything that is no date is a fault.")
    .examples(&[
        Policy(
            r#"provision_everyone();
active_until(|user| "2026-01-15");"#,
            "Mia gets an account without a role",
        ),
        Policy(
            r#"provision_everyone();
active_until(|user| DATE(2026, 1, 14));"#,
            "Mia gets no account: had an account until 2026-01-15 00:00 +00:00",
        ),
    ]),
    Doc::new(
        "before",
        &["before(hook)"],
        "What is asked before each operation is planned: a closure that takes an operation and may change it, skip it, or \
         hold it until a person approves. Hooks are asked in the order in which they are written, each about what the ones \
         before it left. They run in a dry run and in tests as in a real one. An error in one is a fault: the person is left \
         alone and reported.",
    )
    .blank("A hook gives its operation, or nothing: what it said of it holds either way.")
    .examples(&[
        Policy(
            r#"provision_everyone();
before(|op| if op.kind == "create" && op.user.title.contains("Manager") { op.hold("ask the board") });"#,
            "Mia's account waits for approval: ask the board",
        ),
        Policy(
            r#"provision_everyone();
before(|op| if op.kind == "deactivate" && op.user.title.contains("Chief") { op.hold("ask the board") } else { op });"#,
            "Mia gets an account without a role",
        ),
    ]),
];
