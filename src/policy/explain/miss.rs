//! The fewest changes that would give a role. Every one is tried: the policy is asked about the person with just these
//! changes. What cannot be tried is said as such.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::need::{Way, Wish};
use super::view::View;
use super::{Miss, RoleExplained};
use crate::facts::Facts;
use crate::policy::expr::{Node, Part};
use crate::policy::{Policy, Verdict};

/// More changes than these are nothing near.
const MOST_NEEDS: usize = 3;
/// How many ways are looked at, of each part of a condition.
const WAYS: usize = 16;
/// How many combinations of changes are tried of one way, and of all roles together.
const TRIALS: usize = 24;
const ALL_TRIALS: usize = 1_000;

/// Terms that would have to come to another answer.
type Flips<'a> = Vec<(&'a Node, bool)>;

impl<'a> View<'a> {
    /// The ways in which a condition that does not hold could, the shortest first; none where it takes too much.
    pub(super) fn ways(&self) -> Vec<Way> {
        let flips = self.flips(&self.terms.tree().root, true);
        flips
            .into_iter()
            .map(|flips| {
                let mut said = BTreeSet::new();
                let wishes = flips.into_iter().map(|(term, want)| self.wish(term, want));
                wishes.filter(|wish| said.insert(wish.need.what.clone())).collect()
            })
            .collect()
    }

    fn flips(&self, node: &'a Node, want: bool) -> Vec<Flips<'a>> {
        if self.logic(node) == Some(want) {
            return vec![Vec::new()];
        }
        let all = |parts: &'a [Node], want| {
            parts.iter().fold(vec![Vec::new()], |ways, part| product(&ways, &self.flips(part, want)))
        };
        let any = |parts: &'a [Node], want| {
            shortest(parts.iter().flat_map(|part| self.flips(part, want)).collect())
        };
        match self.part(node) {
            Part::Term => vec![vec![(node, want)]],
            Part::Fixed(fixed) => {
                if fixed == want {
                    vec![Vec::new()]
                } else {
                    Vec::new()
                }
            }
            Part::Not(of) => self.flips(of, !want),
            Part::Call(of) | Part::Let(of) | Part::Named(of) => self.flips(of, want),
            Part::All(parts) if want => all(parts, true),
            Part::All(parts) => any(parts, false),
            Part::Any(parts) if want => any(parts, true),
            Part::Any(parts) => all(parts, false),
            Part::Either([condition, then, otherwise]) => {
                let mut ways = product(&self.flips(condition, true), &self.flips(then, want));
                ways.extend(product(&self.flips(condition, false), &self.flips(otherwise, want)));
                shortest(ways)
            }
        }
    }
}

fn product<'a>(ways: &[Flips<'a>], more: &[Flips<'a>]) -> Vec<Flips<'a>> {
    let pairs =
        ways.iter().flat_map(|way| more.iter().map(move |more| [way.as_slice(), more.as_slice()].concat()));
    shortest(pairs.collect())
}

fn shortest(mut ways: Vec<Flips<'_>>) -> Vec<Flips<'_>> {
    ways.retain(|way| way.len() <= MOST_NEEDS);
    ways.sort_by_key(Vec::len);
    ways.truncate(WAYS);
    ways
}

impl Miss {
    /// How far off: what was tried before what was not, then the fewest changes.
    pub(super) fn distance(&self) -> (bool, usize) {
        (!self.tried, self.needs.len())
    }
}

impl Policy {
    /// Finds for every role that was tried in vain what would have given it.
    pub(super) fn misses(
        &self,
        facts: &Arc<Facts>,
        index: usize,
        roles: &mut [RoleExplained],
        ways: Vec<Vec<Way>>,
    ) {
        let tried = roles.iter().position(|role| role.answer == Ok(true)).unwrap_or(roles.len());
        let mut left = ALL_TRIALS;
        for (role, ways) in roles.iter_mut().zip(ways).take(tried) {
            role.miss = self.miss(facts, index, role, ways, &mut left);
        }
    }

    fn miss(
        &self,
        facts: &Arc<Facts>,
        index: usize,
        role: &RoleExplained,
        ways: Vec<Way>,
        left: &mut usize,
    ) -> Option<Miss> {
        let mut untried = None;
        for way in ways {
            let tried = way.iter().all(|wish| !wish.options.is_empty());
            if tried && !self.gives(facts, index, &way, &role.name, left) {
                continue;
            }
            let needs = way.into_iter().map(|wish| wish.need).collect();
            let miss = Miss { role: role.name.clone(), at: role.at.clone(), needs, tried };
            if tried {
                return Some(miss);
            }
            untried = untried.or(Some(miss));
        }
        untried
    }

    /// Whether the person gets the role with some of the changes that the wishes offer.
    fn gives(&self, facts: &Arc<Facts>, index: usize, way: &[Wish], role: &str, left: &mut usize) -> bool {
        let mut chosen = vec![0; way.len()];
        for _ in 0..TRIALS {
            if *left == 0 {
                return false;
            }
            *left -= 1;
            let Some(mut supposed) = facts.suppose(index) else { return false };
            let made = way.iter().zip(&chosen).all(|(wish, choice)| {
                wish.options.get(*choice).is_some_and(|change| change.make(&mut supposed))
            });
            if made
                && let Some(decision) = self.decide(&supposed.facts(), 0)
                && let Verdict::Provision { profile } = decision.verdict
                && profile.role.as_deref() == Some(role)
            {
                return true;
            }
            if !next(&mut chosen, way) {
                return false;
            }
        }
        false
    }
}

/// The next combination of choices; whether there is one.
fn next(chosen: &mut [usize], way: &[Wish]) -> bool {
    for (choice, wish) in chosen.iter_mut().zip(way) {
        *choice += 1;
        if *choice < wish.options.len() {
            return true;
        }
        *choice = 0;
    }
    false
}
