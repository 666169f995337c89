//! What can be seen in a syntax tree without running it: the names that a script uses, and of what.

use std::collections::{BTreeMap, BTreeSet};

use rhai::{AST, ASTFlags, ASTNode, Dynamic, Expr, FnCallExpr, FnPtr, Position, Stmt};

use super::formula::Formula;
use super::host::{formula, lazy, table};

/// What a name is read of, as far as the tree tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    /// The parameter of a condition or a mapping: a person.
    User,
    /// The parameter of an invariant.
    Decision,
    /// The parameter of what is asked before an operation.
    Operation,
    /// The parameter of a function: as it is called.
    Either,
}

/// `x.name` and `x["name"]`, where `x` is a parameter that a person or a decision comes in by.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) of: Of,
    pub(crate) name: String,
    pub(crate) position: Position,
}

#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The module's name in this script; empty for functions of its own and the host's.
    pub(crate) module: String,
    pub(crate) name: String,
    /// How many, `x` of `x.name(..)` included.
    pub(crate) arguments: usize,
    pub(crate) method: bool,
    pub(crate) position: Position,
}

/// `table(file)` and `table(file, column)`.
#[derive(Clone, Debug)]
pub(crate) struct TableNamed {
    /// `None` where either is not written out.
    pub(crate) file: Option<(String, Position)>,
    pub(crate) column: Option<(String, Position)>,
    pub(crate) position: Position,
}

/// The names that a script uses, with their positions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// `import` with a literal path.
    pub(crate) imports: Vec<(String, Position)>,
    /// `import` of anything else.
    pub(crate) computed_imports: Vec<Position>,
    /// What modules are called here, to their literal paths.
    pub(crate) modules: BTreeMap<String, String>,
    /// Every `x.name` and `x["name"]`, whatever `x` is.
    pub(crate) properties: BTreeSet<String>,
    pub(crate) reads: Vec<Read>,
    /// The keys of maps: of literals, and set by `x.key = ..`.
    pub(crate) keys: BTreeSet<String>,
    pub(crate) calls: Vec<Call>,
    /// `module::NAME`, by the module's name in this script.
    pub(crate) constants: Vec<(String, String, Position)>,
    pub(crate) exports: BTreeSet<String>,
    /// Constants and variables at the top of the file, with the positions of their names.
    pub(crate) top: Vec<(String, Position)>,
    /// Variables and constants that are used by their bare names.
    pub(crate) variables: BTreeSet<String>,
    /// Every text that is written out: a function may be named by it.
    pub(crate) texts: BTreeSet<String>,
    pub(crate) parameters: Parameters,
    /// The texts of formulas, where they are written out, with the positions of the texts, else of the calls.
    pub(crate) formulas: Vec<(Option<String>, Position)>,
    /// Look-up tables.
    pub(crate) tables: Vec<TableNamed>,
    /// The functions that the script defines (closures have names of their own), with their parameters.
    pub(crate) functions: BTreeMap<String, Vec<Vec<String>>>,
}

impl Names {
    pub(crate) fn of(ast: &AST) -> Self {
        let mut names = Self::default();
        for (_, _, name, _, definition) in ast.shared_lib().iter_script_fn_info() {
            let parameters = definition.params.iter().map(ToString::to_string).collect();
            names.functions.entry(name.to_owned()).or_default().push(parameters);
        }
        let parameters = Parameters::of(ast, &names.functions);
        for statement in ast.statements() {
            if let Stmt::Var(variable, ..) = statement {
                names.top.push((variable.0.name.to_string(), variable.0.pos));
            }
        }
        ast.walk(&mut |nodes: &[ASTNode<'_>]| {
            match nodes.last() {
                Some(ASTNode::Stmt(statement)) => names.statement(statement),
                Some(ASTNode::Expr(expression)) => names.expression(expression, &parameters),
                _ => {}
            }
            true
        });
        names.parameters = parameters;
        names
    }

    fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Import(import, position) => match &import.0 {
                Expr::StringConstant(path, at) => {
                    self.imports.push((path.to_string(), *at));
                    self.modules.insert(import.1.name.to_string(), path.to_string());
                }
                _ => self.computed_imports.push(*position),
            },
            Stmt::Var(variable, flags, _) if flags.intersects(ASTFlags::EXPORTED) => {
                self.exports.insert(variable.0.name.to_string());
            }
            Stmt::Export(export, _) => {
                let (name, alias) = (&export.0.name, &export.1.name);
                self.exports.insert(if alias.is_empty() { name } else { alias }.to_string());
            }
            Stmt::Assignment(assignment) => {
                if let Some(key) = last_segment(&assignment.1.lhs) {
                    self.keys.insert(key);
                }
            }
            Stmt::FnCall(call, at) => self.call(call, false, *at),
            _ => {}
        }
    }

    fn expression(&mut self, expression: &Expr, parameters: &Parameters) {
        match expression {
            Expr::Property(property, _) => drop(self.properties.insert(property.2.to_string())),
            Expr::Map(map, _) => self.keys.extend(map.0.iter().map(|(key, _)| key.name.to_string())),
            Expr::DynamicConstant(value, _) => self.value(value),
            Expr::StringConstant(text, _) => drop(self.texts.insert(text.to_string())),
            Expr::Variable(variable, ..) if variable.2.is_empty() => {
                self.variables.insert(variable.1.to_string());
            }
            Expr::FnCall(call, at) => self.call(call, false, *at),
            Expr::MethodCall(call, at) => self.call(call, true, *at),
            Expr::Custom(call, at) => {
                if let Some(function) = lazy::called(call) {
                    self.calls.push(Call {
                        module: String::new(),
                        name: function.name.to_owned(),
                        arguments: call.inputs.len(),
                        method: false,
                        position: *at,
                    });
                }
            }
            Expr::Variable(variable, _, at) if !variable.2.is_empty() => {
                self.constants.push((variable.2.to_string(), variable.1.to_string(), *at));
            }
            Expr::Dot(pair, ..) | Expr::Index(pair, ..) => {
                if let Expr::StringConstant(name, _) = first_of(&pair.rhs, expression)
                    && matches!(expression, Expr::Index(..))
                {
                    self.properties.insert(name.to_string());
                }
                if let Expr::Variable(variable, ..) = &pair.lhs
                    && variable.2.is_empty()
                    && let Some(of) = parameters.of.get(variable.1.as_str())
                {
                    self.chain(expression, *of);
                }
            }
            _ => {}
        }
    }

    /// The first name of a chain, and what follows it as long as that is a person.
    fn chain(&mut self, link: &Expr, of: Of) {
        let (Expr::Dot(pair, ..) | Expr::Index(pair, ..)) = link else { return };
        let (name, position) = match (first_of(&pair.rhs, link), link) {
            (Expr::Property(property, at), Expr::Dot(..)) => (property.2.to_string(), *at),
            (Expr::StringConstant(name, at), Expr::Index(..)) => (name.to_string(), *at),
            _ => return,
        };
        let next = match (of, name.as_str()) {
            (Of::User | Of::Either, "manager") | (Of::Decision | Of::Operation | Of::Either, "user") => {
                Some(Of::User)
            }
            _ => None,
        };
        self.reads.push(Read { of, name, position });
        if let Some(next) = next {
            self.chain(&pair.rhs, next);
        }
    }

    fn call(&mut self, call: &FnCallExpr, method: bool, position: Position) {
        if call.name == formula::WORD && call.namespace.is_empty() {
            self.formula(call.args.last(), position);
        }
        if call.name == table::WORD
            && call.namespace.is_empty()
            && matches!(call.args.len(), 1 | 2)
            && !method
        {
            self.table(&call.args, position);
        }
        self.calls.push(Call {
            module: call.namespace.to_string(),
            name: call.name.to_string(),
            arguments: call.args.len() + usize::from(method),
            method,
            position,
        });
    }

    fn formula(&mut self, text: Option<&Expr>, position: Position) {
        let Some(Expr::StringConstant(text, at)) = text else {
            self.formulas.push((None, position));
            return;
        };
        if let Ok(formula) = Formula::parse(text) {
            self.properties.extend(formula.names().map(str::to_owned));
        }
        self.formulas.push((Some(text.to_string()), *at));
    }

    fn table(&mut self, arguments: &[Expr], position: Position) {
        let literal = |index: usize| match arguments.get(index) {
            Some(Expr::StringConstant(text, at)) => Some((text.to_string(), *at)),
            _ => None,
        };
        let (file, column) = (literal(0), literal(1));
        let is_written = arguments.len() == 1 || column.is_some();
        self.tables.push(TableNamed { file: file.filter(|_| is_written), column, position });
    }

    fn value(&mut self, value: &Dynamic) {
        if let Some(map) = value.read_lock::<rhai::Map>() {
            for (key, value) in map.iter() {
                self.keys.insert(key.to_string());
                self.value(value);
            }
        } else if let Some(list) = value.read_lock::<rhai::Array>() {
            list.iter().for_each(|value| self.value(value));
        } else if let Some(function) = value.read_lock::<FnPtr>() {
            self.texts.insert(function.fn_name().to_owned());
        } else if let Ok(text) = value.as_immutable_string_ref() {
            self.texts.insert(text.to_string());
        }
    }
}

