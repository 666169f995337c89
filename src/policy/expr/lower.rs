use std::collections::BTreeMap;
use std::sync::Arc;

use rhai::{ASTFlags, Dynamic, Expr, FnCallExpr, Position, Stmt};

use super::names::Names;
use super::node::{Kind, Node, Opaque, Spot, Subject, Tree};
use super::value::Val;
use crate::policy::closure::Closure;
use crate::policy::host::formula::{self, Captured};
use crate::policy::host::{lazy, table};
use crate::policy::modules::Modules;
use crate::policy::parse::Parsed;
use crate::policy::position::{expression as written, offset};
use crate::policy::tables::Tables;

/// Why an expression stays with Rhai.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Unfit {
    pub(crate) why: String,
    pub(crate) at: Spot,
}

/// More nodes than these are not worth a tree: what inlines itself over and over would fill the memory.
const MOST_NODES: usize = 20_000;

/// From Rhai's syntax trees to ours.
pub(crate) struct Lowering<'p> {
    pub(super) scripts: &'p BTreeMap<String, Parsed>,
    pub(super) modules: &'p Modules,
    pub(super) extra: &'p [String],
    pub(super) tables: &'p Tables,
    pub(super) names: &'p mut Names,
    pub(super) slots: usize,
    nodes: usize,
}

/// What the one parameter of a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parameter {
    User,
    Decision,
}

/// What can be seen from where an expression stands.
pub(super) struct Scope<'p> {
    pub(super) script: &'p Parsed,
    pub(super) file: Arc<str>,
    /// In the order in which Rhai has them.
    pub(super) variables: Vec<(String, Node)>,
    /// Functions that are being inlined around here, the innermost last.
    pub(super) calls: Vec<(Arc<str>, String)>,
    /// Where Rhai would look for functions and modules is another script than the rule's: an opaque node here could
    /// not be evaluated.
    pub(super) foreign: bool,
}

impl<'p> Lowering<'p> {
    pub(crate) fn new(
        scripts: &'p BTreeMap<String, Parsed>,
        modules: &'p Modules,
        extra: &'p [String],
        tables: &'p Tables,
        names: &'p mut Names,
    ) -> Self {
        Self { scripts, modules, extra, tables, names, slots: 0, nodes: 0 }
    }

    /// The tree of one rule.
    ///
    /// # Errors
    /// Why all of it stays with Rhai.
    pub(crate) fn rule(&mut self, closure: &Closure, parameter: Parameter) -> Result<Tree, Unfit> {
        (self.slots, self.nodes) = (0, 0);
        let file: Arc<str> = Arc::from(closure.file.as_str());
        let at = Spot { file: Arc::clone(&file), position: closure.position };
        let unfit = |why: &str| Unfit { why: why.to_owned(), at: at.clone() };
        let script = self
            .scripts
            .values()
            .find(|script| script.path == closure.file)
            .ok_or_else(|| unfit("its script is not known"))?;
        let captured = closure.function.curry();
        if closure.function.fn_name() == formula::WORD
            && let Some(formula) = captured.first().and_then(|value| value.clone().try_cast::<Captured>())
        {
            let scope = Scope { script, file, variables: Vec::new(), calls: Vec::new(), foreign: false };
            let user = Node { kind: Kind::User, at: at.clone(), id: 0 };
            let root = self.formula(&user, formula.0, &scope)?;
            return Ok(Tree::new(root, self.slots));
        }
        let body = script
            .bodies
            .get(closure.function.fn_name(), captured.len() + 1)
            .ok_or_else(|| unfit("it is no function of the script that it stands in"))?;
        let kind = match parameter {
            Parameter::User => Kind::User,
            Parameter::Decision => Kind::Decided(Subject::Whole),
        };
        let values = captured.iter().map(constant).chain([kind]);
        let variables = body
            .parameters
            .iter()
            .zip(values)
            .map(|(name, kind)| (name.clone(), Node { kind, at: at.clone(), id: 0 }))
            .collect();
        let scope = Scope { script, file, variables, calls: Vec::new(), foreign: false };
        let root = self.block(&body.statements, scope, true, &at)?;
        Ok(Tree::new(root, self.slots))
    }

