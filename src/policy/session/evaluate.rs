use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use rhai::{AST, Dynamic, Engine, FnAccess, Scope, Stmt};

use crate::diagnostic::{Diagnostic, Diagnostics, closest};
use crate::facts::{Facts, attribute_type};
use crate::policy::check;
use crate::policy::compile::script_engine;
use crate::policy::engine::Limited;
use crate::policy::fault::{Fault, diagnostic};
use crate::policy::host::User;
use crate::policy::host::excel::ExcelError;
use crate::policy::host::table::Table;
use crate::policy::host::time::Clock;
use crate::policy::host::user::{Reads, shown};
use crate::policy::modules::normalise;
use crate::policy::parse::{Parsed, parse_in};
use crate::policy::stack::with_room;
use crate::policy::{Policy, words};

/// What the person is called in a line.
const PERSON: &str = "user";

/// What messages call an expression that leaves no trace.
const ASIDE: &str = "expression";

/// Lines tried out one after the other; variables, functions and imports of one are there in the next.
pub struct Session {
    policy: Arc<Policy>,
    engine: Engine,
    scope: Scope<'static>,
    /// The functions that lines defined, and what each is called with.
    library: AST,
    functions: BTreeMap<String, Vec<Vec<String>>>,
    /// What modules are called, to their paths.
    imports: BTreeMap<String, String>,
    /// The policy's scripts, and the lines, for messages that point into them.
    scripts: BTreeMap<String, Parsed>,
    person: Option<(Arc<Facts>, usize)>,
    lines: usize,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("policy", &self.policy)
            .field("lines", &self.lines)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// Nobody is selected, and nothing is defined.
    #[must_use]
    pub fn new(policy: Arc<Policy>, now: Timestamp) -> Self {
        let mut engine = script_engine(&policy);
        engine.set_default_tag(Dynamic::from(Clock(now)));
        let scripts = BTreeMap::clone(&policy.scripts);
        Self {
            policy,
            engine,
            scope: Scope::new(),
            library: AST::empty(),
            functions: BTreeMap::new(),
            imports: BTreeMap::new(),
            scripts,
            person: None,
            lines: 0,
        }
    }

    #[must_use]
    pub fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// Makes `user` the person at this index of the facts, and their clock the session's; the name, or `None` where
    /// nobody is.
    pub fn select(&mut self, facts: &Arc<Facts>, index: usize) -> Option<String> {
        let user = self.policy.user(facts, index);
        let name = user.person()?.name.to_string();
        self.engine.set_default_tag(Dynamic::from(Clock(facts.now)));
        self.person = Some((Arc::clone(facts), index));
        let _ = self.scope.remove::<Dynamic>(PERSON);
        self.scope.push_constant(PERSON, user);
        Some(name)
    }

    /// Who `user` is.
    #[must_use]
    pub fn person(&self) -> Option<(&Arc<Facts>, usize)> {
        self.person.as_ref().map(|(facts, index)| (facts, *index))
    }

    /// Takes a line in. What it comes to, as text; `None` for a line that only defines something.
    ///
    /// # Errors
    /// What is wrong with it; nothing that it defined is kept then.
    pub fn evaluate(&mut self, text: &str) -> Result<Option<String>, Box<Diagnostic>> {
        self.lines += 1;
        let script = self.parse(text, &format!("line {}", self.lines))?;
        let mut scope = self.scope.clone();
        let value = self.run(&script, &mut scope)?;
        let last = script.ast.statements().last();
        let says = !value.is_unit() || matches!(last, Some(Stmt::Expr(..) | Stmt::FnCall(..)));
        self.scope = scope;
        self.library = self.library.merge(&script.ast.clone_functions_only());
        self.functions.extend(script.names.functions.clone());
        self.imports.extend(script.names.modules.clone());
        Ok(says.then(|| shown(&value)))
    }

