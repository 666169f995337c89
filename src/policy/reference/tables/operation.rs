use crate::policy::reference::{Doc, Example::Policy};

/// What can be read of an operation, and said of it, in `before`.
pub(crate) const OPERATION: &[Doc] = &[
    Doc::new(
        "kind",
        &["operation.kind -> text"],
        "What is about to be done: `create`, `update`, `reactivate` or `deactivate`.",
    )
    .examples(&[Policy(
        r#"provision_everyone();
before(|op| if op.kind == "create" { op.skip("no new accounts this week") });"#,
        "nothing is done for Mia: no new accounts this week",
    )]),
    Doc::new("user", &["operation.user -> user"], "The person, in `before`.")
        .blank("Blank for somebody who is gone from the directory.")
        .examples(&[Policy(
            r#"provision_everyone();
before(|op| if op.user.department.equals("Marketing") { op.hold("the CMO wants to know") });"#,
            "Mia's account waits for approval: the CMO wants to know",
        )]),
    Doc::new(
        "account",
        &["operation.account -> map"],
        "The account as it is, by SCIM paths: `op.account.title`, `op.account[\"name.givenName\"]`, with `id`, `userName`, \
         `active` and `role`.",
    )
    .blank("Blank for a create.")
    .examples(&[Policy(
        r#"provision_everyone();
before(|op| if op.account.role == "owner" { op.skip("owners look after themselves") });"#,
        "Mia gets an account without a role",
    )]),
    Doc::new(
        "user_name",
        &["operation.user_name -> text"],
        "The account's `userName` before the operation; for a create, the one that it will have.",
    )
    .examples(&[Policy(
        r#"provision_everyone();
before(|op| if !op.user_name.ends_with("@example.com") { op.skip("no guests") });"#,
        "Mia gets an account without a role",
    )]),
    Doc::new("role", &["operation.role -> text"], "The role that the account has afterwards, in `before`.")
        .blank("Blank without a role.")
        .examples(&[Policy(
            r#"provision_everyone("admin");
before(|op| if op.role == "admin" { op.hold("a second pair of eyes") });"#,
            "Mia's account waits for approval: a second pair of eyes",
        )]),
    Doc::new(
        "changes",
        &["operation.changes -> map"],
        "What is to be changed, by SCIM paths, each with `from` and `to`: `op.changes.role.from`, \
         `op.changes[\"name.givenName\"].to`.",
    )
    .blank("What is not to be changed is blank, and so are its `from` and `to`.")
    .examples(&[Policy(
        r#"provision_everyone();
before(|op| if op.kind == "update" && op.changes.userName != () { op.hold("a new address") });"#,
        "Mia gets an account without a role",
    )]),
    Doc::new(
        "set",
        &["operation.set(attribute, value) -> operation"],
        "Sends another value for an attribute, by its SCIM path. `userName`, `role` and `active` follow from the rules \
         and cannot be set; a deactivation changes nothing else.",
    )
    .blank("A blank value means that the attribute should have none.")
    .examples(&[Policy(
        r#"provision_everyone();
before(|op| if op.kind == "create" { op.set("title", UPPER(op.user.title)) });"#,
        "Mia gets an account without a role, with title MARKETING MANAGER",
    )]),
    Doc::new(
        "without",
        &["operation.without(attribute) -> operation"],
        "Leaves an attribute as it is.",
    )
    .examples(&[Policy(
        r#"provision_everyone();
map("title", |user| user.title);
before(|op| op.without("title"));"#,
        "Mia gets an account without a role",
    )]),
    Doc::new(
        "skip",
        &["operation.skip(why) -> operation"],
        "Leaves the operation out of this plan, with the reason. The next cycle asks again.",
    )
    .examples(&[Policy(
        r#"provision_everyone();
before(|op| op.skip("the freeze ends on Monday"));"#,
        "nothing is done for Mia: the freeze ends on Monday",
    )]),
    Doc::new(
        "hold",
        &["operation.hold(why) -> operation"],
        "Holds the operation until somebody says `rolecall approve`, with the reason. What was approved is done in the next \
         cycle that wants the very same; when it is no longer wanted, or is another, nothing is done.",
    )
    .examples(&[Policy(
        r#"provision_everyone();
before(|op| op.hold("ask the board"));"#,
        "Mia's account waits for approval: ask the board",
    )]),
];