    pub(super) fn node(&mut self, kind: Kind, scope: &Scope<'p>, position: Position) -> Result<Node, Unfit> {
        self.nodes += 1;
        let at = Spot { file: Arc::clone(&scope.file), position };
        if self.nodes > MOST_NODES {
            return Err(Unfit { why: "written out in full it is too large".to_owned(), at });
        }
        Ok(Node { kind, at, id: 0 })
    }

    pub(super) fn unfit<T>(
        &self,
        why: impl Into<String>,
        scope: &Scope<'p>,
        position: Position,
    ) -> Result<T, Unfit> {
        Err(Unfit { why: why.into(), at: Spot { file: Arc::clone(&scope.file), position } })
    }

    /// The statements of a function that is inlined.
    pub(super) fn body(&mut self, statements: &[Stmt], scope: Scope<'p>, at: &Spot) -> Result<Node, Unfit> {
        self.block(statements, scope, true, at)
    }

    /// Statements whose last one is the value. `tail`: a `return` among them ends the function that is being lowered.
    fn block(
        &mut self,
        statements: &[Stmt],
        mut scope: Scope<'p>,
        tail: bool,
        at: &Spot,
    ) -> Result<Node, Unfit> {
        let Some((first, rest)) = statements.split_first() else {
            return Ok(Node { kind: Kind::Const(Val::Unit), at: at.clone(), id: 0 });
        };
        let position = first.position();
        match first {
            Stmt::Noop(_) if !rest.is_empty() => self.block(rest, scope, tail, at),
            Stmt::Expr(expression) if rest.is_empty() => self.expression(expression, &scope),
            Stmt::FnCall(call, position) if rest.is_empty() => {
                self.expression(&Expr::FnCall(call.clone(), *position), &scope)
            }
            Stmt::Switch(parts, position) if rest.is_empty() => {
                self.switch(&parts.0, &parts.1, &scope, *position)
            }
            Stmt::Block(block) if rest.is_empty() => {
                let inner = Scope { variables: scope.variables.clone(), ..scope.copied() };
                self.block(block.statements(), inner, tail, at)
            }
            Stmt::Return(value, flags, _) if tail && !flags.intersects(ASTFlags::BREAK) => match value {
                Some(value) => self.expression(value, &scope),
                None => self.node(Kind::Const(Val::Unit), &scope, position),
            },
            Stmt::If(parts, _) if rest.is_empty() || (tail && returns(parts.body.statements())) => {
                let condition = self.expression(&parts.expr, &scope)?;
                let then = self.block(parts.body.statements(), scope.copied(), tail, at)?;
                let otherwise = if rest.is_empty() || returns(parts.branch.statements()) {
                    self.block(parts.branch.statements(), scope.copied(), tail, at)?
                } else if parts.branch.statements().is_empty() {
                    self.block(rest, scope.copied(), tail, at)?
                } else {
                    return self.unfit(
                        "what follows an `if` depends on which side was taken",
                        &scope,
                        position,
                    );
                };
                self.node(Kind::If(Box::new([condition, then, otherwise])), &scope, position)
            }
            Stmt::Var(variable, flags, _) if !rest.is_empty() && !flags.intersects(ASTFlags::EXPORTED) => {
                let name = variable.0.name.to_string();
                let value = self.expression(&variable.1, &scope)?;
                if stands_for_itself(&value) {
                    scope.variables.push((name, value));
                    return self.block(rest, scope, tail, at);
                }
                let slot = self.slots;
                self.slots += 1;
                let stand_in = self.node(Kind::Slot(slot), &scope, position)?;
                let outside = scope.copied();
                scope.variables.push((name.clone(), stand_in));
                let body = Box::new(self.block(rest, scope, tail, at)?);
                let kind = Kind::Let { name: name.into(), slot, value: Box::new(value), body };
                self.node(kind, &outside, position)
            }
            other => self.unfit(format!("{} is no expression", named(other)), &scope, position),
        }
    }

