use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::view::View;
use crate::facts::{Facts, Standing};
use crate::policy::decide::in_zone;
use crate::policy::expr::{People, Run, Seen, Terms, Unfit};
use crate::policy::fault::place;
use crate::policy::host::user::Reads;
use crate::policy::position::{offset, statement};
use crate::policy::rules::{Bound, Mapping, Role};
use crate::policy::stack::with_room;
use crate::policy::{Attribute, Decision, Place, Policy, Verdict};

/// One person's decision, and every rule beside it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    pub decision: Decision,
    /// What `now()` is, and against what accounts expire.
    pub now: Timestamp,
    /// For somebody without a right to an account: the role that fewest changes would give.
    pub nearest: Option<Miss>,
    /// For somebody who is disabled, expired or outside their time: what the rules would say otherwise.
    pub otherwise: Option<String>,
    /// Every role in the order in which they are tried, those behind the deciding one included.
    pub roles: Vec<RoleExplained>,
    /// When the account may begin and must end, where the policy says so.
    pub dates: Vec<DateExplained>,
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
    /// The condition with what its terms came to; `None` where Rhai ran it as a whole.
    pub steps: Option<Step>,
    pub by_rhai: Option<ByRhai>,
    /// What would give the role, if little would.
    pub miss: Option<Miss>,
}

/// What `active_from` or `active_until` comes to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DateExplained {
    /// `active_from` or `active_until`.
    pub word: &'static str,
    pub at: Place,
    /// On one line.
    pub expression: String,
    /// The moment, on the clocks of its zone; `None` is no bound.
    pub value: Result<Option<String>, String>,
    /// What went in, in the order in which it was read; nothing where Rhai ran it as a whole.
    pub reads: Vec<Read>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MappingExplained {
    pub attribute: Attribute,
    pub at: Place,
    pub on_create: bool,
    /// On one line.
    pub expression: String,
    pub value: Result<Option<String>, String>,
    /// What went in, in the order in which it was read.
    pub reads: Vec<Read>,
    pub by_rhai: Option<ByRhai>,
}

/// A rule that Rhai ran as a whole, so that nothing is known of its parts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ByRhai {
    pub why: String,
    pub at: Place,
    /// What was read to answer, with the values. A part that `&&` or `||` never came to is not in it.
    pub reads: BTreeMap<String, String>,
}

/// Something with a value: `title`, `manager.department`, `LOWER(user.mail)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Read {
    pub what: String,
    pub value: String,
}

/// A part of a condition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    pub is: StepKind,
    /// As a script would write it; absent where `parts` say it all.
    pub text: Option<String>,
    pub at: Place,
    /// What it came to, or would have come to; `None` where it would have failed.
    pub value: Option<bool>,
    /// Whether it was evaluated.
    pub reached: bool,
    /// Whether the answer would be another without it: of a term itself, of anything else of a term below.
    pub decides: bool,
    pub reads: Vec<Read>,
    /// What is odd about it.
    pub note: Option<String>,
    pub parts: Vec<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// `&&`
    All,
    /// `||`
    Any,
    Not,
    /// The condition, what holds if it passes, and what if not.
    If,
    /// A script's function, with its body below.
    Call,
    /// A variable that holds a condition.
    Variable,
    /// `true` or `false`, as it is written.
    Fixed,
    Term,
}

/// The fewest changes that would give a role.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Miss {
    pub role: String,
    pub at: Place,
    /// All of them together.
    pub needs: Vec<Need>,
    /// Whether the policy was asked about the person with just these changes, and gave the role.
    pub tried: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Need {
    /// `` `title` contained `Manager` ``
    pub what: String,
    /// `` it is `Team Lead` ``
    pub now: Option<String>,
    /// Why it could not be tried.
    pub untried: Option<String>,
    pub at: Place,
}

impl RoleExplained {
    /// What the answer stands on, as `` department is "IT" `` or `user.in_group("Admins") is false`: the terms that
    /// decided, and of a rule that Rhai ran as a whole everything that it read.
    #[must_use]
    pub fn because(&self) -> Vec<String> {
        let mut because = Vec::new();
        if let Some(by_rhai) = &self.by_rhai {
            because.extend(by_rhai.reads.iter().map(|(what, value)| format!("{what} is {value}")));
        }
        if let Some(steps) = &self.steps {
            steps.because(&mut because);
        }
        because
    }
}

