use super::reasons::why;
use super::written::Written;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::policy::expr::Kind;
use crate::policy::space::{Answer, Formula, Goal, Term, World, is_blank_guard};

/// Terms that come to the same wherever it matters what they come to (`P0304`). Of terms that make each other
/// superfluous the later one is named. What is written in functions is left alone: others may call them.
pub(super) fn redundant(
    written: &Written<'_>,
    world: &World<'_, '_>,
    condition: &Term,
    findings: &mut Diagnostics,
) {
    let mut review = Review { written, world, condition, taken: Vec::new(), found: Vec::new() };
    review.below(condition);
    review.found.reverse();
    findings.0.append(&mut review.found);
}

struct Review<'a, 'w> {
    written: &'a Written<'a>,
    world: &'a World<'w, 'w>,
    condition: &'a Term,
    /// What was found superfluous already is taken for what it comes to.
    taken: Vec<(u32, bool)>,
    found: Vec<Diagnostic>,
}

impl Review<'_, '_> {
    fn below(&mut self, parent: &Term) {
        if let Formula::If(parts) = &parent.formula {
            return self.sides(parent, parts);
        }
        for term in parent.children().iter().rev() {
            if term.is_inner || matches!(term.formula, Formula::Known(_)) {
                continue;
            }
            // What a group of brackets or a `let` holds is the same term.
            if parent.children().len() > 1 && self.is_found(parent, term) {
                continue;
            }
            self.below(term);
        }
    }

    /// An `if`: a side that is never reached is not looked at.
    fn sides(&mut self, parent: &Term, parts: &[Term; 3]) {
        let [condition, then, otherwise] = parts;
        let is_open = |term: &&Term| !term.is_inner && !matches!(term.formula, Formula::Known(_));
        let mut reached = vec![otherwise, then];
        if is_open(&condition) {
            if self.is_found(parent, condition) {
                let value = self.taken.last().is_some_and(|(_, value)| *value);
                reached.retain(|side| (side.id == then.id) == value);
            } else {
                self.below(condition);
            }
        }
        for term in reached.into_iter().filter(is_open) {
            if !self.is_found(parent, term) {
                self.below(term);
            }
        }
    }

    fn never(&self, goals: &[Goal<'_>]) -> bool {
        self.world.solve(goals, &self.taken) == Answer::Never
    }

    fn is_found(&mut self, parent: &Term, term: &Term) -> bool {
        let decides = Goal::Decides(self.condition, term.id);
        let value = if self.never(&[Goal::Is(term, false), decides]) {
            true
        } else if self.never(&[Goal::Is(term, true), decides]) {
            false
        } else {
            return false;
        };
        let Some(node) = self.written.node(term.id) else { return false };
        let is_absolute = self.never(&[Goal::Is(term, !value)]);
        let is_standing = matches!(node.kind, Kind::Virtual { .. });
        if is_standing || (is_blank_guard(node) && !is_absolute) {
            return false;
        }
        self.taken.push((term.id, value));
        let word = if value { "true" } else { "false" };
        let quoted = self.written.quoted(term.id);
        let finding = if is_absolute {
            let (why, ids) = why(self.written, self.world, term, value);
            let always = if value { "always true" } else { "never true" };
            let message = format!("{quoted} is {always}{}", side(parent, term, value));
            self.written.under(Diagnostic::warning("P0304", message), &ids).under(why)
        } else {
            let message = format!("{quoted} changes nothing: it is {word} wherever it is asked");
            let finding = self.written.under(Diagnostic::warning("P0304", message), &[term.id]);
            match self.implied(parent, term, value) {
                Some(why) => finding.under(why),
                None => finding.under(format!("what stands around it makes this {word}")),
            }
        };
        self.found.push(finding);
        true
    }

    /// The neighbour that makes a term superfluous.
    fn implied(&self, parent: &Term, term: &Term, value: bool) -> Option<String> {
        let beside = parent.children().iter().filter(|other| other.id != term.id);
        for other in beside.filter(|other| !self.taken.iter().any(|(id, _)| *id == other.id)) {
            let quoted = self.written.quoted(other.id);
            match &parent.formula {
                Formula::All(_) if value && self.never(&[Goal::Is(other, true), Goal::Is(term, false)]) => {
                    return Some(format!("whoever passes {quoted} passes this"));
                }
                Formula::Any(_) if !value && self.never(&[Goal::Is(other, false), Goal::Is(term, true)]) => {
                    return Some(format!("whoever passes this passes {quoted}"));
                }
                _ => {}
            }
        }
        None
    }
}

/// What it means for an `if`.
fn side(parent: &Term, term: &Term, value: bool) -> &'static str {
    let Formula::If(parts) = &parent.formula else { return "" };
    let [condition, ..] = &**parts;
    match value {
        _ if condition.id != term.id => "",
        true => ", so what follows `else` is never reached",
        false => ", so what follows `if` is never reached",
    }
}