    /// An expression; what does not fit becomes an opaque node.
    pub(super) fn expression(&mut self, expression: &Expr, scope: &Scope<'p>) -> Result<Node, Unfit> {
        match self.fitting(expression, scope) {
            Err(why) if !scope.foreign && self.nodes <= MOST_NODES => self.opaque(expression, scope, why),
            answer => answer,
        }
    }

    fn fitting(&mut self, expression: &Expr, scope: &Scope<'p>) -> Result<Node, Unfit> {
        let position = expression.start_position();
        let kind = match expression {
            Expr::And(parts, _) => Kind::And(self.all(parts, scope)?),
            Expr::Or(parts, _) => Kind::Or(self.all(parts, scope)?),
            Expr::Coalesce(parts, _) => Kind::Coalesce(self.all(parts, scope)?),
            Expr::InterpolatedString(parts, _) => Kind::Interpolate(self.all(parts, scope)?),
            Expr::Array(parts, _) => match expression.get_literal_value(None) {
                Some(value) => constant(&value),
                None => Kind::List(self.all(parts, scope)?),
            },
            Expr::Stmt(block) => {
                let at = Spot { file: Arc::clone(&scope.file), position };
                return self.block(block.statements(), scope.copied(), false, &at);
            }
            Expr::Variable(variable, _, _) => {
                return self.variable(&variable.1, &variable.2.to_string(), scope, position);
            }
            Expr::Dot(..) | Expr::Index(..) => return self.chain(expression, scope),
            Expr::FnCall(call, _) => return self.call(call, scope, position),
            Expr::Custom(call, _) if lazy::called(call).is_some() => {
                let name = lazy::called(call).map_or("", |function| function.name);
                let arguments = self.all(&call.inputs, scope)?;
                return self.native(name, arguments, scope, position);
            }
            Expr::ThisPtr(_) => return self.unfit("`this` is not known here", scope, position),
            other => match other.get_literal_value(None) {
                Some(value) => constant(&value),
                None => return self.unfit("nothing is known of this kind of expression", scope, position),
            },
        };
        if let Kind::Const(Val::Other(_)) = kind {
            return self.unfit("a map or a function is nothing that a tree computes with", scope, position);
        }
        self.node(kind, scope, position)
    }

    pub(super) fn all(&mut self, parts: &[Expr], scope: &Scope<'p>) -> Result<Vec<Node>, Unfit> {
        parts.iter().map(|part| self.expression(part, scope)).collect()
    }

    fn variable(
        &mut self,
        name: &str,
        module: &str,
        scope: &Scope<'p>,
        position: Position,
    ) -> Result<Node, Unfit> {
        if module.is_empty() {
            let Some((_, node)) = scope.variables.iter().rev().find(|(known, _)| known == name) else {
                return self.unfit(format!("what `{name}` stands for is not known here"), scope, position);
            };
            if let Kind::Const(Val::Other(_)) = node.kind {
                return self.unfit(format!("`{name}` is a map or a function"), scope, position);
            }
            let mut node = node.clone();
            node.at = Spot { file: Arc::clone(&scope.file), position };
            self.nodes += 1;
            return Ok(node);
        }
        if module == "global"
            && let Some(call) = global_table(scope.script, name)
        {
            return self.call(call, scope, position);
        }
        let value = match module {
            "global" => global_constant(scope.script, name),
            alias => self.module(alias, scope).and_then(|path| self.modules.constant(&path, name)),
        };
        match value.as_ref().map(constant) {
            Some(kind) if !matches!(kind, Kind::Const(Val::Other(_))) => self.node(kind, scope, position),
            _ => self.unfit(format!("the value of `{module}::{name}` is not known"), scope, position),
        }
    }

    /// The path of the module that `alias` means everywhere in the script.
    pub(super) fn module(&self, alias: &str, scope: &Scope<'p>) -> Option<String> {
        let names = &scope.script.names;
        let mut found = scope.script.ast.statements().iter().filter_map(|statement| match statement {
            Stmt::Import(import, _) if import.1.name == alias => Some(&import.0),
            _ => None,
        });
        let everywhere = scope
            .script
            .ast
            .statements()
            .iter()
            .filter(|statement| matches!(statement, Stmt::Import(..)))
            .count()
            == names.imports.len();
        match (found.next(), found.next()) {
            (Some(Expr::StringConstant(path, _)), None) if everywhere => Some(path.to_string()),
            _ => None,
        }
    }

