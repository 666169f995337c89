use super::written::Written;
use crate::policy::expr::{Comparison, Kind, Method, Node, Val, Virtual};
use crate::policy::space::{Answer, Formula, Goal, Term, World};

/// Terms that are joined by `&&`, or by `||`, however they are grouped; functions are one term.
pub(super) fn joined(term: &Term, by_and: bool) -> Vec<&Term> {
    let parts: &[Term] = match (&term.formula, by_and) {
        (Formula::All(parts), true) => parts,
        (Formula::Any(parts), false) => parts,
        (Formula::All(parts) | Formula::Any(parts), _) if parts.len() == 1 => parts,
        _ => return vec![term],
    };
    if parts.iter().any(|part| part.is_inner && !term.is_inner) {
        return vec![term];
    }
    parts.iter().flat_map(|part| joined(part, by_and)).collect()
}

/// As few of the terms as are enough that nobody makes all of them come to `value`.
pub(super) fn core<'t>(world: &World<'_, '_>, terms: &[&'t Term], value: bool) -> Vec<&'t Term> {
    let mut kept: Vec<&Term> = terms.to_vec();
    let mut at = 0;
    while at < kept.len() {
        let mut fewer = kept.clone();
        fewer.remove(at);
        let goals: Vec<_> = fewer.iter().map(|term| Goal::Is(term, value)).collect();
        if !fewer.is_empty() && world.solve(&goals, &[]) == Answer::Never {
            kept = fewer;
        } else {
            at += 1;
        }
    }
    kept
}

/// Why a condition never comes to `!value`, and the numbers of the terms that say so.
pub(super) fn why(
    written: &Written<'_>,
    world: &World<'_, '_>,
    term: &Term,
    value: bool,
) -> (String, Vec<u32>) {
    // A conjunction is never true when some of its terms exclude each other; a disjunction never false likewise.
    let terms = joined(term, !value);
    let core = core(world, &terms, !value);
    let ids: Vec<u32> = core.iter().map(|term| term.id).collect();
    match core.as_slice() {
        [only] => {
            if let Some(why) = written.node(only.id).and_then(|node| of_one(node, value)) {
                return (why, ids);
            }
            let sides = joined(only, value);
            let what = if value { "always true" } else { "never true" };
            let text = match sides.len() {
                0 | 1 => format!("this is {what}"),
                count => format!("each of these {count} is {what}"),
            };
            (text, ids)
        }
        [one, other] if value => (
            format!("one of {} and {} is always true", written.quoted(one.id), written.quoted(other.id)),
            ids,
        ),
        [one, other] => {
            (format!("{} and {} are never both true", written.quoted(one.id), written.quoted(other.id)), ids)
        }
        several => {
            let quoted: Vec<_> = several.iter().map(|term| written.quoted(term.id)).collect();
            let what = if value { "one of these is always true" } else { "these are never all true" };
            (format!("{what}: {}", quoted.join(", ")), ids)
        }
    }
}

/// What is to be said of a single term.
fn of_one(node: &Node, value: bool) -> Option<String> {
    let (node, value) = match &node.kind {
        Kind::Not(of) => (&**of, !value),
        _ => (node, value),
    };
    match &node.kind {
        Kind::Virtual { what: Virtual::Enabled | Virtual::Expired, .. } => {
            Some("whoever is disabled or expired is never asked for a role".to_owned())
        }
        Kind::AnyOf(pair) if !value => {
            let [_, list] = &**pair;
            is_empty(list).then(|| "nothing is in an empty list".to_owned())
        }
        Kind::Contains(pair) if !value => {
            let [list, _] = &**pair;
            is_empty(list).then(|| "nothing is in an empty list".to_owned())
        }
        Kind::Compare(Comparison::Equal | Comparison::NotEqual, pair) => {
            let [left, right] = &**pair;
            let literal = left.literal().or_else(|| right.literal())?;
            [left, right].into_iter().find_map(|side| {
                let (name, fits) = match &side.kind {
                    Kind::Method(Method::ToLower, _) => ("to_lower", literal == literal.to_lowercase()),
                    Kind::Method(Method::ToUpper, _) => ("to_upper", literal == literal.to_uppercase()),
                    Kind::Excel { function, .. } if function.name == "LOWER" => {
                        ("LOWER", literal == literal.to_lowercase())
                    }
                    Kind::Excel { function, .. } if function.name == "UPPER" => {
                        ("UPPER", literal == literal.to_uppercase())
                    }
                    _ => return None,
                };
                (!fits).then(|| {
                    format!("what `{name}` gives is never {literal:?}, whose letters are in another case")
                })
            })
        }
        _ => None,
    }
}

fn is_empty(list: &Node) -> bool {
    match &list.kind {
        Kind::List(parts) => parts.is_empty(),
        Kind::Const(Val::List(list)) => list.len() == 0,
        _ => false,
    }
}
