use std::time::Duration;

use crate::config::UpdateMethod;
use crate::simulator::{FaultKind, RoleAnswer};

/// What a cycle has to do for the people whom it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Task {
    Create,
    /// An account that was deactivated long ago.
    Reactivate,
    Role,
    Name,
    Rename,
    Deactivate,
    Delete,
}

impl Task {
    pub(super) const ALL: [Self; 7] = [
        Self::Create,
        Self::Reactivate,
        Self::Role,
        Self::Name,
        Self::Rename,
        Self::Deactivate,
        Self::Delete,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Reactivate => "reactivate",
            Self::Role => "role",
            Self::Name => "name",
            Self::Rename => "rename",
            Self::Deactivate => "deactivate",
            Self::Delete => "delete",
        }
    }
}

/// When it goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Position {
    /// At this request of the cycle, from 1.
    Request(usize),
    /// At this write, from 1.
    Write(usize),
    EveryWrite,
}

impl Position {
    pub(super) const ALL: [Self; 8] = [
        Self::Request(1),
        Self::Request(2),
        Self::Request(3),
        Self::Request(7),
        Self::Write(1),
        Self::Write(2),
        Self::Write(3),
        Self::EveryWrite,
    ];
}

/// One campaign of all that there are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) fault: usize,
    pub(super) task: Task,
    pub(super) position: Position,
    pub(super) method: UpdateMethod,
}

/// Every fault in every place of every task.
pub(super) fn every() -> Vec<Plan> {
    let mut plans = Vec::new();
    for fault in 0..faults().len() {
        for task in Task::ALL {
            for position in Position::ALL {
                for method in [UpdateMethod::Patch, UpdateMethod::Put] {
                    plans.push(Plan { fault, task, position, method });
                }
            }
        }
    }
    plans
}

/// What can go wrong, with its name.
pub(super) fn faults() -> Vec<(&'static str, FaultKind)> {
    let date = "Fri, 31 Dec 1999 23:59:59 GMT";
    let short = Duration::from_millis(20);
    let after = |status: u16, body: &str| FaultKind::AnswerAfter {
        status,
        retry_after: (status == 429).then(|| "0".to_owned()),
        content_type: if body.starts_with('<') { "text/html" } else { "application/scim+json" }.to_owned(),
        body: body.to_owned(),
    };
    let instead = |status: u16, body: &str| FaultKind::Answer {
        status,
        retry_after: None,
        content_type: "application/json".to_owned(),
        body: body.to_owned(),
    };
    let error =
        r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"500","detail":"down"}"#;
    vec![
        ("429, at once", FaultKind::too_many_requests(Some("0"))),
        ("429, a date", FaultKind::too_many_requests(Some(date))),
        ("429 alone", FaultKind::too_many_requests(None)),
        ("429 after it was done", after(429, error)),
        ("500", FaultKind::status(500)),
        ("503", FaultKind::status(503)),
        ("500 after it was done", after(500, error)),
        ("502 HTML after it was done", after(502, "<html>bad gateway</html>")),
        ("401", FaultKind::status(401)),
        ("404", FaultKind::status(404)),
        ("cut before", FaultKind::DropBefore),
        ("cut after it was done", FaultKind::DropAfter),
        ("hang", FaultKind::Hang),
        ("slow", FaultKind::Slow(short)),
        ("slow body", FaultKind::SlowBody(short)),
        ("torn JSON", FaultKind::Torn),
        ("HTML", FaultKind::html()),
        ("HTML after it was done", after(200, "<html>sign in</html>")),
        ("error in a 200", instead(200, error)),
        ("200 without a body", after(200, "")),
        ("wrong content type", FaultKind::ContentType("text/plain".to_owned())),
        ("ignored change", FaultKind::Ignore),
        ("total too small", FaultKind::Total(1)),
        ("total too large", FaultKind::Total(99)),
        ("first page again", FaultKind::FirstPage),
        ("empty page", FaultKind::EmptyPage),
        ("roles as an object", FaultKind::Roles(RoleAnswer::Object)),
        ("roles as text", FaultKind::Roles(RoleAnswer::Text)),
        ("redirect", FaultKind::Redirect("http://127.0.0.1:9/".to_owned())),
        ("somebody appears", FaultKind::Appear),
        ("somebody vanishes", FaultKind::Vanish),
        ("one vanishes, one appears", FaultKind::Swap),
    ]
}
