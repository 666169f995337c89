use std::sync::Arc;

use fastrand::Rng;
use jiff::Timestamp;
use rhai::{Array, Dynamic};

use super::people::company;
use super::rules::policy;
use crate::config::Sources;
use crate::facts::{Facts, Value};
use crate::policy::expr::{Run, Silent};
use crate::policy::host::user::shown;
use crate::policy::rules::Rule;
use crate::policy::{Policy, with_room};

/// Rules of one generated policy, and people that they are asked of.
const RULES: usize = 40;
const PEOPLE: usize = 10;

/// What came of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agreement {
    /// Pairs of a rule and a person that were asked.
    pub cases: u64,
    /// Answered by the tree.
    pub by_tree: u64,
    /// Left to Rhai, which called it an error.
    pub errors: u64,
    /// Left to Rhai, which had an answer.
    pub left: u64,
    /// Generated policies that did not compile, and so were not asked.
    pub refused: u64,
    pub disagreements: Vec<Disagreement>,
}

/// One case in which the tree gave an answer that Rhai did not give.
#[derive(Clone, Debug, PartialEq)]
pub struct Disagreement {
    /// By which the case can be made again.
    pub seed: u64,
    /// As it is written.
    pub rule: String,
    /// As the tree has it.
    pub tree: String,
    pub person: String,
    pub by_tree: String,
    pub by_rhai: String,
}

/// Asks at least so many cases, `seed` and on. Stops early at `most` disagreements.
#[must_use]
pub fn agree(seed: u64, cases: u64, most: usize, progress: &dyn Fn(u64)) -> Agreement {
    let mut agreement = Agreement::default();
    let mut seed = seed;
    while agreement.cases < cases && agreement.disagreements.len() < most {
        let done = with_room(|| one(seed));
        agreement.cases += done.cases;
        agreement.by_tree += done.by_tree;
        agreement.errors += done.errors;
        agreement.left += done.left;
        agreement.refused += done.refused;
        agreement.disagreements.extend(done.disagreements);
        seed = seed.wrapping_add(1);
        progress(agreement.cases);
    }
    agreement
}

/// One policy and its people.
fn one(seed: u64) -> Agreement {
    let mut rng = Rng::with_seed(seed);
    let mut agreement = Agreement::default();
    let files = policy(&mut rng, RULES);
    let sources = Sources {
        entry: "main.rhai".to_owned(),
        files: files.into_iter().map(|(path, text)| (path, Arc::from(text))).collect(),
        extra_attributes: Vec::new(),
    };
    let Some(policy) = Policy::compile(&sources).policy else {
        agreement.refused += 1;
        return agreement;
    };
    let now = Timestamp::from_second(1_780_000_000).unwrap_or(Timestamp::UNIX_EPOCH);
    let facts = Arc::new(Facts::of(&company(&mut rng, PEOPLE), now));
    let binding = policy.binding(&facts);
    let roles = policy.rules.roles.iter().map(|role| &role.condition);
    let rules: Vec<&Rule> = roles.chain(policy.rules.maps.iter().map(|map| &map.expression)).collect();
    for index in 0..facts.people.len() {
        let user = policy.user(&facts, index);
        let Some(mut run) = Run::new(&policy.engine, &binding, &user, Silent) else { continue };
        for rule in &rules {
            agreement.cases += 1;
            let by_rhai = rule.closure.call(&policy.engine, [Dynamic::from(user.clone())], now);
            let by_tree = rule.tree.as_ref().ok().and_then(|tree| {
                let value = run.expression(tree, &rule.closure).ok()?;
                Some(value.to_dynamic(run.people()))
            });
            match (by_tree, by_rhai) {
                (None, Err(_)) => agreement.errors += 1,
                (None, Ok(_)) => agreement.left += 1,
                (Some(tree), Ok(rhai)) if same(&tree, &rhai) => agreement.by_tree += 1,
                (Some(value), by_rhai) => agreement.disagreements.push(Disagreement {
                    seed,
                    rule: policy.statement(&rule.closure.file, rule.closure.position),
                    tree: rule.tree.as_ref().map_or_else(
                        |why| why.why.clone(),
                        |tree| tree.render(&tree.root, &policy.rules.names),
                    ),
                    person: facts
                        .people
                        .get(index)
                        .map(|person| {
                            facts.values(person).iter().map(|(name, value)| said(name, value)).collect()
                        })
                        .unwrap_or_default(),
                    by_tree: described(&value),
                    by_rhai: by_rhai
                        .as_ref()
                        .map_or_else(|fault| format!("error: {}", fault.text), described),
                }),
            }
        }
    }
    agreement
}

/// The start of it, since attributes may be long.
fn said(name: &str, value: &Value) -> String {
    const SHOWN: usize = 60;
    let text = format!("{value:?}");
    let start: String = text.chars().take(SHOWN).collect();
    format!("{name} = {start}{}; ", if start.len() < text.len() { ".." } else { "" })
}

fn described(value: &Dynamic) -> String {
    format!("{} of type {}", shown(value), value.type_name())
}

/// The same type and the same value; of decimal numbers, the same bits or neither a number.
fn same(a: &Dynamic, b: &Dynamic) -> bool {
    if let (Some(a), Some(b)) = (a.read_lock::<Array>(), b.read_lock::<Array>()) {
        return a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b));
    }
    if let (Ok(a), Ok(b)) = (a.as_float(), b.as_float()) {
        return a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
    }
    a.type_name() == b.type_name() && shown(a) == shown(b)
}