impl Step {
    fn because(&self, because: &mut Vec<String>) {
        if self.parts.is_empty() && self.reached && self.decides {
            let told = because.len();
            because.extend(self.reads.iter().map(|read| format!("{} is {}", read.what, read.value)));
            if let (true, Some(text), Some(value)) = (told == because.len(), &self.text, self.value) {
                because.push(format!("{text} is {value}"));
            }
        }
        for part in &self.parts {
            part.because(because);
        }
    }
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = if self.tried { "would" } else { "might" };
        write!(f, "{verb} be `{}` if ", self.role)?;
        if let [Need { what, now, untried, .. }] = self.needs.as_slice() {
            f.write_str(what)?;
            return now.iter().chain(untried).try_for_each(|more| write!(f, "; {more}"));
        }
        for (index, Need { what, now, untried, .. }) in self.needs.iter().enumerate() {
            if index > 0 {
                f.write_str(if index + 1 == self.needs.len() { " and " } else { ", " })?;
            }
            f.write_str(what)?;
            let more: Vec<_> = now.iter().chain(untried).map(String::as_str).collect();
            if !more.is_empty() {
                write!(f, " ({})", more.join("; "))?;
            }
        }
        Ok(())
    }
}

/// Everything that explaining one person's rules takes.
struct Asking<'a> {
    policy: &'a Policy,
    reads: Arc<Reads>,
    run: Run<'a, Seen<'a>>,
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
        let binding = self.binding(facts);
        let seen = Seen::with_values(People { facts, user: &user }, Arc::clone(&reads));
        let run = Run::new(&self.engine, &binding, &user, seen)?;
        let mut asking = Asking { policy: self, reads, run };
        let mut roles = Vec::new();
        let mut ways = Vec::new();
        for role in &self.rules.roles {
            let (explained, found) = asking.role(role);
            roles.push(explained);
            ways.push(found);
        }
        let dates = self.rules.bounds.iter().map(|bound| asking.date(bound)).collect();
        let mappings = self.rules.maps.iter().map(|mapping| asking.mapping(mapping)).collect();
        if !matches!(decision.verdict, Verdict::Failed { .. } | Verdict::Barred) {
            self.misses(facts, index, &mut roles, ways);
        }
        let nearest = matches!(decision.verdict, Verdict::NotEntitled)
            .then(|| {
                roles.iter().filter_map(|role| role.miss.as_ref()).min_by_key(|miss| miss.distance()).cloned()
            })
            .flatten();
        let otherwise = match decision.verdict {
            Verdict::Barred => self.otherwise(facts, index),
            _ => None,
        };
        Some(Explanation { decision, now: facts.now, nearest, otherwise, roles, dates, mappings })
    }

    /// What the rules would say of somebody who is disabled or expired and were not.
    fn otherwise(&self, facts: &Arc<Facts>, index: usize) -> Option<String> {
        let standing = facts.people.get(index)?.standing;
        let mut supposed = facts.suppose(index)?;
        supposed.enable();
        let if_not = match standing {
            Standing::Expired { .. } => "if the account had not expired",
            Standing::Disabled => "if the account were enabled",
            Standing::Enabled => "if today were between the account's first day and its last",
        };
        let verdict = match standing {
            Standing::Enabled => {
                let mut rules = self.rules.clone();
                rules.bounds.clear();
                self.with_rules(rules).decide(&supposed.facts(), 0)?.verdict
            }
            _ => self.decide(&supposed.facts(), 0)?.verdict,
        };
        Some(match verdict {
            Verdict::Provision { profile } => match profile.role {
                Some(role) => format!("would be `{role}` {if_not}"),
                None => format!("would get an account without a role {if_not}"),
            },
            Verdict::Failed { why } => format!("the rules fail on them, even {if_not}: {why}"),
            Verdict::NotEntitled | Verdict::Barred => format!("would get none even {if_not}"),
        })
    }

    /// A rule as it is written, on one line.
    pub(in crate::policy) fn statement(&self, file: &str, position: rhai::Position) -> String {
        self.scripts
            .values()
            .find(|script| script.path == file)
            .map(|script| statement(&script.text, offset(&script.text, position)))
            .unwrap_or_default()
    }
}

