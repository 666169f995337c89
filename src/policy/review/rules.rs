use super::invariants;
use super::lists;
use super::reasons::why;
use super::shadow::{self, Earlier};
use super::terms;
use super::written::Written;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::policy::Policy;
use crate::policy::fault::diagnostic;
use crate::policy::rules::Rule;
use crate::policy::space::{Answer, Asked, Formula, Goal, Space, Term, World};
use crate::policy::stack::with_room;

impl Policy {
    /// What reasoning over all people that there could be finds wrong with the rules: warnings and notes, in the order
    /// of the rules. Findings at places where `others` has one already are left out.
    #[must_use]
    pub fn review(&self, others: &Diagnostics) -> Diagnostics {
        let mut findings = with_room(|| self.reviewed());
        findings.0.retain(|finding| {
            let Some(label) = &finding.label else { return true };
            !others.0.iter().filter_map(|other| other.label.as_ref()).any(|other| {
                other.path == label.path
                    && other.span.start < label.span.end
                    && label.span.start < other.span.end
            })
        });
        findings
    }

    fn reviewed(&self) -> Diagnostics {
        let mut findings = Diagnostics::default();
        let mut space = Space::new(self);
        let rules = &self.rules;
        let conditions: Vec<Option<Term>> = rules
            .roles
            .iter()
            .map(|role| role.condition.tree.as_ref().ok().and_then(|tree| space.term(tree)))
            .collect();
        let invariants: Vec<Option<Term>> = rules
            .invariants
            .iter()
            .map(|invariant| invariant.holds.tree.as_ref().ok().and_then(|tree| space.term(tree)))
            .collect();
        let mut earlier: Vec<Earlier<'_>> = Vec::new();
        let mut everybody = false;
        for (at, (role, condition)) in rules.roles.iter().zip(&conditions).enumerate() {
            let Some(condition) = condition else { continue };
            let passed = self.role(&space, at, condition, &mut findings);
            if passed == Passed::Somebody && !everybody {
                shadow::role(self, &space, role, condition, &earlier, &mut findings);
            }
            everybody |= passed == Passed::Everybody;
            if passed != Passed::Nobody {
                earlier.push(Earlier { at, role, condition });
            }
        }
        for (invariant, holds) in rules.invariants.iter().zip(&invariants) {
            invariants::invariant(self, &space, invariant, holds.as_ref(), &mut findings);
        }
        lists::repeated(self, &mut findings);
        findings
    }

    /// The terms of a rule as they are written.
    pub(crate) fn written<'a>(&'a self, rule: &'a Rule) -> Option<Written<'a>> {
        let tree = rule.tree.as_ref().ok()?;
        Some(Written { tree, names: &self.rules.names, scripts: &self.scripts })
    }

    fn role(&self, space: &Space<'_>, at: usize, condition: &Term, findings: &mut Diagnostics) -> Passed {
        let Some(role) = self.rules.roles.get(at) else { return Passed::Somebody };
        let Some(written) = self.written(&role.condition) else { return Passed::Somebody };
        let Some(world) = World::new(space, condition.atoms(), Asked::Enabled) else {
            return Passed::Somebody;
        };
        let behind = self.rules.roles.len() - at - 1;
        if world.solve(&[Goal::Is(condition, true)], &[]) == Answer::Never {
            if matches!(condition.formula, Formula::Known(_)) {
                let message = format!("nobody gets the role `{}`: its condition is `false`", role.name);
                findings.push(written.under(Diagnostic::warning("P0301", message), &[condition.id]));
                return Passed::Nobody;
            }
            let (why, ids) = why(&written, &world, condition, false);
            let message = format!("nobody can pass the condition of `{}`", role.name);
            let finding = written.under(Diagnostic::warning("P0301", message), &ids).under(why);
            findings.push(if ids.len() == 2 {
                finding.hint("if either is enough, join them with `||`")
            } else {
                finding
            });
            return Passed::Nobody;
        }
        if world.solve(&[Goal::Is(condition, false)], &[]) == Answer::Never {
            let rest = match behind {
                0 => String::new(),
                1 => ", and the role behind it is never reached".to_owned(),
                count => format!(", and the {count} roles behind it are never reached"),
            };
            let message = format!("everybody passes the condition of `{}`{rest}", role.name);
            let deliberate = matches!(condition.formula, Formula::Known(_));
            let finding = if deliberate {
                let severity = if behind > 0 { Severity::Warning } else { Severity::Note };
                written
                    .under(Diagnostic { severity, ..Diagnostic::warning("P0302", message) }, &[condition.id])
            } else {
                let (why, ids) = why(&written, &world, condition, true);
                let finding = written.under(Diagnostic::warning("P0302", message), &ids).under(why);
                if ids.len() == 2 { finding.hint("if both are needed, join them with `&&`") } else { finding }
            };
            let finding = if behind > 0 { finding.hint("put it last") } else { finding };
            findings.push(finding);
            return Passed::Everybody;
        }
        terms::redundant(&written, &world, condition, findings);
        Passed::Somebody
    }

    /// A warning about a role as a whole, with its name under the carets.
    pub(crate) fn of_role(&self, code: &'static str, message: &str, name: &str, rule: &Rule) -> Diagnostic {
        let closure = &rule.closure;
        let words = format!("\"{name}\"");
        let finding = diagnostic(code, message, &closure.file, closure.position, Some(&words), &self.scripts);
        Diagnostic { severity: Severity::Warning, ..finding }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Passed {
    Nobody,
    Somebody,
    Everybody,
}