/// The part of a chain that stands right behind `link`'s dot or bracket.
fn first_of<'a>(rest: &'a Expr, link: &Expr) -> &'a Expr {
    let ends = match link {
        Expr::Dot(_, flags, _) | Expr::Index(_, flags, _) => flags.intersects(ASTFlags::BREAK),
        _ => true,
    };
    match rest {
        Expr::Dot(pair, ..) | Expr::Index(pair, ..) if !ends => &pair.lhs,
        other => other,
    }
}

fn member(link: &Expr, of: Of, before: String) -> Option<Member> {
    let (Expr::Dot(pair, ..) | Expr::Index(pair, ..)) = link else { return None };
    let name = match (first_of(&pair.rhs, link), link) {
        (Expr::Property(property, _), Expr::Dot(..)) => property.2.to_string(),
        (Expr::StringConstant(name, _), Expr::Index(..)) => name.to_string(),
        _ => return None,
    };
    let path = match name.chars().all(|c| c.is_ascii_alphanumeric()) {
        true => format!("{before}.{name}"),
        false => format!("{before}[{name:?}]"),
    };
    let last = std::ptr::eq(first_of(&pair.rhs, link), &pair.rhs);
    match (of, name.as_str()) {
        _ if last => Some(Member { of, name, path }),
        (Of::User | Of::Either, "manager") | (Of::Decision | Of::Operation | Of::Either, "user") => {
            member(&pair.rhs, Of::User, path)
        }
        _ => None,
    }
}

/// `key` of `a.b.key` and `a.b["key"]`.
fn last_segment(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Dot(pair, ..) | Expr::Index(pair, ..) => last_segment(&pair.rhs),
        Expr::Property(property, _) => Some(property.2.to_string()),
        Expr::StringConstant(name, _) => Some(name.to_string()),
        _ => None,
    }
}

/// By name, the parameters that bring a person or a decision in. A name that stands for anything else as well in the
/// same script (a variable, the parameter of another closure) is not among them: what it is cannot be told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters {
    of: BTreeMap<String, Of>,
}

/// `user.title`, `user["title"]`, `user.manager.title`, `d.user.title`.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) of: Of,
    pub(crate) name: String,
    /// The whole chain as a script has it: `d.user.title`.
    pub(crate) path: String,
}

