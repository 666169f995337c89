use std::sync::Arc;

use rhai::{FnCallExpr, Position};

use super::chain::is_person;
use super::lower::{Lowering, Scope, Unfit, stands_for_itself};
use super::node::{Arithmetic, Comparison, Kind, Method, Node, Spot, Test, Virtual};
use super::value::Val;
use crate::policy::formula::Formula;
use crate::policy::host::excel::{MOST_ARGUMENTS, named};
use crate::policy::host::text::regex;
use crate::policy::host::{formula, table};
use crate::policy::modules::normalise;
use crate::policy::parse::Parsed;

/// Calls inside each other that are written out; Rhai itself allows little more.
const DEEPEST: usize = 32;

impl<'p> Lowering<'p> {
    pub(super) fn call(
        &mut self,
        call: &FnCallExpr,
        scope: &Scope<'p>,
        position: Position,
    ) -> Result<Node, Unfit> {
        if call.capture_parent_scope {
            return self.unfit("the call sees the variables around it", scope, position);
        }
        if call.is_qualified() {
            let alias = call.namespace.to_string();
            let script = self.module(&alias, scope).and_then(|path| self.scripts.get(&normalise(&path)));
            let Some(script) = script else {
                return self.unfit(format!("what `{alias}` means is not known here"), scope, position);
            };
            let foreign = scope.foreign || script.path != *scope.file;
            return self.inlined(script, foreign, call, scope, position);
        }
        if self.is_own(&call.name, call.args.len(), scope) {
            return self.inlined(scope.script, scope.foreign, call, scope, position);
        }
        let arguments = self.all(&call.args, scope)?;
        if let Some(operator) = &call.op_token {
            return self.operator(&operator.to_string(), arguments, scope, position);
        }
        self.native(&call.name, arguments, scope, position)
    }

    /// Whether the script itself defines the function.
    pub(super) fn is_own(&self, name: &str, arguments: usize, scope: &Scope<'p>) -> bool {
        scope
            .script
            .names
            .functions
            .get(name)
            .is_some_and(|definitions| definitions.iter().any(|parameters| parameters.len() == arguments))
    }

    /// A script's function, as its body.
    fn inlined(
        &mut self,
        script: &'p Parsed,
        foreign: bool,
        call: &FnCallExpr,
        scope: &Scope<'p>,
        position: Position,
    ) -> Result<Node, Unfit> {
        let Some(body) = script.bodies.get(&call.name, call.args.len()) else {
            return self.unfit(
                format!("`{}` is not defined in `{}`", call.name, script.path),
                scope,
                position,
            );
        };
        let file: Arc<str> = Arc::from(script.path.as_str());
        let key = (Arc::clone(&file), call.name.to_string());
        if scope.calls.contains(&key) || scope.calls.len() >= DEEPEST {
            return self.unfit(format!("`{}` calls itself, or too deeply", call.name), scope, position);
        }
        let mut arguments = Vec::with_capacity(call.args.len());
        let (mut variables, mut slots) = (Vec::new(), Vec::new());
        for (name, argument) in body.parameters.iter().zip(&call.args) {
            let argument = self.expression(argument, scope)?;
            if stands_for_itself(&argument) {
                variables.push((name.clone(), argument.clone()));
            } else {
                let slot = self.slots;
                self.slots += 1;
                variables.push((name.clone(), self.node(Kind::Slot(slot), scope, argument.at.position)?));
                slots.push((slot, argument.clone()));
            }
            arguments.push(argument);
        }
        let mut calls = scope.calls.clone();
        calls.push(key);
        let at = Spot { file: Arc::clone(&scope.file), position };
        let inner = Scope { script, file, variables, calls, foreign };
        let body = Box::new(self.body(&body.statements, inner, &at)?);
        let name = if call.is_qualified() {
            format!("{}::{}", call.namespace, call.name)
        } else {
            call.name.to_string()
        };
        self.node(Kind::Call { name: name.into(), arguments, slots, body }, scope, position)
    }

