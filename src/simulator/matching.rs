//! Whether a user fits a filter (RFC 7644 section 3.4.2.2, table 3).

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::Value;

use super::filter::{Filter, Op, Term};
use super::schema::{Attribute, Type};
use super::shape::boolean;

/// `resource` is a user, or within brackets one value of a multi-valued attribute.
pub(super) fn fits(filter: &Filter, resource: &Value) -> bool {
    match filter {
        Filter::And(a, b) => fits(a, resource) && fits(b, resource),
        Filter::Or(a, b) => fits(a, resource) || fits(b, resource),
        Filter::Not(inner) => !fits(inner, resource),
        Filter::Present(term) => values(*term, resource).iter().any(|value| value.as_str() != Some("")),
        Filter::Has(attribute, inner) => {
            all(resource.get(attribute.name)).iter().any(|value| fits(inner, value))
        }
        Filter::Compare(term, op, wanted) => {
            let attribute = compared(*term);
            let found = values(*term, resource);
            if wanted.is_null() {
                return (*op == Op::Eq) == found.is_empty();
            }
            match op {
                Op::Ne => {
                    found.is_empty() || found.iter().any(|value| !holds(attribute, Op::Eq, value, wanted))
                }
                _ => found.iter().any(|value| holds(attribute, *op, value, wanted)),
            }
        }
    }
}

/// A multi-valued complex attribute alone stands for its `value` (RFC 7644 section 3.4.2.2).
fn compared(term: Term) -> &'static Attribute {
    let attribute = term.attribute;
    match term.sub {
        Some(sub) => sub,
        None if attribute.kind == Type::Complex => attribute.sub("value").unwrap_or(attribute),
        None => attribute,
    }
}

fn values(term: Term, resource: &Value) -> Vec<&Value> {
    let found = all(resource.get(term.attribute.name));
    let attribute = compared(term);
    if std::ptr::eq(attribute, term.attribute) {
        return found;
    }
    found.into_iter().filter_map(|value| value.get(attribute.name)).collect()
}

fn all(value: Option<&Value>) -> Vec<&Value> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
    }
}

fn holds(attribute: &Attribute, op: Op, found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::Bool(found), Value::Bool(wanted)) => op == Op::Eq && found == wanted,
        // Entra compares booleans with strings: `primary eq "True"`.
        (Value::Bool(found), Value::String(wanted)) => op == Op::Eq && boolean(wanted) == Some(*found),
        (Value::String(found), Value::String(wanted)) => {
            if attribute.kind == Type::DateTime
                && let (Ok(found), Ok(wanted)) = (found.parse::<Timestamp>(), wanted.parse::<Timestamp>())
            {
                return ordered(op, found.cmp(&wanted));
            }
            if attribute.case_exact {
                text(op, found, wanted)
            } else {
                text(op, &found.to_lowercase(), &wanted.to_lowercase())
            }
        }
        _ => false,
    }
}

fn text(op: Op, found: &str, wanted: &str) -> bool {
    match op {
        Op::Co => found.contains(wanted),
        Op::Sw => found.starts_with(wanted),
        Op::Ew => found.ends_with(wanted),
        _ => ordered(op, found.cmp(wanted)),
    }
}

fn ordered(op: Op, order: Ordering) -> bool {
    match op {
        Op::Eq => order.is_eq(),
        Op::Gt => order.is_gt(),
        Op::Ge => order.is_ge(),
        Op::Lt => order.is_lt(),
        Op::Le => order.is_le(),
        Op::Ne | Op::Co | Op::Sw | Op::Ew => false,
    }
}
