use crate::diagnostic::Diagnostics;
use crate::policy::Policy;
use crate::policy::rules::Role;
use crate::policy::space::{Answer, Asked, Candidate, Goal, Space, Subject, Term, World};

/// A role that is tried before.
#[derive(Clone, Copy)]
pub(super) struct Earlier<'t> {
    /// Its place among the roles.
    pub(super) at: usize,
    pub(super) role: &'t Role,
    pub(super) condition: &'t Term,
}

/// Earlier roles that are taken into account at once, at most.
const TAKERS: usize = 24;
const NAMED: usize = 3;

/// A role that nobody reaches, because everybody who would pass it passes an earlier one (`P0303`).
///
/// Somebody who passes the role alone is looked for first; then somebody who does not pass the role that took the last
/// one, and so on, so that only the roles that matter are ever put together.
pub(super) fn role(
    policy: &Policy,
    space: &Space<'_>,
    role: &Role,
    condition: &Term,
    earlier: &[Earlier<'_>],
    findings: &mut Diagnostics,
) {
    let mut takers: Vec<Earlier<'_>> = Vec::new();
    let shadowed = loop {
        match meeting(space, condition, &takers) {
            Reached::Nobody => break !takers.is_empty(),
            Reached::Perhaps => break false,
            Reached::Somebody { world, values } => {
                let taker = world.passed(&values, earlier.iter().map(|earlier| (earlier, earlier.condition)));
                match taker {
                    Some(taker) if takers.len() < TAKERS => takers.push(*taker),
                    _ => break false,
                }
            }
        }
    };
    if !shadowed {
        return;
    }
    let mut at = 0;
    while at < takers.len() {
        let mut fewer = takers.clone();
        fewer.remove(at);
        if matches!(meeting(space, condition, &fewer), Reached::Nobody) {
            takers = fewer;
        } else {
            at += 1;
        }
    }
    takers.sort_by_key(|taker| taker.at);
    let mut named: Vec<_> = takers
        .iter()
        .take(NAMED)
        .map(|taker| format!("`{}` ({})", taker.role.name, taker.role.condition.at))
        .collect();
    if takers.len() > NAMED {
        named.push(format!("{} more", takers.len() - NAMED));
    }
    let one = if takers.len() == 1 { "" } else { "one of " };
    let message =
        format!("nobody gets the role `{}`, because earlier roles take everybody who would", role.name);
    let finding = policy
        .of_role("P0303", &message, &role.name, &role.condition)
        .under(format!("whoever passes this passes {one}{} before", named.join(", ")))
        .hint("put the narrower role first: the first role that passes is the account's");
    findings.push(finding);
}

enum Reached<'s, 'p> {
    Nobody,
    Perhaps,
    Somebody { world: World<'s, 'p>, values: Vec<(Subject, Candidate)> },
}

/// Somebody who passes the condition and none of the takers.
fn meeting<'s, 'p>(space: &'s Space<'p>, condition: &Term, takers: &[Earlier<'_>]) -> Reached<'s, 'p> {
    let atoms = condition.atoms().into_iter().chain(takers.iter().flat_map(|taker| taker.condition.atoms()));
    let Some(world) = World::new(space, atoms, Asked::Enabled) else { return Reached::Perhaps };
    let goals: Vec<_> = std::iter::once(Goal::Is(condition, true))
        .chain(takers.iter().map(|taker| Goal::Is(taker.condition, false)))
        .collect();
    match world.solve(&goals, &[]) {
        Answer::Never => Reached::Nobody,
        Answer::Perhaps => Reached::Perhaps,
        Answer::Found(values) => Reached::Somebody { world, values },
    }
}
