use std::sync::Arc;

use jiff::Timestamp;

use super::edit::{Mutant, Slip};
use crate::facts::Facts;
use crate::policy::expr::{Binding, Run, Silent};
use crate::policy::host::User;
use crate::policy::trace::RuleId;
use crate::policy::{Decision, Policy, Reason, Verdict};

/// Somebody whom a policy has decided, ready to be decided by the same policy with a slip.
pub(crate) struct Witness<'a> {
    binding: Binding<'a>,
    user: User,
    decision: Decision,
}

impl<'a> Witness<'a> {
    /// `None` when there is nobody at this index.
    pub(crate) fn new(policy: &Policy, facts: &'a Arc<Facts>, index: usize) -> Option<Self> {
        let decision = policy.decide(facts, index)?;
        Some(Self { binding: policy.binding(facts), user: policy.user(facts, index), decision })
    }

    /// Whether tests can see by the person that the policy has the slip. `after`: the policy with it.
    pub(crate) fn notices(&self, mutant: &Mutant, before: &Policy, after: &Policy) -> bool {
        self.may_notice(mutant, before, after).unwrap_or(false)
            && self.run(after).is_some_and(|mut run| seen(&after.decision(&mut run)) != seen(&self.decision))
    }

    fn run<'r>(&'r self, policy: &'r Policy) -> Option<Run<'r, Silent>> {
        Run::new(&policy.engine, &self.binding, &self.user, Silent)
    }

    /// Whether a rule that was changed answers otherwise: much is saved where none does.
    fn may_notice(&self, mutant: &Mutant, before: &Policy, after: &Policy) -> Option<bool> {
        let (mut was, mut is) = (self.run(before)?, self.run(after)?);
        let Slip::Nodes(edits) = &mutant.slip else {
            // Which of two is asked first is the same to whoever fails one of them.
            let roles = mutant.rules().into_iter().map(|id| self.answer(id, before, &mut was));
            return Some(roles.into_iter().all(|answer| answer != Some(Answer::Role(Ok(false)))));
        };
        let mut rules: Vec<RuleId> = edits.iter().map(|(id, ..)| *id).collect();
        rules.dedup();
        // Behind the role that passes none is asked; behind the last that was, there may be one that failed.
        rules.retain(|id| !matches!(id, RuleId::Role(index) if *index > self.decision.roles.len()));
        Some(rules.into_iter().any(|id| self.answer(id, before, &mut was) != self.answer(id, after, &mut is)))
    }

    fn answer<'r>(&self, id: RuleId, policy: &'r Policy, run: &mut Run<'r, Silent>) -> Option<Answer> {
        Some(match id {
            RuleId::Role(index) => Answer::Role(policy.condition(policy.rules.roles.get(index)?, run)),
            RuleId::Mapping(index) => Answer::Mapping(policy.mapping(policy.rules.maps.get(index)?, run)),
            RuleId::Bound(index) => Answer::Bound(policy.bound(policy.rules.bounds.get(index)?, run)),
            RuleId::Before(_) => return None,
        })
    }
}

#[derive(PartialEq)]
enum Answer {
    Role(Result<bool, Reason>),
    Mapping(Result<Option<String>, Reason>),
    Bound(Result<Option<Timestamp>, Reason>),
}

/// What tests can see of a decision; which other roles were asked is no part of it.
fn seen(decision: &Decision) -> (&Verdict, Option<&str>, &[Reason]) {
    (&decision.verdict, decision.user_name.as_deref(), &decision.reasons)
}