    /// The type of what an expression comes to, as a script's author knows it. Nothing that it defines is kept.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn type_of(&mut self, text: &str) -> Result<String, Box<Diagnostic>> {
        self.aside(text, None).map(|value| type_name(&value))
    }

    /// The value of an expression, which leaves no trace but in `reads`.
    pub(super) fn aside(
        &mut self,
        text: &str,
        reads: Option<&Arc<Reads>>,
    ) -> Result<Dynamic, Box<Diagnostic>> {
        let script = self.parse(text, ASIDE)?;
        let mut scope = self.scope.clone();
        if let (Some((facts, index)), Some(reads)) = (&self.person, reads) {
            scope.push_constant(PERSON, self.policy.user(facts, *index).recorded(Arc::clone(reads)));
        }
        self.run(&script, &mut scope)
    }

    /// Attributes that a line names and nobody asked the directory for; empty when all that it names was read.
    #[must_use]
    pub fn unread(&self, text: &str) -> BTreeSet<String> {
        let asked = self.person.as_ref().and_then(|(facts, _)| facts.asked.as_ref());
        let Some(asked) = asked else { return BTreeSet::new() };
        let Ok(script) = self.parsed(text, ASIDE) else { return BTreeSet::new() };
        let names = script.names.properties.iter().map(|name| name.to_ascii_lowercase());
        names.filter(|name| self.policy.knows_attribute(name) && !asked.contains(name)).collect()
    }

    /// Variables, functions and modules that lines have defined.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let functions = self.functions.keys().map(String::as_str).filter(|name| !name.contains('$'));
        self.scope
            .iter()
            .map(|(name, ..)| name)
            .chain(functions)
            .chain(self.imports.keys().map(String::as_str))
    }

    /// What stands behind `module::`.
    pub fn members(&self, module: &str) -> impl Iterator<Item = &str> {
        let script = self.imports.get(module).and_then(|path| self.scripts.get(&normalise(path)));
        script.into_iter().flat_map(|script| {
            let functions =
                script.ast.iter_functions().filter(|function| function.access == FnAccess::Public);
            let functions = functions.map(|function| function.name).filter(|name| !name.contains('$'));
            functions.chain(script.names.exports.iter().map(String::as_str))
        })
    }

    /// The directory attributes that scripts may read beside the schema's.
    pub fn extra_attributes(&self) -> impl Iterator<Item = &str> {
        self.policy.extra.iter().map(String::as_str).filter(|name| attribute_type(name).is_none())
    }

    fn parsed(&self, text: &str, path: &str) -> Result<Parsed, Box<Diagnostic>> {
        let imports: Vec<_> =
            self.imports.iter().map(|(name, path)| format!("import {path:?} as {name};")).collect();
        let whole = format!("{}\n{text}", imports.join(" "));
        parse_in(&self.engine, &self.scope, path, Arc::from(whole))
    }

    /// Parses a line, and finds what a check would find in it.
    fn parse(&mut self, text: &str, path: &str) -> Result<Parsed, Box<Diagnostic>> {
        let script = self.parsed(text, path).map_err(|finding| Box::new(self.pointed(*finding)))?;
        self.scripts.insert(script.path.clone(), script.clone());
        let mut findings = Diagnostics::default();
        let word = script
            .names
            .calls
            .iter()
            .find(|call| !call.method && call.module.is_empty() && words().contains(call.name.as_str()));
        if let Some(call) = word {
            let message = format!("`{}` counts for nothing here: it belongs into the policy", call.name);
            findings.push(diagnostic("P0004", &message, &script.path, call.position, None, &self.scripts));
        }
        // What earlier lines defined is known in this one.
        let mut known = script.clone();
        for (name, parameters) in &self.functions {
            known.names.functions.entry(name.clone()).or_default().extend(parameters.clone());
        }
        let known = BTreeMap::from([(script.path.clone(), known)]);
        check::functions(&self.engine, &known, &mut findings);
        match findings.0.into_iter().next() {
            Some(finding) => Err(Box::new(self.pointed(finding))),
            None => Ok(script),
        }
    }

    fn run(&self, script: &Parsed, scope: &mut Scope<'static>) -> Result<Dynamic, Box<Diagnostic>> {
        let ast = self.library.merge(&script.ast);
        let evaluated = with_room(|| {
            let _limited = Limited::start();
            self.engine.eval_ast_with_scope::<Dynamic>(scope, &ast)
        });
        evaluated.map_err(|error| {
            let fault = Fault::of(&error, &script.path);
            Box::new(self.pointed(fault.diagnostic("P0003", &self.scripts)))
        })
    }

    /// A finding in a line as it was typed: without the imports that stand before it.
    fn pointed(&self, mut finding: Diagnostic) -> Diagnostic {
        if let Some(label) = finding.label.as_mut().filter(|label| self.is_typed(&label.path)) {
            let before = label.source.find('\n').map_or(0, |at| at + 1);
            label.source = Arc::from(label.source.get(before..).unwrap_or_default());
            label.span = label.span.start.saturating_sub(before)..label.span.end.saturating_sub(before);
        }
        let unknown = finding.message.strip_prefix("nothing here is called `");
        if let Some(name) = unknown.map(|rest| rest.trim_end_matches('`')) {
            finding.hint = if name == PERSON && self.person.is_none() {
                Some("`:user NAME` selects a person".to_owned())
            } else {
                closest(name, self.names()).map(|near| format!("did you mean `{near}`?"))
            };
        }
        finding
    }

    /// Whether a script is a line, and none of the policy's files.
    fn is_typed(&self, path: &str) -> bool {
        path == ASIDE || path.strip_prefix("line ").is_some_and(|number| number.parse::<usize>().is_ok())
    }
}

fn type_name(value: &Dynamic) -> String {
    let known = [
        (value.is_unit(), "blank"),
        (value.is_string(), "text"),
        (value.is_array(), "list"),
        (value.is_map(), "map"),
        (value.is_bool(), "boolean"),
        (value.is_int(), "integer"),
        (value.is_float(), "number"),
        (value.is_char(), "character"),
        (value.is_blob(), "bytes"),
        (value.is_fnptr(), "function"),
        (value.is::<User>(), "user"),
        (value.is::<Timestamp>(), "time"),
        (value.is::<ExcelError>(), "error value"),
        (value.is::<Table>(), "table"),
    ];
    known
        .iter()
        .find(|(is, _)| *is)
        .map_or_else(|| value.type_name().to_owned(), |(_, name)| (*name).to_owned())
}
