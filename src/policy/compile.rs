//! Sources -> a policy that can decide, or everything that is wrong with them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rhai::{Engine, Scope};

use super::Switches;
use super::check;
use super::engine::{Limited, engine_with};
use super::fault::{Fault, diagnostic};
use super::host::vocabulary::{self, Registry, SharedRegistry};
use super::modules::{Modules, normalise};
use super::parse::{Parsed, parse, parse_all};
use super::rules::Rules;
use super::stack::with_room;
use super::tables::Tables;
use crate::config::{Revision, Sources};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::directory::Schema;
use crate::facts::attribute_type;

/// A compiled policy: one revision, never changed, shared by everything that decides by it.
pub struct Policy {
    revision: Revision,
    pub(super) engine: Arc<Engine>,
    pub(super) rules: Rules,
    pub(super) scripts: Arc<BTreeMap<String, Parsed>>,
    tables: Arc<Tables>,
    pub(super) extra: Arc<[String]>,
    reads: BTreeSet<String>,
}

impl std::fmt::Debug for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Policy").field("revision", &self.revision).finish_non_exhaustive()
    }
}

/// What came of an attempt to compile: findings, and a policy unless one of them is an error.
#[derive(Debug)]
pub struct Compiled {
    pub policy: Option<Policy>,
    pub findings: Diagnostics,
}

impl Policy {
    /// Parses, checks and loads. Everything that is wrong is found at once, as far as one finding does not hide
    /// another; nothing of the policy runs before all of it parses.
    #[must_use]
    pub fn compile(sources: &Sources) -> Compiled {
        with_room(|| Self::compiled(sources, None, None))
    }

    /// As [`Policy::compile`], with what its writers want to know besides: what nothing uses, and what means something
    /// else than it seems. `tests`: path to text of the scripts that test the policy; what they use is used. `schema`:
    /// the directory's, as far as it is known.
    #[must_use]
    pub fn check(sources: &Sources, tests: &BTreeMap<String, Arc<str>>, schema: Option<&Schema>) -> Compiled {
        with_room(|| Self::compiled(sources, Some(tests), schema))
    }

    fn compiled(
        sources: &Sources,
        tests: Option<&BTreeMap<String, Arc<str>>>,
        schema: Option<&Schema>,
    ) -> Compiled {
        let mut compiled = Self::loaded(sources, tests, schema);
        compiled.findings.sort();
        compiled
    }

