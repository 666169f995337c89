//! A script that stands beside the policy and is run once: it may use the policy's modules, and registers no rules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use rhai::{Dynamic, Engine, Scope};

use super::Policy;
use super::check;
use super::compile::script_engine;
use super::engine::{Limited, loosen};
use super::fault::{Fault, diagnostic};
use super::host::time::Clock;
use super::host::vocabulary::words;
use super::parse::{Parsed, parse_in};
use super::stack::with_room;
use crate::diagnostic::Diagnostics;

/// A script, parsed.
#[derive(Clone)]
pub(crate) struct Beside {
    parsed: Parsed,
    extra: Arc<[String]>,
}

impl Beside {
    /// Parses, and looks for calls of functions that do not exist. `register` adds the script's own words to the
    /// engine, `scope` holds its constants.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(crate) fn parse(
        policy: &Policy,
        path: &str,
        text: Arc<str>,
        register: impl FnOnce(&mut Engine) + Send,
        scope: &Scope<'_>,
    ) -> Result<Self, Diagnostics> {
        with_room(|| {
            let mut engine = script_engine(policy);
            register(&mut engine);
            let parsed =
                parse_in(&engine, scope, path, text).map_err(|finding| Diagnostics::from(*finding))?;
            let mut findings = Diagnostics::default();
            let alone = BTreeMap::from([(path.to_owned(), parsed.clone())]);
            check::functions(&engine, &alone, &mut findings);
            let words = words();
            let rules = parsed.names.calls.iter().filter(|call| !call.method && call.module.is_empty());
            for call in rules.filter(|call| words.contains(call.name.as_str())) {
                let message = format!("`{}` counts for nothing here: it belongs into the policy", call.name);
                let finding = diagnostic("S0102", &message, path, call.position, Some(&call.name), &alone);
                findings.push(finding);
            }
            if findings.has_errors() {
                return Err(findings);
            }
            Ok(Self { parsed, extra: Arc::clone(&policy.extra) })
        })
    }

    /// Lower-case names of the directory attributes that it reads.
    pub(crate) fn reads(&self) -> BTreeSet<String> {
        check::read_set(&BTreeMap::from([(self.parsed.path.clone(), self.parsed.clone())]), &self.extra)
    }

    /// Runs it, with limits that leave room for everybody in a large directory.
    ///
    /// # Errors
    /// What went wrong, and where.
    pub(crate) fn run(
        &self,
        policy: &Policy,
        now: Timestamp,
        register: impl FnOnce(&mut Engine) + Send,
        scope: &mut Scope<'_>,
    ) -> Result<(), Diagnostics> {
        with_room(|| {
            let mut engine = script_engine(policy);
            register(&mut engine);
            loosen(&mut engine);
            engine.set_default_tag(Dynamic::from(Clock(now)));
            let _limited = Limited::once();
            engine.run_ast_with_scope(scope, &self.parsed.ast).map_err(|error| {
                let mut scripts = (*policy.scripts).clone();
                scripts.insert(self.parsed.path.clone(), self.parsed.clone());
                Fault::of(&error, &self.parsed.path).diagnostic("S0101", &scripts).into()
            })
        })
    }
}
