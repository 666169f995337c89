//! Rules as trees: what they become, what they read, and what stays with Rhai.

use std::fmt::Write as _;

use super::stage::compile;

fn outline(files: &[(&str, &str)]) -> String {
    let policy = compile(files).policy.unwrap();
    let mut out = String::new();
    for rule in policy.outline() {
        let _ = writeln!(out, "{} ({})", rule.rule, rule.at);
        let _ = writeln!(out, "  {}", rule.tree.as_deref().unwrap_or("(Rhai runs all of it)"));
        let groups = rule.reads.groups.iter().map(|group| format!("group {group:?}"));
        let clock = rule.reads.clock.then(|| "the clock".to_owned());
        let anything = rule.reads.anything.then(|| "anything".to_owned());
        let reads: Vec<_> =
            rule.reads.attributes.iter().cloned().chain(groups).chain(clock).chain(anything).collect();
        let _ = writeln!(out, "  reads {}", reads.join(", "));
        for stays in &rule.with_rhai {
            let _ = writeln!(out, "  with Rhai: {} ({})", stays.why, stays.at);
        }
    }
    out
}

#[test]
fn the_shipped_policy_fits() {
    let files: Vec<_> = ["main.rhai", "lists.rhai", "roles.rhai"]
        .into_iter()
        .map(|name| (name, std::fs::read_to_string(format!("scripts/policy/{name}")).unwrap()))
        .collect();
    let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    insta::assert_snapshot!(outline(&files));
}

#[test]
fn what_fits_and_what_does_not() {
    let script = r#"
const OFFICES = ["Berlin", "Kraków"];
fn is_lead(user) { user.title.contains("Lead") || user.title.ends_with("Manager") }
fn early(user, days) {
    if user.whenCreated == () { return false; }
    let start = user.whenCreated.plus_days(days * 2);
    start > now()
}
fn counted(user) { let n = 0; for g in user.groups { n += 1; } n }
fn deep(user) { let boss = user.manager; boss.department.equals("Board") && boss.enabled }
role("a", |user| is_lead(user) && user.l in OFFICES && !(user.sn == "x" || user.co != ()));
role("b", |user| early(user, 30) || counted(user) > 3);
role("c", |user| deep(user) && user.manager.manager.in_group("Board"));
role("d", |user| switch user.department { "IT" => true, _ => user.c.equals("DE") });
role("e", |user| user.proxyAddresses.some(|a| a.starts_with("SMTP:")));
role("f", |user| { let x = user.mail; x.trim(); x == user.mail });
role("g", |user| user.groups.len() > 2 && user.memberOf[0].contains("CN=") && (user.l ?? "?") != "?");
map("displayName", |user| if user.givenName == () { user.sn } else { `${user.givenName} ${user.sn}` });
map("title", |user| LOWER(LEFT(user.givenName, 1) + user.sn) + "-" + (user.logonCount + 1) % 7);
invariant("i", |d| d.role != "a" || !d.provisioned || d.user.department.any_of(["IT", "Sales"]));
"#;
    insta::assert_snapshot!(outline(&[("main.rhai", &format!("{}{script}", super::stage::FRAME))]));
}

/// `rolecall bench agree` runs the same for as long as one likes.
#[test]
fn trees_and_rhai_agree() {
    let agreement = rolecall::policy::agree(1, 10_000, 3, &|_| {});
    let shown: Vec<_> = agreement.disagreements.iter().map(|found| format!("{found:#?}")).collect();
    assert!(agreement.disagreements.is_empty(), "{}", shown.join("\n").replace("\\n", "\n"));
    assert!(agreement.cases >= 10_000 && agreement.refused < 50, "{agreement:?}");
    // What the tree leaves to Rhai proves nothing.
    assert!(
        agreement.by_tree * 2 > agreement.cases && agreement.left * 10 < agreement.cases,
        "{agreement:?}"
    );
}

/// Rules on which trees and Rhai once differed.
#[test]
fn differences_that_were_found() {
    let passing = |condition: &str| {
        let policy = super::stage::framed(&format!("role(\"r\", |user| {condition});"));
        let facts = super::stage::company();
        let decisions = policy.decide_all(&facts);
        decisions.iter().filter(|decision| decision.roles.iter().any(|role| role.passed)).count()
    };
    // Rhai writes `a !in b` as `!` of a call that is still marked as `!in`.
    assert_eq!(passing("\"x\" !in user.proxyAddresses"), 2);
    // What Rhai computes beforehand has lost its place in the script, and with it the closure that it is the body of.
    assert_eq!(passing("!(31 >= -16)"), 0);
    assert_eq!(passing("31 >= -16"), 2);
}

#[test]
fn everybody_at_once_is_everybody_by_themselves() {
    let script = r#"
fn in_marketing(user) { user.mail != () && user.department.any_of(["Marketing", "Board"]) }
fn looped(user) { let n = 0; for group in user.groups { n += 1; } n > 1 }
role("a", |user| in_marketing(user) && !user.in_group("Nobody In Here"));
role("b", |user| user.title.contains("chief") || user.manager.department.equals("Board"));
role("c", |user| if user.enabled { user.in_direct_group("Marketing All") } else { user.logonCount == () });
role("d", |user| looped(user));
role("e", |user| user.logonCount / 0 > 1 || user.enabled);
role("f", |user| { let x = user.department + "!"; x.starts_with("mark") && x.ends_with("!") });
role("g", |user| true);
"#;
    let policy = compile(&[("main.rhai", &format!("{}{script}", super::stage::FRAME))]).policy.unwrap();
    let facts = super::stage::company();
    let mut columns = rolecall::policy::Columns::new(&facts);
    let by_column = columns.roles(&policy);
    assert_eq!(by_column, policy.roles_of_everybody(&facts));
    assert_eq!(by_column, columns.roles(&policy));
    let counts: Vec<_> = by_column.iter().map(rolecall::policy::Bits::count).collect();
    assert_eq!(counts, [2, 2, 2, 1, 0, 1, 3]);
}
