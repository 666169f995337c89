use serde_json::{Value, json as object};

use super::run::{Fate, Mutated, Mutation};

/// `{"killed", "survived", "equal", "percent", "runs", "seconds", "mutants": [{"at", "text", "what", "rules", "fate"}]}`.
/// `percent` is text and never rounded up; `equal` mistakes are no part of it. `fate`: `killed`, `not reached`,
/// `no difference`, `not noticed`, `equal`.
#[must_use]
pub fn json(mutation: &Mutation) -> Value {
    let score = mutation.score();
    let equal = mutation.mutants.iter().filter(|mutant| mutant.fate == Fate::Equal).count();
    object!({
        "killed": score.part,
        "survived": score.whole - score.part,
        "equal": equal,
        "percent": score.percent(),
        "runs": mutation.runs,
        "seconds": mutation.took.as_secs_f64(),
        "mutants": mutation.mutants.iter().map(mutant).collect::<Vec<_>>(),
    })
}

fn mutant(mutant: &Mutated) -> Value {
    let fate = match mutant.fate {
        Fate::Killed => "killed",
        Fate::NotReached => "not reached",
        Fate::NoDifference => "no difference",
        Fate::NotNoticed => "not noticed",
        Fate::Equal => "equal",
    };
    object!({
        "at": mutant.at,
        "text": mutant.text,
        "what": mutant.what,
        "rules": mutant.rules,
        "fate": fate,
    })
}
