//! Why somebody has what they have: every rule's answer, with what it read.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::host::user::Reads;
use super::position::{offset, statement};
use super::stack::with_room;
use super::{Attribute, Decision, Place, Policy};
use crate::facts::Facts;

/// One person's decision, and every rule beside it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    pub decision: Decision,
    /// Every role in the order in which they are tried, those behind the deciding one included.
    pub roles: Vec<RoleExplained>,
    /// What each mapping would give, whether or not the person is entitled.
    pub mappings: Vec<MappingExplained>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RoleExplained {
    pub name: String,
    pub at: Place,
    /// The condition as it is written, on one line.
    pub condition: String,
    /// Passed, did not pass, or failed with the sentence.
    pub answer: Result<bool, String>,
    /// What was read to answer, with the values. A part that `&&` or `||` never came to is not in it.
    pub reads: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MappingExplained {
    pub attribute: Attribute,
    pub at: Place,
    pub on_create: bool,
    pub value: Result<Option<String>, String>,
    pub reads: BTreeMap<String, String>,
}

impl Policy {
    /// Decides one person and asks every rule, deciding or not.
    #[must_use]
    pub fn explain(&self, facts: &Arc<Facts>, index: usize) -> Option<Explanation> {
        with_room(|| self.explained(facts, index))
    }

    fn explained(&self, facts: &Arc<Facts>, index: usize) -> Option<Explanation> {
        let decision = self.decide(facts, index)?;
        let reads = Arc::new(Reads::default());
        let user = self.user(facts, index).recorded(Arc::clone(&reads));
        let roles = self
            .rules
            .roles
            .iter()
            .map(|rule| RoleExplained {
                name: rule.name.to_string(),
                at: rule.condition.at.clone(),
                condition: self.statement(&rule.condition.closure.file, rule.condition.closure.position),
                answer: self.condition_by_rhai(rule, &user).map_err(|why| why.text),
                reads: reads.take(),
            })
            .collect();
        let mappings = self
            .rules
            .maps
            .iter()
            .map(|rule| MappingExplained {
                attribute: rule.attribute,
                at: rule.expression.at.clone(),
                on_create: rule.on_create,
                value: self.mapping_by_rhai(rule, &user).map_err(|why| why.text),
                reads: reads.take(),
            })
            .collect();
        Some(Explanation { decision, roles, mappings })
    }

    /// A rule as it is written, on one line.
    pub(super) fn statement(&self, file: &str, position: rhai::Position) -> String {
        self.scripts
            .values()
            .find(|script| script.path == file)
            .map(|script| statement(&script.text, offset(&script.text, position)))
            .unwrap_or_default()
    }
}
