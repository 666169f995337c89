use crate::plan::escape;
use crate::policy::Explanation;
use crate::policy::session::{Outcome, Trace};

/// The value of an expression, of every part of it under that, and what was read.
pub(super) fn trace(trace: &Trace) -> String {
    let mut out = format!("{}\n", escape(&trace.value));
    let widest = trace.parts.iter().map(|part| part.depth * 2 + width(&part.text)).max().unwrap_or(0).min(76);
    for part in &trace.parts {
        let indent = part.depth * 2;
        let text = one_line(&part.text);
        let gap = widest.saturating_sub(indent + text.chars().count());
        let outcome = match &part.outcome {
            Outcome::Value(value) => format!("= {}", escape(value)),
            Outcome::Fails(why) => format!("! {}", escape(why)),
            Outcome::NotAsked => "  is not asked".to_owned(),
        };
        out.push_str(&format!("{}{text}{}  {outcome}\n", " ".repeat(indent), " ".repeat(gap)));
    }
    for (what, value) in &trace.reads {
        out.push_str(&format!("· {} is {}\n", escape(what), escape(value)));
    }
    out
}

fn width(text: &str) -> usize {
    one_line(text).chars().count()
}

fn one_line(text: &str) -> String {
    escape(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Every role with its answer, in the order in which they are tried.
pub(super) fn roles(explanation: &Explanation) -> String {
    let widest = explanation.roles.iter().map(|role| role.name.chars().count()).max().unwrap_or(0);
    let mut decided = false;
    let line = |role: &crate::policy::RoleExplained| {
        let (mark, answer) = match &role.answer {
            Ok(true) if decided => ("+", "passes too".to_owned()),
            Ok(true) => ("+", "passes first".to_owned()),
            Ok(false) => ("-", "does not pass".to_owned()),
            Err(why) => ("!", escape(why)),
        };
        decided |= role.answer == Ok(true);
        let name = escape(&role.name);
        let gap = " ".repeat(widest.saturating_sub(name.chars().count()));
        format!("{mark} {name}{gap}  {answer}  ({})\n", role.at)
    };
    explanation.roles.iter().map(line).collect()
}
