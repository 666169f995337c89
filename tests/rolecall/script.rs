//! `rolecall script`: orders by hand, which go the way of every plan.

use serde_json::json;

use crate::job::{Job, People, people};
use crate::support::{Ran, stable};

/// A company whose accounts are all in step, and one account more that nobody manages.
fn settled(people: &People, extra: &str) -> Job {
    let job = Job::new(people, extra);
    job.succeeds(["apply"]);
    job
}

fn script(job: &Job, text: &str, more: &[&str]) -> Ran {
    job.project.write("work.rhai", text);
    job.rolecall(["script", "work.rhai"].into_iter().chain(more.iter().copied())).run()
}

const RENAME: &str = r#"// Everybody in the first ten gets a title, and the tenth loses the account.
for user in directory.users() {
    let account = klaviyo.account(user);
    if account == () || account.userName > "person010@example.com" { continue; }
    if account.userName == "person010@example.com" {
        klaviyo.deactivate(account, "left on the spot");
    } else if account.role == "analyst" {
        klaviyo.update(user, #{ title: `Senior ${user.title}`, "name.middleName": "Q" });
    }
}
"#;

#[test]
fn orders_are_shown_and_then_done_as_any_plan() {
    let _guard = stable();
    let job = settled(&people(12), "");
    let before = job.accounts();
    insta::assert_snapshot!("the_plan_of_a_script", script(&job, RENAME, &[]));
    assert_eq!(job.accounts(), before);

    insta::assert_snapshot!("the_plan_of_a_script_is_applied", script(&job, RENAME, &["--apply"]));
    let accounts = job.accounts();
    assert_eq!(accounts[0]["title"], "Senior Writer");
    assert_eq!(accounts[0]["name"]["middleName"], "Q");
    assert_eq!(accounts[9]["active"], false);
    assert_eq!(accounts[10], before[10]);
    let cycle = job.cycle(2);
    assert_eq!((&cycle["status"], &cycle["done"]), (&json!("done"), &json!(10)));
    assert!(cycle["cause"].as_str().unwrap().starts_with("script work.rhai (sha256 "), "{cycle}");

    let again = "klaviyo.deactivate(\"person010@example.com\");";
    let ran = script(&job, again, &["--apply"]);
    assert!(ran.stdout.contains("Applied 0, failed 0"), "{ran}");
    // The rules go on: what they say of everybody is what the next cycle restores.
    job.succeeds(["apply"]);
    assert_eq!(job.accounts()[9]["active"], true);
    assert_eq!(job.accounts()[0]["title"], "Writer");
}

#[test]
fn accounts_are_made_and_brought_back() {
    let _guard = stable();
    let mut company = people(6);
    company.get_mut(&6).unwrap()["department"] = json!("Finance");
    let job = settled(&company, "");
    assert_eq!(job.accounts().len(), 5);
    let text = r#"
let users = directory.users();
klaviyo.create(users.find(|user| user.sn == "Nr 006"),
    #{ userName: "six@example.com", role: "analyst", "name.givenName": "Six" }, "asked for by Finance");
klaviyo.deactivate("person001@example.com");
"#;
    let ran = script(&job, text, &["--apply"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let six = job.accounts().into_iter().find(|account| account["userName"] == "six@example.com").unwrap();
    assert_eq!((&six["active"], &six["name"]["givenName"]), (&json!(true), &json!("Six")));

    let text = r#"
for account in klaviyo.accounts() {
    if !account.active { klaviyo.reactivate(account, #{ role: "manager" }); }
}
"#;
    insta::assert_snapshot!(
        "an_account_is_brought_back",
        script(&job, text, &["--apply", "--format", "human"])
    );
    assert_eq!(job.accounts()[0]["active"], true);
}

#[test]
fn the_guard_and_protected_accounts_hold() {
    let _guard = stable();
    let job = settled(&people(30), "[guard]\ndeactivate = { max = 3, percent = 100, floor = 0 }\n");
    let policy = format!("{}protect(\"person001@example.com\");\n", crate::job::POLICY);
    job.project.write("policy/main.rhai", &policy);
    let before = job.accounts();
    let all = "for account in klaviyo.accounts() { klaviyo.deactivate(account); }";
    let ran = script(&job, all, &["--apply", "--limit", "2"]);
    insta::assert_snapshot!("the_guard_refuses_a_script", ran);
    assert_eq!((ran.code, job.accounts()), (Some(6), before));
    let ran = script(&job, all, &["--apply", "--allow-deactivations", "29", "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let active: Vec<_> = job
        .accounts()
        .into_iter()
        .filter(|account| account["active"] == true)
        .map(|a| a["userName"].clone())
        .collect();
    assert_eq!(active, [json!("person001@example.com")]);
    assert!(job.cycle(3)["cause"].as_str().unwrap().ends_with(" --allow-deactivations 29"));
}

/// Each with the position of what is wrong; nothing is sent.
#[test]
fn what_is_wrong_with_a_script_is_told() {
    let _guard = stable();
    let mut company = people(3);
    company.get_mut(&3).unwrap()["department"] = json!("Finance");
    let job = settled(&company, "");
    let schema = "urn:ietf:params:scim:schemas:core:2.0:User";
    let stranger = json!({ "schemas": [schema], "userName": "stranger@example.com", "active": true });
    job.target.add_user(&stranger).unwrap();
    let mut out = String::new();
    for text in [
        "klaviyo.deactivate(\"nobody@example.com\");",
        "klaviyo.deactivate(klaviyo.account(\"nobody@example.com\"));",
        "klaviyo.deactivate(\"stranger@example.com\");",
        "let account = klaviyo.account(\"person001@example.com\");\nklaviyo.update(account, #{ titel: \"x\" });",
        "klaviyo.update(\"person001@example.com\", #{ active: false });",
        "klaviyo.update(\"person001@example.com\", #{ role: () });",
        "klaviyo.update(\"person001@example.com\", #{ title: [1, 2] });",
        "klaviyo.update(\"person001@example.com\", #{ title: \"x\" });\nklaviyo.deactivate(\"PERSON001@example.com\");",
        "klaviyo.create(directory.users()[0]);",
        "klaviyo.create(directory.users()[2]);",
        "klaviyo.create(directory.users()[2], #{ userName: \"Person001@example.com\" });",
        "klaviyo.deactivate(directory.users()[2]);",
        "klaviyo.deactivate(1);",
        "klaviyo.accounts()[0].titel;",
        "directory.users()[0].tittle;",
        "klaviyo.delete(\"person001@example.com\");",
        "role(\"admin\", |user| true);",
        "import \"lists\" as lists;",
        "let x = ;",
        "loop {}",
        "throw \"stop here\";",
    ] {
        let ran = script(&job, text, &["--apply"]);
        assert_eq!(ran.code, Some(3), "{text}: {ran}");
        out.push_str(&format!("=== {}\n{}\n", text.replace('\n', " "), ran.stderr));
    }
    insta::assert_snapshot!(out);
    assert_eq!(job.accounts().iter().filter(|account| account["active"] == true).count(), 3);
    let missing = job.rolecall(["script", "nothing.rhai"]).run();
    insta::assert_snapshot!("a_script_that_is_not_there", missing);
}
