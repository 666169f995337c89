//! What people are told of the words of scripts that are run once.

use crate::policy::reference::{Doc, Example::Script};

/// The words of these scripts, and what accounts have.
pub const WORDS: &[Doc] = &[
    Doc::new("users", &["directory.users() -> list"], "Everybody in the directory, as the policy's rules see them.")
        .examples(&[Script(
            r#"for user in directory.users() {
    if klaviyo.account(user) == () { klaviyo.create(user, #{ role: "analyst" }); }
}"#,
            "create Clara Weber: userName `clara.weber@example.com`, role `analyst`",
        )]),
    Doc::new(
        "accounts",
        &["klaviyo.accounts() -> list"],
        "All of Klaviyo's accounts. An account has its attributes by their paths: `account.userName`, `account.active`, \
         `account.role`, `account[\"name.givenName\"]`; what it does not have is blank.",
    )
    .examples(&[Script(
        r#"for account in klaviyo.accounts() {
    if account["name.givenName"] == () { klaviyo.update(account, #{ "name.givenName": account.user.givenName }); }
}"#,
        "update Mia Fischer: name.givenName `Mia`",
    )]),
    Doc::new(
        "account",
        &["klaviyo.account(user) -> account", "klaviyo.account(name) -> account"],
        "The account of a person, or the one with this `userName`, letter case apart, or this `id`. Blank where there is none.",
    )
    .blank("The account of a blank is blank.")
    .examples(&[Script(
        r#"let account = klaviyo.account("mia.fischer@example.com");
if account.active { klaviyo.deactivate(account); }"#,
        "deactivate Mia Fischer",
    )]),
    Doc::new(
        "create",
        &[
            "klaviyo.create(user)",
            "klaviyo.create(user, values)",
            "klaviyo.create(user, values, why)",
        ],
        "Orders an account for a person who has none: what the rules would give, and these values by path in its place. \
         Whoever passes no rule needs a `userName` among them.",
    )
    .blank("A value of `()` is left out.")
    .examples(&[Script(
        r#"let clara = directory.users().find(|user| user.sn == "Weber");
klaviyo.create(clara, #{ title: "Guest" }, "asked for by Marketing");"#,
        "create Clara Weber: userName `clara.weber@example.com`, role `analyst`, title `Guest`",
    )]),
    Doc::new(
        "update",
        &["klaviyo.update(account, values)", "klaviyo.update(account, values, why)"],
        "Orders a change of an account: the account, its person, or its `userName` or `id` as text; the values by path. \
         An account of nobody in the directory is left to whoever manages it, and is an error.",
    )
    .blank("A value of `()` takes the attribute away; `userName` and `role` must have one.")
    .examples(&[Script(
        r#"klaviyo.update("mia.fischer@example.com", #{ role: "analyst", title: () }, "title withdrawn");"#,
        "update Mia Fischer: role `analyst`, title blank",
    )]),
    Doc::new(
        "reactivate",
        &[
            "klaviyo.reactivate(account)",
            "klaviyo.reactivate(account, why)",
            "klaviyo.reactivate(account, values)",
            "klaviyo.reactivate(account, values, why)",
        ],
        "Orders that an account becomes active, and gets these values. It is named as for `update`.",
    )
    .examples(&[Script(
        r#"klaviyo.reactivate("mia.fischer@example.com", #{ role: "manager" });"#,
        "reactivate Mia Fischer: role `manager`",
    )]),
    Doc::new(
        "deactivate",
        &["klaviyo.deactivate(account)", "klaviyo.deactivate(account, why)"],
        "Orders that an account becomes inactive; the guard counts it. It is named as for `update`.",
    )
    .examples(&[Script(
        r#"for user in directory.users() {
    if user.title.contains("Manager") { klaviyo.deactivate(user, "managers pause"); }
}"#,
        "deactivate Mia Fischer",
    )]),
    Doc::new("id", &["account.id -> text"], "What Klaviyo calls the account.").examples(&[Script(
        r#"klaviyo.deactivate(klaviyo.accounts()[0].id);"#,
        "deactivate Mia Fischer",
    )]),
    Doc::new(
        "user",
        &["account.user -> user"],
        "The person of the directory whose account it is; blank where it is nobody's, or they are gone.",
    )
    .examples(&[Script(
        r#"for account in klaviyo.accounts() {
    if account.user != () && account.user.in_group("Everyone") { klaviyo.deactivate(account); }
}"#,
        "deactivate Mia Fischer",
    )]),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rhai::Engine;

    use super::WORDS;
    use crate::script::words;

    /// How values become text is nobody's to call.
    const UNNAMED: [&str; 2] = ["to_string", "to_debug"];

    #[test]
    fn every_call_is_documented_and_every_documented_call_is_one() {
        let mut engine = Engine::new_raw();
        words::register(&mut engine);
        let registered: BTreeSet<(String, usize)> = engine
            .collect_fn_metadata(
                None,
                |function| Some((function.metadata.name.to_string(), function.metadata.num_params)),
                false,
            )
            .into_iter()
            .filter(|(name, _)| name.starts_with(char::is_alphabetic) && !name.contains('$'))
            .filter(|(name, _)| !UNNAMED.contains(&name.as_str()))
            .collect();
        let documented: BTreeSet<(String, usize)> = WORDS
            .iter()
            .filter(|doc| doc.signatures[0].contains('('))
            .flat_map(|doc| doc.calls().map(|call| (doc.name.to_owned(), call.len())))
            .collect();
        assert_eq!(registered, documented);
    }
}