    fn operator(
        &mut self,
        sign: &str,
        arguments: Vec<Node>,
        scope: &Scope<'p>,
        position: Position,
    ) -> Result<Node, Unfit> {
        let pair = match <[Node; 2]>::try_from(arguments) {
            Ok(pair) => Box::new(pair),
            Err(mut single) => {
                let operand = single.pop().filter(|_| single.is_empty()).map(Box::new);
                return match (sign, operand) {
                    ("!", Some(operand)) => self.node(Kind::Not(operand), scope, position),
                    ("-", Some(operand)) => self.node(Kind::Negate(operand), scope, position),
                    _ => self.unfit(format!("nothing is known of the operator `{sign}`"), scope, position),
                };
            }
        };
        if let Some((_, comparison)) = Comparison::ALL.iter().find(|(known, _)| *known == sign) {
            return self.node(Kind::Compare(*comparison, pair), scope, position);
        }
        if let Some((_, arithmetic)) = Arithmetic::ALL.iter().find(|(known, _)| *known == sign) {
            return self.node(Kind::Arithmetic(*arithmetic, pair), scope, position);
        }
        match sign {
            // Rhai puts a `!` of its own around the call that it makes of `!in`.
            "in" | "!in" => self.node(Kind::Contains(pair), scope, position),
            other => self.unfit(format!("nothing is known of the operator `{other}`"), scope, position),
        }
    }

    /// A call of what the host registers; `x.f(..)` comes as `f(x, ..)`.
    pub(super) fn native(
        &mut self,
        name: &str,
        arguments: Vec<Node>,
        scope: &Scope<'p>,
        position: Position,
    ) -> Result<Node, Unfit> {
        if let Some(function) = named(name) {
            let most = function.max.unwrap_or(MOST_ARGUMENTS).min(MOST_ARGUMENTS);
            if !(function.min..=most).contains(&arguments.len()) {
                return self.unfit(format!("`{name}` does not take so many arguments"), scope, position);
            }
            return self.node(Kind::Excel { function, arguments }, scope, position);
        }
        if name == formula::WORD
            && let [of, text] = arguments.as_slice()
            && is_person(of)
            && let Some(Ok(formula)) = text.literal().map(Formula::parse)
            && let Ok(formula) = formula.with_tables(self.tables)
        {
            return self.formula(of, Arc::new(formula), scope);
        }
        if name == "primary_smtp"
            && let [of] = arguments.as_slice()
            && is_person(of)
        {
            let of = Box::new(of.clone());
            return self.node(Kind::Virtual { of, what: Virtual::PrimarySmtp }, scope, position);
        }
        if name == table::WORD
            && let Some((file, part)) = arguments.split_first()
            && part.len() < 2
            && part.iter().all(|part| part.literal().is_some())
            && let Some(file) = file.literal()
            && let Ok(table) = self.tables.get(file, part.first().and_then(Node::literal))
        {
            return self.node(Kind::Const(Val::Table(table)), scope, position);
        }
        let kind = match (name, arguments.len()) {
            ("now", 0) => Some(Kind::Now),
            (_, 1) => self.of_one(name, arguments),
            (_, 2) => self.of_two(name, arguments),
            _ => None,
        };
        match kind {
            Some(kind) => self.node(kind, scope, position),
            None => self.unfit(format!("only Rhai knows what `{name}` does here"), scope, position),
        }
    }

    fn of_one(&mut self, name: &str, mut arguments: Vec<Node>) -> Option<Kind> {
        let (_, method) = Method::ALL.iter().find(|(known, _)| *known == name)?;
        arguments.pop().map(|argument| Kind::Method(*method, Box::new(argument)))
    }

    fn of_two(&mut self, name: &str, arguments: Vec<Node>) -> Option<Kind> {
        let pair = Box::new(<[Node; 2]>::try_from(arguments).ok()?);
        if let Some((_, test)) = Test::ALL.iter().find(|(known, _)| *known == name) {
            return Some(Kind::Test(*test, pair));
        }
        match name {
            "contains" => Some(Kind::Contains(pair)),
            "any_of" => Some(Kind::AnyOf(pair)),
            "plus_days" => Some(Kind::PlusDays(pair)),
            "matches" => {
                let [of, pattern] = *pair;
                let pattern = regex(pattern.literal()?).ok()?;
                Some(Kind::Matches { of: Box::new(of), pattern })
            }
            "in_group" | "in_direct_group" => {
                let [of, group] = *pair;
                let group = self.names.group(group.literal()?);
                is_person(&of).then(|| Kind::InGroup {
                    of: Box::new(of),
                    group,
                    direct: name == "in_direct_group",
                })
            }
            _ => None,
        }
    }
}
