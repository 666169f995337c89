use crate::policy::reference::{Doc, Example::Policy};

const ROLE: &str = r#"role("manager", |user| user.title.contains("Manager"));"#;

/// What a policy says of its rules, at the top of its files.
pub(crate) const WORDS: &[Doc] = &[
    Doc::new(
        "provision_by_role",
        &["provision_by_role()"],
        "Whoever passes at least one role gets an account; nobody else does. A policy says this or `provision_everyone`, once.",
    )
    .examples(&[
        Policy(
            r#"provision_by_role();
role("manager", |user| user.title.contains("Manager"));"#,
            "Mia gets an account with the role `manager`",
        ),
        Policy(
            r#"provision_by_role();
role("engineer", |user| user.title.contains("Engineer"));"#,
            "Mia gets no account",
        ),
    ]),
    Doc::new(
        "provision_everyone",
        &["provision_everyone()", "provision_everyone(role)"],
        "Everyone who is enabled in the directory gets an account. Who passes no role gets the one named here, or none.",
    )
    .examples(&[
        Policy(
            r#"provision_everyone("analyst");
role("engineer", |user| user.title.contains("Engineer"));"#,
            "Mia gets an account with the role `analyst`",
        ),
        Policy("provision_everyone();", "Mia gets an account without a role"),
    ]),
    Doc::new(
        "keep_access_on_role_change",
        &["keep_access_on_role_change(keep)"],
        "With `true`, somebody who no longer passes any rule keeps the account as it is. Who is disabled, expired or gone \
         from the directory loses it all the same. Without it: `false`.",
    )
    .examples(&[Policy(
        r#"keep_access_on_role_change(true);
role("engineer", |user| user.title.contains("Engineer"));"#,
        "Mia gets no account, and keeps one that is there",
    )]),
    Doc::new(
        "lifecycle",
        &["lifecycle(switches)"],
        "Switches each kind of operation on or off: `create`, `update`, `reactivate`, `deactivate`. What is left out is on.",
    )
    .examples(&[Policy(
        r#"lifecycle(#{ deactivate: false });
role("manager", |user| user.title.contains("Manager"));"#,
        "Mia gets an account with the role `manager`",
    )]),
    Doc::new(
        "protect",
        &["protect(user_name)"],
        "The account with this `userName` is never changed, whatever the rules say: the account's owner above all. \
         Say it once for each account; letter case does not matter.",
    )
    .examples(&[Policy(
        r#"protect("mia.fischer@example.com");
role("manager", |user| user.title.contains("Manager"));"#,
        "Mia's account is protected: nothing is ever done to it",
    )]),
    Doc::new(
        "role",
        &["role(name, condition)"],
        "A role of Klaviyo, and who has it: a closure that takes a person and answers `true` or `false`. Roles are tried \
         in the order in which they are written, and the first that passes is the account's role.",
    )
    .blank("A condition that gives a blank, or anything else that is neither `true` nor `false`, has failed: the person is left alone and reported.")
    .examples(&[
        Policy(ROLE, "Mia gets an account with the role `manager`"),
        Policy(
            r#"role("analyst", |user| user.department.equals("Marketing"));
role("manager", |user| user.title.contains("Manager"));"#,
            "Mia gets an account with the role `analyst`",
        ),
    ]),
    Doc::new(
        "map",
        &["map(attribute, expression)"],
        "Fills an attribute of the account, named by its SCIM path, and keeps it in step: a closure that takes a person \
         and gives the value. `userName` must be mapped.",
    )
    .blank("A blank means that the attribute should have no value.")
    .differs("A value is trimmed. An error of Excel's, a list, or a text with control characters fails the mapping: the person is left alone and reported.")
    .examples(&[
        Policy(
            r#"provision_everyone();
map("userName", |user| LOWER(user.mail));
map("name.givenName", |user| user.givenName);"#,
            "Mia gets an account without a role, with userName mia.fischer@example.com, name.givenName Mia",
        ),
        Policy(
            r#"provision_everyone();
map("name.givenName", |user| LEFT(user.givenName, -1));"#,
            "Mia is left alone: the mapping of `name.givenName` failed: the value is #VALUE!",
        ),
    ]),
    Doc::new(
        "map_on_create",
        &["map_on_create(attribute, expression)"],
        "As `map`, but the attribute is set when the account is created and left to the account from then on.",
    )
    .blank("A blank means that the account is created without it.")
    .examples(&[Policy(
        r#"provision_everyone();
map_on_create("displayName", |user| user.displayName);"#,
        "Mia gets an account without a role, with displayName Mia Fischer on create",
    )]),
    Doc::new(
        "invariant",
        &["invariant(text, holds)"],
        "A sentence that must be true of every decision, and a closure that takes a decision and answers whether it is. \
         A plan that breaks one is not carried out at all.",
    )
    .blank("Anything but `true` breaks it, an error in it too.")
    .examples(&[Policy(
        r#"role("manager", |user| user.title.contains("Manager"));
invariant("managers are in IT", |d| d.role != "manager" || d.user.department.equals("IT"));"#,
        "the plan is stopped: `managers are in IT` does not hold for Mia",
    )]),
    Doc::new(
        "formula",
        &["formula(text)"],
        "A spreadsheet's formula in place of a closure: `[attribute]` is the person's, `[manager.attribute]` the \
         manager's, `&` joins texts. All functions of `rolecall docs` are there, by Excel's names.",
    )
    .blank("As an empty cell: empty text, 0 or FALSE. A formula that comes to a blank or to empty text gives none.")
    .examples(&[Policy(
        r#"provision_everyone();
map("displayName", formula(`=PROPER([givenName]) & " " & UPPER([sn])`));"#,
        "Mia gets an account without a role, with displayName Mia FISCHER",
    )]),
];