impl<'a> Asking<'a> {
    fn role(&mut self, role: &'a Role) -> (RoleExplained, Vec<super::need::Way>) {
        let rule = &role.condition;
        let mut explained = RoleExplained {
            name: role.name.to_string(),
            at: rule.at.clone(),
            condition: self.policy.statement(&rule.closure.file, rule.closure.position),
            answer: Ok(false),
            steps: None,
            by_rhai: None,
            miss: None,
        };
        let mut ways = Vec::new();
        if let Ok(tree) = &rule.tree
            && let Ok(answer) = self.run.condition(tree, &rule.closure)
        {
            let seen = self.run.recorder().take();
            let terms = Terms::of(tree);
            if terms.all().iter().any(|term| seen.truth(term.id).is_none()) {
                // What has no answer is not shown to the recorder, and that is all there is to say of it.
                let _ = self.run.every_term(&terms, &rule.closure);
            }
            let forced = self.run.recorder().take();
            let view = View::new(&self.policy.rules.names, self.run.people().facts, terms, seen, forced);
            explained.answer = Ok(answer);
            explained.steps = Some(view.steps());
            if !answer {
                ways = view.ways();
            }
            self.reads.take();
            return (explained, ways);
        }
        self.forget();
        explained.answer = self.policy.condition_by_rhai(role, self.run.user()).map_err(|why| why.text);
        explained.by_rhai = Some(self.by_rhai(rule.tree.as_ref().err(), &rule.at));
        (explained, ways)
    }

    fn date(&mut self, bound: &'a Bound) -> DateExplained {
        let rule = &bound.date;
        let (expression, reads) = match &rule.tree {
            Ok(tree) if self.run.expression(tree, &rule.closure).is_ok() => {
                let seen = self.run.recorder().take();
                let names = &self.policy.rules.names;
                let facts = self.run.people().facts;
                let view = View::new(names, facts, Terms::of(tree), seen, Seen::default());
                (tree.render(&tree.root, names), view.reads(&tree.root))
            }
            _ => (self.policy.statement(&rule.closure.file, rule.closure.position), Vec::new()),
        };
        self.forget();
        let value = self.policy.bound(bound, &mut self.run);
        self.forget();
        DateExplained {
            word: bound.side.word(),
            at: rule.at.clone(),
            expression,
            value: value.map(|moment| moment.map(|moment| in_zone(moment, bound))).map_err(|why| why.text),
            reads,
        }
    }

    fn mapping(&mut self, mapping: &'a Mapping) -> MappingExplained {
        let rule = &mapping.expression;
        let mut explained = MappingExplained {
            attribute: mapping.attribute,
            at: rule.at.clone(),
            on_create: mapping.on_create,
            expression: self.policy.statement(&rule.closure.file, rule.closure.position),
            value: Ok(None),
            reads: Vec::new(),
            by_rhai: None,
        };
        if let Ok(tree) = &rule.tree
            && self.run.expression(tree, &rule.closure).is_ok()
        {
            let seen = self.run.recorder().take();
            let view = View::new(
                &self.policy.rules.names,
                self.run.people().facts,
                Terms::of(tree),
                seen,
                Seen::default(),
            );
            explained.expression = tree.render(&tree.root, &self.policy.rules.names);
            explained.reads = view.reads(&tree.root);
            explained.value = self.policy.mapping(mapping, &mut self.run).map_err(|why| why.text);
            self.forget();
            return explained;
        }
        self.forget();
        explained.value = self.policy.mapping_by_rhai(mapping, self.run.user()).map_err(|why| why.text);
        explained.by_rhai = Some(self.by_rhai(rule.tree.as_ref().err(), &rule.at));
        explained
    }

    fn forget(&mut self) {
        self.run.recorder().take();
        self.reads.take();
    }

    fn by_rhai(&self, unfit: Option<&Unfit>, at: &Place) -> ByRhai {
        let (why, at) = match unfit {
            Some(unfit) => (unfit.why.clone(), place(&unfit.at.file, unfit.at.position)),
            None => ("it met an error, or what only Rhai knows".to_owned(), at.clone()),
        };
        ByRhai { why, at, reads: self.reads.take() }
    }
}