    fn opaque(&mut self, expression: &Expr, scope: &Scope<'p>, why: Unfit) -> Result<Node, Unfit> {
        let position = expression.start_position();
        let mut named = Vec::new();
        expression.walk(&mut Vec::new(), &mut |nodes: &[rhai::ASTNode<'_>]| {
            if let Some(rhai::ASTNode::Expr(Expr::Variable(variable, ..))) = nodes.last() {
                named.push(variable.1.to_string());
            }
            true
        });
        let variables = scope
            .variables
            .iter()
            .map(|(name, node)| (name.clone(), named.contains(name).then(|| node.clone())))
            .collect();
        let text = written(&scope.script.text, offset(&scope.script.text, position));
        let kind = Kind::Opaque(Box::new(Opaque {
            expression: expression.clone(),
            variables,
            why,
            text: text.into(),
        }));
        self.node(kind, scope, position)
    }
}

impl<'p> Scope<'p> {
    pub(super) fn copied(&self) -> Self {
        Self {
            script: self.script,
            file: Arc::clone(&self.file),
            variables: self.variables.clone(),
            calls: self.calls.clone(),
            foreign: self.foreign,
        }
    }
}

/// Whether a variable with this value may be replaced by it wherever it is named.
pub(super) fn stands_for_itself(node: &Node) -> bool {
    match &node.kind {
        Kind::Const(_) | Kind::User | Kind::Decided(_) | Kind::Slot(_) => true,
        Kind::Attribute { of, .. } | Kind::Virtual { of, .. } => stands_for_itself(of),
        _ => false,
    }
}

pub(super) fn constant(value: &Dynamic) -> Kind {
    Kind::Const(Val::from_dynamic(value))
}

/// The value of a constant that stands once at the top of a script, if it is written out.
fn global_constant(script: &Parsed, name: &str) -> Option<Dynamic> {
    let mut found = script.ast.statements().iter().filter_map(|statement| match statement {
        Stmt::Var(variable, flags, _) if variable.0.name == name => {
            Some((flags.intersects(ASTFlags::CONSTANT), &variable.1))
        }
        _ => None,
    });
    match (found.next(), found.next()) {
        (Some((true, value)), None) => value.get_literal_value(None),
        _ => None,
    }
}

/// The table that a constant at the top of a script stands for.
fn global_table<'p>(script: &'p Parsed, name: &str) -> Option<&'p FnCallExpr> {
    let mut found = script.ast.statements().iter().filter_map(|statement| match statement {
        Stmt::Var(variable, flags, _) if variable.0.name == name => {
            Some((flags.intersects(ASTFlags::CONSTANT), &variable.1))
        }
        _ => None,
    });
    match (found.next(), found.next()) {
        (Some((true, Expr::FnCall(call, _))), None) if call.name == table::WORD => Some(call),
        _ => None,
    }
}

/// Whether a block leaves the function whatever happens in it.
fn returns(statements: &[Stmt]) -> bool {
    match statements.last() {
        Some(Stmt::Return(_, flags, _)) => !flags.intersects(ASTFlags::BREAK),
        Some(Stmt::If(parts, _)) => returns(parts.body.statements()) && returns(parts.branch.statements()),
        Some(Stmt::Block(block)) => returns(block.statements()),
        _ => false,
    }
}

fn named(statement: &Stmt) -> &'static str {
    match statement {
        Stmt::While(..) | Stmt::Do(..) | Stmt::For(..) => "a loop",
        Stmt::Assignment(..) => "an assignment",
        Stmt::Switch(..) => "a `switch`",
        Stmt::TryCatch(..) => "a `try`",
        Stmt::Return(..) => "a `throw` or an early `return`",
        Stmt::Import(..) => "an import inside a rule",
        Stmt::Var(..) => "a variable that nothing follows",
        _ => "a statement whose value is not used",
    }
}