impl Member {
    /// Whose it is: `d.user` of `d.user.title`.
    pub(crate) fn person(&self) -> &str {
        let end = self.path.rfind(['.', '[']).unwrap_or(self.path.len());
        self.path.get(..end).unwrap_or_default()
    }
}

impl Parameters {
    /// What an expression reads of a person or a decision, when it does nothing else.
    pub(crate) fn member(&self, expression: &Expr) -> Option<Member> {
        let (Expr::Dot(pair, ..) | Expr::Index(pair, ..)) = expression else { return None };
        let Expr::Variable(root, ..) = &pair.lhs else { return None };
        let of = *self.of.get(root.1.as_str()).filter(|_| root.2.is_empty())?;
        member(expression, of, root.1.to_string())
    }

    fn of(ast: &AST, functions: &BTreeMap<String, Vec<Vec<String>>>) -> Self {
        let mut unknown = BTreeSet::new();
        let mut captured: BTreeMap<String, usize> = BTreeMap::new();
        let mut rules: BTreeMap<String, Of> = BTreeMap::new();
        ast.walk(&mut |nodes: &[ASTNode<'_>]| {
            match nodes.last() {
                Some(ASTNode::Stmt(Stmt::Var(variable, ..))) => {
                    unknown.insert(variable.0.name.to_string());
                }
                Some(ASTNode::Stmt(Stmt::For(each, _))) => {
                    unknown.insert(each.0.name.to_string());
                    unknown.extend(each.1.as_ref().map(|counter| counter.name.to_string()));
                }
                Some(ASTNode::Stmt(Stmt::TryCatch(parts, _))) => {
                    if let Expr::Variable(caught, ..) = &parts.expr {
                        unknown.insert(caught.1.to_string());
                    }
                }
                Some(ASTNode::Expr(Expr::FnCall(call, _)) | ASTNode::Stmt(Stmt::FnCall(call, _))) => {
                    let of = match call.name.as_str() {
                        "role" | "map" | "map_on_create" => Some((Of::User, 1)),
                        "invariant" => Some((Of::Decision, 1)),
                        "active_from" | "active_until" => Some((Of::User, 0)),
                        "before" => Some((Of::Operation, 0)),
                        _ => None,
                    };
                    match of.and_then(|(of, place)| Some((of, call.args.get(place)?))) {
                        Some((of, closure)) => {
                            rules.extend(closure_in(closure).map(|name| (name, of)));
                        }
                        _ if call.name == "curry" => {
                            let closure = call.args.first().and_then(closure_in);
                            captured.extend(closure.map(|name| (name, call.args.len() - 1)));
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
            true
        });
        let mut of = BTreeMap::new();
        for (function, definitions) in functions {
            let skip = captured.get(function).copied().unwrap_or(0);
            for parameter in definitions.iter().flat_map(|parameters| parameters.iter().skip(skip)) {
                let what = match rules.get(function) {
                    Some(what) => *what,
                    None if function.starts_with("anon$") => {
                        unknown.insert(parameter.clone());
                        continue;
                    }
                    None => Of::Either,
                };
                of.entry(parameter.clone())
                    .and_modify(|known| {
                        if *known != what {
                            *known = Of::Either;
                        }
                    })
                    .or_insert(what);
            }
        }
        of.retain(|name, _| !unknown.contains(name));
        Self { of }
    }
}

/// The name of the closure that an argument writes out, whatever it captures.
fn closure_in(argument: &Expr) -> Option<String> {
    let mut found = None;
    argument.walk(&mut Vec::new(), &mut |nodes: &[ASTNode<'_>]| {
        if let Some(ASTNode::Expr(Expr::DynamicConstant(value, _))) = nodes.last()
            && let Some(closure) = value.read_lock::<FnPtr>()
        {
            found.get_or_insert_with(|| closure.fn_name().to_owned());
        }
        found.is_none()
    });
    found
}
