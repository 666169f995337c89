use anstyle::AnsiColor;

use super::run::{Fate, Mutated, Mutation};
use crate::plan::escape;
use crate::testing::few::few;
use crate::testing::report::painted;

/// The mistakes that no test noticed, by place, and the score.
#[must_use]
pub fn human(mutation: &Mutation, colour: bool) -> String {
    let red = AnsiColor::Red.on_default().bold();
    let mut out = String::from("\nmutation\n");
    for mutant in mutation.mutants.iter().filter(|mutant| mutant.fate.survived()) {
        let word = painted(red, "survived", colour);
        out.push_str(&format!(
            "  {word}  {}  {}  {}\n",
            mutant.at,
            escape(&mutant.text),
            escape(&mutant.what)
        ));
        out.push_str(&format!("            {}\n", why(mutant)));
    }
    let score = mutation.score();
    let equal = mutation.mutants.iter().filter(|mutant| mutant.fate == Fate::Equal).count();
    if mutation.mutants.iter().any(|mutant| mutant.fate.survived()) {
        out.push('\n');
    }
    out.push_str(&format!("noticed {score} of the mistakes"));
    if equal > 0 {
        out.push_str(&format!(", {equal} more change nothing for anybody"));
    }
    let tests = if mutation.runs == 1 { "test" } else { "tests" };
    out.push_str(&format!(
        "; {} {tests} run again, in {:.1} s\n",
        mutation.runs,
        mutation.took.as_secs_f64()
    ));
    out
}

fn why(mutant: &Mutated) -> String {
    let rules = few(mutant.rules.iter().map(String::as_str));
    match mutant.fate {
        Fate::NotReached => format!("not asked of anybody in the tests: {rules}"),
        Fate::NoDifference => format!("nobody in the tests is decided otherwise: {rules}"),
        Fate::NotNoticed => format!("somebody in the tests is decided otherwise, and no test minds: {rules}"),
        Fate::Killed | Fate::Equal => String::new(),
    }
}