    fn loaded(
        sources: &Sources,
        tests: Option<&BTreeMap<String, Arc<str>>>,
        schema: Option<&Schema>,
    ) -> Compiled {
        let mut findings = Diagnostics::default();
        let tables = Arc::new(Tables::of(sources));
        let mut engine = engine_with(&tables);
        let registry = SharedRegistry::default();
        vocabulary::register(&mut engine, &registry);
        let extra: Arc<[String]> =
            sources.extra_attributes.iter().map(|name| name.to_ascii_lowercase()).collect();

        let scripts = parse(&engine, sources, &mut findings);
        check::imports(&scripts, &sources.entry, &mut findings);
        check::functions(&engine, &scripts, &mut findings);
        check::modules(&scripts, &mut findings);
        check::attributes(&scripts, &extra, schema, &mut findings);
        if let Some(schema) = schema {
            check::schema(&scripts, &extra, schema, &mut findings);
        }
        check::tables(&scripts, &tables, &mut findings);
        check::formulas(&scripts, &extra, &tables, &mut findings);
        check::changes(&scripts, &mut findings);
        if let Some(tests) = tests {
            check::comparisons(&scripts, &extra, &mut findings);
            check::letter_case(&scripts, &mut findings);
            let tests = parse_all(&engine, tests.iter(), &mut Diagnostics::default());
            check::unused(&scripts, &tests, &sources.entry, &mut findings);
        }
        let Some(main) = scripts.get(&normalise(&sources.entry)).cloned() else {
            if !findings.has_errors() {
                let message = format!("the policy folder has no `{}`", sources.entry);
                findings.push(
                    Diagnostic::error("P0002", message).hint("the main script is named by `policy.entry`"),
                );
            }
            return Compiled { policy: None, findings };
        };
        if findings.has_errors() {
            return Compiled { policy: None, findings };
        }

        let scripts = Arc::new(scripts);
        let modules = Modules::new(Arc::clone(&scripts));
        engine.set_module_resolver(modules.clone());
        let loading = Limited::start();
        let loaded = engine.run_ast_with_scope(&mut Scope::new(), &main.ast);
        drop(loading);
        if let Err(error) = loaded {
            findings.push(Fault::of(&error, &main.path).diagnostic("P0003", &scripts));
        }
        let registry = Registry::seal(&registry);
        for mistake in &registry.mistakes {
            if findings.is_full() {
                break;
            }
            let words = mistake.words.as_deref();
            let mut finding =
                diagnostic(mistake.code, &mistake.message, &mistake.file, mistake.position, words, &scripts);
            finding.hint.clone_from(&mistake.hint);
            findings.push(finding);
        }
        check::arguments(&scripts, &registry, &mut findings);
        if !findings.has_errors() {
            check::rules(&scripts, &registry, &sources.entry, &mut findings);
        }
        if findings.has_errors() {
            return Compiled { policy: None, findings };
        }
        let reads = check::read_set(&scripts, &extra);
        let rules = Rules::of(registry, &scripts, &modules, &extra, &tables);
        let policy = Self {
            revision: sources.revision(),
            engine: Arc::new(engine),
            rules,
            scripts,
            tables,
            extra,
            reads,
        };
        Compiled { policy: Some(policy), findings }
    }

    /// The same policy with other rules.
    pub(super) fn with_rules(&self, rules: Rules) -> Self {
        Self {
            revision: self.revision,
            engine: Arc::clone(&self.engine),
            rules,
            scripts: Arc::clone(&self.scripts),
            tables: Arc::clone(&self.tables),
            extra: Arc::clone(&self.extra),
            reads: self.reads.clone(),
        }
    }

    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    #[must_use]
    pub fn switches(&self) -> &Switches {
        &self.rules.switches
    }

    /// Lower-case names of the directory attributes that the policy reads: what a read has to ask for.
    #[must_use]
    pub fn reads(&self) -> &BTreeSet<String> {
        &self.reads
    }

    /// The look-up tables of its folder.
    #[must_use]
    pub fn tables(&self) -> &Arc<Tables> {
        &self.tables
    }

    /// Whether scripts may read the attribute, whatever the case of its letters.
    pub(crate) fn knows_attribute(&self, name: &str) -> bool {
        attribute_type(name).is_some() || self.extra.iter().any(|extra| extra.eq_ignore_ascii_case(name))
    }

    /// The names of the roles, in the order in which they are tried.
    pub fn role_names(&self) -> impl Iterator<Item = &str> {
        self.rules.roles.iter().map(|role| &*role.name)
    }

    /// Rules, mappings and invariants, for reports.
    #[must_use]
    pub fn size(&self) -> (usize, usize, usize) {
        (self.rules.roles.len(), self.rules.maps.len(), self.rules.invariants.len())
    }

    /// The text of one of the policy's scripts, by its path.
    pub(crate) fn script_text(&self, path: &str) -> Option<&Arc<str>> {
        self.scripts.values().find(|script| script.path == path).map(|script| &script.text)
    }
}

/// An engine for scripts around a policy: they may import its modules, and what those register counts for nothing.
pub(crate) fn script_engine(policy: &Policy) -> Engine {
    let mut engine = engine_with(&policy.tables);
    vocabulary::register(&mut engine, &SharedRegistry::default());
    engine.set_module_resolver(Modules::new(Arc::clone(&policy.scripts)));
    engine
}
