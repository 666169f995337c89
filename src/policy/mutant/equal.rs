use super::edit::{Mutant, Slip, changed};
use crate::policy::Policy;
use crate::policy::space::{Answer, Asked, Goal, Space, World};
use crate::policy::stack::with_room;
use crate::policy::trace::RuleId;

impl Policy {
    /// Whether it is known that nobody there could be is decided otherwise with the slip: no test can notice it.
    pub(crate) fn is_equal(&self, mutant: &Mutant) -> bool {
        let Slip::Nodes(edits) = &mutant.slip else { return false };
        with_room(|| {
            changed(self, edits).iter().all(|(id, tree)| {
                let RuleId::Role(_) = id else { return false };
                let Some(before) = self.rules.rule(*id).and_then(|rule| rule.tree.as_deref().ok()) else {
                    return false;
                };
                let mut space = Space::new(self);
                let (before, after) = (space.term(before), space.term(tree));
                let (Some(before), Some(after)) = (&before, &after) else { return false };
                let atoms = before.atoms().into_iter().chain(after.atoms());
                let Some(world) = World::new(&space, atoms, Asked::Enabled) else { return false };
                [true, false].into_iter().all(|answer| {
                    world.solve(&[Goal::Is(before, answer), Goal::Is(after, !answer)], &[]) == Answer::Never
                })
            })
        })
    }
}
