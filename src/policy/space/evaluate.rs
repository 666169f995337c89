use std::sync::Arc;

use jiff::Timestamp;

use crate::facts::{Facts, Value};
use crate::policy::Policy;
use crate::policy::expr::{Node, Outcome, Run, Silent, Val};

/// Any moment: what a rule asks of the clock it asks in days from now.
pub(super) const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// An attribute by its lower-case name, and the only value that somebody has.
pub(super) type Row<'v> = (&'v str, Option<Value>);

/// What an expression that reads nothing of anybody comes to.
pub(super) fn value(policy: &Policy, node: &Node) -> Option<Val<'static>> {
    let facts = Arc::new(Facts::imagined(NOW, [("", None)]));
    let (binding, user) = (policy.binding(&facts), policy.user(&facts, 0));
    let value = Run::new(&policy.engine, &binding, &user, Silent)?.value(node).ok()?;
    value.lasting()
}

/// What questions come to, each for the person in the row that it names; `None` where the evaluator has no answer.
pub(super) fn answers<'v>(
    policy: &Policy,
    now: Timestamp,
    rows: impl IntoIterator<Item = Row<'v>>,
    questions: &[(usize, &Node)],
) -> Vec<Option<bool>> {
    let facts = Arc::new(Facts::imagined(now, rows));
    let binding = policy.binding(&facts);
    let users: Vec<_> = (0..facts.people.len()).map(|row| policy.user(&facts, row)).collect();
    let answer = |(row, node): &(usize, &Node)| {
        let user = users.get(*row)?;
        Run::new(&policy.engine, &binding, user, Silent)?.truth(node).ok()
    };
    questions.iter().map(answer).collect()
}

/// What questions about a decision come to, when it is this.
pub(super) fn of_outcome(policy: &Policy, outcome: Outcome<'_>, questions: &[&Node]) -> Vec<Option<bool>> {
    let facts = Arc::new(Facts::imagined(NOW, [("", None)]));
    let (binding, user) = (policy.binding(&facts), policy.user(&facts, 0));
    let answer = |node: &&Node| {
        let run = Run::new(&policy.engine, &binding, &user, Silent)?;
        run.about(outcome).truth(node).ok()
    };
    questions.iter().map(answer).collect()
}
