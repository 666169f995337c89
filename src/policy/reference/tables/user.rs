use crate::policy::reference::{Doc, Example::Value};

const MEMBER_BLANK: &str = "False for a blank in place of the person or of the group.";

/// What can be asked of a person by a call.
pub(crate) const USER: &[Doc] = &[
    Doc::new(
        "in_group",
        &["user.in_group(group) -> boolean"],
        "Whether the person is in the group, directly or through groups in groups. The group is named by its name \
         (`cn`), `sAMAccountName`, DN or SID, letter case apart. A group that nobody knows has no members.",
    )
    .blank(MEMBER_BLANK)
    .examples(&[
        Value(r#"user.in_group("Marketing All")"#, "true"),
        Value(r#"user.in_group("everyone")"#, "true"),
        Value(r#"user.manager.manager.in_group("Everyone")"#, "false"),
    ]),
    Doc::new(
        "in_direct_group",
        &["user.in_direct_group(group) -> boolean"],
        "As `in_group`, without groups in groups: `memberOf` and the primary group alone.",
    )
    .blank(MEMBER_BLANK)
    .examples(&[
        Value(r#"user.in_direct_group("Marketing All")"#, "true"),
        Value(r#"user.in_direct_group("Everyone")"#, "false"),
    ]),
    Doc::new(
        "primary_smtp",
        &["primary_smtp(user) -> text"],
        "The same as `user.primary_smtp`.",
    )
    .blank("Blank for a blank in place of the person.")
    .examples(&[Value("primary_smtp(user)", r#""Mia.Fischer@example.com""#)]),
    Doc::new(
        "formula",
        &["user.formula(text) -> value"],
        "What a spreadsheet's formula comes to for the person; the same as `formula`, inside a closure.",
    )
    .examples(&[Value(r#"user.formula(`=UPPER([sn]) & "!"`)"#, r#""FISCHER!""#)]),
];

/// What `user.NAME` answers beside the directory's attributes.
pub(in crate::policy::reference) const ATTRIBUTES: &[Doc] = &[
    Doc::new(
        "enabled",
        &["user.enabled -> boolean"],
        "Whether the person may have an account at all: neither disabled nor expired in the directory. Who is not gets \
         none, whatever the rules say.",
    )
    .examples(&[Value("user.enabled", "true")]),
    Doc::new(
        "expired",
        &["user.expired -> boolean"],
        "Whether `accountExpires` has come.",
    )
    .examples(&[Value("user.expired", "false")]),
    Doc::new(
        "groups",
        &["user.groups -> list"],
        "The names of the groups that the person is in, directly or through groups in groups.",
    )
    .blank("An empty list where there are none.")
    .examples(&[Value("user.groups", r#"["Everyone", "Marketing All"]"#)]),
    Doc::new(
        "direct_groups",
        &["user.direct_groups -> list"],
        "As `groups`, without groups in groups.",
    )
    .blank("An empty list where there are none.")
    .examples(&[Value("user.direct_groups", r#"["Marketing All"]"#)]),
    Doc::new(
        "distribution_groups",
        &["user.distribution_groups -> list"],
        "Those of `groups` that are for mail alone: Active Directory gives nobody rights by them, and often more people \
         may change who is in them. A group whose `groupType` is not known is none.",
    )
    .blank("An empty list where there are none.")
    .examples(&[
        Value("user.distribution_groups", r#"["Everyone"]"#),
        Value(r#"user.distribution_groups.contains("Marketing All")"#, "false"),
    ]),
    Doc::new(
        "account_flags",
        &["user.account_flags -> list"],
        "The flags of `userAccountControl` by their names: `ACCOUNTDISABLE`, `NORMAL_ACCOUNT`, `PASSWD_NOTREQD`, \
         `DONT_EXPIRE_PASSWORD`, `SMARTCARD_REQUIRED` and the others that Microsoft documents.",
    )
    .blank("An empty list where none is set.")
    .examples(&[
        Value("user.account_flags", r#"["NORMAL_ACCOUNT"]"#),
        Value(r#"user.account_flags.contains("DONT_EXPIRE_PASSWORD")"#, "false"),
    ]),
    Doc::new(
        "primary_smtp",
        &["user.primary_smtp -> text"],
        "The address that Exchange sends from: the one in `proxyAddresses` with `SMTP:` in capitals, else `mail`.",
    )
    .blank("Blank where there is neither.")
    .examples(&[Value("user.primary_smtp", r#""Mia.Fischer@example.com""#)]),
    Doc::new(
        "manager",
        &["user.manager -> user"],
        "The person's manager, a person as well: `user.manager.mail`. The DN that Active Directory has is \
         `user.manager.dn`.",
    )
    .blank("Blank where there is none or the manager was not read; everything asked of that is blank, or false.")
    .examples(&[
        Value("user.manager.title", r#""Head of Marketing""#),
        Value("user.manager.manager.title", "blank"),
    ]),
    Doc::new("dn", &["user.dn -> text"], "The distinguished name.")
        .examples(&[Value("user.dn", r#""CN=Mia Fischer,OU=People,DC=example,DC=com""#)]),
    Doc::new("guid", &["user.guid -> text"], "`objectGUID`, which stays the same when everything else changes.")
        .examples(&[Value("user.guid", r#""00000000-0000-4000-8000-000000000001""#)]),
];
