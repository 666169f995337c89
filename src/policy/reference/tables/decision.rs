use crate::policy::reference::{Doc, Example::Policy};

/// What can be read of a decision in an invariant.
pub(in crate::policy::reference) const DECISION: &[Doc] = &[
    Doc::new("user", &["decision.user -> user"], "The person, in an invariant.").examples(&[Policy(
        r#"provision_everyone();
invariant("accounts have an address", |d| d.user.mail != ());"#,
        "Mia gets an account without a role",
    )]),
    Doc::new("role", &["decision.role -> text"], "The role that the person gets, in an invariant.")
        .blank("Blank without a role, and without an account.")
        .examples(&[Policy(
            r#"role("manager", |user| user.title.contains("Manager"));
invariant("nobody is an admin", |d| d.role != "admin");"#,
            "Mia gets an account with the role `manager`",
        )]),
    Doc::new(
        "provisioned",
        &["decision.provisioned -> boolean"],
        "Whether the person gets an account, in an invariant.",
    )
    .examples(&[Policy(
        r#"provision_everyone();
invariant("contractors have no account", |d| !(d.provisioned && d.user.employeeType.equals("Contractor")));"#,
        "Mia gets an account without a role",
    )]),
];
